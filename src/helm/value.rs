//! Values of templates.
//!
//! In: what YAML states and templates make. Out: values as Go's templates see them.
//! Invariant: a mapping is shared and changes in place, as in Go, where `set` and `merge` are told to
//! everyone who holds it; its lock is never held while anything else is done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::chart::Texts;

/// What a mapping holds, by key.
pub type Entries = BTreeMap<Arc<str>, Value>;

/// Nesting that is followed: a mapping can be made to hold itself.
pub(super) const DEPTH: usize = 200;

/// A value of a template.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Nil,
    /// A boolean.
    Bool(bool),
    /// A whole number, as literals and functions make them.
    Int(i64),
    /// Any number that YAML states.
    Float(f64),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A mapping.
    Map(Map),
    /// Files of a chart, by path below its folder.
    Files(Arc<Texts>),
    /// The versions of APIs that a cluster serves.
    Versions(Arc<Vec<Value>>),
}

/// A mapping that changes in place.
#[derive(Clone, Debug, Default)]
pub struct Map(Arc<Mutex<Arc<Entries>>>);

impl Map {
    /// A new mapping.
    pub fn new(entries: Entries) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(entries))))
    }

    /// What it holds now.
    pub fn read(&self) -> Arc<Entries> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.read().get(key).cloned()
    }

    /// Sets the value of a key.
    pub fn put(&self, key: impl Into<Arc<str>>, value: Value) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = Arc::make_mut(&mut entries).insert(key.into(), value);
        drop(entries);
        drop(old);
    }

    /// Takes a key out.
    pub fn remove(&self, key: &str) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = Arc::make_mut(&mut entries).remove(key);
        drop(entries);
        drop(old);
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list.
    pub fn list(list: Vec<Self>) -> Self {
        Self::List(Arc::new(list))
    }

    /// A mapping of keys that are known.
    pub fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(Map::new(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect()))
    }

    /// An empty mapping.
    pub fn empty() -> Self {
        Self::Map(Map::default())
    }

    /// The value as JSON.
    ///
    /// # Errors
    /// That it is too large.
    pub fn to_json(&self) -> Result<String, String> {
        super::emit::json(self, None, false)
    }

    /// The mapping.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; nothing for other values.
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::List(list) | Self::Versions(list) => list,
            _ => &[],
        }
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |value, key| value.as_map()?.get(key))
    }

    /// The value that a way leads to: `spec.sources[1].helm`. An empty way leads here.
    pub fn way(&self, way: &str) -> Option<Self> {
        let steps = way.split(['.', '[']).map(|step| step.trim_end_matches(']'));
        steps.filter(|step| !step.is_empty()).try_fold(self.clone(), |value, step| match &value {
            Self::List(elements) => elements.get(step.parse::<usize>().ok()?).cloned(),
            _ => value.as_map()?.get(step),
        })
    }

    /// Whether a condition holds: not empty, not zero, not false.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(bool) => *bool,
            Self::Int(int) => *int != 0,
            Self::Float(float) => *float != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.read().is_empty(),
            Self::Files(files) => !files.is_empty(),
            Self::Versions(versions) => !versions.is_empty(),
        }
    }

    /// The word for its kind in Go.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) | Self::Versions(_) => "slice",
            Self::Map(_) | Self::Files(_) => "map",
        }
    }

    /// A copy that shares no mapping with this value, as deep as values are followed.
    #[must_use]
    pub fn copy(&self) -> Self {
        self.copy_within(&mut 1_000_000, DEPTH)
    }

    fn copy_within(&self, nodes: &mut usize, depth: usize) -> Self {
        if *nodes == 0 || depth == 0 {
            return Self::Nil;
        }
        *nodes -= 1;
        match self {
            Self::List(list) => {
                Self::list(list.iter().map(|value| value.copy_within(nodes, depth - 1)).collect())
            }
            Self::Map(map) => {
                let entries = map.read();
                let copies = entries.iter().map(|(key, value)| {
                    let copy = value.copy_within(nodes, depth - 1);
                    (Arc::clone(key), copy)
                });
                Self::Map(Map::new(copies.collect()))
            }
            other => other.clone(),
        }
    }

    /// Whether two values are the same, as `deepEqual` has it.
    pub(super) fn same(&self, other: &Self, depth: usize) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b).is_eq(),
            (Self::Text(a), Self::Text(b)) => a == b,
            _ if depth == 0 => false,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b, depth - 1))
            }
            (Self::Map(a), Self::Map(b)) => {
                let (a, b) = (a.read(), b.read());
                let mut pairs = a.iter().zip(b.iter());
                a.len() == b.len() && pairs.all(|(a, b)| a.0 == b.0 && a.1.same(b.1, depth - 1))
            }
            _ => false,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.same(other, DEPTH)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
