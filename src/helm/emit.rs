//! Values as YAML and JSON, as Helm writes them.
//!
//! In: a value. Out: text in goyaml's or Go's form, keys in their order.
//! Invariant: a value that is too large or holds itself is an error.

use std::cmp::Ordering;

use super::numbers::whole;
use super::print::{LIMIT, json_number};
use super::scalar::is_special;
use super::value::{DEPTH, Value};

/// Columns after which a text is folded.
const WIDTH: usize = 80;

/// A value as YAML, without the last line's end.
pub(super) fn yaml(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    node(&mut out, value, 0, DEPTH)?;
    out.truncate(out.trim_end_matches('\n').len());
    Ok(out)
}

/// A node whose first line goes on where the text ends.
fn node(out: &mut String, value: &Value, indent: usize, depth: usize) -> Result<(), String> {
    if depth == 0 || out.len() > LIMIT {
        return Err("the value is too large".to_owned());
    }
    match value {
        Value::List(list) | Value::Versions(list) if !list.is_empty() => {
            for (at, element) in list.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { indent });
                out.push_str("- ");
                node(out, element, indent + 2, depth - 1)?;
            }
        }
        Value::Map(map) if !map.read().is_empty() => {
            let entries = map.read();
            let mut keys: Vec<&str> = entries.keys().map(|key| &**key).collect();
            keys.sort_by(|a, b| natural(a, b));
            for (at, key) in keys.into_iter().enumerate() {
                pad(out, if at == 0 { 0 } else { indent });
                self::key(out, key);
                child(out, &entries[key], indent, depth - 1)?;
            }
        }
        Value::Text(text) => scalar(out, text, indent),
        other => {
            out.push_str(&plain(other));
            out.push('\n');
        }
    }
    Ok(())
}

/// The value of a key: a list stands below it without more indent.
fn child(out: &mut String, value: &Value, indent: usize, depth: usize) -> Result<(), String> {
    match value {
        Value::List(list) | Value::Versions(list) if !list.is_empty() => {
            out.push('\n');
            pad(out, indent);
            node(out, value, indent, depth)
        }
        Value::Map(map) if !map.read().is_empty() => {
            out.push('\n');
            pad(out, indent + 2);
            node(out, value, indent + 2, depth)
        }
        _ => {
            out.push(' ');
            node(out, value, indent + 2, depth)
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn plain(value: &Value) -> String {
    match value {
        Value::Nil => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 1e15 => whole(*float).to_string(),
        Value::Float(float) => json_number(*float),
        Value::List(_) | Value::Versions(_) => "[]".to_owned(),
        _ => "{}".to_owned(),
    }
}

fn key(out: &mut String, key: &str) {
    let text = match style(key) {
        Style::Plain => key.to_owned(),
        Style::Single => format!("'{}'", key.replace('\'', "''")),
        _ => super::print::quoted(key),
    };
    out.push_str(&text);
    out.push(':');
}

/// How goyaml writes a text.
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

fn style(text: &str) -> Style {
    let special = text.chars().any(|c| c.is_control() && c != '\n' || c == '\u{feff}');
    if special || text.contains(" \n") || is_special(text) {
        return Style::Double;
    }
    if text.contains('\n') {
        return if text.ends_with(' ') { Style::Double } else { Style::Literal };
    }
    let first = text.chars().next().unwrap_or_default();
    let second_is_space = text.chars().nth(1).is_none_or(|c| c == ' ');
    let indicator = matches!(
        first,
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
    ) || (matches!(first, '?' | ':' | '-') && second_is_space)
        || text.starts_with("---")
        || text.starts_with("...");
    let inside = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    if indicator || inside || text.starts_with(' ') || text.ends_with(' ') {
        Style::Single
    } else {
        Style::Plain
    }
}

/// A text, and the end of its line.
fn scalar(out: &mut String, text: &str, indent: usize) {
    let line = out.rfind('\n').map_or(0, |at| at + 1);
    let column = out.len() - line;
    match style(text) {
        Style::Plain => out.push_str(&folded(text, column, indent)),
        Style::Single => out.push_str(&folded(&format!("'{}'", text.replace('\'', "''")), column, indent)),
        Style::Double => out.push_str(&folded(&super::print::quoted(text), column, indent)),
        Style::Literal => return literal(out, text, indent),
    }
    out.push('\n');
}

/// A text with line ends at the spaces that come after [`WIDTH`].
fn folded(text: &str, column: usize, indent: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = column;
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let alone =
            c == ' ' && at > 0 && chars[at - 1] != ' ' && chars.get(at + 1).is_some_and(|c| *c != ' ');
        if alone && column > WIDTH {
            out.push('\n');
            pad(&mut out, indent);
            column = indent;
        } else {
            out.push(c);
            column += 1;
        }
    }
    out
}

fn literal(out: &mut String, text: &str, indent: usize) {
    let indent = indent.max(2);
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        out.push('+');
    }
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
    }
    out.push('\n');
}

/// goyaml's order of keys: numbers inside of texts by their value, letters after all else.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => return a[at].cmp(&b[at]),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let number = |of: &[char]| -> (u64, usize) {
        let digits: Vec<u64> = of[at..].iter().map_while(|c| c.to_digit(10).map(u64::from)).collect();
        (digits.iter().fold(0, |n: u64, digit| n.saturating_mul(10).saturating_add(*digit)), digits.len())
    };
    number(&a).cmp(&number(&b)).then(a[at].cmp(&b[at]))
}

/// A value as JSON; `indent` is that of the lines, where there are any.
pub(super) fn json(value: &Value, indent: Option<usize>, escape: bool) -> Result<String, String> {
    let mut out = String::new();
    json_node(&mut out, value, (indent, escape), DEPTH)?;
    Ok(out)
}

fn json_node(
    out: &mut String,
    value: &Value,
    form: (Option<usize>, bool),
    depth: usize,
) -> Result<(), String> {
    if depth == 0 || out.len() > LIMIT {
        return Err("the value is too large".to_owned());
    }
    let inner = (form.0.map(|indent| indent + 2), form.1);
    let line = |out: &mut String, indent: Option<usize>| {
        if let Some(indent) = indent {
            out.push('\n');
            pad(out, indent);
        }
    };
    match value {
        Value::List(list) | Value::Versions(list) if !list.is_empty() => {
            for (at, element) in list.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                line(out, inner.0);
                json_node(out, element, inner, depth - 1)?;
            }
            line(out, form.0);
            out.push(']');
        }
        Value::Map(map) if !map.read().is_empty() => {
            for (at, (key, value)) in map.read().iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                line(out, inner.0);
                out.push_str(&json_text(key, form.1));
                out.push_str(if form.0.is_some() { ": " } else { ":" });
                json_node(out, value, inner, depth - 1)?;
            }
            line(out, form.0);
            out.push('}');
        }
        Value::Text(text) => out.push_str(&json_text(text, form.1)),
        other => out.push_str(&plain(other)),
    }
    Ok(())
}

fn json_text(text: &str, escape: bool) -> String {
    let json = serde_json::Value::from(text).to_string();
    if escape { json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026") } else { json }
}
