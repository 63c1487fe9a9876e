//! JSON patches: a list of operations on paths.
//!
//! In: a value and operations. Out: the value with all of them done.
//! Invariant: an operation that cannot be done fails the patch, as it fails a build.
//! Source: RFC 6902, RFC 6901, and where they are not followed kustomize 5.5 as measured.

use std::sync::Arc;

use super::value::Value;

/// Does the operations in order.
///
/// # Errors
/// Which operation cannot be done: a phrase.
pub(super) fn apply(value: &Value, operations: &[Value]) -> Result<Value, String> {
    let mut changed = value.clone();
    for operation in operations {
        let (name, path) = (operation.text_at(&["op"]), operation.text_at(&["path"]));
        one(&mut changed, operation, name, path).ok_or_else(|| format!("`{name}` of `{path}` fails"))?;
    }
    Ok(changed)
}

/// Does one operation; `None` where it cannot be done.
fn one(root: &mut Value, operation: &Value, name: &str, path: &str) -> Option<()> {
    let path = steps(path)?;
    let from = || steps(operation.text_at(&["from"]));
    match name {
        "add" => add(root, &path, operation.get("value")?.clone()),
        "replace" => replace(root, &path, operation.get("value")?.clone()),
        "remove" => remove(root, &path).map(drop),
        "move" => {
            let moved = remove(root, &from()?)?;
            add(root, &path, moved)
        }
        "copy" => {
            let copied = find(root, &from()?)?.clone();
            add(root, &path, copied)
        }
        "test" => equal(find(root, &path)?, operation.get("value")?).then_some(()),
        _ => None,
    }
}

/// The steps of a JSON pointer.
fn steps(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let steps = pointer.strip_prefix('/')?.split('/');
    Some(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'v>(root: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(root, |value, step| match value {
        Value::Map(map) => Arc::make_mut(map).get_mut(step.as_str()),
        Value::List(list) => {
            let index: usize = step.parse().ok()?;
            Arc::make_mut(list).get_mut(index)
        }
        Value::Scalar(_) => None,
    })
}

fn add(root: &mut Value, path: &[String], new: Value) -> Option<()> {
    let Some((last, parents)) = path.split_last() else {
        *root = new;
        return Some(());
    };
    match find(root, parents)? {
        Value::Map(map) => {
            Arc::make_mut(map).insert(Arc::from(last.as_str()), new);
        }
        Value::List(elements) => {
            let elements = Arc::make_mut(elements);
            let index = if last == "-" { elements.len() } else { last.parse().ok()? };
            (index <= elements.len()).then(|| elements.insert(index, new))?;
        }
        Value::Scalar(_) => return None,
    }
    Some(())
}

/// Measured: kustomize takes a replacement of a key that is not there for an addition.
fn replace(root: &mut Value, path: &[String], new: Value) -> Option<()> {
    let parent = path.split_last().map(|(_, parents)| parents);
    if parent.and_then(|parents| find(root, parents)).is_some_and(|parent| parent.map().is_some()) {
        return add(root, path, new);
    }
    *find(root, path)? = new;
    Some(())
}

fn remove(root: &mut Value, path: &[String]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    match find(root, parents)? {
        Value::Map(map) => Arc::make_mut(map).remove(last.as_str()),
        Value::List(elements) => {
            let elements = Arc::make_mut(elements);
            let index: usize = last.parse().ok()?;
            (index < elements.len()).then(|| elements.remove(index))
        }
        Value::Scalar(_) => None,
    }
}

/// Whether two values are the same, wherever they are stated.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text && a.null == b.null,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(&**b).all(|((ka, a), (kb, b))| ka == kb && equal(a, b))
        }
        _ => false,
    }
}
