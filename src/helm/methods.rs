//! Fields of values, and the methods of the few that have some.
//!
//! In: a value and a chain of names. Out: what is there.
//! Invariant: a missing key is nothing, and so are the fields of what is nothing from the start; a field
//! of a missing key is an error, as in Go.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gotmpl::parse::SmolStr;

use super::chart::Texts;
use super::emit;
use super::functions::{Answer, text};
use super::numbers::count;
use super::value::Value;

/// What a chain of names leads to; the last one may be a method with arguments.
pub(super) fn walk(from: Value, fields: &[SmolStr], args: &[Value]) -> Answer {
    if matches!(from, Value::Nil) && args.is_empty() {
        // Only what is reached through a chain is known to Go as a pointer to nothing.
        return Ok(Value::Nil);
    }
    let mut value = from;
    for (at, field) in fields.iter().enumerate() {
        let args = if at + 1 == fields.len() { args } else { &[] };
        value = match &value {
            Value::Files(files) => of_files(files, field, args)?,
            Value::Versions(versions) if field == "Has" => {
                let wanted = text(args, 0)?;
                Value::Bool(versions.iter().any(|version| version.as_text() == Some(wanted)))
            }
            Value::Map(map) if args.is_empty() => map.get(field).unwrap_or_default(),
            Value::Map(_) => return Err(format!("{field} has arguments but is no method")),
            Value::Nil => return Err(format!("nil pointer evaluating interface {{}}.{field}")),
            other => return Err(format!("can't evaluate field {field} in type {}", other.kind())),
        };
    }
    if fields.is_empty() && !args.is_empty() {
        return Err("can't give argument to non-function".to_owned());
    }
    Ok(value)
}

/// The methods of `.Files`.
fn of_files(files: &Texts, name: &str, args: &[Value]) -> Answer {
    Ok(match name {
        "Get" | "GetBytes" => files.get(text(args, 0)?).map_or_else(|| "".into(), of_file),
        "Glob" => {
            let pattern = glob(text(args, 0)?)?;
            let found = files.iter().filter(|(path, _)| pattern.is_match(path));
            Value::Files(Arc::new(found.map(|(path, text)| (path.clone(), Arc::clone(text))).collect()))
        }
        "Lines" => {
            let file = files.get(text(args, 0)?).map_or("", |text| &**text);
            Value::list(file.strip_suffix('\n').unwrap_or(file).split('\n').map(Value::from).collect())
        }
        "AsConfig" | "AsSecrets" => {
            let content = |text: &Arc<str>| match name {
                "AsConfig" => of_file(text),
                _ => BASE64_STANDARD.encode(&**text).into(),
            };
            let base = |path: &String| Arc::from(path.rsplit('/').next().unwrap_or(path));
            let entries = files.iter().map(|(path, text)| (base(path), content(text)));
            let map = Value::Map(super::value::Map::new(entries.collect()));
            if files.is_empty() { "".into() } else { emit::yaml(&map)?.into() }
        }
        "Size" => count(files.len()),
        path => files.get(path).map_or(Value::Nil, of_file),
    })
}

fn of_file(text: &Arc<str>) -> Value {
    Value::Text(Arc::clone(text))
}

/// A glob where `*` stays inside of a folder and `**` does not.
fn glob(pattern: &str) -> Result<regex::Regex, String> {
    let mut regex = String::from("^");
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                regex.push_str(".*");
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '{' => regex.push_str("(?:"),
            '}' => regex.push(')'),
            ',' => regex.push('|'),
            '[' | ']' => regex.push(c),
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex::Regex::new(&(regex + "$")).map_err(|_| format!("{pattern}: is no pattern"))
}
