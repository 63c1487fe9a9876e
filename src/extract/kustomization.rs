//! Entries of `images:`, which say what becomes of the references of a kustomization.
//!
//! In: a kustomization, or an object that is an image transformer. Out: places handed to the collector.
//! Invariant: an entry is one place, whatever parts of a reference it sets; what it comes to is known
//! only where a build runs it.

use super::collect::Collector;
use crate::image::{Object, PartKind, UseKind};
use crate::yaml::{Document, NodeId};

/// The fields of a kustomization that hold entries; the second is the old one.
pub(crate) const LISTS: [&str; 2] = ["images", "imageTags"];

/// The kind of an object that does what an entry does, and its field that is one.
pub(crate) const TRANSFORMER: &str = "ImageTagTransformer";
pub(crate) const TRANSFORMED: &str = "imageTag";

/// The keys of an entry.
/// Source: kustomize `api/types/image.go`.
const KEYS: [(&str, PartKind); 5] = [
    ("name", PartKind::Name),
    ("newName", PartKind::NewName),
    ("newTag", PartKind::NewTag),
    ("tagSuffix", PartKind::TagSuffix),
    ("digest", PartKind::Digest),
];

/// Why an entry with a suffix is not pinned.
pub(super) const SUFFIX: &str = "beside a digest kustomize drops the tag and its suffix";

/// Which part to report: the first that is there.
const TELLING: [PartKind; 4] = [PartKind::NewTag, PartKind::TagSuffix, PartKind::NewName, PartKind::Name];

/// What names a kustomization. It need not state its kind.
pub(super) fn object(document: &Document<'_>) -> Object {
    let text = |keys: &[&str]| Some(document.text(document.at(document.root()?, keys)?)?.to_owned());
    let object = Object::of(text);
    Object { kind: object.kind.or_else(|| Some("Kustomization".to_owned())), ..object }
}

/// Collects the entries of a kustomization.
pub(super) fn entries(collector: &mut Collector<'_, '_>, root: NodeId) {
    let document = collector.document();
    for found in LISTS.iter().filter_map(|key| document.get(root, key)) {
        list(collector, found, UseKind::KustomizeImage);
    }
}

/// Collects the entries of a list.
pub(super) fn list(collector: &mut Collector<'_, '_>, list: NodeId, kind: UseKind) {
    let document = collector.document();
    document.elements(list).for_each(|element| entry(collector, element, kind));
}

/// Collects the entry of a transformer.
pub(super) fn transformer(collector: &mut Collector<'_, '_>, root: NodeId) {
    if let Some(map) = collector.document().get(root, TRANSFORMED) {
        entry(collector, map, UseKind::KustomizeImage);
    }
}

fn entry(collector: &mut Collector<'_, '_>, map: NodeId, kind: UseKind) {
    let document = collector.document();
    let part = |(key, kind)| collector.part(kind, document.get(map, key)?);
    let parts: Vec<_> = KEYS.into_iter().filter_map(part).collect();
    if !parts.iter().any(|part| part.kind == PartKind::Name && !part.text.is_empty()) {
        return;
    }
    let telling = |kind: &PartKind| parts.iter().position(|part| part.kind == *kind && !part.text.is_empty());
    if let Some(at) = TELLING.iter().find_map(telling) {
        collector.composed(map, kind, parts, at);
    }
}
