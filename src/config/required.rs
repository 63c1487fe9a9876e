//! `[[require-referrers]]`: what has to refer to images.
//!
//! In: its words. Out: patterns of names and artifact types, or what is wrong with them.
//! Invariant: nothing is taken that would quietly be about no image, or demand nothing.

use globset::{Glob, GlobSetBuilder};
use serde::Deserialize;
use toml::Spanned;

use super::written::Wrong;
use crate::settings::RequiredReferrers;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RequiredWords {
    images: Spanned<Vec<Spanned<String>>>,
    artifact_types: Spanned<Vec<Spanned<String>>>,
}

/// What they mean.
pub(super) fn required(words: RequiredWords) -> Result<RequiredReferrers, Wrong> {
    let RequiredWords { images, artifact_types } = words;
    let mut set = GlobSetBuilder::new();
    for list in [&images, &artifact_types] {
        if list.get_ref().is_empty() {
            return Err((list.span(), "nothing is named here, so nothing would be required".into()));
        }
    }
    for pattern in images.get_ref() {
        set.add(image(pattern)?);
    }
    for name in artifact_types.get_ref() {
        if !name.get_ref().contains('/') {
            let why = format!("`{}` is no artifact type, as `application/spdx+json` is", name.get_ref());
            return Err((name.span(), why));
        }
    }
    let (place, plain) = (images.span(), |list: Spanned<Vec<Spanned<String>>>| {
        list.into_inner().into_iter().map(Spanned::into_inner).collect()
    });
    let set = set.build().map_err(|error| (place, error.to_string()))?;
    Ok(RequiredReferrers { written: plain(images), images: set, artifact_types: plain(artifact_types) })
}

/// A pattern of names; `*` stands for any text, slashes too, so that none is left out by mistake.
fn image(pattern: &Spanned<String>) -> Result<Glob, Wrong> {
    let text = pattern.get_ref();
    let last = text.rsplit('/').next().unwrap_or_default();
    // A port is no tag: a path follows it.
    if text.contains('@') || last.contains(':') {
        let why = format!("`{text}` has a tag or a digest, but names are compared without them");
        return Err((pattern.span(), why));
    }
    Glob::new(text).map_err(|error| (pattern.span(), format!("`{text}` is no glob: {}", error.kind())))
}
