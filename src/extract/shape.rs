//! Images in kinds that kubepin does not know, told by the shape of what is around them.
//!
//! In: an object of any kind. Out: places handed to the collector: containers of pod specs anywhere,
//! and `image` of maps that look like a container.
//! Invariants: aliases are not descended into, so that the walk is linear; schemas, states and build
//! outputs are never entered.

use super::collect::Collector;
use super::machines;
use super::pod::{self, CONTAINERS};
use super::values;
use crate::image::{Machines, UseKind};
use crate::yaml::{Kind, NodeId};

/// Keys whose values never run an image, whatever they look like.
pub(crate) const NEVER: [&str; 7] =
    ["status", "openAPIV3Schema", "rbd", "output", "artifacts", "managedFields", "annotations"];

/// Keys that only a container has, or something that is turned into one.
pub(crate) const CONTAINER_KEYS: [&str; 13] = [
    "args",
    "command",
    "env",
    "envFrom",
    "imagePullPolicy",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "script",
    "securityContext",
    "volumeMounts",
    "workingDir",
];

/// Keys that hold the rest of a reference, so that `image` alone is not the whole of it.
pub(crate) const SPLIT_KEYS: [&str; 6] = ["tag", "version", "digest", "sha", "imageTag", "repository"];

/// Collects the images of an object by shape.
pub(super) fn object(collector: &mut Collector<'_, '_>, root: NodeId, kind: UseKind) {
    let document = collector.document();
    let mut open: Vec<NodeId> = document
        .entries(root)
        .filter(|&(key, _)| {
            !matches!(&*document.node(key).value, "status" | "metadata" | "apiVersion" | "kind")
        })
        .map(|(_, value)| value)
        .collect();
    while let Some(id) = open.pop() {
        match document.node(id).kind {
            Kind::Mapping { .. } => {
                let inside =
                    document.entries(id).filter(|&(key, _)| !NEVER.contains(&&*document.node(key).value));
                open.extend(inside.map(|(_, value)| value));
                mapping(collector, id, kind);
            }
            Kind::Sequence { .. } => open.extend(document.elements(id)),
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
}

/// Collects what one mapping states.
fn mapping(collector: &mut Collector<'_, '_>, id: NodeId, kind: UseKind) {
    let document = collector.document();
    let mut pod = false;
    for (key, of) in CONTAINERS {
        for list in collector.values(id, key) {
            for container in collector.elements(list) {
                if !pod && document.is_mapping(container) {
                    pod = true;
                    collector.machines = machines::of(collector, id);
                }
                let of = if kind == UseKind::CustomResource { of } else { kind };
                collector.image(container, "image", of);
            }
        }
    }
    if pod {
        pod::image_volumes(collector, id);
    }
    collector.machines = Machines::default();
    let has = |key: &str| document.own(id, key).next().is_some();
    if has("image") && CONTAINER_KEYS.iter().any(|key| has(key)) && !is_split(collector, id) {
        collector.image(id, "image", kind);
    }
    values::split(collector, id, kind);
}

/// Whether the image of a mapping is completed by a key beside it.
pub(super) fn is_split(collector: &Collector<'_, '_>, id: NodeId) -> bool {
    !is_whole(collector, id) && SPLIT_KEYS.iter().any(|key| collector.document().get(id, key).is_some())
}

/// Whether the image of a mapping states a tag or a digest.
pub(super) fn is_whole(collector: &Collector<'_, '_>, id: NodeId) -> bool {
    let document = collector.document();
    document.get(id, "image").and_then(|image| document.text(image)).is_some_and(states_version)
}

/// Whether a reference states a tag or a digest.
pub(crate) fn states_version(reference: &str) -> bool {
    reference.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
}
