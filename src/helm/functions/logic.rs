//! Comparison, choice and kinds.
//!
//! In: any values. Out: what they are, and which one is taken.
//! Invariant: numbers of two kinds are never compared, as in Go.

use std::cmp::Ordering;

use super::super::numbers::count;
use super::super::value::{DEPTH, Value};
use super::{Answer, Table, arg, int, last, string, text};

pub(super) const TABLE: Table = &[
    ("eq", |args| {
        let first = arg(args, 0)?;
        arg(args, 1)?;
        let mut equal = false;
        for other in &args[1..] {
            equal = equal || is_equal(first, other)?;
        }
        Ok(Value::Bool(equal))
    }),
    ("ne", |args| Ok(Value::Bool(!is_equal(arg(args, 0)?, arg(args, 1)?)?))),
    ("lt", |args| ordered(args, Ordering::is_lt)),
    ("le", |args| ordered(args, Ordering::is_le)),
    ("gt", |args| ordered(args, Ordering::is_gt)),
    ("ge", |args| ordered(args, Ordering::is_ge)),
    ("not", |args| Ok(Value::Bool(!arg(args, 0)?.is_true()))),
    ("deepEqual", |args| Ok(Value::Bool(arg(args, 0)?.same(arg(args, 1)?, DEPTH)))),
    ("default", |args| {
        let given = args.get(1).filter(|given| given.is_true());
        Ok(given.unwrap_or(arg(args, 0)?).clone())
    }),
    ("empty", |args| Ok(Value::Bool(!arg(args, 0)?.is_true()))),
    ("coalesce", |args| Ok(args.iter().find(|arg| arg.is_true()).cloned().unwrap_or_default())),
    ("all", |args| Ok(Value::Bool(args.iter().all(Value::is_true)))),
    ("any", |args| Ok(Value::Bool(args.iter().any(Value::is_true)))),
    ("ternary", |args| match arg(args, 2)? {
        Value::Bool(choice) => arg(args, usize::from(!choice)).cloned(),
        other => Err(super::wrong("bool", other)),
    }),
    ("kindOf", |args| Ok(arg(args, 0)?.kind().into())),
    ("kindIs", |args| Ok(Value::Bool(text(args, 0)? == arg(args, 1)?.kind()))),
    ("typeOf", |args| Ok(type_of(arg(args, 0)?).into())),
    ("typeIs", |args| Ok(Value::Bool(text(args, 0)? == type_of(arg(args, 1)?)))),
    ("typeIsLike", |args| Ok(Value::Bool(text(args, 0)?.trim_start_matches('*') == type_of(arg(args, 1)?)))),
    ("len", |args| match arg(args, 0)? {
        Value::Text(text) => Ok(count(text.len())),
        Value::List(list) => Ok(count(list.len())),
        Value::Map(map) => Ok(count(map.read().len())),
        Value::Files(files) => Ok(count(files.len())),
        other => Err(format!("len of type {}", other.kind())),
    }),
    ("index", |args| args.iter().skip(1).try_fold(arg(args, 0)?.clone(), |value, key| at(&value, key))),
    ("slice", |args| {
        let bound = |at: usize, length: usize| -> Result<usize, String> {
            let bound = if at < args.len() { int(args, at)? } else { return Ok(length) };
            let bound = usize::try_from(bound).map_err(|_| "index out of range".to_owned())?;
            if bound > length { Err("index out of range".to_owned()) } else { Ok(bound) }
        };
        let from = if args.len() > 1 { bound(1, usize::MAX)? } else { 0 };
        match arg(args, 0)? {
            Value::Text(text) => {
                text.get(from..bound(2, text.len())?).map(Value::from).ok_or("index out of range".into())
            }
            Value::List(list) => {
                let part = list.get(from..bound(2, list.len())?).ok_or("index out of range")?;
                Ok(Value::list(part.to_vec()))
            }
            other => Err(format!("can't slice item of type {}", other.kind())),
        }
    }),
    ("required", |args| match arg(args, 1)? {
        Value::Nil => Err(text(args, 0)?.to_owned()),
        Value::Text(value) if value.is_empty() => Err(text(args, 0)?.to_owned()),
        value => Ok(value.clone()),
    }),
    ("fail", |args| Err(text(args, 0)?.to_owned())),
    ("tuple", |args| Ok(Value::list(args.to_vec()))),
    ("toString", |args| Ok(string(last(args)?).into())),
];

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "<nil>",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        other => other.kind(),
    }
}

/// An element, or the value of a key.
fn at(value: &Value, key: &Value) -> Answer {
    match (value, key) {
        (Value::Map(map), Value::Text(key)) => Ok(map.get(key).unwrap_or_default()),
        (Value::Files(files), Value::Text(key)) => Ok(files.get(&**key).map_or("", |text| &**text).into()),
        (Value::List(list), Value::Int(_) | Value::Float(_)) => {
            let place = usize::try_from(super::super::numbers::to_int(key)).ok();
            let found = place.and_then(|place| list.get(place)).cloned();
            found.ok_or_else(|| format!("index out of range: {}", string(key)))
        }
        (Value::Nil, _) => Err("index of untyped nil".to_owned()),
        _ => Err(format!("cannot index {} with {}", value.kind(), key.kind())),
    }
}

/// `eq` of two values.
fn is_equal(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Nil, _) | (_, Value::Nil) => Ok(matches!((a, b), (Value::Nil, Value::Nil))),
        (Value::Map(_) | Value::List(_), _) => Err(format!("non-comparable type {}", a.kind())),
        _ if a.kind() == b.kind() => Ok(a == b),
        _ => Err("incompatible types for comparison".to_owned()),
    }
}

fn ordered(args: &[Value], holds: fn(Ordering) -> bool) -> Answer {
    let ordering = match (arg(args, 0)?, arg(args, 1)?) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => return Err("incompatible types for comparison".to_owned()),
    };
    Ok(Value::Bool(holds(ordering)))
}
