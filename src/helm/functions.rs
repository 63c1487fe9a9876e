//! The functions of templates: Go's own, sprig's and Helm's.
//!
//! In: a name and arguments, the piped one last. Out: a value, or why there is none.
//! Invariants: the same arguments give the same value, where sprig is random or looks at a clock, too;
//! no value is larger than [`LIMIT`]; a function that is not here is an error that names it.

mod constants;
mod dicts;
mod encoding;
mod lists;
mod logic;
mod numbers;
mod strings;
mod versions;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::numbers::whole;
use super::print::LIMIT;
use super::value::{Map, Value};

pub(super) use encoding::hex;
pub(super) use versions::is_in as is_in_range;

/// What a function comes to.
pub(super) type Answer = Result<Value, String>;

/// A function.
pub(super) type Function = fn(&[Value]) -> Answer;

/// Functions by name.
type Table = &'static [(&'static str, Function)];

static FUNCTIONS: LazyLock<BTreeMap<&str, Function>> = LazyLock::new(|| {
    let tables: [Table; 8] = [
        logic::TABLE,
        strings::TABLE,
        lists::TABLE,
        dicts::TABLE,
        numbers::TABLE,
        encoding::TABLE,
        versions::TABLE,
        constants::TABLE,
    ];
    tables.into_iter().flatten().copied().collect()
});

/// The function of a name; `mustX` is `X`, whose errors are told anyway.
pub(super) fn named(name: &str) -> Result<Function, String> {
    let plain = || {
        let rest = name.strip_prefix("must")?;
        let first = rest.chars().next()?.to_lowercase();
        FUNCTIONS.get(format!("{first}{}", &rest[1..]).as_str())
    };
    FUNCTIONS.get(name).or_else(plain).copied().ok_or_else(|| format!("the function {name} is not known"))
}

/// A value that is not too large.
pub(super) fn bounded(value: Value) -> Answer {
    let large = match &value {
        Value::Text(text) => text.len() > LIMIT,
        Value::List(list) => list.len() > LIMIT / 64,
        _ => false,
    };
    if large { Err("the value is too large".to_owned()) } else { Ok(value) }
}

/// An argument.
pub(super) fn arg(args: &[Value], at: usize) -> Result<&Value, String> {
    args.get(at).ok_or_else(|| format!("wrong number of args: want at least {} got {}", at + 1, args.len()))
}

/// The last argument.
fn last(args: &[Value]) -> Result<&Value, String> {
    arg(args, args.len().saturating_sub(1))
}

/// An argument that must be a text.
pub(super) fn text(args: &[Value], at: usize) -> Result<&str, String> {
    let value = arg(args, at)?;
    value.as_text().ok_or_else(|| wrong("string", value))
}

/// An argument that must be a whole number.
fn int(args: &[Value], at: usize) -> Result<i64, String> {
    match arg(args, at)? {
        Value::Int(int) => Ok(*int),
        Value::Float(float) if float.fract() == 0.0 => Ok(whole(*float)),
        other => Err(wrong("int", other)),
    }
}

/// An argument that must be a list.
fn list(args: &[Value], at: usize) -> Result<&[Value], String> {
    match arg(args, at)? {
        Value::List(list) | Value::Versions(list) => Ok(list),
        other => Err(wrong("list", other)),
    }
}

/// An argument that must be a mapping; nothing is an empty one, as in Go.
fn dict(args: &[Value], at: usize) -> Result<Map, String> {
    match arg(args, at)? {
        Value::Map(map) => Ok(map.clone()),
        Value::Nil => Ok(Map::default()),
        other => Err(wrong("dict", other)),
    }
}

/// A text as sprig makes one of any value.
fn string(value: &Value) -> String {
    super::print::text(value)
}

fn wrong(wanted: &str, value: &Value) -> String {
    format!("wrong type for value; expected {wanted}; got {}", value.kind())
}
