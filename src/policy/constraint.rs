//! Constraints of Gatekeeper's library about digests.
//!
//! In: the text of a file. Out: the constraints in it, those of lists included.
//! Invariant: what a constraint says and the configuration cannot is told (`differences`), never left out.
//! Source: gatekeeper-library, `library/general/imagedigests` (`K8sImageDigests` 1.0.1); Gatekeeper's `match`.

use serde::Deserialize;

use crate::yaml;

/// The kind that is understood.
pub const KIND: &str = "K8sImageDigests";

/// A constraint. The default is one about everything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Constraint {
    metadata: Metadata,
    pub(super) spec: Spec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    pub(super) r#match: Match,
    pub(super) parameters: Parameters,
    pub(super) enforcement_action: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Match {
    kinds: Vec<Kinds>,
    namespaces: Vec<String>,
    excluded_namespaces: Vec<String>,
    label_selector: Option<serde_yaml::Value>,
    namespace_selector: Option<serde_yaml::Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Kinds {
    kinds: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Parameters {
    pub(super) exempt_images: Vec<String>,
    /// What only the template knows that kubepin exports.
    pub(super) strict: bool,
}

/// The constraints of a text.
///
/// # Errors
/// Why a document that may have some cannot be read.
pub fn constraints(text: &str) -> Result<Vec<Constraint>, serde_yaml::Error> {
    let mut found = Vec::new();
    let pieces = yaml::split(text).into_iter().map(|piece| piece.span.slice(text));
    for piece in pieces.filter(|piece| piece.contains(KIND)) {
        let mut open = vec![serde_yaml::from_str::<serde_yaml::Value>(piece)?];
        while let Some(object) = open.pop() {
            let kind = object.get("kind").and_then(serde_yaml::Value::as_str).unwrap_or_default();
            if kind == KIND {
                found.push(serde_yaml::from_value(object)?);
            } else if kind.ends_with("List") {
                let items = object.get("items").and_then(serde_yaml::Value::as_sequence);
                open.extend(items.into_iter().flatten().rev().cloned());
            }
        }
    }
    Ok(found)
}

impl Constraint {
    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The images that it exempts: as they are written, or how they begin before a `*`.
    pub fn exempt(&self) -> &[String] {
        &self.spec.parameters.exempt_images
    }

    /// What it says and the configuration has no key for.
    pub fn differences(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let of = &self.spec.r#match;
        if !of.names("*") {
            let kinds: Vec<&str> = of.kinds().collect();
            lines.push(format!(
                "it is about {}; kubepin judges every kind that runs images",
                kinds.join(", ")
            ));
        }
        for (what, names) in [("in", &of.namespaces), ("not in", &of.excluded_namespaces)] {
            if !names.is_empty() {
                lines
                    .push(format!("it holds {what} the namespaces {}; kubepin judges all", names.join(", ")));
            }
        }
        if of.selects_labels() {
            lines.push("it selects by labels, which kubepin does not look at".to_owned());
        }
        if let Some(action) = self.leniency() {
            lines.push(format!("it does not deny (enforcementAction: {action}); see `rules` for levels"));
        }
        lines
    }

    /// Whether it selects by labels, which are not looked at.
    pub fn selects_labels(&self) -> bool {
        self.spec.r#match.selects_labels()
    }

    /// What it does in place of denying.
    pub(super) fn leniency(&self) -> Option<&str> {
        self.spec.enforcement_action.as_deref().filter(|action| *action != "deny")
    }
}

impl Match {
    fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().flat_map(|kinds| &kinds.kinds).map(String::as_str)
    }

    /// Whether it is about a kind.
    pub(super) fn names(&self, kind: &str) -> bool {
        self.kinds().next().is_none() || self.kinds().any(|named| named == kind || named == "*")
    }

    /// Whether it is about a namespace. Where none is known, it is taken to be.
    pub(super) fn holds_in(&self, namespace: Option<&str>) -> bool {
        let Some(namespace) = namespace else { return true };
        let among = |names: &[String]| names.iter().any(|name| is_like(namespace, name));
        (self.namespaces.is_empty() || among(&self.namespaces)) && !among(&self.excluded_namespaces)
    }

    fn selects_labels(&self) -> bool {
        self.label_selector.is_some() || self.namespace_selector.is_some()
    }
}

/// Whether a name is one that a `*` at the begin, the end or both may leave open.
fn is_like(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), Some(_)) => name.contains(end.strip_suffix('*').unwrap_or_default()),
        (Some(end), None) => name.ends_with(end),
        (None, Some(begin)) => name.starts_with(begin),
        (None, None) => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_namespaces_are_those_of_gatekeeper() {
        let text = "kind: List\nitems:\n- kind: K8sImageDigests\n  metadata: {name: a}\n  spec:\n    match:\n      kinds: [{kinds: [Pod]}]\n      namespaces: [shop-*]\n      excludedNamespaces: ['*-test', '*mid*']\n---\nkind: ConstraintTemplate\nx: K8sImageDigests\n---\nkind: K8sImageDigests\n";
        let found = constraints(text).expect("constraints");
        let [listed, bare] = &found[..] else { panic!("{found:?}") };
        assert_eq!((listed.name(), bare.name()), ("a", ""));
        let of = &listed.spec.r#match;
        assert_eq!([of.names("Pod"), of.names("Job"), bare.spec.r#match.names("Job")], [true, false, true]);
        let table =
            [("shop-a", true), ("shop", false), ("shop-test", false), ("shop-mid-a", false), ("a", false)];
        for (namespace, holds) in table {
            assert_eq!(of.holds_in(Some(namespace)), holds, "{namespace}");
        }
        assert!(of.holds_in(None));
        assert!(constraints("kind: K8sImageDigests\n  a: {{ x }}").is_err());
    }
}
