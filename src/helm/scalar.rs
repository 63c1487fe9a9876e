//! What a plain scalar is in the YAML 1.1 that Helm reads.
//!
//! In: the text of a scalar without quotes. Out: null, a boolean, a number or a text.
//! Invariant: what is read as a text is written without quotes, and nothing else is.

use std::sync::Arc;

use super::value::Value;

/// The value of a plain scalar.
pub(super) fn resolve(plain: &str) -> Value {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Nil,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    number(plain).unwrap_or_else(|| Value::Text(Arc::from(plain)))
}

/// Whether a text must be quoted so that it is read as one.
pub(super) fn is_special(text: &str) -> bool {
    !matches!(resolve(text), Value::Text(_)) || is_date(text) || is_sexagesimal(text)
}

fn number(plain: &str) -> Option<Value> {
    let first = plain.trim_start_matches(['+', '-']).bytes().next()?;
    if !(first.is_ascii_digit() || first == b'.') {
        return None;
    }
    let digits = plain.replace('_', "");
    integer(&digits).map(Value::Int).or_else(|| float(&digits).map(Value::Float))
}

/// A whole number as Go reads one whose base its prefix tells.
pub(super) fn integer(digits: &str) -> Option<i64> {
    let (sign, rest) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (base, rest) = match rest.get(..2) {
        Some("0x" | "0X") => (16, &rest[2..]),
        Some("0o" | "0O") => (8, &rest[2..]),
        Some("0b" | "0B") => (2, &rest[2..]),
        Some(_) if rest.starts_with('0') => (8, &rest[1..]),
        _ => (10, rest),
    };
    let digits_only = rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    i64::from_str_radix(rest, base).ok().filter(|_| digits_only).map(|int| sign * int)
}

fn float(digits: &str) -> Option<f64> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    let some = digits.chars().any(|c| c.is_ascii_digit());
    (some && digits.chars().all(numeric)).then(|| digits.parse().ok()).flatten()
}

/// `2020-01-01`, with or without a time.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| {
            lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    digits(parts.next(), 4..=4)
        && digits(parts.next(), 1..=2)
        && parts.next().is_some_and(|rest| {
            let day = rest.split(['T', 't', ' ']).next();
            digits(day, 1..=2)
        })
}

/// `12:30:45`, which YAML 1.1 takes for a number.
fn is_sexagesimal(text: &str) -> bool {
    let text = text.trim_start_matches(['+', '-']);
    text.contains(':')
        && text.split(':').all(|part| {
            !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
}
