//! A file cut into pieces of one document each, by lines that begin with `---`.
//!
//! In: a text. Out: its pieces in order, covering all of it but a byte order mark.
//! Invariant: a cut never goes through a scalar. YAML 1.2 allows no `---` line inside of one
//! (section 9.1.2), so that cutting by lines is exact, and one broken document spoils no other.

use crate::source::Span;

/// One piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes in the file.
    pub span: Span,
    /// The number of its document in the file, from 0. Empty pieces share that of the next one.
    pub document: usize,
}

/// Cuts a text into pieces.
pub fn split(text: &str) -> Vec<Piece> {
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut pieces = Vec::new();
    let mut start = begin;
    let mut document = 0;
    let mut close = |start: usize, end: usize| {
        if end > start {
            pieces.push(Piece { span: Span::new(start, end), document });
            document += usize::from(holds_document(&text[start..end]));
        }
    };
    for at in separators(text, begin) {
        let cut = at - directives_before(&text[start..at]);
        close(start, cut);
        start = cut;
    }
    close(start, text.len());
    pieces
}

/// Offsets of the lines that begin with `---` and a blank or their end.
fn separators(text: &str, begin: usize) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    let first = bytes[begin..].starts_with(b"---").then_some(begin);
    let later = memchr::memmem::find_iter(bytes, b"\n---").map(|at| at + 1).filter(move |&at| at > begin);
    let whole = move |&at: &usize| matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\r' | b'\n'));
    first.into_iter().chain(later).filter(whole)
}

/// Length of the directive lines (`%YAML`, with comments between) at the end of what precedes a
/// separator: they belong to the document that follows.
fn directives_before(text: &str) -> usize {
    let mut length = 0;
    let mut directive = 0;
    for line in text.split_inclusive('\n').rev() {
        let bare = line.trim();
        if !(bare.is_empty() || bare.starts_with('#') || line.starts_with('%')) {
            let ends_document = line.starts_with("...");
            return if ends_document { directive } else { 0 };
        }
        length += line.len();
        if line.starts_with('%') {
            directive = length;
        }
    }
    directive
}

fn holds_document(piece: &str) -> bool {
    piece.starts_with("---")
        || piece.lines().any(|line| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with('#')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, usize)]) {
        let pieces = split(text);
        let found: Vec<_> = pieces.iter().map(|p| (p.span.slice(text), p.document)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn pieces() {
        check("", &[]);
        check("a: 1\n", &[("a: 1\n", 0)]);
        check("---\na: 1\n---\nb: 2\n", &[("---\na: 1\n", 0), ("---\nb: 2\n", 1)]);
        check("# head\n---\na: 1\n", &[("# head\n", 0), ("---\na: 1\n", 0)]);
        check("a: 1\r\n--- # b\r\nb: 2", &[("a: 1\r\n", 0), ("--- # b\r\nb: 2", 1)]);
        check("a: |\n  ---\n----\n", &[("a: |\n  ---\n----\n", 0)]);
        check("\u{feff}---\na: 1\n", &[("---\na: 1\n", 0)]);
        check("%YAML 1.2\n---\na: 1\n", &[("%YAML 1.2\n---\na: 1\n", 0)]);
        check("a: 1\n...\n%YAML 1.2\n---\nb: 1\n", &[("a: 1\n...\n", 0), ("%YAML 1.2\n---\nb: 1\n", 1)]);
    }
}
