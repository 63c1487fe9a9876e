//! Mappings.
//!
//! In: mappings. Out: mappings, some of them the same ones, changed in place.
//! Invariant: `set`, `unset` and `merge` change their first argument and nothing else.

use std::sync::Arc;

use super::super::value::{DEPTH, Entries, Map, Value};
use super::{Answer, Table, arg, dict, list, string, text};

pub(super) const TABLE: Table = &[
    ("dict", |args| {
        let pairs = args.chunks(2).map(|pair| {
            let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
            (Arc::from(string(&pair[0])), value)
        });
        Ok(Value::Map(Map::new(pairs.collect())))
    }),
    ("get", |args| Ok(dict(args, 0)?.get(text(args, 1)?).unwrap_or_else(|| "".into()))),
    ("set", |args| {
        dict(args, 0)?.put(text(args, 1)?, arg(args, 2)?.clone());
        Ok(args[0].clone())
    }),
    ("unset", |args| {
        dict(args, 0)?.remove(text(args, 1)?);
        Ok(args[0].clone())
    }),
    ("hasKey", |args| Ok(Value::Bool(dict(args, 0)?.get(text(args, 1)?).is_some()))),
    ("pluck", |args| {
        let key = text(args, 0)?;
        let found = args[1..].iter().filter_map(|map| map.as_map()?.get(key));
        Ok(Value::list(found.collect()))
    }),
    ("keys", |args| {
        let mut keys = Vec::new();
        for at in 0..args.len() {
            keys.extend(dict(args, at)?.read().keys().map(|key| Value::Text(Arc::clone(key))));
        }
        Ok(Value::list(keys))
    }),
    ("values", |args| Ok(Value::list(dict(args, 0)?.read().values().cloned().collect()))),
    ("pick", |args| select(args, true)),
    ("omit", |args| select(args, false)),
    ("merge", |args| merged(args, false)),
    ("mergeOverwrite", |args| merged(args, true)),
    ("deepCopy", |args| Ok(arg(args, 0)?.copy())),
    ("dig", |args| {
        let (Some(default), Some(Value::Map(map))) = (args.iter().rev().nth(1), args.last()) else {
            return Err("needs keys, a default and a dict".to_owned());
        };
        let mut value = Value::Map(map.clone());
        for key in &args[..args.len() - 2] {
            let next = value.as_map().and_then(|map| map.get(key.as_text()?));
            match next {
                Some(next) => value = next,
                None => return Ok(default.clone()),
            }
        }
        Ok(value)
    }),
];

/// The entries whose keys are named, or the others.
fn select(args: &[Value], named: bool) -> Answer {
    let entries = dict(args, 0)?.read();
    let mut keys: Vec<&Value> = args[1..].iter().collect();
    if let Ok(several) = list(args, 1) {
        keys = several.iter().collect();
    }
    let chosen = |key: &str| keys.iter().any(|known| known.as_text() == Some(key)) == named;
    let chosen: Entries = entries
        .iter()
        .filter(|(key, _)| chosen(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok(Value::Map(Map::new(chosen)))
}

fn merged(args: &[Value], overwrite: bool) -> Answer {
    let into = dict(args, 0)?;
    for at in 1..args.len() {
        merge(&into, &dict(args, at)?, overwrite, DEPTH);
    }
    Ok(Value::Map(into))
}

/// Brings what a mapping states into another: what is empty there, or everything that is not empty here.
fn merge(into: &Map, from: &Map, overwrite: bool, depth: usize) {
    if depth == 0 {
        return;
    }
    for (key, value) in from.read().iter() {
        match (into.get(key), value) {
            (Some(Value::Map(old)), Value::Map(new)) => merge(&old, new, overwrite, depth - 1),
            (Some(old), new) if old.is_true() && !(overwrite && new.is_true()) => {}
            (Some(_), new) if !new.is_true() => {}
            _ => into.put(Arc::clone(key), value.clone()),
        }
    }
}
