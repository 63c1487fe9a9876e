//! What is stated: a text, and what it is.
//!
//! In: a text. Out: the reference in it, or what else it is.
//! Invariant: what is filled in later or built is told from a reference, and from what is none.

use serde::Serialize;

use crate::reference::{Malformed, Reference};

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

impl Stated {
    /// What a text is.
    pub fn of(written: String) -> Self {
        let reference = Reference::parse(&written);
        Self { state: State::of(&written, &reference), written, reference }
    }

    /// The reference, where it is one.
    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref().ok()
    }

    /// Whether a digest is in it, or what should be one.
    pub fn has_digest(&self) -> bool {
        matches!(self.state, State::Digest | State::TaggedDigest)
    }
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

    /// Whether it names one version, moving or not.
    pub fn is_versioned(self) -> bool {
        matches!(self, Self::Tagged | Self::Digest | Self::TaggedDigest)
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
