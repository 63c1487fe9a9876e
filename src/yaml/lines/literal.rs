//! Literal blocks: `|` and the lines that are deeper than its key.
//!
//! In: a line that ends in a header. Out: the scalar, and the reader behind it.
//! Invariant: a block without lines, with blanks that could be content, or without a line end behind it is
//! not read here.

use super::{Reader, blanks, is_end};
use crate::source::Span;
use crate::yaml::builder::Properties;
use crate::yaml::document::Style;

impl Reader<'_> {
    /// A literal block in a collection at this column.
    pub(super) fn literal(&mut self, column: usize) -> Option<()> {
        let header = self.rest()?.strip_prefix('|')?;
        let rest = header.strip_prefix(['-', '+']).unwrap_or(header);
        if !is_end(rest) {
            return None;
        }
        let indent = self.indent_of_block().filter(|&indent| indent > column)?;
        let mut value = String::new();
        // Line ends that count only if a line of content follows, or by `+`.
        let mut ends = 0;
        let mut begin = None;
        while self.next < self.text.len() {
            let end = self.end_of(self.next);
            let line = &self.text[self.next..end];
            let column = blanks(line);
            if column == line.len() {
                if column > indent {
                    return None;
                }
            } else if column < indent {
                break;
            } else {
                if begin.is_none() && line[indent..].starts_with('\t') {
                    return None;
                }
                begin.get_or_insert(self.next + indent);
                value.extend(std::iter::repeat_n('\n', ends));
                value.push_str(&line[indent..]);
                ends = 0;
            }
            ends += 1;
            // Without a line end behind it, it is not plain what the value ends in.
            self.text.as_bytes().get(end)?;
            self.next = end + 1;
        }
        let kept = match header.as_bytes().first() {
            Some(b'-') => 0,
            Some(b'+') => ends,
            _ => 1,
        };
        value.extend(std::iter::repeat_n('\n', kept));
        let span = Span::new(begin?, self.next + blanks(&self.text[self.next..]));
        self.builder.scalar(value.into(), Style::Literal, span.shift(self.offset), Properties::default());
        self.advance()
    }

    /// The column of the first line of content.
    fn indent_of_block(&self) -> Option<usize> {
        let mut lines = self.text[self.next..].split('\n');
        lines.find_map(|line| Some(blanks(line)).filter(|&column| column < line.len()))
    }
}
