//! What a chart makes of the images in its values, and in which form a digest gets through.
//!
//! In: a chart, a values file of it, the places of images in that file. Out: for each place the
//! references that come out of the chart, and how a digest has to be written there.
//! Invariant: nothing is told from the names of keys. A place is marked, the chart is rendered, and where
//! the mark comes out is what the place is for; a form is right when the rendered images get the digest,
//! each with its own name and tag, and not a line comes out otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::chart::Chart;
use super::render::{Rendered, render};
use super::value::Value;
use crate::extract::{self, Role};
use crate::image::Form;
use crate::reference::Reference;

/// The digest that forms are tried with: no image has it.
const HEX: &str = "5f1d7a84db00d2fce00b31a7fc73224b4b6f1d4d6a3d1a3f5bd6c0e5a1c4b7d9";

/// An image in a values file.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Way from the root of the file: `server.image`.
    pub path: String,
    /// What it states: the whole reference of a string, else what its keys come to.
    pub written: String,
    /// The key of the repository; `None` where the path leads to the whole reference.
    pub repository: Option<String>,
    /// The key of the tag and what it states.
    pub tag: Option<(String, String)>,
    /// The key of the digest.
    pub digest: Option<String>,
}

/// What comes of a place.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The references that come out; none where that is not known.
    pub references: BTreeSet<String>,
    /// A line that a digest in the tag gets into, and that is none of these references.
    pub elsewhere: Option<String>,
    /// How a digest gets through, or why in no way.
    pub form: Result<Form, String>,
}

/// Where an image comes out: template, number of the document, way from its root.
type Position = (String, usize, String);

/// Images that come out of a chart.
type Images = BTreeMap<Position, String>;

/// What comes of the places of a values file. `forms` tells whether forms are tried, which takes a
/// rendering for each.
///
/// # Errors
/// Why the chart cannot be rendered: a phrase.
pub fn trace(chart: &Chart, values: &Value, places: &[Place], forms: bool) -> Result<Vec<Traced>, String> {
    let before = render(chart, values);
    let fault = |(path, text): &Rendered| Some(format!("{path}: {}", text.as_ref().err()?));
    let images = images(&before);
    if images.is_empty() {
        return Err(before.iter().find_map(fault).unwrap_or_else(|| "it makes no images".to_owned()));
    }
    let positions = positions(chart, values, places, &images);
    let trial = Trial { chart, values, before: &before, images: &images };
    let traced = places.iter().zip(&positions).map(|(place, positions)| {
        let references = positions.iter().filter_map(|position| images.get(position).cloned()).collect();
        let elsewhere = elsewhere(place, &references, &before);
        let form = if forms { trial.form(place, positions) } else { Err(String::new()) };
        Traced { references, elsewhere, form }
    });
    Ok(traced.collect())
}

/// A line that the digest in a tag gets into beside the references.
fn elsewhere(place: &Place, references: &BTreeSet<String>, rendered: &[Rendered]) -> Option<String> {
    let (_, tag) = place.tag.as_ref()?;
    // A label may be cut to length: the begin of the hash tells enough.
    let hash = tag.split_once('@')?.1.rsplit(':').next()?;
    let begin = hash.get(..8)?;
    let texts = rendered.iter().filter_map(|(_, text)| text.as_ref().ok());
    let mut lines = texts.flat_map(|text| text.lines()).filter(|line| line.contains(begin));
    let other = |line: &&str| !references.iter().any(|reference| line.contains(reference.as_str()));
    lines.find(other).map(|line| line.trim().to_owned())
}

/// Where each place comes out.
fn positions(chart: &Chart, values: &Value, places: &[Place], before: &Images) -> Vec<BTreeSet<Position>> {
    let marked = values.copy();
    for (number, place) in places.iter().enumerate() {
        match &place.repository {
            Some(key) => put(&marked, &place.path, key, &mark(number)),
            None => put(&marked, &place.path, "", &format!("{}:1", mark(number))),
        };
    }
    let after = images(&render(chart, &marked));
    let mut found = vec![BTreeSet::new(); places.len()];
    for (position, reference) in after.into_iter().filter(|(position, _)| before.contains_key(position)) {
        if let Some(number) = (0..places.len()).find(|&number| reference.contains(&mark(number))) {
            found[number].insert(position);
        }
    }
    found
}

/// A name that no registry has, for a place.
fn mark(number: usize) -> String {
    format!("marked-by-kubepin-{number}-x")
}

/// The images of what was rendered.
fn images(rendered: &[Rendered]) -> Images {
    let mut images = Images::new();
    for (path, text) in rendered {
        let uses = text.as_ref().map(|text| extract::extract(text, || Role::Manifest).uses);
        for image in uses.unwrap_or_default() {
            images.insert((path.clone(), image.document, image.path), image.stated.written);
        }
    }
    images
}

/// A chart whose rendering is known, to try forms with.
struct Trial<'t> {
    chart: &'t Chart,
    values: &'t Value,
    before: &'t [Rendered],
    images: &'t Images,
}

impl Trial<'_> {
    /// The first form that gets a digest through.
    fn form(&self, place: &Place, positions: &BTreeSet<Position>) -> Result<Form, String> {
        if positions.is_empty() {
            return Err("rendered with these values, the chart makes no image of it".to_owned());
        }
        let mut why = "it states no tag that a digest could follow".to_owned();
        for (form, key, text) in self.candidates(place) {
            let values = self.values.copy();
            put(&values, &place.path, &key, &text);
            match self.difference(&render(self.chart, &values), positions) {
                Ok(()) => return Ok(form),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    /// Forms to try: a key that is there, one that the templates read, the tag.
    fn candidates(&self, place: &Place) -> Vec<(Form, String, String)> {
        let prefixed = format!("sha256:{HEX}");
        if place.repository.is_none() {
            return vec![(Form::Whole, String::new(), format!("{}@{prefixed}", place.written))];
        }
        let both = |form: &dyn Fn(bool) -> Form, key: &str| {
            [(form(false), key.to_owned(), prefixed.clone()), (form(true), key.to_owned(), HEX.to_owned())]
        };
        let mut candidates = Vec::new();
        if let Some(key) = &place.digest {
            candidates.extend(both(&|bare| Form::DigestKey { bare }, key));
        } else {
            for key in ["digest", "sha"].into_iter().filter(|key| self.reads(key)) {
                candidates.extend(both(&|bare| Form::NewKey { key: key.to_owned(), bare }, key));
            }
        }
        if let Some((key, tag)) = place.tag.as_ref().filter(|(_, tag)| !tag.is_empty()) {
            candidates.push((Form::Tag, key.clone(), format!("{tag}@{prefixed}")));
        }
        candidates
    }

    /// Whether a template reads a key of this name.
    fn reads(&self, key: &str) -> bool {
        let reads = |chart: &Chart| {
            let field = format!(".{key}");
            chart.templates.iter().any(|(_, text)| text.contains(&field))
        };
        reads(self.chart) || self.chart.subcharts.iter().any(reads)
    }

    /// Whether what comes out differs in nothing but the digest behind the images at these positions.
    fn difference(&self, after: &[Rendered], positions: &BTreeSet<Position>) -> Result<(), String> {
        for ((path, old), (_, new)) in self.before.iter().zip(after) {
            if let (Ok(_), Err(error)) = (old, new) {
                return Err(format!("with a digest {path} fails: {}", error.replace(HEX, "…")));
            }
        }
        let images = images(after);
        let mut renamed = BTreeMap::new();
        for position in positions {
            let old = self.images.get(position).ok_or("other images come out")?;
            let new = images.get(position).ok_or("rendered with a digest, an image is missing")?;
            if !is_pinned(old, new) {
                return Err(format!("with a digest it comes out as `{}`", new.replace(HEX, "…")));
            }
            renamed.insert(new.as_str(), old.as_str());
        }
        for ((path, old), (_, new)) in self.before.iter().zip(after) {
            if let (Ok(old), Ok(new)) = (old, new) {
                same_lines(path, old, new, &renamed)?;
            }
        }
        Ok(())
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

/// Holds that two texts differ in nothing but images.
fn same_lines(path: &str, old: &str, new: &str, renamed: &BTreeMap<&str, &str>) -> Result<(), String> {
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

/// Sets the text of a key of the mapping at a path, or what the path leads to where there is no key.
/// Whether there is such a place.
fn put(values: &Value, path: &str, key: &str, text: &str) -> bool {
    let mut way: Vec<&str> = path.split(['.', '[']).map(|step| step.trim_end_matches(']')).collect();
    if !key.is_empty() {
        way.push(key);
    }
    let Some((last, parents)) = way.split_last() else {
        return false;
    };
    let parent = parents.iter().try_fold(values.clone(), |value, step| match &value {
        Value::List(elements) => elements.get(step.parse::<usize>().ok()?).cloned(),
        _ => value.as_map()?.get(step),
    });
    let Some(map) = parent.as_ref().and_then(Value::as_map) else {
        return false;
    };
    map.put(*last, Value::text(text));
    true
}
