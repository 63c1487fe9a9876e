//! YAML as most manifests write it, read line by line: block collections of literal blocks and of scalars that
//! end with their lines.
//!
//! In: a piece of a file. Out: its document, or nothing where anything else is in it: then the parser reads it,
//! which takes several times as long.
//! Invariant: what is read here is what the parser reads, span by span; a line that could mean anything else is
//! not read here. The law `lines_are_what_the_parser_reads` holds it to that: over the fixtures, the YAML test
//! suite, and whatever a fuzzer makes of them.

mod literal;
mod scalar;

use super::builder::{Builder, Properties};
use super::document::{Document, Kind, Style};
use crate::source::Span;
use scalar::Scalar;

/// Nesting that is read here, in levels.
const NESTING: usize = 64;
/// Bytes of text that there is a node for, about.
const BYTES_PER_NODE: usize = 16;
/// Nodes that there is room for from the start, at most.
const ROOM: usize = 4096;

/// Reads a piece that begins `offset` bytes into its file, when all of its lines are plain.
pub fn read(piece: &str, offset: usize) -> Option<Document<'_>> {
    // Without an early end, which takes the bytes one by one.
    let ascii = piece.bytes().fold(true, |all, byte| all & matches!(byte, b'\n' | b'\t' | b' '..=b'~'));
    if !ascii && !piece.chars().all(is_plain) {
        return None;
    }
    let builder = Builder::with_capacity(ROOM.min(piece.len() / BYTES_PER_NODE));
    let mut reader = Reader { text: piece, offset, builder, next: 0, line: None, depth: 0 };
    reader.begin()?;
    reader.root()?;
    reader.line.is_none().then(|| reader.builder.end())
}

/// What is left of a line, without its end: the next thing to be read.
#[derive(Clone, Copy)]
struct Line {
    /// Bytes in its line before it.
    column: usize,
    /// Where it begins and ends in the piece.
    start: usize,
    end: usize,
}

struct Reader<'t> {
    text: &'t str,
    offset: usize,
    builder: Builder<'t>,
    /// Where the line behind the current one begins.
    next: usize,
    /// `None` at the end of the piece.
    line: Option<Line>,
    depth: usize,
}

/// A method that gives `None` has met something that is not read here.
impl<'t> Reader<'t> {
    /// Goes to the first line of the document, behind its `---`.
    fn begin(&mut self) -> Option<()> {
        self.advance()?;
        if self.line?.column == 0 && self.rest()?.starts_with("---") {
            if !is_end(&self.rest()?[3..]) {
                return None;
            }
            self.advance()?;
        }
        Some(())
    }

    /// A collection that begins its line: a scalar alone is no document of anyone's.
    fn root(&mut self) -> Option<()> {
        let collection = is_entry(self.rest()?) || self.key().is_some();
        if collection { self.node(0) } else { None }
    }

    /// Goes to the next line that is neither empty nor a comment.
    fn advance(&mut self) -> Option<()> {
        self.line = None;
        while self.line.is_none() && self.next < self.text.len() {
            let (start, end) = (self.next, self.end_of(self.next));
            let line = &self.text[start..end];
            let column = blanks(line);
            self.next = self.text.len().min(end + 1);
            let said = &line[column..];
            if !(said.is_empty() || said.starts_with('#')) {
                // What a tab means depends on what is around it.
                if memchr::memchr(b'\t', said.as_bytes()).is_some() {
                    return None;
                }
                self.line = Some(Line { column, start: start + column, end });
            }
        }
        Some(())
    }

    /// Where the line ends that a place is in.
    fn end_of(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.text.as_bytes()[at..]).map_or(self.text.len(), |length| at + length)
    }

    /// What is left of the line.
    fn rest(&self) -> Option<&'t str> {
        self.line.map(|line| &self.text[line.start..line.end])
    }

    /// Leaves so many bytes of the line behind, and the blanks that follow.
    fn skip(&mut self, bytes: usize) {
        let Some(line) = &mut self.line else { return };
        let rest = &self.text[line.start + bytes..line.end];
        let bytes = bytes + blanks(rest);
        line.column += bytes;
        line.start += bytes;
    }

    /// Whatever begins the line, in a collection at this column.
    fn node(&mut self, parent: usize) -> Option<()> {
        let entry = is_entry(self.rest()?);
        let key = if entry { None } else { self.key() };
        self.depth += 1;
        if self.depth > NESTING {
            return None;
        }
        match key {
            Some(key) => self.mapping(key)?,
            None if entry => self.sequence(self.line?.start)?,
            None => self.value(parent)?,
        }
        self.depth -= 1;
        Some(())
    }

    /// A sequence, to be found at `start`.
    fn sequence(&mut self, start: usize) -> Option<()> {
        let column = self.line?.column;
        self.builder.open(Kind::Sequence { flow: false }, self.offset + start, Properties::default());
        while let Some(line) = self.line.filter(|line| line.column >= column) {
            if line.column > column {
                return None;
            }
            if !is_entry(self.rest()?) {
                // The next key of the mapping that the sequence is a value in.
                break;
            }
            self.skip(1);
            if is_over(self.rest()?) {
                self.advance()?;
                // An element that is not there has no place of its own.
                self.line.filter(|line| line.column > column)?;
            }
            self.node(column)?;
        }
        self.builder.close();
        Some(())
    }

    /// A mapping that begins with this key.
    fn mapping(&mut self, first: Scalar) -> Option<()> {
        let Line { column, start, .. } = self.line?;
        self.builder.open(Kind::Mapping { flow: false }, self.offset + start, Properties::default());
        let mut first = Some(first);
        while let Some(line) = self.line.filter(|line| line.column >= column) {
            if line.column > column {
                return None;
            }
            let key = first.take().or_else(|| self.key())?;
            self.scalar(&key);
            let colon = key.span.end;
            self.skip(colon + 1 - line.start);
            if is_over(self.rest()?) {
                self.advance()?;
                self.below(column, colon)?;
            } else {
                self.value(column)?;
            }
        }
        self.builder.close();
        Some(())
    }

    /// What lies below a key that ends its line, in a mapping at this column.
    fn below(&mut self, column: usize, colon: usize) -> Option<()> {
        match self.line {
            Some(line) if line.column > column => self.node(column),
            Some(line) if line.column == column && is_entry(self.rest()?) => {
                // The parser finds a sequence that is no deeper than its key behind its first dash.
                let rest = self.rest()?[1..].trim_start_matches(' ');
                if is_over(rest) { None } else { self.sequence(line.end - rest.len()) }
            }
            _ => {
                // An absent value is where its colon is.
                let span = Span::new(colon, colon).shift(self.offset);
                self.builder.scalar("".into(), Style::Plain, span, Properties::default());
                Some(())
            }
        }
    }
}

/// Whether a character is itself, whatever is around it: no line end of any version of YAML but `\n`, no control
/// character, no byte order mark. Source: YAML 1.2, sections 5.1 and 5.4.
fn is_plain(c: char) -> bool {
    matches!(c, '\n' | '\t' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// How many blanks begin it.
fn blanks(line: &str) -> usize {
    line.bytes().take_while(|&byte| byte == b' ').count()
}

/// Whether it begins an element of a sequence.
fn is_entry(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether nothing follows, behind blanks, but a comment.
fn is_over(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('#')
}

/// Whether nothing follows but blanks, and a comment behind them.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(' ') && is_over(rest.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::yaml::parse_events;

    /// What is read is what the parser reads: `parse_events` and the laws of the tests hold it to that.
    fn is_read(text: &str) -> bool {
        let read = read(text, 0).map(|document| format!("{:?}", [document]));
        let parsed = parse_events(text, 0).map(|documents| format!("{documents:?}"));
        assert!(read.is_none() || read.as_ref() == parsed.as_ref().ok(), "{text}");
        read.is_some()
    }

    #[test]
    fn what_most_manifests_are_made_of() {
        for text in [
            "---\n# why\na: b\n'c': \"d\" # e\n",
            "a:\nb:\n  - c\n  - d: e\n    f: g\n  -   - h\n",
            "a:\n- b: {}\n  c: [d, \"e\", 'f']\n- []\ng: 1\n",
            "a: |\n\n  b\n\n   c # d\n\ne: |- # f\n  g\nh: |+\n  i\n\n",
            "a: http://b:80/c#d\ne: -1\nf: ü\ng:\n  h\n",
        ] {
            assert!(is_read(text), "{text}");
        }
    }

    #[test]
    fn what_could_mean_anything_else() {
        for text in [
            "a",
            "",
            "# a\n",
            "a: b: c\n",
            "a: b\n c\n",
            "a: b\n  - c\n",
            "- a\nb: c\n",
            "a:\n -\n",
            "a: &b c\n",
            "a: *b\n",
            "a: !b c\n",
            "a: >\n  b\n",
            "a: |",
            "a: |\n",
            "a: |2\n   b\n",
            "a: |\n  b",
            "a: \"b\\n\"\n",
            "a: 'b''c'\n",
            "a: 'b'c\n",
            "a: {b: c}\n",
            "a: [b: c]\n",
            "a: [b,\n  c]\n",
            "? a\n",
            "a\t: b\n",
            "\ta: b\n",
            "a: b\r\n",
            " ---\na:",
            "--- a\n",
            "a: b\n...\n",
            "%YAML 1.2\n---\na: b\n",
            "a: \u{feff}b\n",
            "a: @b\n",
            "a: - b\n",
            "\"a\n b\": c\n",
        ] {
            assert!(!is_read(text), "{text}");
        }
    }
}
