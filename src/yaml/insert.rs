//! The text of an edit that brings pairs into a mapping.
//!
//! In: the file's text, a pair of the mapping as the parse found it, the new pairs. Out: the bytes that
//! come in right behind that pair, written in its manner.
//! Invariant: no byte goes, and no comment leaves the line of its pair; where the new pairs could come
//! to stand in something else, they are refused with a reason.

use super::document::{Document, Kind, NodeId, Style};
use super::quote::{Surroundings, holds_control, in_style};
use super::replace::{Refusal, Scalar};
use crate::finding::{Edit, Reads};
use crate::source::Span;

/// What must be known of a pair to let others come in behind it. Its key is a scalar, its value a scalar or
/// an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// The bytes of its key, with quotes.
    pub key: Span,
    /// How the key is written.
    pub key_style: Style,
    /// The bytes of its value, with quotes.
    pub value: Span,
    /// How the value is written; `None` for an alias.
    pub value_style: Option<Style>,
    /// What stands around it.
    pub surroundings: Surroundings,
    /// Where its mapping begins.
    pub mapping: usize,
}

impl Sibling {
    /// The pair of a value; `None` for what is no value of a mapping, and for collections.
    pub fn of(document: &Document<'_>, value: NodeId) -> Option<Self> {
        let key = document.node(document.key_of(value)?);
        let Kind::Scalar(key_style) = key.kind else {
            return None;
        };
        let node = document.node(value);
        let value_style = match node.kind {
            Kind::Scalar(style) => Some(style),
            Kind::Alias(_) => None,
            Kind::Sequence { .. } | Kind::Mapping { .. } => return None,
        };
        Some(Self {
            key: key.span,
            key_style,
            value: node.span,
            value_style,
            surroundings: Surroundings::of(document, value),
            mapping: document.node(node.parent?).span.start,
        })
    }

    /// The key, as a scalar that may get another name.
    pub fn key_scalar(&self) -> Scalar {
        Scalar { surroundings: self.surroundings, ..Scalar::alone(self.key, self.key_style) }
    }
}

/// The edit that brings pairs into the mapping of a sibling, right behind it.
///
/// # Errors
/// Why it cannot be done safely.
pub fn insert(text: &str, sibling: &Sibling, pairs: &[(&str, &str)]) -> Result<Edit, Refusal> {
    if pairs.iter().any(|(key, value)| holds_control(key) || holds_control(value)) {
        return Err(Refusal("a new key or its value holds a control character".into()));
    }
    let (at, come) = behind(text, sibling, pairs).map_err(|why| {
        let key = sibling.key.slice(text);
        Refusal(format!("nothing can come in behind `{key}`: {why}"))
    })?;
    let pairs = pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    Ok(Edit { span: Span::new(at, at), text: come, reads: Reads::Pairs(pairs) })
}

/// Where the pairs come in and as what.
type Place = Result<(usize, String), &'static str>;

fn behind(text: &str, sibling: &Sibling, pairs: &[(&str, &str)]) -> Place {
    if matches!(sibling.value_style, Some(Style::Literal | Style::Folded)) {
        return Err("its value is a block");
    }
    if sibling.value.is_empty() {
        return Err("its value is empty");
    }
    if Span::new(sibling.key.start, sibling.value.end).slice(text).contains(LINE_BREAKS) {
        return Err("it is not on one line");
    }
    match sibling.surroundings {
        Surroundings::Block => on_lines(text, sibling, pairs),
        Surroundings::Flow | Surroundings::Json => in_braces(text, sibling, pairs),
    }
}

const LINE_BREAKS: [char; 2] = ['\n', '\r'];
const BLANKS: [char; 2] = [' ', '\t'];

/// Each pair on a line of its own, below that of the sibling, whose comment stays with it.
fn on_lines(text: &str, sibling: &Sibling, pairs: &[(&str, &str)]) -> Place {
    // A byte order mark takes no column.
    let before = text[..sibling.key.start].trim_start_matches('\u{feff}');
    let (above, indent) = before.split_at(before.rfind(LINE_BREAKS).map_or(0, |at| at + 1));
    let indent = " ".repeat(width(indent)?);
    let rest = &text[sibling.value.end..];
    let (rest, below) = rest.split_at(rest.find(LINE_BREAKS).unwrap_or(rest.len()));
    let comment = rest.trim_start_matches(BLANKS);
    if !comment.is_empty() && (comment.len() == rest.len() || !comment.starts_with('#')) {
        return Err("its line goes on");
    }
    let line_break = line_break(above, below)?;
    let style = sibling.value_style.unwrap_or(Style::Plain);
    let line = |(key, value): &(&str, &str)| {
        let key = in_style(key, Style::Plain, Surroundings::Block);
        let line = format!("{indent}{key}: {}", in_style(value, style, Surroundings::Block));
        if below.is_empty() { line_break.to_owned() + &line } else { line + line_break }
    };
    let end = text.len() - below.len();
    let at = if below.is_empty() { end } else { end + line_break.len() };
    Ok((at, pairs.iter().map(line).collect()))
}

/// The column of a key, from what stands before it on its line: blanks, or the `- ` of elements.
fn width(before: &str) -> Result<usize, &'static str> {
    if before.contains('\t') {
        return Err("its line is indented by a tab");
    }
    if before.starts_with("---") {
        return Err("its line begins with `---`");
    }
    if before.contains(|c| !matches!(c, ' ' | '-')) {
        return Err("its key does not begin the line");
    }
    Ok(before.len())
}

/// The line break of the line between two texts; of the one above where it is the last and has none.
fn line_break(above: &str, below: &str) -> Result<&'static str, &'static str> {
    let windows = if below.is_empty() { above.ends_with("\r\n") } else { below.starts_with("\r\n") };
    match windows {
        true => Ok("\r\n"),
        false if above.ends_with('\r') || below.starts_with('\r') => {
            Err("its line begins or ends at a carriage return alone")
        }
        false => Ok("\n"),
    }
}

/// The pairs between the sibling and what follows it in the braces, written and set apart as it is.
fn in_braces(text: &str, sibling: &Sibling, pairs: &[(&str, &str)]) -> Place {
    if !text[sibling.mapping..].starts_with('{') {
        return Err("it is an element of a sequence, without braces");
    }
    let Some((gap, rest)) = Span::new(sibling.key.end, sibling.value.start).slice(text).split_once(':')
    else {
        return Err("it has no colon");
    };
    let gap = format!("{gap}:{}", &rest[..rest.len() - rest.trim_start_matches(BLANKS).len()]);
    let separator = separator(text, sibling);
    let (key_style, value_style) = match (sibling.surroundings, sibling.value_style) {
        (Surroundings::Json, _) => (Style::Double, Style::Double),
        (_, value_style) => (sibling.key_style, value_style.unwrap_or(Style::Plain)),
    };
    let item = |(key, value): &(&str, &str)| {
        let key = in_style(key, key_style, sibling.surroundings);
        format!("{separator}{key}{gap}{}", in_style(value, value_style, sibling.surroundings))
    };
    // For some readers a comma belongs to the name of an alias.
    let blank = if sibling.value_style.is_none() { " " } else { "" };
    Ok((sibling.value.end, blank.to_owned() + &pairs.iter().map(item).collect::<String>()))
}

/// What sets the sibling apart from the pair before it, if that is a comma and white space.
fn separator<'t>(text: &'t str, sibling: &Sibling) -> &'t str {
    let behind = text[sibling.value.end..].trim_start_matches(BLANKS);
    let commented = behind.strip_prefix(',').unwrap_or(behind).trim_start_matches(BLANKS).starts_with('#');
    let before = &text[..sibling.key.start];
    let comma = before.trim_end_matches([' ', '\t', '\n', '\r']).strip_suffix(',').map(str::len);
    match comma.map(|comma| &before[comma..]) {
        // The comment would go to the line of the new pair.
        Some(lines) if commented && lines.contains(LINE_BREAKS) => ", ",
        Some(separator) => separator,
        None => ", ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::proved;
    use crate::yaml::parse;

    const PAIRS: [(&str, &str); 2] = [("digest", "sha256:ab"), ("y", "it's 1")];

    /// Brings pairs in behind the key `at`, and reads them back.
    fn brought(text: &str, pairs: &[(&str, &str)]) -> Result<String, String> {
        let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let documents = parse(&text[mark..], mark).expect("the text is YAML");
        let mut values = documents.iter().flat_map(|document| {
            let is_at = |id| document.key_of(id).is_some_and(|key| document.node(key).value == "at");
            document.nodes().map(move |(id, _)| (document, id)).filter(move |&(_, id)| is_at(id))
        });
        let (document, value) = values.next().expect("a key `at`");
        let sibling = Sibling::of(document, value).ok_or("no sibling")?;
        let edit = insert(text, &sibling, pairs).map_err(|refusal| refusal.0)?;
        assert!(edit.span.is_empty());
        let after = proved(text, &[edit]).expect("the proof holds");

        let documents = parse(&after[mark..], mark).expect("still YAML");
        let nodes = documents.iter().flat_map(Document::nodes);
        let all: Vec<&str> = nodes.map(|(_, node)| &*node.value).collect();
        for (key, value) in pairs {
            assert!(all.windows(2).any(|read| read == [*key, *value]), "{after:?}");
        }
        Ok(after)
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(brought(text, &PAIRS[..1]).as_deref(), Ok(expected), "{text:?}");
    }

    fn refused(text: &str, why: &str) {
        let refusal = brought(text, &PAIRS).expect_err("refused");
        assert!(refusal.ends_with(why), "{text:?}: {refusal}");
    }

    #[test]
    fn lines_come_below() {
        check("at: b\n", "at: b\ndigest: sha256:ab\n");
        check("a:\n  at: b # c\n  # d\ne: f\n", "a:\n  at: b # c\n  digest: sha256:ab\n  # d\ne: f\n");
        check("- at: b\n  c: d\n", "- at: b\n  digest: sha256:ab\n  c: d\n");
        check("-   - at: b\n", "-   - at: b\n      digest: sha256:ab\n");
        check("a:\n- c: d\n  at:   b  \n\n", "a:\n- c: d\n  at:   b  \n  digest: sha256:ab\n\n");
        check("at: 'b'\n", "at: 'b'\ndigest: 'sha256:ab'\n");
        check("\"at\": \"b\"\n", "\"at\": \"b\"\ndigest: \"sha256:ab\"\n");
        check("a: &x b\nat: *x # c\n", "a: &x b\nat: *x # c\ndigest: sha256:ab\n");
        check("at: &x !!str b\n", "at: &x !!str b\ndigest: sha256:ab\n");
        check("- ä: ü\n  at: ö # ß\n", "- ä: ü\n  at: ö # ß\n  digest: sha256:ab\n");
        check("at: b\n---\nc: d\n", "at: b\ndigest: sha256:ab\n---\nc: d\n");
        check("a: b\n---\nat: d", "a: b\n---\nat: d\ndigest: sha256:ab");
    }

    #[test]
    fn line_breaks_and_marks_stay() {
        check("- at: b\r\n  c: d\r\n", "- at: b\r\n  digest: sha256:ab\r\n  c: d\r\n");
        check("- c: d\r\n  at: b", "- c: d\r\n  at: b\r\n  digest: sha256:ab");
        check("- c: d\n  at: b # e", "- c: d\n  at: b # e\n  digest: sha256:ab");
        check("at: b", "at: b\ndigest: sha256:ab");
        check("\u{feff}at: b", "\u{feff}at: b\ndigest: sha256:ab");
        check("\u{feff}- at: b\r\n", "\u{feff}- at: b\r\n  digest: sha256:ab\r\n");
        check("c: d\r\nat: b\ne: f", "c: d\r\nat: b\ndigest: sha256:ab\ne: f");
    }

    #[test]
    fn items_come_beside() {
        check("a: {at: b}\n", "a: {at: b, digest: sha256:ab}\n");
        check("{c: d,at: b, e: f}", "{c: d,at: b,digest: sha256:ab, e: f}");
        check("{c: d, at : 'b' }", "{c: d, at : 'b', digest : 'sha256:ab' }");
        check("{'at':b}", "{'at':b, 'digest':sha256:ab}");
        check("{a: &x b, at: *x}", "{a: &x b, at: *x , digest: sha256:ab}");
        check("&m {? at : &x b,}", "&m {? at : &x b, digest : sha256:ab,}");
        check("{\n  c: d,\n  at: b\n}\n", "{\n  c: d,\n  at: b,\n  digest: sha256:ab\n}\n");
        check("{c: d,\n  at: b, # e\n}\n", "{c: d,\n  at: b, digest: sha256:ab, # e\n}\n");
        check("{c: d,\n  at: b # e\n}\n", "{c: d,\n  at: b, digest: sha256:ab # e\n}\n");
        check("{\r\n\tc: d, # e\r\n\tat: b\r\n}", "{\r\n\tc: d, # e\r\n\tat: b, digest: sha256:ab\r\n}");
        check("[{\"at\":\"b\",\"c\":1}]", "[{\"at\":\"b\", \"digest\":\"sha256:ab\",\"c\":1}]");
        check("{\"c\": 1,\n \"at\": 2\n}", "{\"c\": 1,\n \"at\": 2,\n \"digest\": \"sha256:ab\"\n}");
    }

    #[test]
    fn pairs_come_in_order_and_in_quotes_where_they_must() {
        let both = |text| brought(text, &PAIRS).expect("they come in");
        assert_eq!(both("- at: b\n"), "- at: b\n  digest: sha256:ab\n  \"y\": it's 1\n");
        assert_eq!(both("at: 'b'"), "at: 'b'\ndigest: 'sha256:ab'\n\"y\": 'it''s 1'");
        assert_eq!(both("{at: b}"), "{at: b, digest: sha256:ab, \"y\": it's 1}");
        assert_eq!(both("{\"at\": b}"), "{\"at\": b, \"digest\": \"sha256:ab\", \"y\": \"it's 1\"}");
    }

    #[test]
    fn what_would_come_in_elsewhere_is_refused() {
        refused("\tat: b\n", "indented by a tab");
        refused("-\tat: b\n", "indented by a tab");
        refused("? at: b\n", "does not begin the line");
        refused("&x at: b\n", "does not begin the line");
        refused("? at\n: b\n", "not on one line");
        refused("at:\n  b\n", "not on one line");
        refused("at: b\n  c\n", "not on one line");
        refused("{at: 'b\n  c'}\n", "not on one line");
        refused("at: |\n  b\n", "a block");
        refused("at: >\n", "a block");
        refused("at:\n", "empty");
        refused("{at, b}", "empty");
        refused("[at: b]", "without braces");
        refused("a: b\rat: c\n", "alone");
        refused("at: b # c\rd: e\n", "alone");
        refused("at: {b: c}", "no sibling");
        assert!(brought("at: b", &[("c", "d\ne")]).is_err());
        assert!(width("--- - ").is_err(), "which some parsers allow");
    }
}
