//! The kinds of Kubernetes itself: where their pod spec is, and the images of a pod spec.
//!
//! In: an object or a pod spec. Out: places handed to the collector.
//! Source: the Kubernetes API reference, v1.36 (`PodSpec` in `core/v1`, `apps/v1`, `batch/v1`).

use super::collect::Collector;
use super::machines;
use crate::image::{Machines, UseKind, group_version};
use crate::yaml::NodeId;

/// The container lists of a pod spec.
pub(crate) const CONTAINERS: [(&str, UseKind); 3] = [
    ("containers", UseKind::Container),
    ("initContainers", UseKind::InitContainer),
    ("ephemeralContainers", UseKind::EphemeralContainer),
];

/// Where the pod spec of a core kind is; `None` for every other kind.
pub(crate) fn spec_path(api_version: &str, kind: &str) -> Option<&'static [&'static str]> {
    match (group_version(api_version).0, kind) {
        ("", "Pod") => Some(&["spec"]),
        ("", "PodTemplate") => Some(&["template", "spec"]),
        ("", "ReplicationController")
        | ("apps" | "extensions", "ReplicaSet" | "Deployment" | "DaemonSet" | "StatefulSet")
        | ("batch", "Job") => Some(&["spec", "template", "spec"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => None,
    }
}

/// Collects the images of a pod spec.
pub(super) fn pod_spec(collector: &mut Collector<'_, '_>, spec: NodeId) {
    collector.machines = machines::of(collector, spec);
    for (key, kind) in CONTAINERS {
        for list in collector.values(spec, key) {
            for container in collector.elements(list) {
                collector.image(container, "image", kind);
            }
        }
    }
    image_volumes(collector, spec);
    collector.machines = Machines::default();
}

/// Collects `volumes[].image.reference`.
pub(super) fn image_volumes(collector: &mut Collector<'_, '_>, spec: NodeId) {
    for list in collector.values(spec, "volumes") {
        for volume in collector.elements(list) {
            for image in collector.values(volume, "image") {
                collector.image(image, "reference", UseKind::ImageVolume);
            }
        }
    }
}
