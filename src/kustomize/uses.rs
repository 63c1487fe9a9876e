//! The images of a built object.
//!
//! In: an object of a build. Out: each image with its path, the kind of its place and its scalar.
//! Invariant: the same places count as in files (`extract`): the pod spec of a core kind, the shape of
//! any other.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::images::FieldSpec;
use super::machines::{self, Built};
use super::value::{Scalar, Value};
use crate::extract::{self, CONTAINER_KEYS, CONTAINERS, NEVER, SPLIT_KEYS};
use crate::image::UseKind;

/// An image of a built object.
pub(super) struct Use {
    pub(super) path: String,
    pub(super) kind: UseKind,
    pub(super) scalar: Arc<Scalar>,
    /// The machines that its pod may come to.
    pub(super) machines: Arc<[Built]>,
}

/// The images of an object, those in fields that configurations name among them.
pub(super) fn uses_with(object: &Value, fields: &BTreeSet<FieldSpec>) -> Vec<Use> {
    let mut found = uses(object);
    let mut known: BTreeSet<String> = found.iter().map(|image| image.path.clone()).collect();
    let stated = fields.iter().flat_map(|field| field.scalars(object));
    for (path, scalar) in stated.filter(|(_, scalar)| !scalar.null) {
        if known.insert(path.clone()) {
            found.push(Use { path, kind: UseKind::Field, scalar, machines: Arc::default() });
        }
    }
    found
}

/// The images of an object.
pub(super) fn uses(object: &Value) -> Vec<Use> {
    let (api_version, kind) = (object.text_at(&["apiVersion"]), object.text_at(&["kind"]));
    let mut found = Vec::new();
    if extract::is_never(api_version, kind) {
        return found;
    }
    if let Some(path) = extract::spec_path(api_version, kind) {
        if let Some(spec) = object.at(path) {
            pod(&mut found, &path.join("."), spec, None);
        }
        return found;
    }
    let kind = if kind == "HelmRelease" { UseKind::HelmValue } else { UseKind::CustomResource };
    for (key, value) in object.entries() {
        if !matches!(&**key, "status" | "metadata" | "apiVersion" | "kind") {
            by_shape(&mut found, &mut key.to_string(), value, kind);
        }
    }
    // An element of a list of containers may look like a container by itself, too.
    let mut seen = BTreeSet::new();
    found.retain(|image| seen.insert(image.path.clone()));
    found
}

/// Collects the containers of a mapping and, if there are any, its image volumes.
fn pod(found: &mut Vec<Use>, path: &str, spec: &Value, all: Option<UseKind>) {
    let before = found.len();
    if containers(found, path, spec, all) {
        image_volumes(found, path, spec);
        let machines = machines::of(spec);
        found[before..].iter_mut().for_each(|image| image.machines = Arc::clone(&machines));
    }
}

/// Collects the containers of a mapping; whether there are any.
fn containers(found: &mut Vec<Use>, path: &str, spec: &Value, all: Option<UseKind>) -> bool {
    let mut any = false;
    for (key, kind) in CONTAINERS {
        for (at, container) in spec.get(key).map(Value::elements).unwrap_or_default().iter().enumerate() {
            any |= container.map().is_some();
            image(found, &format!("{path}.{key}[{at}].image"), container.get("image"), all.unwrap_or(kind));
        }
    }
    any
}

fn image_volumes(found: &mut Vec<Use>, path: &str, spec: &Value) {
    for (at, volume) in spec.get("volumes").map(Value::elements).unwrap_or_default().iter().enumerate() {
        let reference = volume.at(&["image", "reference"]);
        image(found, &format!("{path}.volumes[{at}].image.reference"), reference, UseKind::ImageVolume);
    }
}

fn image(found: &mut Vec<Use>, path: &str, value: Option<&Value>, kind: UseKind) {
    if let Some(Value::Scalar(scalar)) = value.filter(|value| !value.is_null()) {
        found.push(Use { path: path.to_owned(), kind, scalar: Arc::clone(scalar), machines: Arc::default() });
    }
}

/// Collects containers anywhere, and `image` of mappings that look like one. The path is as it was afterwards.
fn by_shape(found: &mut Vec<Use>, path: &mut String, value: &Value, kind: UseKind) {
    let end = path.len();
    for (at, element) in value.elements().iter().enumerate() {
        // Writing to a text cannot fail.
        let _ = write!(path, "[{at}]");
        by_shape(found, path, element, kind);
        path.truncate(end);
    }
    if value.map().is_none() {
        return;
    }
    let all = (kind != UseKind::CustomResource).then_some(kind);
    pod(found, path, value, all);
    let has = |key: &str| value.get(key).is_some();
    let whole = extract::states_version(value.text_at(&["image"]));
    let split = !whole && SPLIT_KEYS.iter().any(|key| has(key));
    if CONTAINER_KEYS.iter().any(|key| has(key)) && !split {
        image(found, &format!("{path}.image"), value.get("image"), kind);
    }
    for (key, value) in value.entries().filter(|(key, _)| !NEVER.contains(&&***key)) {
        path.push('.');
        path.push_str(key);
        by_shape(found, path, value, kind);
        path.truncate(end);
    }
}
