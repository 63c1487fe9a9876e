//! Image strings in the values of a chart.
//!
//! In: a values document, or the values inside of an object. Out: places handed to the collector.
//! Invariant: only strings with a tag or a digest are taken: a bare name may get the rest of its
//! reference from other values, and what a chart makes of it is not guessed here.

use super::collect::Collector;
use super::shape;
use crate::image::UseKind;
use crate::yaml::NodeId;

/// Collects the image strings below a node.
pub(super) fn strings(collector: &mut Collector<'_, '_>, root: NodeId) {
    let document = collector.document();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        open.extend(document.children(id));
        if document.is_mapping(id) && shape::is_whole(collector, id) {
            collector.image(id, "image", UseKind::HelmValue);
        }
    }
}
