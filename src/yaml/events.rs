//! From the parser's events to arenas.
//!
//! In: one piece of a file (`split`). Out: its documents with spans shifted to the file.
//! Invariant: what was complete before an error is dropped with it, so that no half document is
//! ever judged or edited.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::document::{Document, Kind, Node, NodeId, Style};
use crate::source::Span;

/// Nesting that is read. Kubernetes' own parser stops at 10,000; no manifest comes near.
const NESTING: usize = 1000;

/// Why a piece cannot be read, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the file.
    pub offset: usize,
    /// A phrase without a full stop.
    pub message: String,
}

/// Parses one piece that begins `offset` bytes into its file.
///
/// # Errors
/// The first thing that is no YAML.
pub fn parse(piece: &str, offset: usize) -> Result<Vec<Document<'_>>, Fault> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: NESTING,
        block_nesting_limit: NESTING,
    };
    let mut documents = Vec::new();
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(piece, options) {
        let (event, span) = event.map_err(|error| Fault {
            offset: offset + error.marker().byte_offset().unwrap_or(0).min(piece.len()),
            message: error.info(),
        })?;
        let range = span.byte_range().unwrap_or(0..0);
        let span = Span::new(range.start, range.end.max(range.start)).shift(offset);
        if matches!(event, Event::DocumentEnd) {
            documents.push(std::mem::take(&mut builder).document);
        } else {
            builder.event(event, span);
        }
    }
    Ok(documents)
}

#[derive(Default)]
struct Builder<'t> {
    document: Document<'t>,
    /// The collections that are open, with the last child of each.
    open: Vec<(NodeId, Option<NodeId>)>,
    anchors: Vec<(usize, NodeId)>,
}

impl<'t> Builder<'t> {
    fn event(&mut self, event: Event<'t>, span: Span) {
        let start = Span::new(span.start, span.start);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let style = style_of(style);
                // An absent value has no place of its own, and the parser's `~` is not in the text.
                let absent = span.is_empty() && style == Style::Plain;
                let value = if absent { "".into() } else { value };
                self.push(Node { value, tagged: tag.is_some(), ..node(Kind::Scalar(style), span) }, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let kind = Kind::Sequence { flow: style == StructureStyle::Flow };
                self.open(Node { tagged: tag.is_some(), ..node(kind, start) }, anchor);
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = Kind::Mapping { flow: style == StructureStyle::Flow };
                self.open(Node { tagged: tag.is_some(), ..node(kind, start) }, anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            Event::Alias(target) => {
                // Anchors are numbered in the order they are met.
                let found = self.anchors.binary_search_by_key(&target, |&(anchor, _)| anchor);
                let target = found.ok().map(|at| self.anchors[at].1);
                self.push(node(Kind::Alias(target), span), 0);
            }
            Event::UnresolvedAlias(name) => {
                self.push(Node { value: name, ..node(Kind::Alias(None), span) }, 0);
            }
            _ => {}
        }
    }

    /// Adds a collection, whose children follow.
    fn open(&mut self, node: Node<'t>, anchor: usize) {
        let id = self.push(node, anchor);
        self.open.push((id, None));
    }

    /// Adds a node as the next child of the innermost open collection.
    fn push(&mut self, node: Node<'t>, anchor: usize) -> NodeId {
        let id = NodeId(u32::try_from(self.document.nodes.len()).unwrap_or(u32::MAX));
        let (parent, before) = self.open.last().map_or((None, None), |&(parent, last)| (Some(parent), last));
        let ordinal = before.map_or(0, |before| self.document.node(before).ordinal + 1);
        let anchored = anchor != 0;
        self.document.nodes.push(Node { parent, ordinal, anchored, before, ..node });
        if let Some(before) = before {
            self.document.nodes[before.0 as usize].next = Some(id);
        } else if let Some(parent) = parent {
            self.document.nodes[parent.0 as usize].first = Some(id);
        }
        if let Some(open) = self.open.last_mut() {
            open.1 = Some(id);
        }
        if anchored {
            self.anchors.push((anchor, id));
        }
        id
    }
}

/// A node that is nowhere yet.
fn node<'t>(kind: Kind, span: Span) -> Node<'t> {
    Node {
        kind,
        span,
        value: "".into(),
        parent: None,
        ordinal: 0,
        anchored: false,
        tagged: false,
        before: None,
        first: None,
        next: None,
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
