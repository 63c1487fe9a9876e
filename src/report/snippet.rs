//! A few lines of a file around a place, as far as they fit.
//!
//! In: a text, a finding, room. Out: lines to show, and where the place is in them.
//! Invariants: what a snippet costs does not grow with its file or with its line; nothing in it speaks to
//! the terminal; what is cut says so.

use super::human::CONTEXT;
use crate::finding::Finding;
use crate::scan::ScannedFile;
use crate::source::{Lines, Position, Span};

/// Lines of a place that are shown.
const SHOWN: usize = 8;
/// Columns around a line beside its number, with the two that say where it is cut, and those of the arrow
/// along a place of several lines.
const FRAME: usize = 6;
const ARROW: usize = 4;
/// Columns that a line has in any case.
const NARROW: usize = 20;

/// A few lines of a file, as far as they fit.
#[derive(Debug)]
pub(super) struct Snippet<'f> {
    /// The name of the file.
    pub(super) name: &'f str,
    /// The lines, without control characters.
    pub(super) source: String,
    /// Number of the first of them, from 1.
    pub(super) line: usize,
    /// The place in `source`.
    pub(super) place: Span,
    /// Where the place begins in the file.
    pub(super) start: Position,
}

impl<'f> Snippet<'f> {
    /// The lines of a finding and those around it.
    pub(super) fn of(
        file: &'f ScannedFile,
        text: &str,
        lines: &Lines<'_>,
        finding: &Finding,
        width: usize,
    ) -> Self {
        let at = |offset: usize| offset.min(text.len());
        let place = Span::new(at(finding.span.start), at(finding.span.end));
        let first = lines.position(place.start).line;
        let last = lines.position(place.end).line.min(first + SHOWN - 1);
        let (from, to) = (first.saturating_sub(CONTEXT).max(1), last + CONTEXT);
        let frame = if first == last { FRAME } else { FRAME + ARROW };
        let room = width.saturating_sub(frame + to.to_string().len()).max(NARROW);
        let (mut source, mut shown) = (String::new(), Span::new(0, 0));
        for line in from..=to {
            let bytes = lines.span_of(line, line);
            if line > first && bytes.is_empty() {
                break;
            }
            let focus = if line == first { place } else { Span::new(bytes.start, bytes.start) };
            let cut = Cut::of(text, bytes, focus, room);
            if line == first {
                shown.start = cut.find(place.start) + source.len();
            }
            if (first..=last).contains(&line) {
                shown.end = cut.find(place.end) + source.len();
            }
            source.push_str(&cut.shown);
            source.push('\n');
        }
        let place = Span::new(shown.start, shown.end.max(shown.start));
        Self { name: &file.target.name, source, line: from, place, start: finding.start }
    }
}

/// A line as far as it fits.
struct Cut {
    shown: String,
    /// The bytes of the file that are shown.
    bytes: Span,
    /// Bytes of `shown` before them, which say that there is more.
    lead: usize,
}

impl Cut {
    /// Cuts a line around a place. Only what is near to that is looked at, however long the line is.
    fn of(text: &str, line: Span, focus: Span, room: usize) -> Self {
        let near = 4 * room;
        let start = boundary(text, focus.start.saturating_sub(near)).max(line.start);
        let end = boundary(text, (focus.start + 2 * near).min(text.len())).clamp(start, line.end);
        let piece = text[start..end].trim_end_matches(['\n', '\r']);
        let focus = Span::new(focus.start.clamp(start, end), focus.end.clamp(start, end));
        let before = text[start..focus.start].chars().count();
        let whole = start == line.start && before + focus.slice(text).chars().count() <= room;
        let spare = piece.chars().count().saturating_sub(room);
        let skipped = if whole { 0 } else { before.saturating_sub(room / 3).min(spare) };
        let offset = |chars: usize| piece.char_indices().nth(chars).map_or(piece.len(), |(at, _)| at);
        let (from, to) = (offset(skipped), offset(skipped + room));
        let rest = |at: usize| !text[at..line.end].trim_end_matches(['\n', '\r']).is_empty();
        let more = |there: bool| if there { "…" } else { "" };
        let bytes = Span::new(start + from, start + to);
        let lead = more(bytes.start > line.start);
        let shown = format!(
            "{lead}{}{}",
            without_controls(bytes.slice(text)),
            more(bytes.end < line.end && rest(bytes.end))
        );
        Self { shown, bytes, lead: lead.len() }
    }

    /// Where a byte of the file is shown; at the near end, where it is not.
    fn find(&self, offset: usize) -> usize {
        self.lead + offset.clamp(self.bytes.start, self.bytes.end) - self.bytes.start
    }
}

/// The last place up to `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The text with control characters replaced by as many bytes, so that no file speaks to the terminal.
fn without_controls(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => " ".repeat(c.len_utf8()),
        '\u{feff}' => " ".repeat(3),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}
