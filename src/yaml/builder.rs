//! Documents, node by node.
//!
//! In: nodes in document order, from whoever reads them. Out: the arena that they make.
//! Invariant: every node knows its parent and its siblings once the next one is there.

use std::borrow::Cow;

use super::document::{Document, Kind, Node, NodeId, Style};
use crate::source::Span;

/// A document that is being read.
#[derive(Default)]
pub(super) struct Builder<'t> {
    document: Document<'t>,
    /// The collections that are open, with the last child of each.
    open: Vec<(NodeId, Option<NodeId>)>,
    anchors: Vec<(usize, NodeId)>,
}

/// What stands before a node: the number of its anchor, where it has one, and whether it has a tag.
#[derive(Clone, Copy, Default)]
pub(super) struct Properties {
    pub(super) anchor: usize,
    pub(super) tagged: bool,
}

impl<'t> Builder<'t> {
    /// For so many nodes, about.
    pub(super) fn with_capacity(nodes: usize) -> Self {
        Self { document: Document { nodes: Vec::with_capacity(nodes) }, ..Self::default() }
    }

    /// The document, once all of its nodes are there.
    pub(super) fn end(self) -> Document<'t> {
        self.document
    }

    /// Adds a scalar.
    pub(super) fn scalar(&mut self, value: Cow<'t, str>, style: Style, span: Span, properties: Properties) {
        // An absent value has no place of its own, and the parser's `~` is not in the text.
        let absent = span.is_empty() && style == Style::Plain;
        let value = if absent { "".into() } else { value };
        self.push(Kind::Scalar(style), span, value, properties);
    }

    /// Adds a collection, whose children follow.
    pub(super) fn open(&mut self, kind: Kind, start: usize, properties: Properties) {
        let id = self.push(kind, Span::new(start, start), "".into(), properties);
        self.open.push((id, None));
    }

    /// Ends the innermost collection.
    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// Adds an alias of an anchor.
    pub(super) fn alias(&mut self, anchor: usize, span: Span) {
        // Anchors are numbered in the order they are met.
        let found = self.anchors.binary_search_by_key(&anchor, |&(anchor, _)| anchor);
        let target = found.ok().map(|at| self.anchors[at].1);
        self.push(Kind::Alias(target), span, "".into(), Properties::default());
    }

    /// Adds an alias of an anchor that is not there.
    pub(super) fn unresolved_alias(&mut self, name: Cow<'t, str>, span: Span) {
        self.push(Kind::Alias(None), span, name, Properties::default());
    }

    /// Adds a node as the next child of the innermost open collection.
    fn push(&mut self, kind: Kind, span: Span, value: Cow<'t, str>, properties: Properties) -> NodeId {
        let nodes = &mut self.document.nodes;
        let id = NodeId(u32::try_from(nodes.len()).unwrap_or(u32::MAX));
        let (parent, before) = match self.open.last_mut() {
            Some((parent, last)) => (Some(*parent), last.replace(id)),
            None => (None, None),
        };
        let ordinal = before.map_or(0, |before| nodes[before.rank()].ordinal + 1);
        let Properties { anchor, tagged } = properties;
        let anchored = anchor != 0;
        let (first, next) = (None, None);
        nodes.push(Node { kind, span, value, parent, ordinal, anchored, tagged, before, first, next });
        if let Some(before) = before {
            nodes[before.rank()].next = Some(id);
        } else if let Some(parent) = parent {
            nodes[parent.rank()].first = Some(id);
        }
        if anchored {
            self.anchors.push((anchor, id));
        }
        id
    }
}
