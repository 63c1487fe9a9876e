//! A piece in a form that parses: as it is, or with template actions masked.
//!
//! In: a text with or without template actions. Out: the documents of a piece, and where masks are.
//! Invariant: outside of a chart a piece that parses only unmasked is read unmasked; a template never is.

use super::Role;
use crate::yaml::{self, Document, Fault, Forms, Kind, Masked, NodeId, Piece, Style};

/// One piece that was read.
pub(super) struct Reading<'t> {
    pub(super) documents: Vec<Document<'t>>,
    pub(super) piece: Piece,
    /// The text of the file.
    pub(super) raw: &'t str,
    /// Where actions are, when they were masked to read the piece.
    pub(super) masked: Option<&'t Masked>,
}

impl<'t> Reading<'t> {
    /// Parses a piece, in the first form that can be parsed.
    pub(super) fn of(raw: &'t str, forms: &'t Forms<'t>, piece: Piece, role: Role) -> Result<Self, Fault> {
        let parse = |(text, masked): (&'t str, Option<&'t Masked>)| {
            let documents = yaml::parse(piece.span.slice(text), piece.span.start)?;
            Ok(Self { documents, piece, raw, masked })
        };
        parse(forms.first()).or_else(|fault| {
            let mut others =
                forms.others().filter(|(_, masked)| masked.is_some() || role != Role::ChartTemplate);
            others.find_map(|form| parse(form).ok()).ok_or(fault)
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
