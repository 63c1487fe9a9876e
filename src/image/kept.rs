//! Digests that were kept while the tags beside them changed.
//!
//! In: an image use. Out: the tag and the digest that are written there, to be compared with what was written
//! before, and what comes of that.
//! Invariant: this is about what is written; what builds and charts make of it is not needed to compare.

use super::{ImageUse, PartKind, Pin};
use crate::reference::{Digest, Question, Reference};

/// A digest that is known by other tags than the one beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The tag beside it.
    pub tag: String,
    /// The tags that it is known by.
    pub others: Vec<String>,
    /// Who knows.
    pub witness: Witness,
    /// The name of the file in reports.
    pub file: String,
}

/// Who knows the tags of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Git, by what the file was at this revision.
    Git(String),
    /// The lock file.
    Lock,
}

/// A tag and a digest that are written beside each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaggedDigest {
    /// What they are of: a repository, in full; where none is stated, the place.
    pub of: String,
    /// The digest, without the name of its algorithm.
    pub digest: String,
    /// The tag.
    pub tag: String,
}

impl TaggedDigest {
    fn new(of: String, digest: &str, tag: &str) -> Option<Self> {
        let digest = digest.rsplit(':').next().unwrap_or_default().to_owned();
        let whole = !tag.is_empty() && !digest.is_empty();
        whole.then(|| Self { of, digest, tag: tag.to_owned() })
    }

    /// A tag that has a digest.
    pub fn of(Question { registry, repository, tag }: &Question, digest: &Digest) -> Option<Self> {
        Self::new(format!("{registry}/{repository}"), digest.as_str(), tag)
    }

    /// Those of a pin.
    pub fn of_pin(pin: &Pin<'_>) -> Option<Self> {
        Self::of(&pin.by_tag()?, pin.digest)
    }

    /// Those of a text that is a reference with both.
    pub fn of_text(text: &str) -> Option<Self> {
        let reference = Reference::parse(text).ok()?;
        reference.tag()?;
        Self::of(&reference.question(), reference.digest()?)
    }
}

impl ImageUse {
    /// The tag and the digest that are written here.
    pub fn tagged_digest(&self) -> Option<TaggedDigest> {
        if let Some(pin) = self.pin(&self.stated, &self.machines) {
            return TaggedDigest::of_pin(&pin);
        }
        // Values may leave the repository to their chart.
        let part = |kind| self.part(kind).map(|part| part.text.as_str());
        let (tag, digest) = part(PartKind::Tag).zip(part(PartKind::Digest))?;
        TaggedDigest::new(self.path.clone(), digest, tag).filter(|_| part(PartKind::Repository).is_none())
    }
}
