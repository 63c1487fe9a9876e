//! Strategic merge: a patch that looks like the object it changes.
//!
//! In: an object, a patch. Out: the object with the patch merged in.
//! Invariants: as kustomize does it. A list of a pod spec is merged by its key, elements of the patch
//! first; any other list is replaced; null and `$patch: delete` delete.
//! Source: kustomize `kyaml/yaml/merge2`, `kyaml/yaml/walk/associative_sequence.go`, and Kubernetes'
//! patch merge keys; the order of elements is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::value::Value;

/// The lists of a pod spec that are merged, with the key that names an element.
const LISTS: [(&str, &str); 11] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("ports", "containerPort"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
];

/// The key of a directive.
const DIRECTIVE: &str = "$patch";

/// Merges a patch into a value; `None` where it deletes it. `by_key` tells whether Kubernetes knows how
/// the lists of this object are merged.
pub(super) fn merge(value: &Value, patch: &Value, by_key: bool) -> Option<Value> {
    if patch.map().is_none() || value.map().is_none() {
        return fresh(patch);
    }
    match patch.text_at(&[DIRECTIVE]) {
        "delete" => return None,
        "replace" => return Some(without_directives(patch)),
        _ => {}
    }
    let mut merged = value.map().cloned().unwrap_or_default();
    for (key, patch) in patch.entries().filter(|(key, _)| !key.starts_with('$')) {
        let name = LISTS.iter().find(|(list, _)| by_key && *list == &**key).map(|(_, name)| *name);
        let new = match (merged.get(key), name) {
            (Some(Value::List(old)), Some(name)) if !patch.is_null() => {
                merge_lists(old, patch.elements(), name, by_key)
            }
            (Some(old), _) => merge(old, patch, by_key),
            (None, _) => fresh(patch),
        };
        match new {
            Some(new) => merged.insert(Arc::clone(key), new),
            None => merged.remove(key),
        };
    }
    Some(Value::Map(Arc::new(merged)))
}

/// Merges lists by the key that names their elements; `None` where the patch deletes the list.
fn merge_lists(old: &[Value], patch: &[Value], name: &str, by_key: bool) -> Option<Value> {
    let mut directives = patch.iter().filter(|element| element.get(DIRECTIVE).is_some());
    match directives.next().filter(|element| element.entries().count() == 1) {
        Some(directive) if directive.text_at(&[DIRECTIVE]) == "delete" => return None,
        Some(directive) if directive.text_at(&[DIRECTIVE]) == "replace" => {
            let kept = patch.iter().filter(|element| element.entries().any(|(key, _)| &**key != DIRECTIVE));
            return Some(Value::List(Arc::new(kept.filter_map(fresh).collect())));
        }
        _ => {}
    }
    let named: BTreeMap<&str, &Value> =
        old.iter().map(|element| (element.text_at(&[name]), element)).collect();
    let mut taken = BTreeSet::new();
    let mut merged = Vec::new();
    for element in patch {
        let key = element.text_at(&[name]);
        let new = match named.get(key).filter(|_| !key.is_empty()) {
            // Measured: in an element of a list, this directive changes nothing.
            Some(old) if element.text_at(&[DIRECTIVE]) == "replace" => Some((*old).clone()),
            Some(old) => merge(old, element, by_key),
            None => fresh(element),
        };
        taken.insert(key);
        merged.extend(new);
    }
    let rest = old.iter().filter(|element| {
        let key = element.text_at(&[name]);
        key.is_empty() || !taken.contains(key)
    });
    merged.extend(rest.cloned());
    Some(Value::List(Arc::new(merged)))
}

/// What a patch adds where nothing was: its own value without directives.
fn fresh(patch: &Value) -> Option<Value> {
    let deletes = patch.is_null() || patch.text_at(&[DIRECTIVE]) == "delete";
    (!deletes).then(|| without_directives(patch))
}

fn without_directives(patch: &Value) -> Value {
    match patch {
        Value::Map(map) => {
            let kept = map.iter().filter(|(key, _)| !key.starts_with('$'));
            let kept = kept.filter_map(|(key, value)| Some((Arc::clone(key), fresh(value)?)));
            Value::Map(Arc::new(kept.collect()))
        }
        Value::List(list) => Value::List(Arc::new(list.iter().filter_map(fresh).collect())),
        Value::Scalar(_) => patch.clone(),
    }
}
