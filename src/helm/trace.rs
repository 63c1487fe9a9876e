//! Where the images in a chart's values and templates come out of it.
//!
//! In: a chart that can be rendered, the places of images in its values, lines of its templates. Out: the
//! images that come out, and for each place and line which of them are made of it.
//! Invariant: nothing is told from the names of keys. A place is marked, the chart is rendered, and where
//! the mark comes out is what the place is for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::coalesce::{Null, lay_under};
use super::render::Rendered;
use super::value::Value;
use crate::extract::{self, Role};
use crate::image::BuiltImage;
use crate::source::Span;

/// What a chart is rendered with.
#[derive(Clone, Debug, Default)]
pub struct Variant {
    /// Values over those of the chart, the later over the earlier.
    pub layers: Vec<Value>,
    /// `key=value` laid over all, as Helm reads it; only a helm can.
    pub sets: Vec<String>,
    /// Texts that take the place of the chart's files, by path below its folder.
    pub texts: BTreeMap<String, String>,
}

/// Renders a chart.
pub type Render<'r> = dyn Fn(&Variant) -> Vec<Rendered> + 'r;

/// A chart that can be rendered.
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    /// What reports call it.
    pub name: &'s Arc<str>,
    /// Renders it.
    pub render: &'s Render<'s>,
    /// The text of a file, by its path below the folder of the chart.
    pub text: &'s dyn Fn(&str) -> Option<String>,
}

/// An image in values.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Number of the layer.
    pub layer: usize,
    /// Way from the root of the layer: `server.image`.
    pub path: String,
    /// What it states: the whole reference of a string, else what its keys come to.
    pub written: String,
    /// Whether the path leads to the whole reference.
    pub whole: bool,
    /// The key of the repository, if it is stated here or below.
    pub repository: Option<String>,
    /// The key of the tag and what it states.
    pub tag: Option<(String, String)>,
    /// The key of the digest.
    pub digest: Option<String>,
}

/// A line of a template that makes an image of what it is given.
#[derive(Clone, Debug)]
pub struct Line {
    /// The template's path below the folder of the chart.
    pub file: String,
    /// The bytes that become the image.
    pub span: Span,
}

/// Where an image comes out: template, number of the document, way from its root.
pub type Position = (String, usize, String);

/// What comes out of a chart.
#[derive(Debug, Default)]
pub struct Trace {
    /// What was rendered.
    pub rendered: Vec<Rendered>,
    /// All images.
    pub images: BTreeMap<Position, BuiltImage>,
    /// For each place where it comes out.
    pub places: Vec<BTreeSet<Position>>,
    /// For each line what comes out of it.
    pub lines: Vec<BTreeSet<Position>>,
}

/// Finds what comes of places and lines.
pub fn trace(subject: Subject<'_>, variant: &Variant, places: &[Place], lines: &[Line]) -> Trace {
    let rendered = (subject.render)(variant);
    let images = images(&rendered, subject.name);
    let mut trace = Trace {
        rendered,
        images,
        places: vec![BTreeSet::new(); places.len()],
        lines: vec![BTreeSet::new(); lines.len()],
    };
    if trace.images.is_empty() {
        return trace;
    }
    if !places.is_empty() {
        let mut marked = variant.copy();
        for (number, place) in places.iter().enumerate() {
            match &place.repository {
                Some(key) => marked.put(place, key, &mark(number)),
                None if place.whole => marked.put(place, "", &format!("{}:1", mark(number))),
                None => false,
            };
        }
        trace.places = found(&images_of(subject, &marked), &trace.images, places.len());
    }
    if !lines.is_empty() {
        let mut marked = variant.copy();
        mark_lines(&mut marked, lines, subject.text);
        trace.lines = found(&images_of(subject, &marked), &trace.images, lines.len());
    }
    trace
}

impl Trace {
    /// The references that come out at positions.
    pub fn references(&self, positions: &BTreeSet<Position>) -> BTreeSet<String> {
        let images = positions.iter().filter_map(|position| self.images.get(position));
        images.map(|image| image.reference.clone()).collect()
    }

    /// Why something is missing: what kept the first template that failed from being rendered.
    pub fn fault(&self) -> Option<String> {
        self.rendered.iter().find_map(|(path, text)| {
            let error = text.as_ref().err()?;
            Some(if path.is_empty() { error.clone() } else { format!("{path}: {error}") })
        })
    }

    /// A line that the digest in the tag of a place gets into, and that is none of these references.
    pub fn elsewhere(&self, place: &Place, references: &BTreeSet<String>) -> Option<String> {
        let (_, tag) = place.tag.as_ref()?;
        // A label may be cut to length: the begin of the hash tells enough.
        let hash = tag.split_once('@')?.1.rsplit(':').next()?;
        let begin = hash.get(..8)?;
        let texts = self.rendered.iter().filter_map(|(_, text)| text.as_ref().ok());
        let mut lines = texts.flat_map(|text| text.lines()).filter(|line| line.contains(begin));
        let other = |line: &&str| !references.iter().any(|reference| line.contains(reference.as_str()));
        lines.find(other).map(|line| line.trim().to_owned())
    }
}

/// The positions at which marks come out where there was an image before.
fn found(
    marked: &BTreeMap<Position, BuiltImage>,
    before: &BTreeMap<Position, BuiltImage>,
    marks: usize,
) -> Vec<BTreeSet<Position>> {
    let mut found = vec![BTreeSet::new(); marks];
    for (position, image) in marked.iter().filter(|(position, _)| before.contains_key(*position)) {
        if let Some(number) = (0..marks).find(|&number| image.reference.contains(&mark(number))) {
            found[number].insert(position.clone());
        }
    }
    found
}

/// A name that no registry has, for a place or a line.
fn mark(number: usize) -> String {
    format!("marked-by-kubepin-{number}-x")
}

/// Puts marks in place of what lines of templates make images of.
fn mark_lines(variant: &mut Variant, lines: &[Line], text: &dyn Fn(&str) -> Option<String>) {
    let mut by_file: BTreeMap<&str, Vec<(Span, String)>> = BTreeMap::new();
    for (number, line) in lines.iter().enumerate() {
        by_file.entry(&line.file).or_default().push((line.span, format!("{}:1", mark(number))));
    }
    for (file, mut marks) in by_file {
        let Some(mut marked) = variant.texts.get(file).cloned().or_else(|| text(file)) else {
            continue;
        };
        marks.sort();
        for (span, mark) in marks.iter().rev() {
            if marked.get(span.start..span.end).is_some() {
                marked.replace_range(span.start..span.end, mark);
            }
        }
        variant.texts.insert(file.to_owned(), marked);
    }
}

fn images_of(subject: Subject<'_>, variant: &Variant) -> BTreeMap<Position, BuiltImage> {
    images(&(subject.render)(variant), subject.name)
}

/// The images of what was rendered.
pub(super) fn images(rendered: &[Rendered], root: &Arc<str>) -> BTreeMap<Position, BuiltImage> {
    let mut images = BTreeMap::new();
    for (template, text) in rendered {
        let uses = text.as_ref().map(|text| extract::extract(text, || Role::Manifest).uses);
        for image in uses.unwrap_or_default().into_iter().filter(|image| !image.shadowed) {
            let built = BuiltImage {
                root: Arc::clone(root),
                kind: image.object.kind.clone().unwrap_or_default(),
                name: image.object.name.clone().unwrap_or_default(),
                path: image.path.clone(),
                use_kind: image.kind,
                reference: image.stated.written,
                machines: image
                    .machines
                    .iter()
                    .map(|machine| machine.clone().stated_at(template.clone()))
                    .collect(),
            };
            images.insert((template.clone(), image.document, image.path), built);
        }
    }
    images
}

impl Variant {
    /// The same, to be changed: mappings are shared else.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { layers: self.layers.iter().map(Value::copy).collect(), ..self.clone() }
    }

    /// All layers as one.
    pub fn values(&self) -> Value {
        let mut layers = self.layers.iter().rev().map(Value::copy).filter(|layer| layer.as_map().is_some());
        let whole = layers.next().unwrap_or_else(Value::empty);
        for under in layers {
            if let (Some(whole), Some(under)) = (whole.as_map(), under.as_map()) {
                lay_under(whole, under, Null::Stays);
            }
        }
        whole
    }

    /// Sets the text of a key of the mapping that a place is, or what its path leads to where there is no
    /// key. Whether there is such a place.
    pub fn put(&mut self, place: &Place, key: &str, text: &str) -> bool {
        let (parent, last) = match key {
            "" => place.path.rsplit_once('.').unwrap_or(("", &place.path)),
            key => (place.path.as_str(), key),
        };
        let parent = self.layers.get(place.layer).and_then(|layer| layer.way(parent));
        let Some(map) = parent.as_ref().and_then(Value::as_map) else {
            return false;
        };
        map.put(last, Value::text(text));
        true
    }
}
