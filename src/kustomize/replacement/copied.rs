//! What a replacement copies, and what becomes of the field it comes to.
//!
//! In: a value of an object, the options of a replacement. Out: fields with the value, or with parts of it.
//! Invariant: a scalar that is written whole is stated where its source is, with all that happened to it.
//! One that is put together from several places keeps its own, and says so. Nothing grows without end.
//! Source: kustomize `api/filters/replacement/replacement.go`.

use std::sync::Arc;

use super::super::entry::split;
use super::super::uses::uses;
use super::super::value::{Caution, Mixed, Scalar, Value};
use super::path;

const COPIED: &str = "a replacement copies it from here, and what else uses it is not known";

const PARTED: &str =
    "a replacement writes a part of it into another field, which would get a part of the digest";

/// Values that one replacement may copy, and how deep they may be. Each may copy what the last one made.
const NODES: usize = 10_000;
const DEPTH: usize = 100;

/// Bytes of a text that is put together.
const TEXT: usize = 1 << 16;

/// A digest as far as it matters where a text is cut.
const DIGEST: &str = "@sha256:0";

/// How a field is read or written.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// What cuts a text into parts; empty where it is not cut.
    delimiter: String,
    /// The part that is meant; beyond both ends is another one in a target.
    index: i64,
    /// Whether a field of a target that is missing is made.
    pub(super) create: bool,
}

/// What a replacement copies.
#[derive(Debug)]
pub(super) struct Copied(pub(super) Value);

impl Options {
    /// Reads `options`.
    pub(super) fn read(value: Option<&Value>) -> Self {
        let text = |key: &str| value.map(|value| value.text_at(&[key])).unwrap_or_default();
        Self {
            delimiter: text("delimiter").to_owned(),
            index: text("index").parse().unwrap_or_default(),
            create: text("create") == "true",
        }
    }

    fn cuts(&self) -> bool {
        !self.delimiter.is_empty()
    }

    /// The part of a text that is meant.
    fn part<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.split(&self.delimiter).nth(usize::try_from(self.index).ok()?)
    }

    /// A text with the part that is meant replaced, and whether nothing of it is left.
    fn join(&self, text: &str, new: &str) -> (String, bool) {
        if !self.cuts() {
            return (new.to_owned(), true);
        }
        let mut parts: Vec<&str> = text.split(&self.delimiter).collect();
        match usize::try_from(self.index).map(|at| parts.get_mut(at)) {
            Ok(Some(part)) => *part = new,
            Ok(None) => parts.push(new),
            Err(_) => parts.insert(0, new),
        }
        (parts.join(&self.delimiter), parts.len() == 1)
    }
}

impl Copied {
    /// Takes a value from an object.
    ///
    /// # Errors
    /// Why it cannot be taken: a phrase behind the name of the path.
    pub(super) fn take(object: &mut Value, path: &str, options: &Options) -> Result<Self, String> {
        let images: Vec<Arc<Scalar>> = uses(object).into_iter().map(|image| image.scalar).collect();
        let found = path::find(object, path).filter(|found| !is_nothing(found));
        let found = found.ok_or_else(|| "is missing".to_owned())?;
        if !fits(found, DEPTH, &mut NODES.clone()) {
            return Err("is too large to be copied".to_owned());
        }
        if !options.cuts() {
            return Ok(Self(marked(found, &images)));
        }
        let Value::Scalar(scalar) = found else {
            return Err("is no text that a delimiter cuts".to_owned());
        };
        let text = &scalar.text;
        let part = options.part(text).ok_or_else(|| format!("has no part {}", options.index))?.to_owned();
        let pinned = [format!("{text}{DIGEST}"), format!("{}{DIGEST}", split(text).0)];
        if part == *text && pinned.iter().all(|pinned| options.part(pinned) == Some(pinned)) {
            return Ok(Self(marked(found, &images)));
        }
        let changes = pinned.iter().any(|pinned| options.part(pinned) != Some(&part));
        let copied = scalar.mixed_with(part, None);
        if changes {
            let steps = scalar.steps().filter(|step| step.entry.origin.is_some()).count();
            Arc::make_mut(scalar).caution = Some(Caution { reason: PARTED, steps });
        }
        Ok(Self(Value::Scalar(Arc::new(copied))))
    }

    /// Writes it into a field.
    ///
    /// # Errors
    /// Why it cannot be written: a phrase behind the name of the field.
    pub(super) fn write(&self, field: &mut Value, options: &Options) -> Result<(), String> {
        let Value::Scalar(old) = field else {
            if options.cuts() {
                return Err("is no text that a delimiter cuts".to_owned());
            }
            *field = self.0.clone();
            return Ok(());
        };
        if old.null {
            return Err("is null, and a build takes no other value there".to_owned());
        }
        let new = self.0.scalar();
        // Measured: a list or a mapping comes to a scalar as nothing.
        let (text, whole) = options.join(&old.text, new.map_or("", |new| &new.text));
        if options.cuts() && text.len() > TEXT {
            return Err("would be too long".to_owned());
        }
        let whole = whole && new.is_some_and(|new| new.origin.is_some() && new.mixed.is_none());
        *field = if whole { self.0.clone() } else { Value::Scalar(Arc::new(old.mixed_with(text, new))) };
        Ok(())
    }
}

impl Scalar {
    /// A scalar in place of this one that another has a part in.
    fn mixed_with(&self, text: String, other: Option<&Self>) -> Self {
        let others = self.places().chain(other.into_iter().flat_map(Self::places)).cloned().collect();
        let origin = self.origin.clone().or_else(|| other?.origin.clone());
        let stated = if self.origin.is_some() { self } else { other.unwrap_or(self) }.stated().to_owned();
        Self { text, origin, mixed: Some(Arc::new(Mixed { stated, others })), ..Self::default() }
    }
}

/// A value with a mark on every scalar that is no image where it is copied from.
fn marked(value: &Value, images: &[Arc<Scalar>]) -> Value {
    match value {
        Value::Scalar(scalar) if images.iter().any(|image| Arc::ptr_eq(image, scalar)) => value.clone(),
        Value::Scalar(scalar) => {
            let caution = scalar.caution.or(Some(Caution { reason: COPIED, steps: 0 }));
            Value::Scalar(Arc::new(Scalar { caution, ..(**scalar).clone() }))
        }
        Value::List(list) => {
            Value::List(Arc::new(list.iter().map(|element| marked(element, images)).collect()))
        }
        Value::Map(map) => {
            let marked = map.iter().map(|(key, value)| (Arc::clone(key), marked(value, images)));
            Value::Map(Arc::new(marked.collect()))
        }
    }
}

/// Whether a value is no deeper and no larger than it may be.
fn fits(value: &Value, depth: usize, left: &mut usize) -> bool {
    if depth == 0 || *left == 0 {
        return false;
    }
    *left -= 1;
    let elements = value.elements().iter().chain(value.entries().map(|(_, value)| value));
    elements.into_iter().all(|value| fits(value, depth - 1, left))
}

/// Whether there is nothing to copy.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Scalar(scalar) => scalar.null,
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
    }
}
