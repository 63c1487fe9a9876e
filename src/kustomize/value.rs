//! A tree of YAML values that remembers where each scalar is written.
//!
//! In: documents of a file. Out: values that transformers rewrite.
//! Invariants: a value is shared until it is changed, so that a base costs no more for each overlay over
//! it; a scalar that is rewritten keeps its origin; a document that aliases blow up is refused.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::entry::Entry;
use crate::source::Span;
use crate::yaml::{Document, Kind, NodeId, Style};

/// Nesting of a value, aliases followed.
const DEPTH: usize = 1000;

/// Nodes that a document may have with its aliases followed: no manifest comes near.
const NODES: usize = 1_000_000;

/// A mapping, a list or a scalar.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A mapping, by key.
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// Anything else.
    Scalar(Arc<Scalar>),
}

/// A scalar.
#[derive(Clone, Debug, Default)]
pub(super) struct Scalar {
    /// What YAML reads.
    pub(super) text: String,
    /// Whether it is YAML's null.
    pub(super) null: bool,
    /// The last entry of `images:` that matched it, and those before.
    pub(super) step: Option<Arc<Step>>,
    /// Where it is stated; `None` for what a kustomization field makes up.
    pub(super) origin: Option<Origin>,
    /// What it is put together from, where a replacement wrote a part of it.
    pub(super) mixed: Option<Arc<Mixed>>,
    /// What else a digest in it would do.
    pub(super) caution: Option<Caution>,
}

/// What a digest does beside pinning an image.
#[derive(Clone, Copy, Debug)]
pub struct Caution {
    /// A phrase.
    pub reason: &'static str,
    /// How many entries the image had gone through; later ones do not do that.
    pub steps: usize,
}

/// What a scalar is put together from.
#[derive(Debug)]
pub(super) struct Mixed {
    /// What its place states.
    pub(super) stated: String,
    /// The other places.
    pub(super) others: BTreeSet<Origin>,
}

/// An entry of `images:` that matched a scalar.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) entry: Arc<Entry>,
    /// What the scalar was before.
    pub(super) before: String,
    pub(super) earlier: Option<Arc<Step>>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: Arc<Path>,
    /// The bytes of the scalar, or of the alias that stands for it.
    pub span: Span,
}

impl Ord for Origin {
    /// Paths by their bytes: there are many places, and a path is compared part by part.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.file.as_os_str(), self.span).cmp(&(other.file.as_os_str(), other.span))
    }
}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Scalar {
    /// The entries that matched it, the last first.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        std::iter::successors(self.step.as_deref(), |step| step.earlier.as_deref())
    }

    /// What its place states.
    pub(super) fn stated(&self) -> &str {
        let entered = self.steps().last().map(|step| &step.before);
        self.mixed.as_ref().map(|mixed| &mixed.stated).or(entered).unwrap_or(&self.text)
    }

    /// All places that have a part in it.
    pub(super) fn places(&self) -> impl Iterator<Item = &Origin> {
        let entries = self.steps().filter_map(|step| step.entry.origin.as_ref());
        let others = self.mixed.iter().flat_map(|mixed| &mixed.others);
        self.origin.iter().chain(entries).chain(others)
    }
}

impl Value {
    /// A scalar that no file states.
    pub(super) fn made(text: &str) -> Self {
        Self::Scalar(Arc::new(Scalar { text: text.to_owned(), ..Scalar::default() }))
    }

    /// An empty mapping.
    pub(super) fn empty() -> Self {
        Self::Map(Arc::default())
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.map().and_then(|map| map.get(key))
    }

    /// The value at the end of a path of keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text at the end of a path of keys; empty where there is none.
    pub(super) fn text_at(&self, keys: &[&str]) -> &str {
        self.at(keys).and_then(Self::text).unwrap_or_default()
    }

    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| !scalar.null).map(|scalar| scalar.text.as_str())
    }

    /// The scalar.
    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match self {
            Self::Scalar(scalar) => Some(scalar),
            Self::Map(_) | Self::List(_) => None,
        }
    }

    /// The mapping.
    pub(super) fn map(&self) -> Option<&BTreeMap<Arc<str>, Self>> {
        match self {
            Self::Map(map) => Some(map),
            Self::List(_) | Self::Scalar(_) => None,
        }
    }

    /// The elements of a list; nothing for other values.
    pub(super) fn elements(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            Self::Map(_) | Self::Scalar(_) => &[],
        }
    }

    /// Keys and values of a mapping; nothing for other values.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Self)> {
        self.map().into_iter().flatten()
    }

    /// Whether it is YAML's null.
    pub(super) fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.null)
    }

    /// Puts a value at the end of a path of keys, making the mappings on the way.
    pub(super) fn put(&mut self, keys: &[&str], value: Self) {
        let Some((key, rest)) = keys.split_first() else {
            *self = value;
            return;
        };
        if self.map().is_none() {
            *self = Self::empty();
        }
        if let Self::Map(map) = self {
            Arc::make_mut(map).entry(Arc::from(*key)).or_insert_with(Self::empty).put(rest, value);
        }
    }
}

/// The value of a document; `None` where aliases make it too large.
/// `origin` says where in which file a span of the parsed text is.
pub(super) fn value(document: &Document<'_>, origin: &dyn Fn(Span) -> Origin) -> Option<Value> {
    let root = document.root()?;
    let mut growth = Growth { document, origin, grown: BTreeMap::new() };
    growth.node(root).map(|grown| grown.value)
}

/// A value while it is made.
struct Growth<'d, 't> {
    document: &'d Document<'t>,
    origin: &'d dyn Fn(Span) -> Origin,
    /// What anchors stand for.
    grown: BTreeMap<NodeId, Grown>,
}

/// A value with its size, aliases followed.
#[derive(Clone)]
struct Grown {
    value: Value,
    nodes: usize,
    depth: usize,
}

impl Growth<'_, '_> {
    fn node(&mut self, id: NodeId) -> Option<Grown> {
        let node = self.document.node(id);
        let grown = match node.kind {
            Kind::Alias(target) => return Some(self.alias(node.span, target)),
            Kind::Scalar(style) => {
                let null = style == Style::Plain
                    && !node.tagged
                    && matches!(&*node.value, "" | "~" | "null" | "Null" | "NULL");
                self.leaf(&node.value, null, node.span)
            }
            Kind::Sequence { .. } => {
                let children: Vec<NodeId> = self.document.children(id).collect();
                let mut size = (1, 0);
                let mut list = Vec::with_capacity(children.len());
                for child in children {
                    list.push(self.child(child, &mut size)?);
                }
                Grown { value: Value::List(Arc::new(list)), nodes: size.0, depth: size.1 + 1 }
            }
            Kind::Mapping { .. } => self.mapping(id)?,
        };
        if node.anchored {
            self.grown.insert(id, grown.clone());
        }
        (grown.depth <= DEPTH && grown.nodes <= NODES).then_some(grown)
    }

    /// What an alias stands for. A scalar is stated where the alias is; an alias inside of its own
    /// anchor stands for nothing.
    fn alias(&self, span: Span, target: Option<NodeId>) -> Grown {
        match target.and_then(|target| self.grown.get(&target)) {
            Some(Grown { value: Value::Scalar(scalar), .. }) => self.leaf(&scalar.text, scalar.null, span),
            Some(grown) => grown.clone(),
            None => self.leaf("", true, span),
        }
    }

    fn leaf(&self, text: &str, null: bool, span: Span) -> Grown {
        let origin = Some((self.origin)(span));
        let scalar = Scalar { text: text.to_owned(), null, origin, ..Scalar::default() };
        Grown { value: Value::Scalar(Arc::new(scalar)), nodes: 1, depth: 1 }
    }

    /// A child, its size added to that of its parent.
    fn child(&mut self, id: NodeId, (nodes, depth): &mut (usize, usize)) -> Option<Value> {
        let child = self.node(id)?;
        *nodes += child.nodes;
        *depth = child.depth.max(*depth);
        Some(child.value)
    }

    /// A mapping with its merge keys followed: what it states itself counts, then the first merged.
    fn mapping(&mut self, id: NodeId) -> Option<Grown> {
        let entries: Vec<(NodeId, NodeId)> = self.document.entries(id).collect();
        let mut size = (1, 0);
        let mut map = BTreeMap::new();
        let mut merged = Vec::new();
        for (key, value) in entries {
            let value = self.child(value, &mut size)?;
            match self.document.text(key) {
                Some("<<") => merged.push(value),
                Some(key) => {
                    map.insert(Arc::from(key), value);
                }
                None => {}
            }
        }
        for from in merged.iter().flat_map(|value| [value].into_iter().chain(value.elements())) {
            for (key, value) in from.entries() {
                map.entry(Arc::clone(key)).or_insert_with(|| value.clone());
            }
        }
        Some(Grown { value: Value::Map(Arc::new(map)), nodes: size.0, depth: size.1 + 1 })
    }
}
