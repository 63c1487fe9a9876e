//! Places that only a patch states, or a field that replacements copy, as image uses.
//!
//! In: the text of a patch, a kustomization or a source, and the spans of images in it. Out: an image use
//! for each.
//! Invariant: a place inside of a scalar that holds a patch of its own is told from that scalar, so that
//! an edit changes its bytes alone; where it cannot be, the use is held.

use std::sync::Arc;

use super::file::Inline;
use super::value::Origin;
use crate::image::{Effective, ImageUse, Object, Stated, UseKind};
use crate::source::{Lines, Span};
use crate::yaml::{self, Document, Kind, NodeId, Scalar};

const FOLDED: &str =
    "a patch in a text that is quoted or folded states it, whose bytes are not those of the patch";

/// An image use for every place of a text that states an image of a build. Places are sorted.
pub fn stated(text: &str, places: Vec<(Span, String, Vec<Effective>)>) -> Vec<ImageUse> {
    let lines = Lines::new(text);
    let mut places = places.into_iter().peekable();
    let mut uses = Vec::new();
    for piece in yaml::split(text) {
        let documents = yaml::parse(piece.span.slice(text), piece.span.start).unwrap_or_default();
        let mut scalars = documents.iter().flat_map(scalars).peekable();
        while let Some((span, written, effective)) = places.next_if(|place| place.0.start < piece.span.end) {
            while scalars.next_if(|(document, id)| document.node(*id).span.end < span.end).is_some() {}
            let Some(&(document, id)) = scalars.peek() else {
                continue;
            };
            let Some(outer) = Scalar::of(document, document.resolve(id)) else {
                continue;
            };
            let inner = inside(text, document, id, span);
            let folded = inner.is_none() && document.text(id) != Some(&written);
            let place = (span, lines.position(span.start), lines.position(span.end));
            let scalar = inner.unwrap_or(outer);
            uses.push(ImageUse {
                document: piece.document,
                object: Arc::new(object(document)),
                path: document.path(id),
                hold: folded.then(|| FOLDED.to_owned()),
                effective,
                ..ImageUse::new(UseKind::KustomizePatch, Stated::of(written), scalar, place)
            });
        }
    }
    uses
}

/// The scalar of a patch that the scalar at a node holds.
fn inside(text: &str, document: &Document<'_>, id: NodeId, span: Span) -> Option<Scalar> {
    let node = document.node(id);
    if node.span == span || !matches!(node.kind, Kind::Scalar(_)) {
        return None;
    }
    let whole = Origin { file: std::path::Path::new("").into(), span: node.span };
    let inline = Inline::new(&node.value, &whole, text);
    let starts = inline.starts();
    let place = |span: Span| Some(inline.origin(&starts, span).span).filter(|place| *place != node.span);
    let documents = yaml::parse(&inline.text, 0).ok()?;
    documents.iter().find_map(|document| {
        let (id, _) = document.nodes().find(|(_, node)| place(node.span) == Some(span))?;
        let scalar = Scalar::of(document, document.resolve(id))?;
        let key_end = scalar.key_end.and_then(|end| place(Span::new(end, end))).map(|place| place.end);
        Some(Scalar { span: place(scalar.span)?, key_end, inside: true, ..scalar })
    })
}

/// The scalars and aliases of a document, in order.
fn scalars<'d, 't>(document: &'d Document<'t>) -> impl Iterator<Item = (&'d Document<'t>, NodeId)> {
    let nodes = document.nodes().filter(|(_, node)| matches!(node.kind, Kind::Scalar(_) | Kind::Alias(_)));
    nodes.map(move |(id, _)| (document, id))
}

fn object(document: &Document<'_>) -> Object {
    Object::of(|keys| {
        let value = document.root().and_then(|root| document.at(root, keys));
        value.and_then(|value| document.text(value)).map(str::to_owned)
    })
}
