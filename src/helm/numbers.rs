//! Numbers between Go's kinds.
//!
//! In: values. Out: the numbers they stand for.
//! Invariant: a conversion saturates where Go's would be undefined.

use super::scalar::integer;
use super::value::Value;

/// A whole number as a floating one.
#[expect(clippy::cast_precision_loss, reason = "Go rounds, too")]
pub(super) fn real(int: i64) -> f64 {
    int as f64
}

/// A floating number without its fraction.
#[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
pub(super) fn whole(float: f64) -> i64 {
    float as i64
}

/// How many, as a number of templates.
pub(super) fn count(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A number as a place or a length; nothing is below zero.
pub(super) fn size(int: i64) -> usize {
    usize::try_from(int.max(0)).unwrap_or(usize::MAX)
}

/// What `int64` makes of a value: zero where it is no number.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(int) => *int,
        Value::Float(float) => whole(*float),
        Value::Bool(bool) => i64::from(*bool),
        Value::Text(text) => {
            let plain = text.trim_start_matches('0');
            let decimal = text.bytes().all(|byte| byte.is_ascii_digit()) && !plain.is_empty();
            integer(if decimal { plain } else { text }).unwrap_or(0)
        }
        _ => 0,
    }
}

/// What `float64` makes of a value: zero where it is no number.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(int) => real(*int),
        Value::Float(float) => *float,
        Value::Bool(bool) => f64::from(u8::from(*bool)),
        Value::Text(text) => text.parse().unwrap_or(0.0),
        _ => 0.0,
    }
}
