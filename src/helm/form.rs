//! In which form a digest gets through the templates of a chart.
//!
//! In: a chart that was traced, and a place in its values. Out: how a digest has to be written there, or
//! why in no way.
//! Invariant: a form is right when the rendered images get the digest, each with its own name and tag,
//! and not a line comes out otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::render::Rendered;
use super::trace::{Place, Position, Render, Trace, Variant, images};
use crate::image::Form;
use crate::reference::Reference;

/// The digest that forms are tried with: no image has it.
const HEX: &str = "5f1d7a84db00d2fce00b31a7fc73224b4b6f1d4d6a3d1a3f5bd6c0e5a1c4b7d9";

/// A chart whose rendering is known, to try forms with.
pub struct Trial<'t> {
    /// Renders it.
    pub render: &'t Render<'t>,
    /// What it was rendered with.
    pub variant: &'t Variant,
    /// What came out.
    pub trace: &'t Trace,
    /// Whether a template reads a key of this name.
    pub reads: &'t dyn Fn(&str) -> bool,
}

impl Trial<'_> {
    /// The first form that gets a digest through at a place of which the images at these positions are made.
    ///
    /// # Errors
    /// Why none does: a phrase.
    pub fn form(&self, place: &Place, positions: &BTreeSet<Position>) -> Result<Form, String> {
        if positions.is_empty() {
            return Err("rendered with these values, the chart makes no image of it".to_owned());
        }
        let mut why = "it states no tag that a digest could follow".to_owned();
        for (form, key, text) in self.candidates(place) {
            let mut variant = self.variant.copy();
            variant.put(place, &key, &text);
            match self.difference(&(self.render)(&variant), positions) {
                Ok(()) => return Ok(form),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    /// Forms to try: a key that is there, one that the templates read, the tag.
    fn candidates(&self, place: &Place) -> Vec<(Form, String, String)> {
        let prefixed = format!("sha256:{HEX}");
        if place.whole {
            return vec![(Form::Whole, String::new(), format!("{}@{prefixed}", place.written))];
        }
        let both = |form: &dyn Fn(bool) -> Form, key: &str| {
            [(form(false), key.to_owned(), prefixed.clone()), (form(true), key.to_owned(), HEX.to_owned())]
        };
        let mut candidates = Vec::new();
        if let Some(key) = &place.digest {
            candidates.extend(both(&|bare| Form::DigestKey { bare }, key));
        } else {
            for key in ["digest", "sha"].into_iter().filter(|key| (self.reads)(key)) {
                candidates.extend(both(&|bare| Form::NewKey { key: key.to_owned(), bare }, key));
            }
        }
        if let Some((key, tag)) = place.tag.as_ref().filter(|(_, tag)| !tag.is_empty()) {
            candidates.push((Form::Tag, key.clone(), format!("{tag}@{prefixed}")));
        }
        candidates
    }

    /// Whether what comes out differs in nothing but the digest behind the images at these positions.
    fn difference(&self, after: &[Rendered], positions: &BTreeSet<Position>) -> Result<(), String> {
        let right = |position: &Position, old: &str, new: &str| {
            if positions.contains(position) { is_pinned(old, new) } else { old == new }
        };
        difference(self.trace, after, &right).map_err(|why| why.replace(HEX, "…"))
    }
}

/// Whether an image is another one with the digest: its tag stays or goes.
fn is_pinned(old: &str, new: &str) -> bool {
    let (Ok(old), Ok(new)) = (Reference::parse(old), Reference::parse(new)) else {
        return false;
    };
    let digest = new.digest().is_some_and(|digest| digest.to_string().ends_with(HEX));
    digest && old.name() == new.name() && new.tag().is_none_or(|tag| Some(tag) == old.tag())
}

/// Holds that what comes out after a change differs in images alone, each of which is `right`: position,
/// old reference, new reference.
///
/// # Errors
/// What else differs: a phrase.
pub fn difference(
    before: &Trace,
    after: &[Rendered],
    right: &dyn Fn(&Position, &str, &str) -> bool,
) -> Result<(), String> {
    for ((path, old), (_, new)) in before.rendered.iter().zip(after) {
        if let (Ok(_), Err(error)) = (old, new) {
            return Err(format!("with a digest {path} fails: {error}"));
        }
    }
    let images = images(after, &Arc::from(""));
    let mut renamed = BTreeMap::new();
    for (position, old) in &before.images {
        let new = images.get(position).ok_or("rendered with a digest, an image is missing")?;
        let (old, new) = (old.reference.as_str(), new.reference.as_str());
        if !right(position, old, new) {
            return Err(format!("with a digest it comes out as `{new}`"));
        }
        if old != new {
            renamed.insert(new.to_owned(), old);
        }
    }
    if images.len() != before.images.len() || before.rendered.len() != after.len() {
        return Err("rendered with a digest, other images come out".to_owned());
    }
    for ((path, old), (_, new)) in before.rendered.iter().zip(after) {
        if let (Ok(old), Ok(new)) = (old, new) {
            same_lines(path, old, new, &renamed)?;
        }
    }
    Ok(())
}

/// Holds that two texts differ in nothing but images.
fn same_lines(path: &str, old: &str, new: &str, renamed: &BTreeMap<String, &str>) -> Result<(), String> {
    if old.lines().count() != new.lines().count() {
        return Err(format!("with a digest other lines come out of {path}"));
    }
    for (old, new) in old.lines().zip(new.lines()).filter(|(old, new)| old != new) {
        let back = renamed.iter().fold(new.to_owned(), |line, (new, old)| line.replace(new, old));
        if back != old {
            return Err(format!("the digest gets into another line, too: `{}`", old.trim()));
        }
    }
    Ok(())
}
