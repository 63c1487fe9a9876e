//! Logins that a cluster pulls images with, out of Secrets.
//!
//! In: a text. Out: the files of logins in it, and why others are of no use.
//! Invariant: a text without the type of such Secrets is not parsed; nothing that is found is quoted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;
use crate::settings::LoginForm;
use crate::source::{Lines, Position};
use crate::yaml::{self, Document, NodeId};

/// The types of such Secrets, the key of what they hold, and how that is written. A cluster runs no
/// helpers for them, and here a text that was only scanned must not say what is run.
const TYPES: [(&str, &str, LoginForm); 2] = [
    ("kubernetes.io/dockerconfigjson", ".dockerconfigjson", LoginForm::ConfigWithoutHelpers),
    ("kubernetes.io/dockercfg", ".dockercfg", LoginForm::Entries),
];

/// A Secret for pulling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullSecret {
    /// Its name; empty where none could be read.
    pub name: String,
    /// Where it begins.
    pub start: Position,
    /// The file of logins in it, or why there is none to use: the end of a sentence about the Secret.
    pub logins: Result<(Secret, LoginForm), &'static str>,
}

/// Finds the Secrets of a text.
pub fn pull_secrets(text: &str) -> Vec<PullSecret> {
    if !TYPES.iter().any(|(kind, ..)| text.contains(kind)) {
        return Vec::new();
    }
    let lines = Lines::new(text);
    let mut found = Vec::new();
    for piece in yaml::split(text) {
        let part = piece.span.slice(text);
        if !TYPES.iter().any(|(kind, ..)| part.contains(kind)) {
            continue;
        }
        let Ok(documents) = yaml::parse(part, piece.span.start) else {
            let start = lines.position(piece.span.start);
            found.push(PullSecret { name: String::new(), start, logins: Err("cannot be read as YAML") });
            continue;
        };
        for document in &documents {
            let objects = document.root().map(|root| objects(document, root)).unwrap_or_default();
            found.extend(objects.into_iter().filter_map(|object| read(document, object, &lines)));
        }
    }
    found
}

/// The object, or those of a list.
fn objects(document: &Document<'_>, root: NodeId) -> Vec<NodeId> {
    match document.get(root, "items") {
        Some(items) => document.elements(items).collect(),
        None => vec![root],
    }
}

/// What an object comes to; `None` when it is no Secret for pulling.
fn read(document: &Document<'_>, object: NodeId, lines: &Lines<'_>) -> Option<PullSecret> {
    let text = |keys: &[&str]| document.at(object, keys).and_then(|id| document.text(id));
    let known = |kind: &str| TYPES.into_iter().find(|(known, ..)| *known == kind);
    let name = text(&["metadata", "name"]).unwrap_or_default().to_owned();
    let start = lines.position(document.node(object).span.start);
    let found = |logins| Some(PullSecret { name, start, logins });
    if text(&["kind"])? != "Secret" {
        // Objects that a controller makes a Secret of: sealed ones, and those kept elsewhere.
        let made = text(&["spec", "template", "type"]).or(text(&["spec", "target", "template", "type"]))?;
        known(made)?;
        return found(Err("gets its content in the cluster"));
    }
    let (_, key, form) = known(text(&["type"])?)?;
    // As in the cluster: what is stated plainly goes before what is stated in base64.
    let (value, plain) = match text(&["stringData", key]) {
        Some(value) => (value, true),
        None => (text(&["data", key]).unwrap_or_default(), false),
    };
    found(content(value, plain).map(|content| (Secret::new(content), form)))
}

fn content(value: &str, plain: bool) -> Result<String, &'static str> {
    match value.trim() {
        "" => Err("holds none that can be read"),
        value if value.starts_with("ENC[") => Err("is encrypted with SOPS"),
        value if ["{{", "${", "$("].iter().any(|mark| value.contains(mark)) => Err("is filled in elsewhere"),
        value if plain => Ok(value.to_owned()),
        value => {
            let dense: String = value.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(dense).map_err(|_| "is not base64")?;
            String::from_utf8(bytes).map_err(|_| "is not UTF-8")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(kind: &str, content: &str) -> String {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: regcred}}\ntype: {kind}\n{content}\n")
    }

    /// The line of a Secret, and what came of it.
    type Found = (usize, Result<(String, LoginForm), &'static str>);

    fn found(text: &str) -> Vec<Found> {
        let logins = |found: PullSecret| {
            (found.start.line, found.logins.map(|(text, form)| (text.expose().to_owned(), form)))
        };
        pull_secrets(text).into_iter().map(logins).collect()
    }

    #[test]
    fn secrets_in_every_form() {
        let (config, old) = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg");
        let (without, entries) = (LoginForm::ConfigWithoutHelpers, LoginForm::Entries);
        let some = |text: &str, form| Ok((text.to_owned(), form));
        let table = [
            (config, "data: {.dockerconfigjson: e30=}", some("{}", without)),
            (config, "data:\n  .dockerconfigjson: |\n    e3\n    0=", some("{}", without)),
            (config, "stringData: {.dockerconfigjson: '{\"a\":1}'}", some("{\"a\":1}", without)),
            (
                config,
                "data: {.dockerconfigjson: e30=}\nstringData: {.dockerconfigjson: '[]'}",
                some("[]", without),
            ),
            (old, "data: {.dockercfg: e30=}", some("{}", entries)),
            (config, "data: {.dockercfg: e30=}", Err("holds none that can be read")),
            (config, "data: {.dockerconfigjson: '%%'}", Err("is not base64")),
            (config, "data: {.dockerconfigjson: /w==}", Err("is not UTF-8")),
            (config, "data: {.dockerconfigjson: 'ENC[AES256_GCM,data:x]'}", Err("is encrypted with SOPS")),
            (config, "stringData: {.dockerconfigjson: '{{ .Values.x }}'}", Err("is filled in elsewhere")),
            (config, "data:\n  .dockerconfigjson: {{ .Values.x }}", Err("holds none that can be read")),
            (config, "data:\n  .dockerconfigjson: {{ .x }}{{ .y }}", Err("cannot be read as YAML")),
        ];
        for (kind, content, expected) in table {
            assert_eq!(found(&secret(kind, content)), [(1, expected)], "{content}");
        }
        assert_eq!(
            found(&secret("Opaque", "data: {.dockerconfigjson: e30=}  # kubernetes.io/dockercfg")),
            []
        );
    }

    #[test]
    fn secrets_among_others() {
        let sealed = "kind: SealedSecret\nspec: {template: {type: kubernetes.io/dockerconfigjson}}\n";
        let item = "  - kind: Secret\n    type: kubernetes.io/dockercfg\n    data: {.dockercfg: e30=}\n";
        let text = format!("kind: Pod\n---\n{sealed}---\nkind: List\nitems:\n{item}{item}");
        let entries = || Ok(("{}".to_owned(), LoginForm::Entries));
        assert_eq!(
            found(&text),
            [(3, Err("gets its content in the cluster")), (8, entries()), (11, entries())]
        );
    }

    #[test]
    fn debug_shows_no_content() {
        let text = secret(
            "kubernetes.io/dockerconfigjson",
            "stringData: {.dockerconfigjson: '{\"auths\":{\"a\":{\"password\":\"hunter2\"}}}'}",
        );
        let shown = format!("{:?}", pull_secrets(&text));
        assert!(shown.contains("regcred") && !shown.contains("hunter2"), "{shown}");
    }
}
