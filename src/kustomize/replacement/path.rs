//! Paths to the fields that a replacement reads and writes.
//!
//! In: a value, a path as a replacement states it. Out: the value at its end, or a call for each one there.
//! Invariant: as kustomize 5.5 follows them. A source's path names one value exactly. What names an element
//! in a target's path is a regular expression, and matches anywhere in the text.
//! Source: kustomize `kyaml/utils/pathsplitter.go`, `kyaml/yaml/fns.go`, `kyaml/yaml/match.go`; measured.

use std::sync::Arc;

use regex::Regex;

use super::super::value::Value;

/// Steps that the path of a target may have.
const STEPS: usize = 100;

/// A step of a path.
enum Step<'p> {
    /// `image`
    Field(&'p str),
    /// `0`
    Index(usize),
    /// `[name=web]`; without a key, `[=web]`.
    Element(&'p str, &'p str),
    /// `*`
    Every,
}

/// What is to be done with a field; the reason why it cannot be.
pub(super) type Write<'w> = &'w mut dyn FnMut(&mut Value) -> Result<(), String>;

/// The steps of a path: between dots that no `\` escapes and no brackets enclose.
pub(super) fn steps(path: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for piece in path.strip_prefix('.').unwrap_or(path).split('.') {
        match pieces.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => last.replace_range(last.len() - 1.., &format!(".{piece}")),
            None => pieces.push(piece.to_owned()),
        }
    }
    let mut steps = Vec::new();
    let mut pieces = pieces.into_iter();
    while let Some(mut step) = pieces.next() {
        let enclosed = step.starts_with('[') && !step.ends_with(']');
        while enclosed && !step.ends_with(']') {
            let Some(piece) = pieces.next() else {
                break;
            };
            step = format!("{step}.{piece}");
        }
        let is_key = enclosed && !step.contains('=');
        steps.push(if is_key { step.trim_matches(['[', ']']).to_owned() } else { step });
    }
    steps
}

/// The value at the end of a source's path.
pub(super) fn find<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let steps = steps(path);
    let steps = steps.iter().map(|step| step.trim()).filter(|step| !step.is_empty());
    steps.map(Step::of).try_fold(value, |value, step| match (value, step?) {
        (Value::Map(map), Step::Field(key)) => Arc::make_mut(map).get_mut(key),
        (Value::List(list), Step::Field("-")) => Arc::make_mut(list).last_mut(),
        (Value::List(list), Step::Index(at)) => Arc::make_mut(list).get_mut(at),
        (Value::List(list), Step::Element(key, text)) => {
            Arc::make_mut(list).iter_mut().find(|element| named(element, key) == Some(text))
        }
        _ => None,
    })
}

/// Does something with every value at the end of a target's path. How many there are. Where `create` says
/// what comes to its end, the path is made.
///
/// # Errors
/// Why the path cannot be followed: a phrase behind its name.
pub(super) fn visit(
    value: &mut Value,
    steps: &[String],
    create: Option<&Value>,
    write: Write<'_>,
) -> Result<usize, String> {
    let Some((first, rest)) = steps.split_first().filter(|_| steps.len() <= STEPS) else {
        return if steps.is_empty() { write(value).map(|()| 1) } else { Err("is too long".to_owned()) };
    };
    if value.is_null() {
        // Measured: what is made below of it is lost.
        return Ok(usize::from(create.is_some()));
    }
    let step = Step::of(first).ok_or_else(|| format!("names nothing in `{first}`"))?;
    match (value, step) {
        (Value::Map(map), Step::Field(key)) => {
            let map = Arc::make_mut(map);
            if let (false, Some(end)) = (map.contains_key(key), create) {
                map.insert(Arc::from(key), fresh(rest, end));
            }
            map.get_mut(key).map_or(Ok(0), |value| visit(value, rest, create, write))
        }
        (Value::List(list), Step::Index(at)) => {
            let list = Arc::make_mut(list);
            if let (true, Some(end)) = (at == list.len(), create) {
                list.push(fresh(rest, end));
            }
            let element = list.get_mut(at).ok_or_else(|| format!("has no element {at}"))?;
            visit(element, rest, create, write)
        }
        (Value::List(list), Step::Every) => Arc::make_mut(list)
            .iter_mut()
            .try_fold(0, |found, value| Ok(found + visit(value, rest, create, write)?)),
        (Value::List(list), Step::Element(key, pattern)) => {
            let regex = Regex::new(pattern);
            let regex = regex.map_err(|_| format!("has `{pattern}`, which is no regular expression"))?;
            // Measured: behind an element that is a text itself the rest of a path says nothing.
            let rest = if key.is_empty() { &[] } else { rest };
            let list = Arc::make_mut(list);
            let mut found = 0;
            for element in list.iter_mut() {
                if named(element, key).is_some_and(|text| regex.is_match(text.trim())) {
                    found += visit(element, rest, create, write)?;
                }
            }
            if found > 0 || create.is_none() {
                return Ok(found);
            }
            if !regex.is_match(pattern) {
                // Measured: a build looks for what it made for ever.
                return Err(format!("is missing, and `{pattern}` does not fit itself"));
            }
            let mut element = element(key, pattern);
            found = visit(&mut element, rest, create, write)?;
            list.push(element);
            Ok(found)
        }
        _ => Err("leads through another kind of value".to_owned()),
    }
}

impl<'p> Step<'p> {
    /// Reads a step; `None` where it has brackets with nothing to look for.
    fn of(text: &'p str) -> Option<Self> {
        if let Ok(index) = text.parse() {
            return Some(Self::Index(index));
        }
        match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(inner) => inner.split_once('=').map(|(key, text)| Self::Element(key, text)),
            None if text == "*" => Some(Self::Every),
            None => Some(Self::Field(text)),
        }
    }
}

/// The text that names an element of a list: at a key of it, or its own.
fn named<'v>(element: &'v Value, key: &str) -> Option<&'v str> {
    let named = if key.is_empty() { Some(element) } else { element.get(key) };
    named.and_then(Value::scalar).map(|scalar| scalar.text.as_str())
}

/// An element with a name.
fn element(key: &str, name: &str) -> Value {
    let mut element = Value::empty();
    let keys: &[&str] = if key.is_empty() { &[] } else { &[key] };
    element.put(keys, Value::made(name));
    element
}

/// What is made for a field that is missing, by what is behind it on the path.
fn fresh(rest: &[String], end: &Value) -> Value {
    match rest.first().map(|step| Step::of(step)) {
        None => end.scalar().map_or_else(Value::empty, |_| Value::made("")),
        Some(Some(Step::Index(_) | Step::Element(..)) | None) => Value::List(Arc::default()),
        Some(_) => Value::empty(),
    }
}
