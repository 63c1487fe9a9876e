//! An image use: one place in a file that makes an image run.
//!
//! In: what the extractors found. Out: plain data that rules judge, plan edits and reports print.
//! Invariant: `span` is what is reported, `scalar` what is edited; they differ only where an alias
//! stands for an anchored value.

mod built;

use std::sync::Arc;

use serde::Serialize;

use crate::reference::{Malformed, Reference};
use crate::source::{Position, Span};
use crate::yaml::{Scalar, Sibling};

pub use built::{BuiltImage, Dropped, Effective, Outcome, Place, Ran, Through};

/// The word behind a digest before the version of the chart's app that it was pinned for.
pub const APP_VERSION: &str = "appVersion ";

/// One place in a file that makes an image run.
#[derive(Clone, Debug)]
pub struct ImageUse {
    /// Number of the document in its file, from 0.
    pub document: usize,
    /// The object that runs it.
    pub object: Arc<Object>,
    /// Way from the object's root: `spec.containers[0].image`.
    pub path: String,
    /// What kind of place it is.
    pub kind: UseKind,
    /// What it states: the value as YAML reads it; in a template, as it is written.
    pub stated: Stated,
    /// The bytes that state the image here: the scalar with its quotes, or the alias.
    pub span: Span,
    /// Where they begin.
    pub start: Position,
    /// Where they end.
    pub end: Position,
    /// The scalar that holds the value: where an edit goes.
    pub scalar: Scalar,
    /// The scalars of a reference that is written in several; empty where one holds all of it.
    pub parts: Vec<Part>,
    /// Where else the same scalar is used, through aliases.
    pub shared_with: Vec<Position>,
    /// Whether a later key of the same name makes Kubernetes ignore this one.
    pub shadowed: bool,
    /// Why an edit here may do more than pin this image: it needs `--unsafe-fixes`.
    pub caution: Option<String>,
    /// Why this place must not be edited at all.
    pub hold: Option<String>,
    /// The version of the chart's app, where it stands for the tag that is not stated.
    pub implied: Option<String>,
    /// The version that the chart has left behind and that the digest was pinned for, with the one it has.
    pub stale: Option<(String, String)>,
    /// In which form a digest gets through, where a chart makes something of it and that was tried.
    pub form: Option<Form>,
    /// What builds make of it; empty where no build was looked at.
    pub effective: Vec<Effective>,
    /// What builds come to by the version that is stated here. It is judged in place of what is written;
    /// `None` where no build reaches the place.
    pub outcomes: Option<Vec<Outcome>>,
    /// Whether builds take its repository with another version, so that only a base that is built alone
    /// would run what is stated here.
    pub alone: bool,
    /// What an entry of `images:` did in builds; `None` for other uses, and where no build runs it.
    pub ran: Option<Ran>,
}

/// A reference, and what is known of it.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The text.
    pub written: String,
    /// What it is.
    pub state: State,
    /// The text as a reference, where it is one.
    pub reference: Result<Reference, Malformed>,
}

/// A scalar that holds a part of a reference.
#[derive(Clone, Debug)]
pub struct Part {
    /// Which part.
    pub kind: PartKind,
    /// What it reads.
    pub text: String,
    /// Its bytes, or those of the alias that stands for it.
    pub span: Span,
    /// Where they begin.
    pub start: Position,
    /// Where they end.
    pub end: Position,
    /// The scalar: where an edit goes.
    pub scalar: Scalar,
    /// The pair it is in, where another may come in behind it.
    pub sibling: Option<Sibling>,
    /// The version of a chart's app that a digest was pinned for, as a comment behind it says.
    pub pinned_for: Option<String>,
}

/// How a digest gets through the templates of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Behind the reference, which comes out whole.
    Whole,
    /// In the key that is there for it.
    DigestKey {
        /// Without the name of its algorithm.
        bare: bool,
    },
    /// In a key that the templates read and the values do not have.
    NewKey {
        /// The key.
        key: String,
        /// Without the name of its algorithm.
        bare: bool,
    },
    /// Behind the tag.
    Tag,
}

/// A part of a reference that is written in several: in an entry of `images:`, or in values of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PartKind {
    /// The name that an entry of `images:` looks for.
    Name,
    /// The name that it writes.
    NewName,
    /// The tag that it writes.
    NewTag,
    /// What it writes behind a tag.
    TagSuffix,
    /// The registry, in values.
    Registry,
    /// The repository, in values.
    Repository,
    /// The tag, in values.
    Tag,
    /// The digest.
    Digest,
}

/// The object that an image use belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Object {
    /// `apiVersion`.
    pub api_version: Option<String>,
    /// `kind`.
    pub kind: Option<String>,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: Option<String>,
    /// The template that it was rendered from, where the rendering says so.
    #[serde(skip)]
    pub template: Option<String>,
}

/// The group and the version of an `apiVersion`; the group of Kubernetes' core is empty.
pub fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

impl Object {
    /// What names an object, given the texts at paths of keys in it.
    pub fn of(text: impl Fn(&[&str]) -> Option<String>) -> Self {
        Self {
            api_version: text(&["apiVersion"]),
            kind: text(&["kind"]),
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
            template: None,
        }
    }

    /// `Deployment/web`, as far as it is known.
    pub fn title(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("-");
        self.name.as_ref().map_or_else(|| kind.to_owned(), |name| format!("{kind}/{name}"))
    }
}

impl ImageUse {
    /// What is judged here: what builds come to, where some reach it, else what is written.
    pub fn judged(&self) -> impl Iterator<Item = &Stated> {
        let own = self.outcomes.is_none().then_some(&self.stated);
        own.into_iter().chain(self.outcomes.iter().flatten().map(|outcome| &outcome.stated))
    }

    /// The part of this kind.
    pub fn part(&self, kind: PartKind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind == kind)
    }
}

impl Stated {
    /// What a text is.
    pub fn of(written: String) -> Self {
        let reference = Reference::parse(&written);
        Self { state: State::of(&written, &reference), written, reference }
    }

    /// Whether a digest is in it, or what should be one.
    pub fn has_digest(&self) -> bool {
        matches!(self.state, State::Digest | State::TaggedDigest)
    }
}

/// What kind of place an image use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UseKind {
    /// `containers[].image` of a pod spec.
    Container,
    /// `initContainers[].image`.
    InitContainer,
    /// `ephemeralContainers[].image`.
    EphemeralContainer,
    /// `volumes[].image.reference`.
    ImageVolume,
    /// An image field of a custom resource.
    CustomResource,
    /// An image string in the values of a chart.
    HelmValue,
    /// A literal image in a chart's template.
    HelmTemplate,
    /// What an object of Flux states: an artifact, an entry of `images:`.
    Flux,
    /// What an application of Argo CD states.
    ArgoCd,
    /// An entry of `images:` of a kustomization.
    KustomizeImage,
    /// An image that only a patch of a kustomization states, or a field that a replacement copies.
    KustomizePatch,
}

/// What the value of an image use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No tag, no digest: `nginx`.
    Untagged,
    /// A tag, no digest: `nginx:1.27`.
    Tagged,
    /// A digest, no tag.
    Digest,
    /// Both.
    TaggedDigest,
    /// Filled in later: `{{ … }}`, `$(VAR)`, `${VAR}`.
    Templated,
    /// Not a registry's reference at all: `ko://…`, `<image>`, a name that a build replaces.
    Placeholder,
    /// No value.
    Empty,
    /// Not a reference.
    Invalid,
}

impl State {
    /// What a value is, given what the reference parser made of it.
    fn of(written: &str, reference: &Result<Reference, Malformed>) -> Self {
        if ["{{", "$(", "${"].iter().any(|mark| written.contains(mark)) {
            return Self::Templated;
        }
        if written.starts_with("ko://") || written.contains(['<', '>']) {
            return Self::Placeholder;
        }
        if written.is_empty() {
            return Self::Empty;
        }
        match reference {
            Err(_) => Self::Invalid,
            Ok(reference) => match (reference.tag(), reference.digest()) {
                (None, None) => Self::Untagged,
                (Some(_), None) => Self::Tagged,
                (None, Some(_)) => Self::Digest,
                (Some(_), Some(_)) => Self::TaggedDigest,
            },
        }
    }

    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untagged => "untagged",
            Self::Tagged => "tagged",
            Self::Digest => "digest",
            Self::TaggedDigest => "tagged-digest",
            Self::Templated => "templated",
            Self::Placeholder => "placeholder",
            Self::Empty => "empty",
            Self::Invalid => "invalid",
        }
    }
}
