//! Strings that look like references, in fields that nothing covers: a help to write `[[fields]]`.
//!
//! In: a text, and the places in it that are known. Out: the strings, each with its path as `[[fields]]` takes it.
//! Invariant: what is shown is a guess, and is neither judged nor written; so it is narrow, because a list of
//! guesses is read by a person.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::kinds::SCHEMES;
use super::reading::Reading;
use super::shape::NEVER;
use super::{Role, object};
use crate::image::Object;
use crate::reference::Reference;
use crate::source::{Lines, Position, Span};
use crate::yaml::{self, Document, Forms, Kind, NodeId};

/// A string that looks like a reference.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Number of the document in its file, from 0.
    pub document: usize,
    /// The object it is in.
    pub object: Arc<Object>,
    /// The way from the object's root, as `[[fields]]` takes it.
    pub path: String,
    /// Whether it is behind a scheme, and the path one of `urls`.
    pub is_url: bool,
    /// What it reads.
    pub value: String,
    /// Its bytes.
    pub span: Span,
    /// Where they begin.
    pub start: Position,
}

/// The strings of a text that look like references, but for those at places that are known.
pub fn unknown(text: &str, role: Role, known: &BTreeSet<Span>) -> Vec<Unknown> {
    // What is in values and kustomizations is no field of an object.
    if !matches!(role, Role::Manifest | Role::ChartTemplate) {
        return Vec::new();
    }
    let (forms, lines) = (Forms::of(text), Lines::new(text));
    let mut found = Vec::new();
    for piece in yaml::split(forms.first().0) {
        let part = piece.span.slice(text);
        if !(part.contains("apiVersion") && part.contains("kind")) || yaml::is_crd(part) {
            continue;
        }
        let Ok(reading) = Reading::of(text, &forms, piece, role) else { continue };
        for document in &reading.documents {
            for (root, object) in object::with_data(&reading, document) {
                let object = Arc::new(object);
                for (id, is_url) in strings(&reading, document, root) {
                    let span = document.node(id).span;
                    let at_known =
                        known.range(Span::new(span.start, 0)..Span::new(span.end, 0)).next().is_some();
                    found.extend((!at_known).then(|| Unknown {
                        document: piece.document,
                        object: Arc::clone(&object),
                        path: path(document, root, id),
                        is_url,
                        value: document.text(id).unwrap_or_default().to_owned(),
                        span,
                        start: lines.position(span.start),
                    }));
                }
            }
        }
    }
    found
}

/// The strings of an object that look like references, and whether each has a scheme.
fn strings(reading: &Reading<'_>, document: &Document<'_>, root: NodeId) -> Vec<(NodeId, bool)> {
    let passed = |key: NodeId| {
        let key = &*document.node(key).value;
        // An argument among others has no path of its own.
        NEVER.contains(&key) || matches!(key, "metadata" | "apiVersion" | "kind" | "args" | "command")
    };
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(id) = open.pop() {
        let node = document.node(id);
        match node.kind {
            Kind::Mapping { .. } => {
                open.extend(document.entries(id).filter(|&(key, _)| !passed(key)).map(|(_, value)| value));
            }
            Kind::Sequence { .. } => open.extend(document.elements(id)),
            Kind::Scalar(_) if !reading.masked.is_some_and(|masked| masked.touches(node.span)) => {
                let scheme = SCHEMES.iter().find_map(|scheme| node.value.strip_prefix(scheme));
                let of_image = names(document, id).any(|key| key.to_ascii_lowercase().contains("image"));
                if looks_like_reference(scheme.unwrap_or(&node.value), of_image) {
                    found.push((id, scheme.is_some()));
                }
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
    found.sort_unstable();
    found
}

/// What a value is called: its key, or that of the list it is in; and the name beside it, as in `env`.
fn names<'d>(document: &'d Document<'_>, id: NodeId) -> impl Iterator<Item = &'d str> {
    let parent = document.node(id).parent;
    let key = document.key_of(id).or_else(|| document.key_of(parent?));
    let beside = parent.and_then(|map| document.get(map, "name"));
    [key, beside].into_iter().flatten().filter_map(|id| document.text(id))
}

/// Whether a text is likely to be a reference: it states a version, and a registry or something else that tells.
fn looks_like_reference(text: &str, of_image: bool) -> bool {
    let Ok(reference) = Reference::parse(text) else { return false };
    if reference.digest().is_some() {
        return true;
    }
    let Some(tag) = reference.tag() else { return false };
    let has_digit = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let is_port = tag.bytes().all(|b| b.is_ascii_digit()) && tag.len() > 1;
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    let dotted = digits.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.');
    match reference.registry() {
        // Labels and annotations of Kubernetes have the form of a repository.
        Some(host) if host.ends_with("k8s.io") => host.starts_with("registry.") && has_digit(tag),
        Some(_) => of_image || dotted || tag == "latest" || has_digit(tag) && !is_port,
        None if of_image => !is_port || reference.name().contains('/'),
        None => dotted && !is_port && reference.name().contains(|c: char| c.is_ascii_alphabetic()),
    }
}

/// The way to a value, as `[[fields]]` takes it. A key that could not be written there is any key; an element
/// with a name and a value is told by its name.
fn path(document: &Document<'_>, root: NodeId, id: NodeId) -> String {
    let plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/'));
    let mut steps = Vec::new();
    let mut at = id;
    while let Some(parent) = document.node(at).parent.filter(|_| at != root) {
        steps.push(match document.key_of(at).map(|key| &*document.node(key).value) {
            Some(key) if plain(key) => format!(".{key}"),
            Some(_) => ".*".to_owned(),
            None => {
                let is_pair = document.get(at, "value").is_some();
                let name = document.get(at, "name").and_then(|name| document.text(name));
                let name = name.filter(|name| is_pair && plain(name));
                name.map_or_else(|| "[]".to_owned(), |name| format!("[name={name}]"))
            }
        });
        at = parent;
    }
    steps.reverse();
    steps.concat().trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::looks_like_reference;

    #[test]
    fn references_and_what_only_looks_alike() {
        for text in [
            "ghcr.io/acme/web:1.27.3",
            "localhost:5000/web:v1",
            "registry.k8s.io/pause:3.9",
            "quay.io/acme/web:latest",
            "acme/web:1.2",
            "nginx:1.27-alpine",
            "web@sha256:5c0b7d1f3a9e4826bd07c61f28e493ab5f60d2c7e8149b3a76d5f0c2418e9ab3",
        ] {
            assert!(looks_like_reference(text, false), "{text}");
        }
        for text in [
            "redis:6379",
            "iqn.2001-04.com.example:storage.kube.sys1.xyz",
            "db.example.com:5432",
            "10.0.0.1:8080",
            "system:serviceaccount",
            "12:30",
            "https://example.com/a:1.2",
            "/var/lib/a:1.2",
            "kubernetes.io/os:linux",
            "example.com/web",
            "arn:aws:iam",
            "a b:1.2",
        ] {
            assert!(!looks_like_reference(text, false), "{text}");
        }
        assert!(looks_like_reference("nginx:stable", true) && !looks_like_reference("redis:6379", true));
    }
}
