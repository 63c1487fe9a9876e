//! Fields of resources that users say state images.
//!
//! In: what the configuration states. Out: places handed to the collector.
//! Invariant: a text without one of the last keys of their paths is not parsed for them.

use super::collect::Collector;
use super::kinds::{self, SCHEMES};
use super::path::Path;
use super::values;
use crate::image::UseKind;
use crate::settings::Field;
use crate::yaml::{self, NodeId};

/// Fields of resources that state images.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<Row>);

#[derive(Clone, Debug)]
struct Row {
    api_version: String,
    kind: String,
    images: Vec<Path>,
    urls: Vec<Path>,
}

impl Fields {
    /// Fields as the settings have them. A path that is none leads nowhere.
    pub fn of(fields: &[Field]) -> Self {
        let paths = |texts: &[String]| texts.iter().filter_map(|text| Path::parse(text).ok()).collect();
        let row = |field: &Field| Row {
            api_version: field.api_version.clone(),
            kind: field.kind.clone(),
            images: paths(&field.paths),
            urls: paths(&field.urls),
        };
        Self(fields.iter().map(row).collect())
    }

    /// Whether a text may have one of them.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        let paths = self.0.iter().flat_map(|row| row.images.iter().chain(&row.urls));
        let mut keys = paths.map(Path::some_key);
        keys.any(|key| key.is_none_or(|key| yaml::holds_key(text, key)))
    }

    /// Collects what an object states in them.
    pub(super) fn object(&self, collector: &mut Collector<'_, '_>, root: NodeId, names: (&str, &str)) {
        let (api_version, kind) = names;
        let about = |row: &&Row| matches(&row.api_version, api_version) && matches(&row.kind, kind);
        for row in self.0.iter().filter(about) {
            for path in &row.images {
                for place in path.places(collector, root) {
                    kinds::place(collector, place, UseKind::Field);
                }
                for node in path.nodes(collector, root) {
                    let map = collector.document().resolve(node);
                    if collector.document().is_mapping(map) {
                        values::split(collector, map, UseKind::Field);
                    }
                }
            }
            for path in &row.urls {
                for node in path.nodes(collector, root) {
                    collector.url(node, &SCHEMES, UseKind::Field);
                }
            }
        }
    }
}

/// Says whether a path can be followed.
///
/// # Errors
/// What is wrong with it.
pub fn check_path(text: &str) -> Result<(), String> {
    Path::parse(text).map(drop)
}

/// Whether a text is what a pattern says, whose `*` stand for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(begin) else {
        return false;
    };
    (0..=text.len()).filter(|&at| text.is_char_boundary(at)).any(|at| matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("example.com/*", "example.com/v1", true),
            ("example.com/*", "example.org/v1", false),
            ("*.example.com/v1*", "a.example.com/v1beta1", true),
            ("Widget", "Widgets", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
