//! Pinning an image that a mapping states in several keys.
//!
//! In: the parts of a reference in values, and a digest. Out: edits of the mapping.
//! Invariant: where it is not known in which form a digest is read, none is written.

use super::Pin;
use crate::image::{APP_VERSION, Form, ImageUse, Part, PartKind, UseKind};
use crate::reference::Digest;
use crate::yaml::{self, Refusal, Surroundings};

/// Pins what a mapping states.
pub(super) fn pin(image: &ImageUse, digest: &Digest, text: &str) -> Result<Pin, Refusal> {
    let hex = digest.hex().to_owned();
    let written = |bare: bool| if bare { hex.clone() } else { digest.to_string() };
    match &image.form {
        Some(Form::DigestKey { bare }) => fill(image, &written(*bare), text),
        Some(Form::NewKey { key, bare }) => add(image, key, &written(*bare), text),
        // Flux takes the digest before the tag.
        None if image.kind == UseKind::Flux => add(image, "digest", &written(false), text),
        None if image.part(PartKind::Digest).is_some() => {
            let why = "there is a key for the digest, and in which form the templates read it is not known";
            Err(Refusal(why.to_owned()))
        }
        Some(Form::Tag | Form::Whole) | None => behind_tag(image, digest, text),
    }
}

/// Writes the digest into the key that is there for it.
fn fill(image: &ImageUse, digest: &str, text: &str) -> Result<Pin, Refusal> {
    let part =
        image.part(PartKind::Digest).ok_or_else(|| Refusal("the key for the digest is gone".into()))?;
    let mut edit = yaml::replace(text, &part.scalar, digest)?;
    if let Some(version) = &image.implied {
        let rest = text[part.scalar.span.end..].lines().next().unwrap_or_default();
        if part.scalar.surroundings != Surroundings::Block || !rest.trim().is_empty() {
            return Err(no_room());
        }
        edit.text.push_str(&remark(version));
    }
    Ok(Pin { edits: vec![edit], help: format!("write `{}: {digest}`", key(part, text)) })
}

/// Adds a key for the digest.
fn add(image: &ImageUse, name: &str, digest: &str, text: &str) -> Result<Pin, Refusal> {
    let part = image.part(PartKind::Tag).or_else(|| image.part(PartKind::Repository));
    // A key inside of a text would be a line of the text, which the proof does not see.
    let sibling = part.filter(|part| !part.scalar.inside).and_then(|part| part.sibling.as_ref());
    let sibling = sibling.ok_or_else(|| Refusal("it is not written as plain pairs".to_owned()))?;
    let mut edit = yaml::insert(text, sibling, &[(name, digest)])?;
    if let Some(version) = &image.implied {
        if sibling.surroundings != Surroundings::Block {
            return Err(no_room());
        }
        let end = edit.text.trim_end_matches(['\n', '\r']).len();
        edit.text.insert_str(end, &remark(version));
    }
    Ok(Pin { edits: vec![edit], help: format!("write `{name}: {digest}` below it") })
}

/// Writes the digest behind the tag.
fn behind_tag(image: &ImageUse, digest: &Digest, text: &str) -> Result<Pin, Refusal> {
    let Some(tag) = image.part(PartKind::Tag).filter(|tag| !tag.text.is_empty()) else {
        return Err(Refusal("no tag is stated here that a digest could follow".to_owned()));
    };
    let value = format!("{}@{digest}", tag.text);
    let edit = yaml::replace(text, &tag.scalar, &value)?;
    Ok(Pin { edits: vec![edit], help: format!("write `{}: {value}`", key(tag, text)) })
}

/// The comment that says for which version of the chart's app a digest is.
fn remark(version: &str) -> String {
    format!(" # {APP_VERSION}{version}")
}

fn no_room() -> Refusal {
    Refusal("there is no room for a comment that says for which version it is".to_owned())
}

fn key<'t>(part: &Part, text: &'t str) -> &'t str {
    part.sibling.as_ref().map_or("tag", |sibling| sibling.key.slice(text))
}
