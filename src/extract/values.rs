//! Image strings in the values of a chart.
//!
//! In: a values document, or the values inside of an object. Out: places handed to the collector.
//! Invariant: only strings that state a whole reference are taken; a map of `repository` and `tag`
//! is no string, and what a chart makes of it is not guessed here.

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
        if document.is_mapping(id) && !shape::is_split(collector, id) {
            collector.image(id, "image", UseKind::HelmValue);
        }
    }
}
