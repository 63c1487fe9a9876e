//! How a value is written.
//!
//! In: a value, the style it should have, what stands around it. Out: its text, quotes included.
//! Invariant: the text reads back as the same string in YAML 1.1 and 1.2.

use super::document::{Document, Kind, NodeId, Style};

/// What stands around a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// Block collections only.
    Block,
    /// `{a: b}`, where some characters end a plain scalar.
    Flow,
    /// `{"a": "b"}`, where a plain scalar would be no JSON.
    Json,
}

impl Surroundings {
    /// What stands around the value at a node.
    pub(super) fn of(document: &Document<'_>, id: NodeId) -> Self {
        let key = document.key_of(id).map(|key| document.node(key));
        let json = key.is_some_and(|key| key.kind == Kind::Scalar(Style::Double));
        match document.in_flow(id) {
            true if json => Self::Json,
            true => Self::Flow,
            false => Self::Block,
        }
    }
}

/// Whether a value holds a character that YAML may only write as an escape.
pub(super) fn holds_control(value: &str) -> bool {
    value.contains(|c: char| c.is_control())
}

/// A value on one line in a style of one line; in quotes where it would read as something else.
pub(super) fn in_style(value: &str, style: Style, surroundings: Surroundings) -> String {
    match style {
        Style::Single => single_quoted(value),
        Style::Plain if surroundings != Surroundings::Json && is_plain_safe(value, surroundings) => {
            value.to_owned()
        }
        _ => double_quoted(value),
    }
}

fn single_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn double_quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a value reads back as the same string without quotes.
fn is_plain_safe(value: &str, surroundings: Surroundings) -> bool {
    let indicator = |c: char| "-?:,[]{}#&*!|>'\"%@`".contains(c);
    let first_is_safe = value.chars().next().is_some_and(|c| !indicator(c) && !c.is_whitespace());
    let flow_is_safe = surroundings == Surroundings::Block || !value.contains([',', '[', ']', '{', '}']);
    first_is_safe
        && flow_is_safe
        && !value.contains(": ")
        && !value.contains(" #")
        && !value.ends_with([':', ' ', '\t'])
        && !is_resolved(value)
}

/// Whether YAML 1.1 or 1.2 reads a plain scalar as something other than a string.
fn is_resolved(value: &str) -> bool {
    const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="];
    let special = WORDS.contains(&value.to_ascii_lowercase().as_str())
        || matches!(value.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str(), ".inf" | ".nan");
    let digit_first = value.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit());
    let number_like = value.chars().all(|c| c.is_ascii_hexdigit() || "+-._:xXoOTtZz ".contains(c));
    special || (digit_first && number_like)
}
