//! An object of a build, under every name it ever had.
//!
//! In: an object as a file states it. Out: the object as transformers leave it, found by any of its names.
//! Invariant: a name that is given away is kept, because a patch may use it.

use std::sync::Arc;

use super::file::Kustomization;
use super::json_patch;
use super::merge::merge;
use super::value::Value;
use crate::extract;
use crate::image;

/// Kinds whose names get no prefix and no suffix.
/// Source: kustomize `plugin/builtin/prefixtransformer`.
const UNPREFIXED: [&str; 3] = ["CustomResourceDefinition", "APIService", "Namespace"];

/// The namespace of an object that states none.
const DEFAULT: &str = "default";

/// Versions of the core kinds whose lists kustomize merges by key; in older ones a patch replaces them.
/// Source: measured with kustomize 5.5.
const VERSIONS: [&str; 4] = ["v1", "apps/v1", "batch/v1", "batch/v1beta1"];

/// An object of a build.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) value: Value,
    /// The names and namespaces it had before, the original first.
    previous: Arc<Vec<(String, String)>>,
}

impl Resource {
    /// An object as it is stated.
    pub(super) fn new(value: Value) -> Self {
        Self { value, previous: Arc::default() }
    }

    pub(super) fn kind(&self) -> &str {
        self.value.text_at(&["kind"])
    }

    pub(super) fn name(&self) -> &str {
        self.value.text_at(&["metadata", "name"])
    }

    pub(super) fn namespace(&self) -> &str {
        namespace(&self.value)
    }

    /// Whether it is there for the build only, and does not come out of it.
    /// Source: kustomize `api/resource/factory.go`, `DropLocalNodes`.
    pub(super) fn is_local(&self) -> bool {
        let mark = self.value.at(&["metadata", "annotations", "config.kubernetes.io/local-config"]);
        mark.is_some_and(|mark| mark.text() != Some("false"))
    }

    /// Group and version.
    pub(super) fn group_version(&self) -> (&str, &str) {
        group_version(&self.value)
    }

    /// Name and namespace as the file states them.
    pub(super) fn original(&self) -> (&str, &str) {
        self.previous.first().map_or((self.name(), self.namespace()), |(name, namespace)| (name, namespace))
    }

    /// Whether it has, or ever had, this name in this namespace.
    pub(super) fn is_called(&self, name: &str, namespace: &str) -> bool {
        self.names().any(|called| called == (name, namespace))
    }

    /// The names that it has or ever had, each with its namespace.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let previous = self.previous.iter().map(|(name, namespace)| (name.as_str(), namespace.as_str()));
        previous.chain([(self.name(), self.namespace())])
    }

    /// Gives it the namespace, prefix, suffix, labels and annotations of a kustomization.
    pub(super) fn dress(&mut self, kustomization: &Kustomization) {
        let named = !UNPREFIXED.contains(&self.kind());
        let Kustomization { namespace, prefix, suffix, marks, .. } = kustomization;
        if !namespace.is_empty() {
            // Measured: a namespace itself is called so.
            let field = if self.kind() == "Namespace" { "name" } else { "namespace" };
            self.call(&["metadata", field], namespace);
        }
        if named && !prefix.is_empty() {
            self.call(&["metadata", "name"], &format!("{prefix}{}", self.name()));
        }
        if named && !suffix.is_empty() {
            self.call(&["metadata", "name"], &format!("{}{suffix}", self.name()));
        }
        for (field, key, value) in marks {
            self.value.put(&["metadata", field, key], value.clone());
        }
    }

    /// Patches it; whether it stays.
    ///
    /// # Errors
    /// Why the patch cannot be applied: a phrase.
    pub(super) fn patch(&mut self, patch: &Value) -> Result<bool, String> {
        if let Value::List(operations) = patch {
            self.value = json_patch::apply(&self.value, operations)?;
            return Ok(true);
        }
        let api_version = self.value.text_at(&["apiVersion"]);
        let core = extract::spec_path(api_version, self.kind()).is_some();
        let by_key = core && VERSIONS.contains(&api_version);
        let Some(mut new) = merge(&self.value, patch, by_key) else {
            return Ok(false);
        };
        // A patch that fits several objects gives its names to none of them.
        for field in [&["apiVersion"][..], &["kind"], &["metadata", "name"], &["metadata", "namespace"]] {
            if let Some(own) = self.value.at(field) {
                new.put(field, own.clone());
            }
        }
        self.value = new;
        Ok(true)
    }

    fn call(&mut self, field: &[&str], new: &str) {
        let old = (self.name().to_owned(), self.namespace().to_owned());
        Arc::make_mut(&mut self.previous).push(old);
        self.value.put(field, Value::made(new));
    }
}

/// The namespace that an object states, or the one it gets.
pub(super) fn namespace(object: &Value) -> &str {
    Some(object.text_at(&["metadata", "namespace"])).filter(|stated| !stated.is_empty()).unwrap_or(DEFAULT)
}

/// Group and version of an object.
pub(super) fn group_version(object: &Value) -> (&str, &str) {
    image::group_version(object.text_at(&["apiVersion"]))
}
