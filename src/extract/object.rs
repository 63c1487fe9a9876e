//! Which objects a document holds, and which of them are never read.
//!
//! In: a document. Out: its objects, the items of lists included, however deep lists nest.
//! Invariant: an object is visited once, also where aliases repeat it.

use std::collections::BTreeSet;

use super::reading::Reading;
use crate::image::{Object, group_version};
use crate::yaml::{Document, NodeId};

/// Groups whose objects hold patterns, requests or build inputs: what looks like an image runs nowhere.
const NEVER_GROUPS: [&str; 9] = [
    "admission.k8s.io",
    "apiextensions.k8s.io",
    "constraints.gatekeeper.sh",
    "json.kyverno.io",
    "kustomize.config.k8s.io",
    "kyverno.io",
    "mutations.gatekeeper.sh",
    "policies.kyverno.io",
    "templates.gatekeeper.sh",
];

/// Groups of Kubernetes that run nothing.
const IDLE_GROUPS: [&str; 9] = [
    "admissionregistration.k8s.io",
    "apiregistration.k8s.io",
    "autoscaling",
    "coordination.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Kinds of Kubernetes' core that run nothing.
const IDLE_KINDS: [&str; 7] = [
    "Endpoints",
    "LimitRange",
    "Namespace",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "Service",
    "ServiceAccount",
];

/// Kinds that hold text for others, or images that are watched rather than run.
const NEVER_KINDS: [&str; 7] = [
    "ConfigMap",
    "Secret",
    "ImageRepository",
    "ImagePolicy",
    "ImageUpdateAutomation",
    "BuildConfig",
    "ImageStream",
];

/// The objects of a document that may run images, with what names them.
pub(super) fn objects(reading: &Reading<'_>, document: &Document<'_>) -> Vec<(NodeId, Object)> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<NodeId> = document.root().into_iter().collect();
    while let Some(id) = open.pop() {
        let id = document.resolve(id);
        let text = |keys: &[&str]| document.at(id, keys).and_then(|id| reading.written(document, id));
        let object = Object::of(text);
        let (Some(api_version), Some(kind)) = (&object.api_version, &object.kind) else {
            continue;
        };
        if !seen.insert(id) || is_never(api_version, kind) {
            continue;
        }
        match document.get(id, "items").filter(|_| kind.ends_with("List")) {
            Some(items) => open.extend(document.elements(items)),
            None => found.push((id, object)),
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found
}

/// Whether nothing in an object of this kind runs, whatever it looks like.
pub(crate) fn is_never(api_version: &str, kind: &str) -> bool {
    let (group, _) = group_version(api_version);
    if IDLE_GROUPS.contains(&group) && !kind.ends_with("List")
        || group.is_empty() && IDLE_KINDS.contains(&kind)
    {
        return true;
    }
    // Skaffold's configuration has `skaffold/v4beta1` for a version: its images are build outputs.
    NEVER_GROUPS.contains(&group) || group == "skaffold" || NEVER_KINDS.contains(&kind)
}
