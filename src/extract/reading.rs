//! A piece in a form that parses: as it is, or with template actions masked.
//!
//! In: a text with or without template actions. Out: the documents of a piece, and where masks are.
//! Invariant: outside of a chart a piece that parses only unmasked is read unmasked; a template never is.

use std::cell::OnceCell;

use super::Role;
use crate::yaml::{self, Document, Fault, Kind, Masked, NodeId, Piece, Style};

/// A text and its masked forms.
pub(super) struct Texts<'t> {
    raw: &'t str,
    /// Actions as blanks; `None` where the text has none.
    blanked: Option<Masked>,
    /// Actions as comments: made when blanks do not parse.
    commented: OnceCell<Option<Masked>>,
}

/// One piece that was read.
pub(super) struct Reading<'t> {
    pub(super) documents: Vec<Document<'t>>,
    pub(super) piece: Piece,
    /// The text of the file.
    pub(super) raw: &'t str,
    /// Where actions are, when they were masked to read the piece.
    pub(super) masked: Option<&'t Masked>,
}

impl<'t> Texts<'t> {
    pub(super) fn new(raw: &'t str) -> Self {
        Self { raw, blanked: yaml::mask(raw, b' '), commented: OnceCell::new() }
    }

    /// The text to split and search.
    pub(super) fn readable(&self) -> &str {
        self.blanked.as_ref().map_or(self.raw, |masked| &masked.text)
    }

    /// Parses a piece, in the first form that can be parsed.
    pub(super) fn read(&'t self, piece: Piece, role: Role) -> Result<Reading<'t>, Fault> {
        let reading = |masked, documents| Reading { documents, piece, raw: self.raw, masked };
        let plain =
            || yaml::parse(piece.span.slice(self.raw), piece.span.start).map(|found| reading(None, found));
        let Some(blanked) = &self.blanked else {
            return plain();
        };
        let parse = |masked: &'t Masked| {
            let part = piece.span.slice(&masked.text);
            yaml::parse(part, piece.span.start).map(|found| reading(Some(masked), found))
        };
        parse(blanked).or_else(|first| {
            let commented = self.commented.get_or_init(|| yaml::mask(self.raw, b'#'));
            let second = commented.as_ref().and_then(|masked| parse(masked).ok());
            let third = || plain().ok().filter(|_| role != Role::ChartTemplate);
            second.or_else(third).ok_or(first)
        })
    }
}

impl Reading<'_> {
    /// The value of a scalar; where template actions are in it, the bytes between its quotes.
    pub(super) fn written(&self, document: &Document<'_>, id: NodeId) -> Option<String> {
        let node = document.node(document.resolve(id));
        let Kind::Scalar(style) = node.kind else {
            return None;
        };
        if !self.masked.is_some_and(|masked| masked.touches(node.span)) {
            return Some(node.value.clone().into_owned());
        }
        let raw = node.span.slice(self.raw);
        let inside = match style {
            Style::Single | Style::Double => raw.get(1..raw.len() - 1).unwrap_or(raw),
            Style::Plain | Style::Literal | Style::Folded => raw.trim_end(),
        };
        Some(inside.to_owned())
    }
}
