//! From the parser's events to arenas.
//!
//! In: one piece of a file (`split`). Out: its documents with spans shifted to the file.
//! Invariant: what was complete before an error is dropped with it, so that no half document is
//! ever judged or edited.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::builder::{Builder, Properties};
use super::document::{Document, Kind, Style};
use super::lines;
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

/// Parses one piece that begins `offset` bytes into its file: by its lines where they are plain enough.
///
/// # Errors
/// The first thing that is no YAML.
pub fn parse(piece: &str, offset: usize) -> Result<Vec<Document<'_>>, Fault> {
    match lines::read(piece, offset) {
        Some(document) => Ok(vec![document]),
        None => parse_events(piece, offset),
    }
}

/// Parses one piece that begins `offset` bytes into its file, whatever YAML it is.
///
/// # Errors
/// The first thing that is no YAML.
pub fn parse_events(piece: &str, offset: usize) -> Result<Vec<Document<'_>>, Fault> {
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
            documents.push(std::mem::take(&mut builder).end());
        } else {
            add(&mut builder, event, span);
        }
    }
    Ok(documents)
}

fn add<'t>(builder: &mut Builder<'t>, event: Event<'t>, span: Span) {
    match event {
        Event::Scalar(value, style, anchor, tag) => {
            let tagged = tag.is_some();
            builder.scalar(value, style_of(style), span, Properties { anchor, tagged });
        }
        Event::SequenceStart(style, anchor, tag) => {
            let kind = Kind::Sequence { flow: style == StructureStyle::Flow };
            builder.open(kind, span.start, Properties { anchor, tagged: tag.is_some() });
        }
        Event::MappingStart(style, anchor, tag) => {
            let kind = Kind::Mapping { flow: style == StructureStyle::Flow };
            builder.open(kind, span.start, Properties { anchor, tagged: tag.is_some() });
        }
        Event::SequenceEnd | Event::MappingEnd => builder.close(),
        Event::Alias(anchor) => builder.alias(anchor, span),
        Event::UnresolvedAlias(name) => builder.unresolved_alias(name, span),
        _ => {}
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
