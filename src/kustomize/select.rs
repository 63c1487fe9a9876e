//! Which objects a patch or a replacement is for.
//!
//! In: the `target` of a patch, or the patch itself; selectors of labels. Out: yes or no for each object.
//! Invariant: as kustomize selects. A `target` is a set of anchored regular expressions; a patch without
//! one names its object exactly, by any name that the object ever had.
//! Source: kustomize `api/types/selector.go`, `api/resmap/reswrangler.go`, `api/resid/resid.go`.

use regex::Regex;

use super::resource::{Resource, group_version, namespace};
use super::value::Value;

/// What a patch is for.
#[derive(Debug)]
pub(super) enum Target<'p> {
    /// The object that is named exactly.
    One { group_version: (&'p str, &'p str), kind: &'p str, name: &'p str, namespace: &'p str },
    /// All objects that fit.
    Every(Box<Selector>),
}

/// The `target` of a patch.
#[derive(Debug)]
pub(super) struct Selector {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    marks: Marks,
}

/// A text that an object has to have.
#[derive(Debug)]
enum Pattern {
    /// Itself: most patterns are plain words, and many would be compiled for one comparison.
    Word(String),
    Regex(Regex),
}

/// The labels and annotations that a selector asks for.
#[derive(Debug)]
pub(super) struct Marks {
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

/// A condition on a label.
#[derive(Debug)]
struct Requirement {
    key: String,
    /// The values it may have; `None`: any.
    values: Option<Vec<String>>,
    /// Whether the condition is that the above does not hold.
    negated: bool,
}

impl<'p> Target<'p> {
    /// The object that a strategic merge patch names.
    pub(super) fn of_patch(patch: &'p Value) -> Self {
        Self::One {
            group_version: group_version(patch),
            kind: patch.text_at(&["kind"]),
            name: patch.text_at(&["metadata", "name"]),
            namespace: namespace(patch),
        }
    }

    /// The object that an entry of `patchesJson6902` names.
    pub(super) fn exact(target: &'p Value) -> Self {
        let text = |key: &str| target.text_at(&[key]);
        let namespace = Some(text("namespace")).filter(|stated| !stated.is_empty()).unwrap_or("default");
        let group_version = (text("group"), text("version"));
        Self::One { group_version, kind: text("kind"), name: text("name"), namespace }
    }

    /// The objects that an entry of `patches` selects; `None` where it is no valid selector.
    pub(super) fn every(target: &Value) -> Option<Self> {
        let pattern = |key: &str| match target.text_at(&[key]) {
            "" => Some(None),
            text => Pattern::new(text).map(Some),
        };
        Some(Self::Every(Box::new(Selector {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            marks: Marks::read(target),
        })))
    }

    /// Whether the patch is for an object.
    pub(super) fn is(&self, resource: &Resource) -> bool {
        match self {
            Self::One { group_version, kind, name, namespace } => {
                resource.kind() == *kind
                    && resource.group_version() == *group_version
                    && resource.is_called(name, namespace)
            }
            Self::Every(selector) => selector.fits(resource),
        }
    }
}

impl Pattern {
    /// `None` where it is no regular expression.
    fn new(text: &str) -> Option<Self> {
        let plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'));
        if plain {
            return Some(Self::Word(text.to_owned()));
        }
        Regex::new(&format!("^(?:{text})$")).ok().map(Self::Regex)
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => word == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Selector {
    fn fits(&self, resource: &Resource) -> bool {
        let matches = |pattern: &Option<Pattern>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
        };
        let (group, version) = resource.group_version();
        let (name, namespace) = resource.original();
        matches(&self.kind, resource.kind())
            && matches(&self.group, group)
            && matches(&self.version, version)
            && (matches(&self.name, name) || matches(&self.name, resource.name()))
            && (matches(&self.namespace, namespace) || matches(&self.namespace, resource.namespace()))
            && self.marks.fit(resource)
    }
}

impl Marks {
    /// Reads `labelSelector` and `annotationSelector`.
    pub(super) fn read(selector: &Value) -> Self {
        let requirements = |key: &str| requirements(selector.text_at(&[key]));
        Self { labels: requirements("labelSelector"), annotations: requirements("annotationSelector") }
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }

    /// Whether an object has them.
    pub(super) fn fit(&self, resource: &Resource) -> bool {
        let hold = |field: &str, requirements: &[Requirement]| {
            let found = |key: &str| resource.value.at(&["metadata", field, key]).and_then(Value::text);
            requirements.iter().all(|requirement| requirement.holds(found(&requirement.key)))
        };
        hold("labels", &self.labels) && hold("annotations", &self.annotations)
    }
}

impl Requirement {
    fn holds(&self, found: Option<&str>) -> bool {
        let fits = found.is_some_and(|found| {
            self.values.as_ref().is_none_or(|values| values.iter().any(|value| value == found))
        });
        fits != self.negated
    }
}

/// The conditions of a label selector: `a=b,c!=d,e,!f,g in (h,i),j notin (k)`.
/// Source: Kubernetes' documentation of labels and selectors.
fn requirements(text: &str) -> Vec<Requirement> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            ',' if !inside => parts.push(std::mem::take(&mut part)),
            _ => {
                inside = c == '(' || inside && c != ')';
                part.push(c);
            }
        }
    }
    parts.push(part);
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).map(requirement).collect()
}

fn requirement(text: &str) -> Requirement {
    let set = |key: &str, values: &str, negated| Requirement {
        key: key.trim().to_owned(),
        values: Some(
            values.trim().trim_matches(['(', ')']).split(',').map(|v| v.trim().to_owned()).collect(),
        ),
        negated,
    };
    for (mark, negated) in [(" notin ", true), (" in ", false), ("!=", true), ("==", false), ("=", false)] {
        if let Some((key, values)) = text.split_once(mark) {
            return set(key, values, negated);
        }
    }
    let key = text.trim_start_matches('!');
    Requirement { key: key.trim().to_owned(), values: None, negated: key.len() < text.len() }
}
