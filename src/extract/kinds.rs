//! Kinds of others that are known to state images, from a table.
//!
//! In: an object, its group and kind. Out: places handed to the collector.
//! Invariants: the table is data (`kinds.toml`), and what is wrong with it fails the tests; a value that is
//! completed by keys beside it is not taken for a whole reference.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::collect::Collector;
use super::path::{Path, Place};
use super::shape;
use crate::image::{PartKind, UseKind};
use crate::yaml::{self, NodeId};

/// Schemes of references that are written as URLs.
pub(super) const SCHEMES: [&str; 3] = ["oci://", "docker://", "registry://"];

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("kinds.toml")).unwrap_or_default());

/// The rows of kinds that state images under keys that do not say so, by group.
static OTHERWISE: LazyLock<HashMap<&'static str, Vec<&'static Row>>> = LazyLock::new(|| {
    let says_so = |path: &Path| path.last_key() == Some("image");
    let mut groups: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in &TABLE.kinds {
        if !row.parts.is_empty() || !row.urls.is_empty() || !row.images.iter().all(says_so) {
            groups.entry(row.group.trim_start_matches("*.")).or_default().push(row);
        }
    }
    groups
});

/// All known kinds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kinds: Vec<Row>,
}

/// Where kinds of a group state images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    group: String,
    kinds: Option<Vec<String>>,
    #[serde(default)]
    images: Vec<Path>,
    #[serde(default)]
    urls: Vec<Path>,
    #[serde(default)]
    parts: Vec<Parts>,
}

/// A mapping that states a reference in several keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    at: Path,
    registry: Option<String>,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether a text has an object of a kind that states images under keys that do not say so.
pub(super) fn named(text: &str) -> bool {
    yaml::words(text, "apiVersion").any(|api_version| {
        let group = api_version.split('/').next().unwrap_or_default();
        let suffixes = group.match_indices('.').map(|(at, _)| &group[at + 1..]);
        let mut rows = [group].into_iter().chain(suffixes).filter_map(|group| OTHERWISE.get(group)).flatten();
        group.is_empty() || rows.any(|row| row.is_stated(text))
    })
}

/// Collects what a kind is known to state.
pub(super) fn object(collector: &mut Collector<'_, '_>, root: NodeId, group: &str, kind: &str) {
    for row in TABLE.kinds.iter().filter(|row| row.is_about(group, kind)) {
        row.collect(collector, root);
    }
}

/// Collects the reference at a place, unless keys beside it complete it.
pub(super) fn place(collector: &mut Collector<'_, '_>, place: Place, kind: UseKind) {
    match place {
        Place::Node(node) => collector.place(node, kind, false),
        Place::Key(map, key) if key != "image" || !shape::is_split(collector, map) => {
            collector.image(map, &key, kind);
        }
        Place::Key(..) => {}
    }
}

impl Row {
    fn is_about(&self, group: &str, kind: &str) -> bool {
        let group = match self.group.strip_prefix("*.") {
            Some(parent) => group.strip_suffix(parent).is_some_and(|child| child.ends_with('.')),
            None => group == self.group,
        };
        group && self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|known| known == kind))
    }

    /// Whether a text has an object of one of these kinds, whatever its group.
    fn is_stated(&self, text: &str) -> bool {
        let known = |kind: &str| kind.is_empty() || self.kinds.iter().flatten().any(|known| known == kind);
        self.kinds.is_none() || yaml::words(text, "kind").any(known)
    }

    fn collect(&self, collector: &mut Collector<'_, '_>, root: NodeId) {
        for path in &self.images {
            for found in path.places(collector, root) {
                place(collector, found, UseKind::CustomResource);
            }
        }
        for path in &self.urls {
            for node in path.nodes(collector, root) {
                collector.url(node, &SCHEMES, UseKind::CustomResource);
            }
        }
        for parts in &self.parts {
            for map in parts.at.nodes(collector, root) {
                parts.collect(collector, map);
            }
        }
    }
}

impl Parts {
    fn collect(&self, collector: &mut Collector<'_, '_>, map: NodeId) {
        let document = collector.document();
        let part = |key: Option<&str>, kind| {
            let value = document.own(map, key?).last()?;
            collector.part(kind, value).filter(|part| !part.text.is_empty())
        };
        let registry = part(self.registry.as_deref(), PartKind::Registry);
        let repository = part(Some(&self.repository), PartKind::Repository);
        let version = part(self.tag.as_deref(), PartKind::Tag);
        let digest = part(self.digest.as_deref(), PartKind::Digest);
        if repository.is_none() || version.is_none() && digest.is_none() {
            return;
        }
        let Some(place) = document.own(map, &self.repository).last() else {
            return;
        };
        let mut parts: Vec<_> = [registry, repository, version, digest].into_iter().flatten().collect();
        parts.sort_by_key(|part| part.span);
        let at = parts.iter().position(|part| part.kind == PartKind::Tag).unwrap_or(0);
        collector.composed(place, UseKind::CustomResource, parts, at);
    }
}

#[cfg(test)]
mod tests;
