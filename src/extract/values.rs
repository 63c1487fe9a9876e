//! Images in the values of a chart, and in what has their shape.
//!
//! In: a values document, or an object with values inside. Out: places handed to the collector: strings
//! with a tag or a digest, and mappings that state an image in several keys.
//! Invariant: what a chart makes of them is not guessed here. A bare name in a string is left out, because
//! it may get the rest of its reference from anywhere; a mapping without a tag is listed without one.

use super::collect::Collector;
use super::shape;
use crate::image::{Part, PartKind, UseKind};
use crate::reference::Reference;
use crate::yaml::{Document, NodeId};

/// Keys of a mapping that states an image, with the part that each holds. Of several for one part the
/// first counts.
const KEYS: [(&str, PartKind); 10] = [
    ("registry", PartKind::Registry),
    ("imageRegistry", PartKind::Registry),
    ("repository", PartKind::Repository),
    ("imageRepository", PartKind::Repository),
    ("tag", PartKind::Tag),
    ("imageTag", PartKind::Tag),
    ("version", PartKind::Tag),
    ("digest", PartKind::Digest),
    ("sha", PartKind::Digest),
    ("imageDigest", PartKind::Digest),
];

/// Keys of a mapping that hold the repository of its image, the more telling first.
pub(crate) const REPOSITORY_KEYS: [&str; 4] = ["repository", "imageRepository", "image", "name"];

/// Keys that only a mapping has which states an image, beside its repository.
const TELLING: [&str; 10] = [
    "registry",
    "imageRegistry",
    "imageRepository",
    "tag",
    "imageTag",
    "digest",
    "sha",
    "imageDigest",
    "pullPolicy",
    "imagePullPolicy",
];

const IN_VALUES: &str = "it is a value of a chart, and what that chart makes of it is not known here";
const IN_RESOURCE: &str = "what the controller of this resource makes of tag and digest is not known";

/// Why an image that is put together from a place of this kind may be another one than it seems.
pub(super) fn caution(kind: UseKind) -> Option<String> {
    match kind {
        UseKind::HelmValue => Some(IN_VALUES.to_owned()),
        UseKind::CustomResource | UseKind::Field => Some(IN_RESOURCE.to_owned()),
        _ => None,
    }
}

/// The part that a key of this name holds.
pub(super) fn part(key: &str) -> Option<PartKind> {
    KEYS.into_iter().find(|(known, _)| *known == key).map(|(_, kind)| kind)
}

/// The bytes without which a text states no image in several keys.
pub(super) const NEEDLES: [&str; 2] = ["repository", "imageRepository"];

/// Collects the images below a node.
pub(super) fn images(collector: &mut Collector<'_, '_>, root: NodeId) {
    let document = collector.document();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        open.extend(document.children(id));
        if !document.is_mapping(id) {
            continue;
        }
        if shape::is_whole(collector, id) {
            collector.image(id, "image", UseKind::HelmValue);
        }
        if !split(collector, id, UseKind::HelmValue) {
            version(collector, id);
        }
    }
}

/// Collects the tag that values give an image whose repository is stated elsewhere: by the chart.
fn version(collector: &mut Collector<'_, '_>, map: NodeId) {
    let document = collector.document();
    let of_image = name_of(document, map).is_some_and(|key| key.to_ascii_lowercase().contains("image"));
    let parts = if of_image { parts(collector, map) } else { Vec::new() };
    if let Some(at) = parts.iter().position(|part| part.kind == PartKind::Tag && !part.text.is_empty()) {
        collector.incomplete(map, parts, at);
    }
}

/// Collects the image that a mapping states in several keys; whether it states one.
pub(super) fn split(collector: &mut Collector<'_, '_>, map: NodeId, kind: UseKind) -> bool {
    let Some(repository) = repository(collector.document(), map, kind) else {
        return false;
    };
    // The table of kinds may have told it before, from keys that only it knows.
    if collector.places.contains_key(&repository) {
        return true;
    }
    let mut parts = parts(collector, map);
    parts.extend(collector.part(PartKind::Repository, repository));
    parts.sort_by_key(|part| part.span);
    let telling = |kind| parts.iter().position(|part| part.kind == kind && !part.text.is_empty());
    if let Some(at) = telling(PartKind::Tag).or_else(|| telling(PartKind::Repository)) {
        collector.composed(map, kind, parts, at);
    }
    true
}

/// What a mapping states beside a repository.
fn parts(collector: &Collector<'_, '_>, map: NodeId) -> Vec<Part> {
    let document = collector.document();
    let part = |(key, kind): (&str, PartKind)| collector.part(kind, document.own(map, key).last()?);
    let mut parts: Vec<Part> = Vec::new();
    for part in KEYS.into_iter().filter(|(_, kind)| *kind != PartKind::Repository).filter_map(part) {
        if parts.iter().all(|known| known.kind != part.kind) {
            parts.push(part);
        }
    }
    parts
}

/// The scalar that holds the repository of a mapping that states an image in several keys.
fn repository(document: &Document<'_>, map: NodeId, kind: UseKind) -> Option<NodeId> {
    let own = |key: &str| document.own(map, key).last();
    let has = |key: &&str| own(key).is_some();
    let of_image = || name_of(document, map).is_some_and(|key| key.to_ascii_lowercase().contains("image"));
    // Whoever names a field says that there is an image.
    let told = || kind == UseKind::Field || TELLING.iter().any(has) || of_image();
    let repository = own("repository").or_else(|| own("imageRepository")).filter(|_| told());
    let image = || own("image").filter(|_| has(&"tag"));
    let name = || own("name").filter(|_| has(&"tag") && of_image());
    let found = repository.or_else(image).or_else(name)?;
    let reference = Reference::parse(document.text(found)?).ok()?;
    (reference.tag().is_none() && reference.digest().is_none()).then_some(found)
}

/// The key that a mapping is the value of, at first hand or as an element of a list.
fn name_of<'d>(document: &'d Document<'_>, map: NodeId) -> Option<&'d str> {
    let key = document.key_of(map).or_else(|| document.key_of(document.node(map).parent?))?;
    document.text(key)
}
