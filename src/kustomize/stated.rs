//! Places that only a patch states, as image uses.
//!
//! In: the text of a patch or a kustomization, and the spans of images in it. Out: an image use for each.
//! Invariant: such a use is listed, and never edited.

use std::sync::Arc;

use crate::image::{Effective, ImageUse, Object, State, UseKind};
use crate::reference::Reference;
use crate::source::{Lines, Span};
use crate::yaml::{self, Document, Kind, NodeId, Scalar};

const IN_PATCH: &str = "a patch of a kustomization states it, and is not edited yet";

/// An image use for every place of a text that states an image of a build.
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
            let Some(scalar) = Scalar::of(document, document.resolve(id)) else {
                continue;
            };
            let reference = Reference::parse(&written);
            uses.push(ImageUse {
                document: piece.document,
                object: Arc::new(object(document)),
                path: document.path(id),
                kind: UseKind::KustomizePatch,
                state: State::of(&written, &reference),
                reference,
                written,
                span,
                start: lines.position(span.start),
                end: lines.position(span.end),
                scalar,
                shared_with: Vec::new(),
                shadowed: false,
                caution: None,
                hold: Some(IN_PATCH.to_owned()),
                effective,
            });
        }
    }
    uses
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
