//! One YAML document as an arena of nodes.
//!
//! In: nodes pushed in document order. Out: lookups by key and by parent.
//! Invariants: a span is the one the parser found; aliases and merge keys are looked up, never
//! expanded, so that no document grows; of duplicate keys the last one counts, as in Kubernetes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::source::Span;

/// Index of a node in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The outermost node of a document that has one.
    pub const ROOT: Self = Self(0);

    /// How many nodes of the document come before it.
    pub fn rank(self) -> usize {
        self.0 as usize
    }
}

/// One document of a file.
#[derive(Debug, Default)]
pub struct Document<'t> {
    pub(super) nodes: Vec<Node<'t>>,
}

/// A node: scalar, sequence, mapping or alias.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    /// What the node is.
    pub kind: Kind,
    /// Its bytes in the file: with quotes, without anchor and tag. A collection's is empty.
    pub span: Span,
    /// The value of a scalar after unescaping, the name of an alias without target, else empty.
    pub value: Cow<'t, str>,
    /// The node that holds this one.
    pub parent: Option<NodeId>,
    /// Place among the children of the parent. In a mapping keys are even, values odd.
    pub ordinal: u32,
    /// Whether an anchor is set on the node.
    pub anchored: bool,
    /// Whether an explicit tag is set on the node.
    pub tagged: bool,
    /// The sibling before it.
    pub(super) before: Option<NodeId>,
    pub(super) first: Option<NodeId>,
    pub(super) next: Option<NodeId>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar and how it is written.
    Scalar(Style),
    /// A sequence; `flow` tells `[a, b]`.
    Sequence {
        /// In brackets.
        flow: bool,
    },
    /// A mapping; `flow` tells `{a: b}`.
    Mapping {
        /// In braces.
        flow: bool,
    },
    /// An alias and its target, when the document defines it.
    Alias(Option<NodeId>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    Single,
    /// In `"`.
    Double,
    /// A block after `|`.
    Literal,
    /// A block after `>`.
    Folded,
}

impl<'t> Document<'t> {
    /// The outermost node; `None` in an empty document.
    pub fn root(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then_some(NodeId::ROOT)
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.rank()]
    }

    /// All nodes in document order.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node<'t>)> {
        self.nodes.iter().zip(0..).map(|(node, id)| (NodeId(id), node))
    }

    /// The node itself, or what an alias stands for.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            Kind::Alias(Some(target)) => target,
            _ => id,
        }
    }

    /// The text of a scalar, followed through an alias.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        let node = self.node(self.resolve(id));
        matches!(node.kind, Kind::Scalar(_)).then_some(&*node.value)
    }

    /// The direct children, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).first, |&child| self.node(child).next)
    }

    /// The elements of a sequence, followed through an alias; nothing for other nodes.
    pub fn elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let id = self.resolve(id);
        let sequence = matches!(self.node(id).kind, Kind::Sequence { .. });
        self.children(id).filter(move |_| sequence)
    }

    /// Keys and values of a mapping as written, merge keys not followed; nothing for other nodes.
    pub fn entries(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let id = self.resolve(id);
        let mapping = matches!(self.node(id).kind, Kind::Mapping { .. });
        let mut children = self.children(id).filter(move |_| mapping);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// Whether a node is a mapping, followed through an alias.
    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.node(self.resolve(id)).kind, Kind::Mapping { .. })
    }

    /// The value of a key: the last one written in the mapping, else the first that a merge key brings.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let own = self.own(id, key).last();
        if own.is_some() || self.own(id, "<<").next().is_none() {
            return own;
        }
        // A mapping that does not have the key is not asked again, however often it is merged.
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(map) = open.pop().map(|id| self.resolve(id)) {
            if !seen.insert(map) {
                continue;
            }
            if let Some(value) = self.own(map, key).last() {
                return Some(value);
            }
            for merged in self.own(map, "<<") {
                let several = self.elements(merged).collect::<Vec<_>>();
                open.extend(several.into_iter().rev());
                open.extend(self.is_mapping(merged).then_some(merged));
            }
        }
        None
    }

    /// Every value that the mapping itself states for a key: more than one where keys are duplicate.
    pub fn own<'a>(&'a self, id: NodeId, key: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        self.entries(id).filter(move |&(k, _)| self.node(k).value == key).map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// Whether the node sits in a flow collection.
    pub fn in_flow(&self, id: NodeId) -> bool {
        let parent = self.node(id).parent.map(|parent| self.node(parent).kind);
        matches!(parent, Some(Kind::Sequence { flow: true } | Kind::Mapping { flow: true }))
    }

    /// The key that a value of a mapping belongs to.
    pub fn key_of(&self, id: NodeId) -> Option<NodeId> {
        let node = self.node(id);
        let in_mapping =
            node.parent.is_some_and(|parent| matches!(self.node(parent).kind, Kind::Mapping { .. }));
        node.before.filter(|_| in_mapping && node.ordinal % 2 == 1)
    }

    /// The way from the root: `spec.containers[0].image`.
    pub fn path(&self, id: NodeId) -> String {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some(parent) = self.node(at).parent {
            steps.push(match self.node(parent).kind {
                Kind::Sequence { .. } => format!("[{}]", self.node(at).ordinal),
                _ => self.key_of(at).map_or_else(String::new, |key| format!(".{}", self.node(key).value)),
            });
            at = parent;
        }
        steps.reverse();
        steps.concat().trim_start_matches('.').to_owned()
    }
}
