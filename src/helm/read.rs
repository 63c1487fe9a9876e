//! YAML as values of templates.
//!
//! In: a text. Out: its first document as Helm reads it.
//! Invariant: aliases and merge keys are followed; what they blow up is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::print;
use super::scalar::resolve;
use super::value::{Entries, Map, Value};
use crate::yaml::{Document, Kind, NodeId, Style, parse, split};

/// Nodes that a document may have with its aliases followed.
const NODES: usize = 1_000_000;

/// What whole numbers are read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As Helm reads values: all numbers are floating.
    Float,
    /// As written.
    Whole,
}

/// The first document of a text as Helm reads values; an empty one is nothing.
///
/// # Errors
/// What is no YAML, or too large with its aliases followed.
pub fn value(text: &str) -> Result<Value, String> {
    read(text, Numbers::Float)
}

/// A document of a text, by its number.
///
/// # Errors
/// What is no YAML, or too large with its aliases followed.
pub fn document(text: &str, number: usize) -> Result<Value, String> {
    let piece = split(text).into_iter().rfind(|piece| piece.document == number);
    read(piece.map_or("", |piece| piece.span.slice(text)), Numbers::Float)
}

/// The first document of a text.
pub(super) fn read(text: &str, numbers: Numbers) -> Result<Value, String> {
    let documents = parse(text.trim_start_matches('\u{feff}'), 0).map_err(|fault| fault.message)?;
    let Some((document, root)) = documents.first().and_then(|document| Some((document, document.root()?)))
    else {
        return Ok(Value::Nil);
    };
    let mut reader = Reader { document, numbers, nodes: NODES, open: Vec::new() };
    reader.node(root)
}

struct Reader<'d, 't> {
    document: &'d Document<'t>,
    numbers: Numbers,
    nodes: usize,
    /// The collections around, so that an alias inside of its anchor is found.
    open: Vec<NodeId>,
}

impl Reader<'_, '_> {
    fn node(&mut self, id: NodeId) -> Result<Value, String> {
        self.nodes = self.nodes.checked_sub(1).ok_or("aliases make it too large")?;
        let id = self.document.resolve(id);
        let node = self.document.node(id);
        match node.kind {
            Kind::Scalar(style) => Ok(self.scalar(&node.value, style == Style::Plain && !node.tagged)),
            Kind::Alias(_) => Err(format!("unknown anchor '{}' referenced", node.value)),
            _ if self.open.contains(&id) => Err("an anchor contains itself".to_owned()),
            Kind::Sequence { .. } => {
                self.open.push(id);
                let children: Vec<NodeId> = self.document.children(id).collect();
                let list: Result<_, _> = children.into_iter().map(|child| self.node(child)).collect();
                self.open.pop();
                Ok(Value::list(list?))
            }
            Kind::Mapping { .. } => {
                self.open.push(id);
                let map = self.mapping(id);
                self.open.pop();
                map
            }
        }
    }

    fn scalar(&self, text: &str, plain: bool) -> Value {
        match if plain { resolve(text) } else { Value::text(text) } {
            Value::Int(int) if self.numbers == Numbers::Float => Value::Float(super::numbers::real(int)),
            value => value,
        }
    }

    fn mapping(&mut self, id: NodeId) -> Result<Value, String> {
        let mut entries: Entries = BTreeMap::new();
        let mut merged = Vec::new();
        let pairs: Vec<(NodeId, NodeId)> = self.document.entries(id).collect();
        for (key, value) in pairs {
            let value = self.node(value)?;
            let node = self.document.node(self.document.resolve(key));
            match node.kind {
                Kind::Scalar(Style::Plain) if node.value == "<<" => merged.push(value),
                Kind::Scalar(style) => {
                    // A key is a text, whatever it is read as: `n` is `false`.
                    let key = if style == Style::Plain { resolve(&node.value) } else { Value::Nil };
                    let key = match key {
                        Value::Bool(_) | Value::Float(_) | Value::Int(_) => print::text(&key),
                        _ => node.value.to_string(),
                    };
                    entries.insert(Arc::from(key), value);
                }
                _ => return Err("a key is no scalar".to_owned()),
            }
        }
        for from in merged.iter().flat_map(|value| [value].into_iter().chain(value.elements())) {
            for (key, value) in from.as_map().map(Map::read).iter().flat_map(|map| map.iter()) {
                entries.entry(Arc::clone(key)).or_insert_with(|| value.clone());
            }
        }
        Ok(Value::Map(Map::new(entries)))
    }
}
