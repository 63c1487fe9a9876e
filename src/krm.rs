//! The list of resources that a KRM function gets and passes on.
//!
//! In: a text of kind `ResourceList`. Out: what names its items, what its `functionConfig` says, and the text
//! with results.
//! Invariants: no I/O; items stay byte for byte; results of functions before stay.
//! Source: kustomize, `cmd/config/docs/api-conventions/functions-spec.md`.

mod results;

use std::collections::BTreeMap;

use crate::image::{Object, group_version};
use crate::source::Span;
use crate::yaml::{self, Document, Kind, NodeId};
pub use results::{Importance, Outcome};

const GROUP: &str = "config.kubernetes.io";
const KIND: &str = "ResourceList";
/// Where orchestrators say which file an item is from; older ones have the second name only.
const PATHS: [&str; 2] = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"];
const INDEXES: [&str; 2] = ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"];
/// The group and kind of a `functionConfig` that is kubepin's own.
const OWN: (&str, &str) = ("kubepin.dev", "Kubepin");

/// A list of resources, as far as a function has to know it.
#[derive(Debug)]
pub struct ResourceList {
    /// In the order of the text.
    items: Vec<Item>,
    /// The keys at the top with their bytes, and how they are written.
    top: Top,
}

/// An item of the list.
#[derive(Debug)]
struct Item {
    start: usize,
    object: Object,
    /// The file that it is from, and its number there.
    file: Option<(String, u64)>,
}

/// The outermost mapping of the list.
#[derive(Debug)]
struct Top {
    /// Whether it is written in braces.
    flow: bool,
    /// The bytes of its document.
    document: Span,
    /// The bytes from the key `results` up to the next key, if it is there.
    results: Option<Span>,
}

/// What is wrong with a list: a sentence without a full stop.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoList(String);

impl ResourceList {
    /// Reads a list, and what its `functionConfig` says, by key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<(Self, BTreeMap<String, String>), NoList> {
        let mut found = Vec::new();
        for piece in yaml::split(text) {
            let parsed = yaml::parse(piece.span.slice(text), piece.span.start)
                .map_err(|fault| NoList(format!("what was passed in is no YAML: {}", fault.message)))?;
            let held = parsed.into_iter().filter(|document| document.root().is_some());
            found.extend(held.map(|document| (piece.span, document)));
        }
        let [(span, document)] = &found[..] else {
            return Err(NoList(format!("one document of kind {KIND} is expected, not {}", found.len())));
        };
        let object = object(document, NodeId::ROOT);
        let group = object.api_version.as_deref().map(|version| group_version(version).0);
        if group != Some(GROUP) || object.kind.as_deref() != Some(KIND) {
            return Err(NoList(format!(
                "what was passed in is no {KIND} of {GROUP}, but {}",
                object.title()
            )));
        }
        let items = document.get(NodeId::ROOT, "items").into_iter().flat_map(|id| document.elements(id));
        let mut items: Vec<Item> = items.map(|id| item(document, id)).collect();
        items.sort_by_key(|item| item.start);
        Ok((Self { items, top: top(text, *span, document) }, settings(document)?))
    }

    /// The item that a place of the text is in.
    fn item_at(&self, offset: usize) -> Option<&Item> {
        let before = self.items.partition_point(|item| item.start <= offset);
        self.items[..before].last()
    }
}

fn text_at(document: &Document<'_>, root: NodeId, keys: &[&str]) -> Option<String> {
    document.text(document.at(root, keys)?).map(str::to_owned)
}

fn object(document: &Document<'_>, root: NodeId) -> Object {
    Object::of(|keys| text_at(document, root, keys))
}

fn item(document: &Document<'_>, id: NodeId) -> Item {
    let annotation = |names: [&str; 2]| {
        names.into_iter().find_map(|name| text_at(document, id, &["metadata", "annotations", name]))
    };
    let index = || annotation(INDEXES).and_then(|index| index.parse().ok()).unwrap_or(0);
    let file = annotation(PATHS).map(|path| (path, index()));
    Item { start: document.node(id).span.start, object: object(document, id), file }
}

fn top(text: &str, piece: Span, document: &Document<'_>) -> Top {
    let keys: Vec<NodeId> = document.entries(NodeId::ROOT).map(|(key, _)| key).collect();
    let line = |key: &NodeId| {
        let start = document.node(*key).span.start;
        text[..start].rfind('\n').map_or(0, |at| at + 1)
    };
    let at = keys.iter().position(|key| document.node(*key).value == "results");
    let results = at.map(|at| Span::new(line(&keys[at]), keys.get(at + 1).map_or(piece.end, line)));
    let flow = document.node(NodeId::ROOT).kind == Kind::Mapping { flow: true };
    Top { flow, document: piece, results }
}

/// What `functionConfig` says: `data` of a `ConfigMap`, or `spec` of kubepin's own kind.
fn settings(document: &Document<'_>) -> Result<BTreeMap<String, String>, NoList> {
    let config = document.get(NodeId::ROOT, "functionConfig");
    let Some(config) = config.filter(|id| !matches!(document.text(*id), Some("" | "~" | "null"))) else {
        return Ok(BTreeMap::new());
    };
    let object = object(document, config);
    let (version, kind) = (object.api_version.as_deref().unwrap_or_default(), object.kind.as_deref());
    let held = match (group_version(version).0, kind) {
        ("", Some("ConfigMap")) => "data",
        (group, Some(kind)) if (group, kind) == OWN => "spec",
        _ => {
            let (group, own) = OWN;
            let title = object.title();
            return Err(NoList(format!("functionConfig is a ConfigMap or a {own} of {group}, not {title}")));
        }
    };
    let entries = document.get(config, held).into_iter().flat_map(|id| document.entries(id));
    let word = |(key, value): (NodeId, NodeId)| {
        let key = document.node(key).value.clone().into_owned();
        match document.text(value) {
            Some(text) => Ok((key, text.to_owned())),
            None => Err(NoList(format!("`{key}` in functionConfig has no single value"))),
        }
    };
    entries.map(word).collect()
}

#[cfg(test)]
mod tests;
