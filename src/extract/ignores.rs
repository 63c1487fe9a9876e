//! Ignores: where a text says that findings are to be passed over, and why.
//!
//! In: a text, and the pieces of it that were read. Out: every comment and annotation that means to be
//! an ignore, also one that is written wrong, which the rules say.
//! Invariant: a comment is a `#` at the begin of a line or behind a blank, outside of every scalar and
//! every template action; nothing else is taken for one.

use super::object;
use super::reading::Reading;
use crate::source::{Lines, Position, Span};
use crate::yaml::{Document, Kind, NodeId};

/// The bytes without which a text holds no ignore.
const NEEDLE: &str = "kubepin";
const MARKER: &str = "kubepin:";
const ANNOTATION: &str = "kubepin.dev/ignore";
/// How many lines of comments may be between an ignore and the line that it is about.
const REACH: usize = 100;

/// A place that says that findings are to be passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The findings it is about: all that touch these bytes.
    pub covers: Span,
    /// Whether it does not stand where it could be about them, or is no word for an ignore.
    pub misplaced: bool,
    /// Ids of rules, as written.
    pub rules: Vec<String>,
    /// The last day it is good for, as written.
    pub until: Option<String>,
    /// Why; empty where it does not say.
    pub reason: String,
    /// The bytes of the comment or the annotation.
    pub span: Span,
    /// Where they begin.
    pub start: Position,
    /// Where they end.
    pub end: Position,
}

/// Whether a text may hold ignores.
pub(super) fn mentioned(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), NEEDLE.as_bytes()).is_some()
}

/// The ignores in the comments at the top of a file, which are about all of it.
pub(super) fn of_file(text: &str, lines: &Lines<'_>) -> Vec<Ignore> {
    let (head, whole) = (Span::new(0, head(text)), Span::new(0, text.len()));
    let found = comments(text, head, |_| false).into_iter().filter(|found| found.word == Word::File);
    found.map(|found| found.ignore(whole, lines)).collect()
}

/// The ignores in a piece of a file: about a line, or about an object.
pub(super) fn of_piece(reading: &Reading<'_>, lines: &Lines<'_>) -> Vec<Ignore> {
    let scalars: Vec<Span> = reading.documents.iter().flat_map(scalars).collect();
    let in_scalar = |at: usize| {
        let before = scalars.partition_point(|scalar| scalar.start <= at);
        before.checked_sub(1).is_some_and(|last| at < scalars[last].end)
    };
    let masked = |at: usize| reading.masked.is_some_and(|masked| masked.touches(Span::new(at, at + 1)));
    let mut found = of_lines(reading.raw, reading.piece.span, lines, |at| in_scalar(at) || masked(at));
    for document in &reading.documents {
        for (root, _) in object::objects(reading, document) {
            found.extend(of_object(document, root, lines));
        }
    }
    found
}

/// The ignores in the comments of some bytes. `hidden` says where a `#` begins no comment.
pub(super) fn of_lines(
    text: &str,
    span: Span,
    lines: &Lines<'_>,
    hidden: impl Fn(usize) -> bool,
) -> Vec<Ignore> {
    let head = head(text);
    let comments = comments(text, span, hidden).into_iter();
    let found = comments.filter(|found| found.word != Word::File || found.span.start >= head);
    let ignore = |found: Comment<'_>| match found.word {
        Word::Line => found.ignore(line_of(text, found.hash), lines),
        Word::Other => Ignore { misplaced: true, ..found.ignore(line_of(text, found.hash), lines) },
        // It does not stand at the top.
        Word::File => Ignore { misplaced: true, ..found.ignore(Span::new(0, text.len()), lines) },
    };
    found.map(ignore).collect()
}

/// What a comment means to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Line,
    File,
    /// Something that begins like it and is no word for it.
    Other,
}

/// A comment that begins like an ignore.
struct Comment<'t> {
    word: Word,
    /// What is in brackets.
    list: &'t str,
    reason: &'t str,
    /// Where the whole comment of the line begins.
    hash: usize,
    span: Span,
}

impl Comment<'_> {
    fn ignore(&self, covers: Span, lines: &Lines<'_>) -> Ignore {
        ignore(self.list, self.reason, self.span, lines, covers)
    }
}

/// The comments in some bytes that begin like an ignore.
fn comments(text: &str, span: Span, hidden: impl Fn(usize) -> bool) -> Vec<Comment<'_>> {
    let found = memchr::memmem::find_iter(span.slice(text).as_bytes(), MARKER.as_bytes());
    found.filter_map(|at| comment(text, span.start + at, &hidden)).collect()
}

fn comment<'t>(text: &'t str, marker: usize, hidden: &impl Fn(usize) -> bool) -> Option<Comment<'t>> {
    let start = text[..marker].rfind('\n').map_or(0, |at| at + 1);
    let begins = |at: usize| at == start || matches!(text.as_bytes()[at - 1], b' ' | b'\t');
    let mut hashes = text[start..marker].match_indices('#').map(|(at, _)| start + at);
    let hash = hashes.find(|&at| begins(at) && !hidden(at))?;
    let own = text[..marker].trim_end_matches([' ', '\t']).len().checked_sub(1)?;
    if own < hash || text.as_bytes()[own] != b'#' {
        return None;
    }
    let line = text[marker..].lines().next().unwrap_or_default();
    // Another ignore may follow in the same comment.
    let next = line[MARKER.len()..].find(MARKER).map(|at| &line[..MARKER.len() + at]);
    let line = next.map_or(line, |line| line.trim_end().trim_end_matches('#')).trim_end();
    let said = line[MARKER.len()..].trim_start();
    let rest = said.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let word = match &said[..said.len() - rest.len()] {
        "ignore" => Word::Line,
        "ignore-file" => Word::File,
        other if other.starts_with("ignore") => Word::Other,
        _ => return None,
    };
    let bracketed = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (list, reason) = bracketed.filter(|_| word != Word::Other).unwrap_or_default();
    let reason = reason.trim_start_matches(['-', ':', ' ', '\t']);
    Some(Comment { word, list, reason, hash, span: Span::new(own, marker + line.len()) })
}

/// The line that a comment is about: its own, or the next one that is no comment if it has one for itself.
fn line_of(text: &str, hash: usize) -> Span {
    let start = text[..hash].rfind('\n').map_or(0, |at| at + 1);
    let line =
        |start: usize| Span::new(start, start + text[start..].find('\n').unwrap_or(text.len() - start));
    let mut found = line(start);
    if text[start..hash].trim().is_empty() {
        let passed = |line: Span| matches!(line.slice(text).trim_start().bytes().next(), None | Some(b'#'));
        for _ in 0..REACH {
            if !passed(found) || found.end == text.len() {
                break;
            }
            found = line(found.end + 1);
        }
    }
    found
}

/// Where the comments at the top of a text end.
fn head(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}').trim();
        if !(bare.is_empty() || bare == "---" || bare.starts_with(['#', '%'])) {
            break;
        }
        end += line.len();
    }
    end
}

/// The bytes of all scalars, in order.
fn scalars<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Span> + 'd {
    document.nodes().filter(|(_, node)| matches!(node.kind, Kind::Scalar(_))).map(|(_, node)| node.span)
}

/// The ignores that an object states in its annotation.
fn of_object(document: &Document<'_>, root: NodeId, lines: &Lines<'_>) -> Vec<Ignore> {
    let Some(value) = document.at(root, &["metadata", "annotations", ANNOTATION]) else {
        return Vec::new();
    };
    let covers = extent(document, root);
    let span = document.node(value).span;
    let text = document.text(value).unwrap_or_default();
    let entries = text.split(['\n', ';']).map(str::trim).filter(|entry| !entry.is_empty());
    let entry = |entry: &str| {
        let (list, reason) = entry.split_once(':').unwrap_or((entry, ""));
        ignore(list, reason, span, lines, covers)
    };
    entries.map(entry).collect()
}

/// The bytes of a node and all that is in it.
fn extent(document: &Document<'_>, root: NodeId) -> Span {
    let start = document.node(root).span.start;
    let within = |node: &crate::yaml::Node<'_>| node.parent.is_some_and(|parent| parent >= root);
    let below = document.nodes().skip(root.rank() + 1).take_while(|(_, node)| within(node));
    Span::new(start, below.map(|(_, node)| node.span.end).max().unwrap_or(start))
}

fn ignore(list: &str, reason: &str, span: Span, lines: &Lines<'_>, covers: Span) -> Ignore {
    let items = || list.split(',').map(str::trim).filter(|item| !item.is_empty());
    let until = items().find_map(|item| item.strip_prefix("until=")).map(str::to_owned);
    let rules = items().filter(|item| !item.starts_with("until=")).map(str::to_owned).collect();
    let (start, end) = (lines.position(span.start), lines.position(span.end));
    let reason = reason.trim().to_owned();
    Ignore { covers, misplaced: false, rules, until, reason, span, start, end }
}

#[cfg(test)]
mod tests {
    use crate::extract::{Role, extract};

    /// The words of each ignore, and the bytes it is about.
    fn found(text: &str) -> Vec<(String, &str)> {
        let ignores = extract(text, || Role::Manifest).ignores;
        let words = |ignore: &super::Ignore| format!("{}: {}", ignore.rules.join("+"), ignore.reason);
        let covers = |ignore: &super::Ignore| if ignore.misplaced { "-" } else { ignore.covers.slice(text) };
        ignores.iter().map(|ignore| (words(ignore), covers(ignore))).collect()
    }

    #[test]
    fn comments_and_nothing_else() {
        let line = |comment: &str| format!("image: a # {comment}");
        for (text, expected) in [
            ("image: a # kubepin: ignore[x] why", Some("x: why")),
            ("image: a\t#kubepin:ignore [ x , y ] - #1 ü", Some("x+y: #1 ü")),
            ("image: >- # kubepin: ignore[x] why\n  a\n", Some("x: why")),
            ("image: a # other # kubepin: ignore[x] why", Some("x: why")),
            ("image: a # {\"$imagepolicy\": \"a:b\"} # kubepin: ignore[x] why", Some("x: why")),
            ("image: {{ .a }} # kubepin: ignore[x] why", Some("x: why")),
            ("image: a # kubepin: ignore", Some(": ")),
            ("image: a # kubepin: ignore-next-line[x] why", Some(": ")),
            ("image: a # see kubepin: ignore[x] why", None),
            ("image: a # kubepin: list", None),
            ("image: a#kubepin: ignore[x] why", None),
            ("image: 'a # kubepin: ignore[x] why'", None),
            ("image: \"a\n  # kubepin: ignore[x] why\"", None),
            ("image: |\n  a\n  # kubepin: ignore[x] why\n", None),
            ("image: {{ \"# kubepin: ignore[x] why\" }}", None),
        ] {
            let found = found(text);
            assert_eq!(found.first().map(|(words, _)| words.as_str()), expected, "{text}");
            assert!(found.len() < 2, "{text}");
        }
        let two = line("kubepin: ignore[x] a # kubepin: ignore[y] b");
        let words: Vec<_> = found(&two).into_iter().map(|(words, _)| words).collect();
        assert_eq!(words, ["x: a", "y: b"]);
    }

    #[test]
    fn the_line_the_next_one_the_file_or_the_object() {
        let file = "# kubepin: ignore-file[f] why\n";
        let above =
            "# kubepin: ignore[x] why\n# more\n\nimage: a\nb: |\n  c\n# kubepin: ignore[y] why\nd: e\n";
        let object = "a:\n- apiVersion: v1\n";
        assert_eq!(found(above)[0], ("x: why".to_owned(), "image: a"));
        assert_eq!(found(above)[1], ("y: why".to_owned(), "d: e"));
        let both = format!("\u{feff}---\n{file}{above}");
        assert_eq!(found(&both)[0], ("f: why".to_owned(), &*both));
        assert_eq!(found(&format!("{above}{file}"))[2], ("f: why".to_owned(), "-"));
        let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    annotations: {kubepin.dev/ignore: 'x, y: why; z'}\n  spec: {image: a}\n- apiVersion: v1\n  kind: Pod\n  image: b\n";
        let (start, end) = (list.find("apiVersion: v1\n  kind"), list.find("}\n- "));
        let covered = &list[start.expect("an item")..end.expect("an end")];
        let expected = ["x+y: why", "z: "].map(|words| (words.to_owned(), covered));
        assert_eq!(found(list), expected);
        assert_eq!(found(object), []);
    }
}
