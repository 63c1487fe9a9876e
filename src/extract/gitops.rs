//! Images that Flux and Argo CD objects state in their own ways.
//!
//! In: such an object. Out: places handed to the collector.
//! Source: Flux' source and kustomize controllers (`OCIRepository`, `Kustomization`), Argo CD's
//! `Application` (`pkg/apis/application/v1alpha1/types.go`).

use super::collect::Collector;
use super::{kustomization, nested, values};
use crate::image::{Part, PartKind, UseKind};
use crate::yaml::NodeId;

/// The kind whose text need not name an image.
pub(super) const OCI_REPOSITORY: &str = "OCIRepository";

/// Collects what an object of Flux or Argo CD states; whether it is one.
pub(super) fn object(collector: &mut Collector<'_, '_>, root: NodeId, group: &str, kind: &str) -> bool {
    match (group, kind) {
        ("source.toolkit.fluxcd.io", OCI_REPOSITORY) => oci_repository(collector, root),
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
            let images = collector.document().at(root, &["spec", "images"]);
            if let Some(list) = images {
                kustomization::list(collector, list, UseKind::Flux);
            }
        }
        ("argoproj.io", "Application") => application(collector, root, &["spec"]),
        ("argoproj.io", "ApplicationSet") => application(collector, root, &["spec", "template", "spec"]),
        _ => return false,
    }
    true
}

/// An artifact of an OCI registry: `spec.url` and `spec.ref`.
fn oci_repository(collector: &mut Collector<'_, '_>, root: NodeId) {
    let document = collector.document();
    let Some(spec) = document.get(root, "spec") else {
        return;
    };
    let url = document.get(spec, "url").and_then(|url| collector.part(PartKind::Repository, url));
    let url = url.map(|url| Part { text: url.text.trim_start_matches("oci://").to_owned(), ..url });
    let reference =
        |key, kind| document.at(spec, &["ref", key]).and_then(|value| collector.part(kind, value));
    let (tag, digest) = (reference("tag", PartKind::Tag), reference("digest", PartKind::Digest));
    let parts: Vec<_> = [url, tag, digest].into_iter().flatten().collect();
    // A range of versions is resolved by Flux each time.
    let ranges = document.at(spec, &["ref", "semver"]).is_some();
    let at = parts.iter().position(|part| part.kind == PartKind::Tag).unwrap_or(0);
    if !parts.is_empty() && parts[0].kind == PartKind::Repository && !ranges {
        collector.composed(spec, UseKind::Flux, parts, at);
    }
}

/// The sources of an Argo CD application.
fn application(collector: &mut Collector<'_, '_>, root: NodeId, path: &[&str]) {
    let document = collector.document();
    let Some(spec) = document.at(root, path) else {
        return;
    };
    let several = document.get(spec, "sources").map(|list| collector.elements(list)).unwrap_or_default();
    for source in document.get(spec, "source").into_iter().chain(several) {
        let images = document.at(source, &["kustomize", "images"]);
        for image in images.map(|list| collector.elements(list)).unwrap_or_default() {
            collector.argument(image);
        }
        if let Some(object) = document.at(source, &["helm", "valuesObject"]) {
            values::images(collector, object);
        }
        if let Some(text) = document.at(source, &["helm", "values"]) {
            nested::text(collector, text);
        }
        if let Some(list) = document.at(source, &["helm", "parameters"]) {
            nested::parameters(collector, list);
        }
    }
}
