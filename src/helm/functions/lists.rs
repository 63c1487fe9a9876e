//! Lists.
//!
//! In: lists. Out: new ones; a list never changes.
//! Invariant: a number that counts elements is bounded before they are made.

use super::super::numbers::size;
use super::super::value::{DEPTH, Value};
use super::{Answer, Table, arg, int, last, list};

pub(super) const TABLE: Table = &[
    ("list", |args| Ok(Value::list(args.to_vec()))),
    ("first", |args| Ok(ends(args)?.first().cloned().unwrap_or_default())),
    ("last", |args| Ok(ends(args)?.last().cloned().unwrap_or_default())),
    ("rest", |args| Ok(Value::list(ends(args)?.get(1..).unwrap_or_default().to_vec()))),
    ("initial", |args| {
        let all = ends(args)?;
        Ok(Value::list(all[..all.len().saturating_sub(1)].to_vec()))
    }),
    ("append", push),
    ("push", push),
    ("prepend", |args| {
        let front = arg(args, 1)?.clone();
        Ok(Value::list([front].into_iter().chain(elements(args, 0)?.iter().cloned()).collect()))
    }),
    ("concat", |args| {
        let mut all = Vec::new();
        for at in 0..args.len() {
            all.extend_from_slice(elements(args, at)?);
        }
        Ok(Value::list(all))
    }),
    ("has", |args| {
        let needle = arg(args, 0)?;
        Ok(Value::Bool(elements(args, 1)?.iter().any(|item| item.same(needle, DEPTH))))
    }),
    ("without", |args| {
        let gone = |item: &&Value| !args[1..].iter().any(|other| other.same(item, DEPTH));
        Ok(Value::list(list(args, 0)?.iter().filter(gone).cloned().collect()))
    }),
    ("uniq", |args| {
        let mut unique: Vec<Value> = Vec::new();
        for item in list(args, 0)? {
            if !unique.iter().any(|known| known.same(item, DEPTH)) {
                unique.push(item.clone());
            }
        }
        Ok(Value::list(unique))
    }),
    ("compact", |args| {
        Ok(Value::list(list(args, 0)?.iter().filter(|item| item.is_true()).cloned().collect()))
    }),
    ("reverse", |args| Ok(Value::list(list(args, 0)?.iter().rev().cloned().collect()))),
    ("chunk", |args| {
        let length = size(int(args, 0)?).max(1);
        Ok(Value::list(list(args, 1)?.chunks(length).map(|chunk| Value::list(chunk.to_vec())).collect()))
    }),
    ("until", |args| {
        let end = int(args, 0)?;
        steps(0, end, if end < 0 { -1 } else { 1 })
    }),
    ("untilStep", |args| steps(int(args, 0)?, int(args, 1)?, int(args, 2)?)),
    ("seq", |args| {
        let (from, step, to) = match args.len() {
            1 => (1, if int(args, 0)? < 1 { -1 } else { 1 }, int(args, 0)?),
            2 => (int(args, 0)?, if int(args, 1)? < int(args, 0)? { -1 } else { 1 }, int(args, 1)?),
            _ => (int(args, 0)?, int(args, 1)?, int(args, 2)?),
        };
        let numbers = steps(from, to.saturating_add(step.signum()), step)?;
        let texts: Vec<String> = numbers.elements().iter().map(super::string).collect();
        Ok(texts.join(" ").into())
    }),
];

fn push(args: &[Value]) -> Answer {
    let end = arg(args, 1)?.clone();
    Ok(Value::list(elements(args, 0)?.iter().cloned().chain([end]).collect()))
}

/// The list, which may be nothing.
fn elements(args: &[Value], at: usize) -> Result<&[Value], String> {
    match arg(args, at)? {
        Value::Nil => Ok(&[]),
        _ => list(args, at),
    }
}

/// The only list among the arguments.
fn ends(args: &[Value]) -> Result<&[Value], String> {
    last(args)?;
    elements(args, args.len() - 1)
}

/// Numbers from one to before another.
fn steps(from: i64, to: i64, step: i64) -> Answer {
    let mut numbers = Vec::new();
    let mut at = from;
    while step != 0 && (step > 0 && at < to || step < 0 && at > to) {
        if numbers.len() > 100_000 {
            return Err("the list is too long".to_owned());
        }
        numbers.push(Value::Int(at));
        at = at.saturating_add(step);
    }
    Ok(Value::list(numbers))
}
