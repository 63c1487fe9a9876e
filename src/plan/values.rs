//! Pinning an image that a mapping states in several keys.
//!
//! In: the parts of a reference in values, and a digest. Out: edits of the mapping.
//! Invariant: where it is not known in which form a digest is read, none is written.

use super::Pin;
use crate::image::{ImageUse, PartKind, UseKind};
use crate::reference::Digest;
use crate::yaml::{self, Refusal};

/// Pins what a mapping states.
pub(super) fn pin(image: &ImageUse, digest: &Digest, text: &str) -> Result<Pin, Refusal> {
    if image.part(PartKind::Digest).is_some() {
        let why = "there is a key for the digest, and in which form the templates read it is not known";
        return Err(Refusal(why.to_owned()));
    }
    let Some(tag) = image.part(PartKind::Tag).filter(|tag| !tag.text.is_empty()) else {
        return Err(Refusal("no tag is stated here that a digest could follow".to_owned()));
    };
    if image.kind == UseKind::Flux {
        // Flux takes the digest before the tag.
        let sibling = tag.sibling.as_ref().ok_or_else(|| Refusal("the tag is no plain pair".to_owned()))?;
        let edit = yaml::insert(text, sibling, &[("digest", &digest.to_string())])?;
        return Ok(Pin { edits: vec![edit], help: format!("write `digest: {digest}` below the tag") });
    }
    let value = format!("{}@{digest}", tag.text);
    let edit = yaml::replace(text, &tag.scalar, &value)?;
    let key = tag.sibling.map_or("tag", |sibling| sibling.key.slice(text)).to_owned();
    Ok(Pin { edits: vec![edit], help: format!("write `{key}: {value}`") })
}
