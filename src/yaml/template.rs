//! Go templates made readable: every action is masked without changing the length of the text.
//!
//! In: a text with `{{ … }}` in it. Out: the same number of bytes that parse as YAML most of the
//! time, and the holes where actions were.
//! Invariants: offsets stay, so that a span in the masked text is a span in the file; a scalar that
//! touches a hole is never edited; no byte of the real file comes from here.

use std::sync::OnceLock;

use memchr::memmem;

use crate::source::Span;

/// A masked text.
#[derive(Debug)]
pub struct Masked {
    /// As long as the original.
    pub text: String,
    /// Where actions were, in order.
    pub holes: Vec<Span>,
}

impl Masked {
    /// Whether a span touches a hole.
    pub fn touches(&self, span: Span) -> bool {
        let at = self.holes.partition_point(|hole| hole.end <= span.start);
        self.holes.get(at).is_some_and(|hole| hole.start < span.end)
    }
}

/// The forms of a text that may parse: with actions as blanks, as comments, and as it is.
#[derive(Debug)]
pub struct Forms<'t> {
    raw: &'t str,
    /// Actions as blanks; `None` where the text has none.
    blanked: Option<Masked>,
    /// Actions as comments: made when blanks do not parse.
    commented: OnceLock<Option<Masked>>,
}

impl<'t> Forms<'t> {
    /// The forms of a text.
    pub fn of(raw: &'t str) -> Self {
        Self { raw, blanked: mask(raw, b' '), commented: OnceLock::new() }
    }

    /// The form to try first, to split and to search, with the masks that made it.
    pub fn first(&self) -> (&str, Option<&Masked>) {
        self.blanked.as_ref().map_or((self.raw, None), |masked| (&*masked.text, Some(masked)))
    }

    /// All forms, in the order in which they are tried.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        [self.first()].into_iter().chain(self.others()).map(|(text, _)| text)
    }

    /// The forms to try next; none where the text has no actions.
    pub fn others(&self) -> impl Iterator<Item = (&str, Option<&Masked>)> {
        let comment = |_| self.commented.get_or_init(|| mask(self.raw, b'#')).as_ref();
        let commented = self.blanked.iter().filter_map(comment).map(|masked| (&*masked.text, Some(masked)));
        commented.chain(self.blanked.iter().map(|_| (self.raw, None)))
    }
}

/// Masks the actions of a text. `filler` stands where an action is alone on its line or is a block of
/// its own: a blank makes the line empty, `#` makes it a comment (which block scalars bear better).
/// Every other action becomes a word. `None` when there is no action, or one does not end.
pub fn mask(text: &str, filler: u8) -> Option<Masked> {
    let holes = holes(text).filter(|holes| !holes.is_empty())?;
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < holes.len() {
        let line_start = text[..holes[at].start].rfind('\n').map_or(0, |n| n + 1);
        let line_end = |hole: Span| text[hole.end..].find('\n').map_or(text.len(), |n| hole.end + n);
        let (mut last, mut end) = (at, line_end(holes[at]));
        while let Some(next) = holes.get(last + 1).filter(|next| next.start < end) {
            last += 1;
            if next.end > end {
                end = line_end(*next);
            }
        }
        mask_line(&mut bytes, Span::new(line_start, end), &holes[at..=last], filler);
        at = last + 1;
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(Masked { text, holes })
}

/// Masks the actions that share one line (or several, when an action goes over line ends).
fn mask_line(bytes: &mut [u8], line: Span, holes: &[Span], filler: u8) {
    let starts = std::iter::once(line.start).chain(holes.iter().map(|hole| hole.end));
    let ends = holes.iter().map(|hole| hole.start).chain([line.end]);
    let alone = starts.zip(ends).all(|(start, end)| bytes[start..end].trim_ascii().is_empty());
    let block = |action: &[u8]| action.starts_with(b"{{-") || memmem::find(action, b"nindent").is_some();
    let only_value = holes.len() == 1
        && block(&bytes[holes[0].start..holes[0].end])
        && bytes[line.start..holes[0].start].trim_ascii_end().ends_with(b":")
        && bytes[holes[0].end..line.end].trim_ascii().is_empty();
    for byte in holes.iter().flat_map(|hole| hole.start..hole.end) {
        bytes[byte] = match bytes[byte] {
            kept @ (b'\n' | b'\r') if alone || only_value => kept,
            _ if alone => filler,
            _ if only_value => b' ',
            _ => b'x',
        };
    }
}

/// The actions of a text; `None` when one does not end.
fn holes(text: &str) -> Option<Vec<Span>> {
    let bytes = text.as_bytes();
    let mut holes = Vec::new();
    let mut from = 0;
    let opening = memmem::Finder::new("{{");
    while let Some(start) = opening.find(&bytes[from..]).map(|at| from + at) {
        let end = action_end(bytes, start + 2)?;
        holes.push(Span::new(start, end));
        from = end;
    }
    Some(holes)
}

/// Where the action that was opened ends: behind `}}` that stands in no string and no comment.
fn action_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let comment = |open: &[u8]| bytes[at..].starts_with(open);
    if comment(b"/*") || comment(b"- /*") {
        at += memmem::find(&bytes[at..], b"*/")? + 2;
    }
    let mut quote = None;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), b) if b == open => quote = None,
            (Some(b'"'), b'\n') => quote = None,
            (None, b'"' | b'`') => quote = Some(bytes[at]),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let masked = mask(text, b' ').expect("there is an action");
        assert_eq!(masked.text, expected);
        assert_eq!(masked.text.len(), text.len());
    }

    #[test]
    fn actions() {
        check("a: {{ .x }}\n", "a: xxxxxxxx\n");
        check("a: {{- toYaml .x | nindent 2 }}\nb: 1\n", "a:                             \nb: 1\n");
        check("{{- if .x }}\na: 1\n{{ end }}\n", "            \na: 1\n         \n");
        check("a: \"{{ .r }}:{{ .t }}\"\n", "a: \"xxxxxxxx:xxxxxxxx\"\n");
        check("a: {{ \"}}\" }}{{ `}}` }}\n", "a: xxxxxxxxxxxxxxxxxxxx\n");
        check("{{/* it's }} */}}\na: 1\n", "                 \na: 1\n");
        check("  {{ include\n  \"x\" . }}\na: 1\n", "            \n          \na: 1\n");
        assert!(mask("a: {{ b", b' ').is_none());
        assert!(mask("a: b", b' ').is_none());
    }

    #[test]
    fn holes_are_found_by_span() {
        let masked = mask("a: {{ .x }}\nb: c", b' ').expect("there is an action");
        assert!(masked.touches(Span::new(3, 11)) && masked.touches(Span::new(0, 4)));
        assert!(!masked.touches(Span::new(0, 3)) && !masked.touches(Span::new(15, 16)));
    }
}
