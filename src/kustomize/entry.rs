//! An entry of `images:`: what it makes of a reference.
//!
//! In: an entry of a kustomization or a transformer. Out: the reference in place of one that it matches.
//! Invariant: exactly as kustomize 5.5 does it.
//! Source: kustomize `api/filters/imagetag/updater.go`, `api/internal/image/image.go`.

use super::value::{Origin, Value};
use crate::image::PartKind;

/// An entry of `images:`.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// The name that is looked for.
    pub(super) name: String,
    pub(super) new_name: String,
    pub(super) new_tag: String,
    pub(super) tag_suffix: String,
    pub(super) digest: String,
    /// Where its name is stated, which tells it from others.
    pub(super) origin: Option<Origin>,
}

impl Entry {
    /// Reads an entry.
    pub(super) fn read(value: &Value) -> Self {
        let text = |key: &str| value.text_at(&[key]).to_owned();
        Self {
            name: text("name"),
            new_name: text("newName"),
            new_tag: text("newTag"),
            tag_suffix: text("tagSuffix"),
            digest: text("digest"),
            origin: value.get("name").and_then(Value::scalar).and_then(|name| name.origin.clone()),
        }
    }

    /// The parts of a reference that it sets.
    pub(super) fn sets(&self) -> Vec<PartKind> {
        let fields = [
            (&self.new_name, PartKind::NewName),
            (&self.new_tag, PartKind::NewTag),
            (&self.tag_suffix, PartKind::TagSuffix),
            (&self.digest, PartKind::Digest),
        ];
        fields.into_iter().filter(|(text, _)| !text.is_empty()).map(|(_, kind)| kind).collect()
    }

    /// The reference that takes the place of one whose name matched.
    pub(super) fn rewrite(&self, written: &str) -> String {
        let (mut name, mut tag, mut digest) = split(written);
        if !self.new_name.is_empty() {
            name = &self.new_name;
        }
        let suffixed = format!("{tag}{}", self.tag_suffix);
        match (self.new_tag.as_str(), self.digest.as_str()) {
            ("", "") if self.tag_suffix.is_empty() => {}
            ("", "") => (tag, digest) = (&suffixed, ""),
            (new_tag, new_digest) => (tag, digest) = (new_tag, new_digest),
        }
        let tag = if tag.is_empty() { String::new() } else { format!(":{tag}") };
        let digest = if digest.is_empty() { String::new() } else { format!("@{digest}") };
        format!("{name}{tag}{digest}")
    }
}

/// Name, tag and digest as kustomize cuts them: a colon counts behind the first slash only.
pub(super) fn split(written: &str) -> (&str, &str, &str) {
    let from = written.find('/').unwrap_or(0);
    let at = written[from..].find('@').map(|at| from + at);
    let colon = written[from..].find(':').map(|at| from + at);
    let colon = colon.filter(|&colon| at.is_none_or(|at| colon < at));
    let end = at.unwrap_or(written.len());
    let digest = at.map_or("", |at| &written[at + 1..]);
    match colon {
        Some(colon) => (&written[..colon], &written[colon + 1..end], digest),
        None => (&written[..end], "", digest),
    }
}
