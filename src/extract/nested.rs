//! Values of a chart that an object holds as text, or as parameters one by one.
//!
//! In: the scalar with the text, or the list of parameters. Out: image uses with the collector.
//! Invariant: only the lines of a literal block are the lines of the text, so only there an edit is known
//! to change the text by its own bytes; elsewhere images are found and held.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collect::Collector;
use super::reading::Reading;
use super::{Role, values};
use crate::image::{ImageUse, Part, PartKind, State, Stated, UseKind};
use crate::source::{Lines, Span};
use crate::yaml::{self, Kind, NodeId, Piece, Scalar, Style};

const NOT_ITS_BYTES: &str =
    "it is in a text that is quoted or folded, whose bytes are not those of the values";

/// Collects the images of values that a scalar holds as text.
pub(super) fn text(collector: &mut Collector<'_, '_>, value: NodeId) {
    let document = collector.document();
    let id = document.resolve(value);
    let (node, way) = (document.node(id), collector.path_in_object(value));
    let (Kind::Scalar(style), Some(scalar)) = (node.kind, Scalar::of(document, id)) else {
        return;
    };
    if collector.reading.masked.is_some() {
        return;
    }
    let raw = collector.reading.raw;
    let below = |image: &ImageUse| format!("{way}.{}", image.path);
    if style == Style::Literal {
        // From the begin of the first line on all of them are indented alike.
        let start = raw[..node.span.start].rfind('\n').map_or(0, |at| at + 1);
        let found = images(collector, raw, Span::new(start, node.span.end), collector.lines);
        let found = found.into_iter().map(|image| ImageUse { path: below(&image), ..inside(image) });
        return collector.beside.extend(found.collect::<Vec<_>>());
    }
    let span = collector.place_of(value, &scalar);
    let lines = Lines::new(&node.value);
    for image in images(collector, &node.value, Span::new(0, node.value.len()), &lines) {
        let (path, hold) = (below(&image), Some(NOT_ITS_BYTES.to_owned()));
        let outer = collector.plain(image.kind, image.stated, scalar, span);
        collector.beside.push(ImageUse { path, hold, ..outer });
    }
}

/// The images of values in a part of a text.
fn images(collector: &Collector<'_, '_>, raw: &str, span: Span, lines: &Lines<'_>) -> Vec<ImageUse> {
    let documents = yaml::parse(span.slice(raw), span.start).unwrap_or_default();
    let piece = Piece { span, document: collector.reading.piece.document };
    let reading = Reading { documents: Vec::new(), piece, raw, masked: None };
    let Some(document) = documents.first() else {
        return Vec::new();
    };
    let mut inner = Collector::new(document, &reading, Role::ChartValues, lines);
    inner.object = Arc::clone(&collector.object);
    values::images(&mut inner, NodeId::ROOT);
    inner.caution_shared();
    inner.places.into_values().collect()
}

/// An image of a text that is written in another scalar.
fn inside(mut image: ImageUse) -> ImageUse {
    image.scalar.inside = true;
    for part in &mut image.parts {
        part.scalar.inside = true;
    }
    image
}

/// Collects the images that parameters state: `image.repository` and `image.tag` belong together.
pub(super) fn parameters(collector: &mut Collector<'_, '_>, list: NodeId) {
    let document = collector.document();
    let name_of = |parameter| document.get(parameter, "name").and_then(|name| document.text(name));
    let mut composed: BTreeMap<String, Vec<(NodeId, Part)>> = BTreeMap::new();
    for parameter in collector.elements(list) {
        let (Some(name), Some(value)) = (name_of(parameter), document.get(parameter, "value")) else {
            continue;
        };
        let (prefix, key) = name.rsplit_once('.').unwrap_or(("", name));
        let whole = key.to_ascii_lowercase().ends_with("image")
            && document.text(value).is_some_and(|text| Stated::of(text.to_owned()).state.is_versioned());
        if whole {
            collector.place(value, UseKind::ArgoCd, false);
            caution(collector, value);
            continue;
        }
        let kind = values::part(key).filter(|_| name.to_ascii_lowercase().contains("image"));
        if let Some(part) = kind.and_then(|kind| collector.part(kind, value)) {
            composed.entry(prefix.to_owned()).or_default().push((parameter, part));
        }
    }
    for parts in composed.into_values() {
        let of = |kind| parts.iter().position(|(_, part)| part.kind == kind);
        if let (Some(_), Some(at)) = (of(PartKind::Repository), of(PartKind::Tag)) {
            let parameter = parts[at].0;
            let parts = parts.into_iter().map(|(_, part)| part).collect();
            collector.composed(parameter, UseKind::ArgoCd, parts, at);
            caution(collector, parameter);
            continue;
        }
        for (parameter, part) in parts.into_iter().filter(|(_, part)| part.kind == PartKind::Tag) {
            let (scalar, span) = (part.scalar, part.span);
            let mut image = collector.plain(UseKind::ArgoCd, Stated::of(String::new()), scalar, span);
            image.stated.written = format!("{}={}", name_of(parameter).unwrap_or_default(), part.text);
            image.stated.state = State::Placeholder;
            image.path = collector.path_in_object(parameter);
            image.parts = vec![part];
            collector.beside.push(image);
        }
    }
}

/// What a parameter sets is a value of a chart, too.
fn caution(collector: &mut Collector<'_, '_>, place: NodeId) {
    if let Some(image) = collector.places.get_mut(&place) {
        image.caution = values::caution(UseKind::HelmValue);
    }
}
