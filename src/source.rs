//! Places in a text: byte spans, line and column positions, fingerprints.
//!
//! In: a text and byte offsets. Out: positions as people count them.
//! Invariant: a [`Span`] always counts bytes of the file as it is on disk, byte order mark included.

use std::cell::OnceCell;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

/// A half-open range of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The bytes of `text` that the span covers; empty when the span lies outside of it.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same span in a text that begins `by` bytes earlier.
    #[must_use]
    pub fn shift(self, by: usize) -> Self {
        Self::new(self.start + by, self.end + by)
    }
}

/// A place as people count it: both numbers from 1, columns in Unicode code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in code points, from 1. A byte order mark is not counted.
    pub column: usize,
}

/// How far apart the places are whose column is known, in bytes.
const STRIDE: usize = 1024;

/// The line starts of one text, so that any number of offsets is located in one pass over it, which is
/// made when the first is asked for.
pub struct Lines<'t> {
    text: &'t str,
    index: OnceCell<Index>,
}

struct Index {
    starts: Vec<usize>,
    /// Offsets inside of long lines, with the number of code points before each in its line.
    marks: Vec<(usize, usize)>,
}

impl Index {
    fn of(text: &str) -> Self {
        let (mut starts, mut marked) = (Vec::new(), Vec::new());
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).chain([text.len()]) {
            starts.push(start);
            if end - start > STRIDE {
                marked.extend(marks(text, start, end));
            }
            start = end;
        }
        Self { starts, marks: marked }
    }
}

impl<'t> Lines<'t> {
    /// The lines of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, index: OnceCell::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self.text))
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let Index { starts, marks } = self.index();
        let line = starts.partition_point(|&start| start <= offset);
        let start = starts[line - 1];
        let mark = marks.partition_point(|&(at, _)| at <= offset).checked_sub(1).map(|at| marks[at]);
        let (from, counted) = mark.filter(|&(at, _)| at > start).unwrap_or((start, 0));
        let column = counted + code_points(self.text, from, offset) + 1;
        Position { line, column }
    }

    /// The bytes of the 1-based lines `first..=last` that exist, line ends included.
    pub fn span_of(&self, first: usize, last: usize) -> Span {
        let Index { starts, .. } = self.index();
        let start = starts[first.clamp(1, starts.len()) - 1];
        let end = starts.get(last).copied().unwrap_or(self.text.len());
        Span::new(start, end.max(start))
    }
}

/// Every stride of a long line, with the number of code points before it.
fn marks(text: &str, start: usize, end: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let places =
        (start + STRIDE..end).step_by(STRIDE).map(move |at| (at..=end).find(|&at| text.is_char_boundary(at)));
    places.flatten().scan((start, 0), move |(from, counted), at| {
        *counted += code_points(text, *from, at);
        *from = at;
        Some((at, *counted))
    })
}

/// Number of code points in a range, without a byte order mark at the begin of the text.
fn code_points(text: &str, from: usize, to: usize) -> usize {
    let marked = usize::from(from == 0 && to > 0 && text.starts_with('\u{feff}'));
    text.get(from..to).unwrap_or_default().chars().count().saturating_sub(marked)
}

/// A text with its control characters escaped, so that no file and no server speaks to a terminal.
pub fn printable(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let shown = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A path without `.` and `..`, as far as that can be told from its text.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// Length and hash of a file's bytes: tells whether a file is still what was read. It guards against
/// accidents, not against someone who makes two files with one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(usize, u64);

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = foldhash::fast::FixedState::default().build_hasher();
        hasher.write(bytes);
        Self(bytes.len(), hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_code_points_and_ignore_the_byte_order_mark() {
        let lines = Lines::new("\u{feff}aä: b\nüx: c");
        assert_eq!(lines.position(0), Position { line: 1, column: 1 });
        assert_eq!(lines.position(8), Position { line: 1, column: 5 });
        assert_eq!(lines.position(13), Position { line: 2, column: 3 });
        let long = format!("a\n{}x", "ä".repeat(5000));
        let lines = Lines::new(&long);
        for (offset, column) in [(2, 1), (4, 2), (1026, 513), (1028, 514), (9002, 4501), (10002, 5001)] {
            assert_eq!(lines.position(offset), Position { line: 2, column }, "{offset}");
        }
    }
}
