//! References that are not one scalar: written in several, or in a part of one.
//!
//! In: a mapping with the scalars that state parts, or an argument. Out: image uses with the collector.
//! Invariant: every part remembers its own scalar; the composed text is what the parts say by themselves.

use super::collect::Collector;
use super::{kustomization, values};
use crate::image::{APP_VERSION, ImageUse, Part, PartKind, State, Stated, UseKind, tag_in_comment};
use crate::source::Span;
use crate::yaml::{NodeId, Scalar, Sibling};

const ARGUMENT: &str = "it is `old=new`: write the digest behind the tag of the new one";
const UNSEEN: &str = "what Argo CD builds with it is not seen here";

impl Collector<'_, '_> {
    /// Collects an argument of Argo CD's for kustomize: `[old=]new`.
    pub(super) fn argument(&mut self, value: NodeId) {
        self.place(value, UseKind::ArgoCd, false);
        let Some(image) = self.places.get_mut(&value) else {
            return;
        };
        if let Some((_, new)) = image.stated.written.split_once('=') {
            image.stated = Stated::of(new.to_owned());
            image.hold = Some(ARGUMENT.to_owned());
        }
        image.caution = Some(UNSEEN.to_owned());
    }

    /// Collects a reference that a mapping states in several scalars; `at` is the one to report.
    pub(super) fn composed(&mut self, map: NodeId, kind: UseKind, parts: Vec<Part>, at: usize) {
        let written = composed(&parts);
        let Part { kind: told, span, scalar, .. } = parts[at];
        let plain = self.plain(kind, Stated::of(written), scalar, span);
        let suffix = (told == PartKind::TagSuffix).then(|| kustomization::SUFFIX.to_owned());
        let hold = plain.hold.clone().or(suffix);
        // What completes a mapping without a tag is not in it.
        let states_version =
            matches!(told, PartKind::Tag | PartKind::NewTag) || kind == UseKind::KustomizeImage;
        let outcomes = (!states_version && !plain.stated.has_digest()).then(Vec::new);
        let caution = values::caution(kind);
        let digest = parts.iter().find(|part| part.kind == PartKind::Digest);
        let commented = digest.and_then(|digest| tag_in_comment(self.rest_of_line(digest.scalar.span)));
        let commented = commented.map(str::to_owned);
        let path = self.path_in_object(map);
        let image = ImageUse { path, parts, caution, hold, commented, outcomes, ..plain };
        self.places.entry(map).or_insert(image);
    }

    /// Collects a reference behind the scheme of a URL; other values are none.
    pub(super) fn url(&mut self, value: NodeId, schemes: &[&'static str], kind: UseKind) {
        let text = self.document.text(value).unwrap_or_default();
        let Some(scheme) = schemes.iter().find(|scheme| text.starts_with(**scheme)) else {
            return;
        };
        let rest = text[scheme.len()..].to_owned();
        self.place(value, kind, false);
        if let Some(image) = self.places.get_mut(&value) {
            image.stated = Stated::of(rest);
            image.scheme = scheme;
        }
    }

    /// Collects the tag of an image whose repository is stated elsewhere.
    pub(super) fn incomplete(&mut self, map: NodeId, parts: Vec<Part>, at: usize) {
        let Part { span, scalar, .. } = parts[at];
        let (way, key) =
            (self.path_in_object(map), parts[at].sibling.map(|key| key.key.slice(self.reading.raw)));
        let mut stated = Stated::of(String::new());
        stated.written = format!("{way}.{}={}", key.unwrap_or("tag"), parts[at].text);
        stated.state = State::Placeholder;
        let plain = self.plain(UseKind::HelmValue, stated, scalar, span);
        self.places.entry(map).or_insert(ImageUse { path: way, parts, ..plain });
    }

    /// The part of a reference that a scalar holds.
    pub(super) fn part(&self, kind: PartKind, value: NodeId) -> Option<Part> {
        let scalar = Scalar::of(self.document, self.document.resolve(value))?;
        let span = self.place_of(value, &scalar);
        let (start, end) = (self.lines.position(span.start), self.lines.position(span.end));
        let text = self.reading.written(self.document, value)?;
        let pinned_for = (kind == PartKind::Digest).then(|| self.pinned_for(span)).flatten();
        let sibling = Sibling::of(self.document, value);
        Some(Part { kind, text, span, start, end, scalar, sibling, pinned_for })
    }

    /// The version that a comment behind a digest names.
    fn pinned_for(&self, digest: Span) -> Option<String> {
        let version =
            self.rest_of_line(digest).trim().strip_prefix('#')?.trim_start().strip_prefix(APP_VERSION)?;
        Some(version.trim().to_owned()).filter(|version| !version.is_empty())
    }
}

/// The reference that parts come to by themselves.
fn composed(parts: &[Part]) -> String {
    let text = |kinds: &[PartKind]| {
        let part = |kind: &PartKind| parts.iter().find(|part| part.kind == *kind && !part.text.is_empty());
        kinds.iter().find_map(part).map(|part| part.text.as_str())
    };
    let registry = text(&[PartKind::Registry]).map(|registry| format!("{registry}/"));
    let name = text(&[PartKind::NewName, PartKind::Name, PartKind::Repository]).unwrap_or_default();
    let tag = text(&[PartKind::NewTag, PartKind::Tag]).map(|tag| format!(":{tag}"));
    let bare = |digest: &str| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    let digest = text(&[PartKind::Digest]);
    let digest = digest.map(|digest| format!("@{}{digest}", if bare(digest) { "sha256:" } else { "" }));
    [registry.as_deref(), Some(name), tag.as_deref(), digest.as_deref()].into_iter().flatten().collect()
}
