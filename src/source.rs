//! Places in a text: byte spans, line and column positions, fingerprints.
//!
//! In: a text and byte offsets. Out: positions as people count them.
//! Invariant: a [`Span`] always counts bytes of the file as it is on disk, byte order mark included.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

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

/// How far apart the marks are, in bytes.
const STRIDE: usize = 1024;

/// The lines of one text, so that any number of offsets is located in one pass over it, which is made when
/// the first is asked for.
pub struct Lines<'t> {
    text: &'t str,
    marks: OnceLock<Vec<Mark>>,
}

/// A place whose position is known.
#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    /// Number of line ends before it.
    line: usize,
    /// Where its line begins.
    start: usize,
    /// Number of code points before it in its line.
    column: usize,
}

impl Mark {
    /// A later place, seen from this one.
    fn advanced(self, text: &str, to: usize) -> Self {
        let passed = &text.as_bytes()[self.at..to];
        match memchr::memrchr(b'\n', passed) {
            None => Self { at: to, column: self.column + code_points(text, self.at, to), ..self },
            Some(last) => {
                let start = self.at + last + 1;
                let line = self.line + memchr::memchr_iter(b'\n', passed).count();
                Self { at: to, line, start, column: code_points(text, start, to) }
            }
        }
    }
}

impl<'t> Lines<'t> {
    /// The lines of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, marks: OnceLock::new() }
    }

    fn marks(&self) -> &[Mark] {
        self.marks.get_or_init(|| {
            let (text, end) = (self.text, self.text.len());
            let places = (STRIDE..end).step_by(STRIDE);
            let places = places.filter_map(|at| (at..=end).find(|&at| text.is_char_boundary(at)));
            let mut marks = vec![Mark { at: 0, line: 0, start: 0, column: 0 }];
            for at in places {
                marks.push(marks[marks.len() - 1].advanced(text, at));
            }
            marks
        })
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let marks = self.marks();
        let before = marks[marks.partition_point(|mark| mark.at <= offset) - 1];
        let mark = before.advanced(self.text, offset);
        Position { line: mark.line + 1, column: mark.column + 1 }
    }

    /// The bytes of the 1-based lines `first..=last` that exist, line ends included.
    pub fn span_of(&self, first: usize, last: usize) -> Span {
        let start = self.start_of(first.max(1));
        Span::new(start, self.start_of(last + 1).max(start))
    }

    /// Where a 1-based line begins; the end of the text for one that does not exist.
    fn start_of(&self, line: usize) -> usize {
        let marks = self.marks();
        let before = marks[marks.partition_point(|mark| mark.line + 1 < line).saturating_sub(1)];
        let mut ends = memchr::memchr_iter(b'\n', &self.text.as_bytes()[before.start..]);
        match (line - 1).checked_sub(before.line + 1) {
            None => before.start,
            Some(skipped) => ends.nth(skipped).map_or(self.text.len(), |end| before.start + end + 1),
        }
    }
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

/// A path without `.` and `..`, and with one separator between its parts, as far as that can be told from its
/// text.
pub fn normal(path: &Path) -> PathBuf {
    let bytes = path.as_os_str().as_encoded_bytes();
    // Most paths have no component to leave out.
    let separates = |byte: u8| std::path::is_separator(char::from(byte));
    let may_change = |pair: &[u8]| separates(pair[0]) && (pair[1] == b'.' || separates(pair[1]));
    let ends = bytes.first() == Some(&b'.') || bytes.last().is_some_and(|&byte| separates(byte));
    // Windows takes `/`, too, and joins with another one.
    let mixed = std::path::MAIN_SEPARATOR != '/' && bytes.contains(&b'/');
    if !ends && !mixed && !bytes.windows(2).any(may_change) {
        return path.to_owned();
    }
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

/// What is known of files and folders, by absolute paths without `.` and `..`. Their bytes say which they are; as
/// a `Path` each is compared and hashed part by part, which takes twenty times as long.
pub type ByPath<P, V> = HashMap<P, V, foldhash::fast::RandomState>;

/// Files and folders, as in [`ByPath`].
pub type Paths<P> = HashSet<P, foldhash::fast::RandomState>;

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
    fn lines_by_number() {
        let text: Vec<String> = (1..=2000).map(|line| line.to_string()).collect();
        let text = text.join("\n") + "\n";
        for text in [&*text, text.trim_end()] {
            let lines = Lines::new(text);
            for line in [1, 2, 10, 999, 2000] {
                assert_eq!(lines.span_of(line, line).slice(text).trim_end(), line.to_string());
            }
            assert_eq!(lines.span_of(0, 2).slice(text), "1\n2\n");
            assert_eq!(lines.span_of(1999, 3000).slice(text).trim_end(), "1999\n2000");
            assert_eq!(lines.span_of(2002, 2003).slice(text), "");
        }
    }

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
