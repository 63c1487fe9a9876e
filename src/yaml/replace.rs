//! The text of an edit that gives one scalar a new value.
//!
//! In: the file's text, the scalar as the parse found it, the new value. Out: the bytes to put in
//! its place, in the scalar's own style.
//! Invariant: only bytes of the scalar change; what cannot be done without touching more is refused
//! with a reason.

use super::document::{Document, Kind, NodeId, Style};
use super::quote::{Surroundings, holds_control, in_style};
use crate::finding::{Edit, Reads};
use crate::source::Span;

/// What must be known of a scalar to give it a new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its bytes, with quotes.
    pub span: Span,
    /// How it is written.
    pub style: Style,
    /// What stands around it.
    pub surroundings: Surroundings,
    /// Whether an anchor or a tag is set on it.
    pub decorated: bool,
    /// Where the key ends that it is the value of.
    pub key_end: Option<usize>,
    /// Whether it is written in the text of another scalar.
    pub inside: bool,
}

/// Why an edit cannot be made safely: a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Scalar {
    /// A scalar of which only its bytes and its style are known, as it stands in a block collection.
    pub fn alone(span: Span, style: Style) -> Self {
        Self {
            span,
            style,
            surroundings: Surroundings::Block,
            decorated: false,
            key_end: None,
            inside: false,
        }
    }

    /// The scalar at a node, if the node is one.
    pub fn of(document: &Document<'_>, id: NodeId) -> Option<Self> {
        let node = document.node(id);
        let Kind::Scalar(style) = node.kind else {
            return None;
        };
        let key = document.key_of(id).map(|key| document.node(key));
        let surroundings = Surroundings::of(document, id);
        let key_end = key.map(|key| key.span.end);
        let decorated = node.anchored || node.tagged;
        Some(Self { span: node.span, style, surroundings, decorated, key_end, inside: false })
    }
}

/// The edit that gives a scalar a new value.
///
/// # Errors
/// Why it cannot be done safely.
pub fn replace(text: &str, scalar: &Scalar, value: &str) -> Result<Edit, Refusal> {
    if holds_control(value) {
        return Err(Refusal("the new value holds a control character".into()));
    }
    if scalar.span.is_empty() && scalar.style == Style::Plain {
        return fill_absent(text, scalar, value);
    }
    let (span, text) = match scalar.style {
        Style::Literal | Style::Folded => (block_line(text, scalar.span)?, value.to_owned()),
        style => (scalar.span, in_style(value, style, scalar.surroundings)),
    };
    let reads = if scalar.inside { Reads::Inside } else { Reads::Scalar(value.to_owned()) };
    Ok(Edit { span, text, reads })
}

/// The edit that leaves a scalar only the begin of what it reads. A version that is written without quotes
/// stays so: three numbers are no number.
///
/// # Errors
/// Why it cannot be done safely.
pub fn cut(text: &str, scalar: &Scalar, value: &str) -> Result<Edit, Refusal> {
    let numbers =
        || value.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let version = value.split('.').count() > 2 && numbers();
    if scalar.style != Style::Plain
        || scalar.inside
        || !version
        || !scalar.span.slice(text).starts_with(value)
    {
        return replace(text, scalar, value);
    }
    let span = Span::new(scalar.span.start + value.len(), scalar.span.end);
    Ok(Edit { span, text: String::new(), reads: Reads::Scalar(value.to_owned()) })
}

/// `image:` without a value: the new one goes right behind the colon.
fn fill_absent(text: &str, scalar: &Scalar, value: &str) -> Result<Edit, Refusal> {
    let Some(key_end) = scalar.key_end.filter(|_| !scalar.decorated) else {
        return Err(Refusal("the value is empty and has an anchor or a tag".into()));
    };
    let gap = text[key_end..].find(|c: char| !matches!(c, ' ' | '\t' | '"' | '\'')).unwrap_or(0);
    let colon = key_end + gap;
    if !text[colon..].starts_with(':') {
        return Err(Refusal("the value is empty and its key is not followed by a colon".into()));
    }
    let text = format!(" {}", in_style(value, Style::Plain, scalar.surroundings));
    Ok(Edit { span: Span::new(colon + 1, colon + 1), text, reads: Reads::Scalar(value.to_owned()) })
}

/// The bytes of the only content line of a block scalar.
fn block_line(text: &str, span: Span) -> Result<Span, Refusal> {
    let content = span.slice(text);
    let mut lines = content.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    if first.trim().is_empty() || lines.any(|line| !line.trim().is_empty()) {
        return Err(Refusal("the value is a block of several lines".into()));
    }
    Ok(Span::new(span.start, span.start + first.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    /// Gives the scalar `nginx` (or the absent one) of a text a new value, and reads it back.
    fn check(text: &str, value: &str, expected: Option<&str>) {
        let documents = parse(text, 0).expect("the text is YAML");
        let document = &documents[0];
        let wanted = |node: &crate::yaml::Node<'_>| {
            matches!(node.kind, Kind::Scalar(_)) && matches!(&*node.value, "nginx" | "nginx\n" | "1.25" | "")
        };
        let (id, _) = document.nodes().find(|(_, node)| wanted(node)).expect("a scalar to change");
        let scalar = Scalar::of(document, id).expect("a scalar");
        let edit = replace(text, &scalar, value).ok();
        let after = edit
            .map(|Edit { span, text: new, .. }| format!("{}{new}{}", &text[..span.start], &text[span.end..]));
        assert_eq!(after.as_deref(), expected, "{text:?}");
        if let Some(after) = after {
            let documents = parse(&after, 0).expect("still YAML");
            let values: Vec<&str> = documents[0].nodes().map(|(_, node)| node.value.trim_end()).collect();
            assert!(values.contains(&value.trim_end()), "{after:?}");
        }
    }

    #[test]
    fn every_style_keeps_its_own() {
        let new = "nginx:1@sha256:ab";
        check("image: nginx # c\n", new, Some("image: nginx:1@sha256:ab # c\n"));
        check("image: 'nginx'\r\n", new, Some("image: 'nginx:1@sha256:ab'\r\n"));
        check("image: \"nginx\" # c", new, Some("image: \"nginx:1@sha256:ab\" # c"));
        check("image: &a !!str nginx\n", new, Some("image: &a !!str nginx:1@sha256:ab\n"));
        check("{image: nginx, b: c}", new, Some("{image: nginx:1@sha256:ab, b: c}"));
        check("{\"image\": \"nginx\"}", new, Some("{\"image\": \"nginx:1@sha256:ab\"}"));
        check("image: >-\n    nginx\n\nb: c\n", new, Some("image: >-\n    nginx:1@sha256:ab\n\nb: c\n"));
        check("image: |\n  nginx", new, Some("image: |\n  nginx:1@sha256:ab"));
        check("image: \"ngi\\\n  nx\"\n", new, Some("image: \"nginx:1@sha256:ab\"\n"));
        check("image: 1.25\n", "1.25:latest@sha256:ab", Some("image: 1.25:latest@sha256:ab\n"));
    }

    #[test]
    fn values_that_plain_would_change_are_quoted() {
        check("image: nginx\n", "1.20", Some("image: \"1.20\"\n"));
        check("image: nginx\n", "yes", Some("image: \"yes\"\n"));
        check("image: nginx\n", "1e3", Some("image: \"1e3\"\n"));
        check("image: nginx\n", "a: b", Some("image: \"a: b\"\n"));
        check("image: nginx\n", "@x", Some("image: \"@x\"\n"));
        check("image: 'nginx'\n", "it's", Some("image: 'it''s'\n"));
        check("image: \"nginx\"\n", "a\"b\\", Some("image: \"a\\\"b\\\\\"\n"));
        check("{\"image\": nginx}\n", "b", Some("{\"image\": \"b\"}\n"));
        check("{image: nginx}\n", "a,b", Some("{image: \"a,b\"}\n"));
    }

    #[test]
    fn versions_stay_as_they_were_written() {
        for (text, value, expected) in [
            ("tag: 1.4.2@x # c\n", "1.4.2", "tag: 1.4.2 # c\n"),
            ("tag: 1.4@x\n", "1.4", "tag: \"1.4\"\n"),
            ("tag: 'v1@x'\n", "v1", "tag: 'v1'\n"),
            ("{tag: v1@x, b: c}\n", "v1", "{tag: v1, b: c}\n"),
            ("tag: |\n  1.4.2@x\n", "1.4.2", "tag: |\n  1.4.2\n"),
        ] {
            let documents = parse(text, 0).expect("the text is YAML");
            let found = documents[0].nodes().find(|(_, node)| node.value.contains('@')).expect("a scalar");
            let scalar = Scalar::of(&documents[0], found.0).expect("a scalar");
            let edit = cut(text, &scalar, value).expect("it can be cut");
            assert_eq!(crate::proof::proved(text, &[edit]).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn absent_values_go_behind_the_colon_and_blocks_are_refused() {
        check("image:\nb: c\n", "x", Some("image: x\nb: c\n"));
        check("image:   # why\nb: c\n", "x", Some("image: x   # why\nb: c\n"));
        check("image: &a\nb: c\n", "x", None);
        check("image: nginx\n", "a\nb", None);
    }
}
