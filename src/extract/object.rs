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

/// Lines at the begin of a document where a comment of Helm's may be.
const HEAD: usize = 5;

/// Kinds that hold text for others, or images that are watched rather than run.
const NEVER_KINDS: [&str; 7] = [
    CONFIG_MAP,
    "Secret",
    "ImageRepository",
    "ImagePolicy",
    "ImageUpdateAutomation",
    "BuildConfig",
    "ImageStream",
];

/// The kind whose data states an image where a user says so, and never else.
pub(super) const CONFIG_MAP: &str = "ConfigMap";

/// The objects of a document that may run images, with what names them.
pub(super) fn objects(reading: &Reading<'_>, document: &Document<'_>) -> Vec<(NodeId, Object)> {
    let mut found = with_data(reading, document);
    found.retain(|(_, object)| object.kind.as_deref() != Some(CONFIG_MAP));
    found
}

/// The same, and the objects with data that users may say state images.
pub(super) fn with_data(reading: &Reading<'_>, document: &Document<'_>) -> Vec<(NodeId, Object)> {
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
        if !seen.insert(id) || is_never(api_version, kind) && kind != CONFIG_MAP {
            continue;
        }
        if let Some(items) = document.get(id, "items").filter(|_| kind.ends_with("List")) {
            open.extend(document.elements(items));
        } else {
            let template = template(reading, document, id);
            found.push((id, Object { template, ..object }));
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found
}

/// The template that an object was rendered from: Helm writes it into a comment above, or with a
/// post-renderer into an annotation; helm-unittest into a comment of its own.
/// Source: Helm's `pkg/action/action.go`, versions 3 and 4.
fn template(reading: &Reading<'_>, document: &Document<'_>, object: NodeId) -> Option<String> {
    const ANNOTATION: &str = "postrenderer.helm.sh/postrender-filename";
    let annotation = document.at(object, &["metadata", "annotations", ANNOTATION]);
    let annotated = annotation.and_then(|id| document.text(id)).map(str::to_owned);
    annotated.or_else(|| {
        let head = reading.piece.span.slice(reading.raw).lines().take(HEAD);
        let paths = head
            .filter_map(|line| line.strip_prefix("# Source: ").or_else(|| line.strip_prefix("#### file: ")));
        paths.map(|path| path.trim().to_owned()).next()
    })
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
