//! An image use: one place in a file that makes an image run.
//!
//! In: what the extractors found. Out: plain data that rules judge, plan edits and reports print.
//! Invariant: `span` is what is reported, `scalar` what is edited; they differ only where an alias
//! stands for an anchored value.

mod built;
mod kept;
mod machine;
mod pin;
mod stated;

use std::sync::Arc;

use serde::Serialize;

use crate::source::{Position, Span};
use crate::yaml::{Scalar, Sibling};

pub use built::{BuiltImage, Dropped, Effective, Outcome, Place, Ran, Through};
pub use kept::{Kept, TaggedDigest, Witness};
pub use machine::{Expression, Machine, Selection};
pub use pin::{Pin, tag_in_comment};
pub use stated::{State, Stated};

/// The word behind a digest before the version of the chart's app that it was pinned for.
pub const APP_VERSION: &str = "appVersion ";

/// The machines that a pod may come to, each with words about where that is stated.
pub type Machines = Arc<[Machine<String>]>;

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
    /// What stands before it in the scalar: `oci://`; empty for a plain reference.
    pub scheme: &'static str,
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
    /// The machines that its pod may come to.
    pub machines: Machines,
    /// The tag that a comment behind a digest names.
    pub commented: Option<String>,
    /// The tags that the digest is known by, where the one beside it is none of them.
    pub kept: Option<Kept>,
    /// The tag that a chart gives the image without its digest.
    pub tag_without_digest: Option<String>,
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
    /// An image use of which nothing special is known, with the bytes that state it, and where they begin
    /// and end.
    pub fn new(
        kind: UseKind,
        stated: Stated,
        scalar: Scalar,
        (span, start, end): (Span, Position, Position),
    ) -> Self {
        Self {
            document: 0,
            object: Arc::default(),
            path: String::new(),
            kind,
            stated,
            scheme: "",
            span,
            start,
            end,
            scalar,
            parts: Vec::new(),
            shared_with: Vec::new(),
            shadowed: false,
            caution: None,
            hold: None,
            implied: None,
            stale: None,
            machines: Machines::default(),
            commented: None,
            kept: None,
            tag_without_digest: None,
            form: None,
            effective: Vec::new(),
            outcomes: None,
            alone: false,
            ran: None,
        }
    }

    /// What is judged here: what builds come to, where some reach it, else what is written.
    pub fn judged(&self) -> impl Iterator<Item = &Stated> {
        self.judged_on().map(|(stated, _)| stated)
    }

    /// The same, with the machines that it has to run on.
    pub fn judged_on(&self) -> impl Iterator<Item = (&Stated, &[Machine<String>])> {
        let own = self.outcomes.is_none().then_some((&self.stated, &*self.machines));
        let built = self.outcomes.iter().flatten().map(|outcome| (&outcome.stated, &*outcome.machines));
        own.into_iter().chain(built)
    }

    /// Whether only a version is stated here, and nothing is known of the image that gets it.
    pub fn is_version_alone(&self) -> bool {
        let nameless = self.part(PartKind::Repository).is_none() && self.part(PartKind::Tag).is_some();
        nameless && self.outcomes.is_none() && self.stated.state == State::Placeholder
    }

    /// The part of this kind.
    pub fn part(&self, kind: PartKind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind == kind)
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
    /// A field of a resource that the user names.
    Field,
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
