//! What refers to digests: signatures, attestations, bills of materials.
//!
//! In: nothing, this is plain data. Out: the [`Referrers`] of a digest, or which ones are wanted.
//! Invariant: it is what a registry lists now. Who may write a list may claim anything in it; that something
//! refers to a digest is known only of what says so itself. Who made it, nothing here says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::answer::{Answer, Traffic};
use crate::reference::{Digest, Question};

/// One thing that refers to a digest. Texts are as they were sent: they may hold anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Referrer {
    /// Its digest.
    pub digest: Digest,
    /// Media type.
    pub media_type: String,
    /// What it is, where that is said anywhere.
    pub artifact_type: Option<String>,
    /// Bytes of it, where that is known.
    pub size: Option<u64>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// The tag that makes it one, where cosign has put it under a tag of its own.
    pub tag: Option<String>,
    /// What there is to it.
    pub claim: Claim,
}

/// What there is to an entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// It is listed. Nobody looked further.
    Listed,
    /// Its manifest says itself that it refers to the digest, and what it is.
    Proved,
    /// It is not what the list says: why, as the end of a sentence.
    Refuted(String),
}

/// Where referrers are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// The registry lists them.
    Api,
    /// An index under the tag `sha256-…` lists them.
    Tag,
}

/// The referrers of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Referrers {
    /// Where they were found.
    pub scheme: Scheme,
    /// All of them, in the order of the list, those of cosign's tags last.
    #[serde(rename = "referrers")]
    pub list: Vec<Referrer>,
    /// Whether there were more than are read.
    pub cut: bool,
}

/// Which referrers are looked for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Where; `None`: what the registry has.
    pub scheme: Option<Scheme>,
    /// Of this artifact type only.
    pub artifact_type: Option<String>,
    /// Whether cosign's own tags are looked at, too.
    pub cosign: bool,
    /// The artifact types that have to be there: of each, one referrer is proved if any can be.
    pub required: BTreeSet<String>,
}

/// The ends of the tags under which cosign puts what it makes, where it does not make referrers.
pub const COSIGN_TAGS: [&str; 3] = ["sig", "att", "sbom"];

/// The artifact type that cosign has for what is under such a tag.
pub fn cosign_type(end: &str) -> String {
    format!("application/vnd.dev.cosign.artifact.{end}.v1+json")
}

/// The tag that stands for a digest in the tag schema.
/// Source: OCI distribution specification, referrers tag schema.
pub fn tag_of(digest: &Digest) -> String {
    let (algorithm, hex) = digest.as_str().split_once(':').unwrap_or(("", digest.as_str()));
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    format!("{}-{}", cut(algorithm, 32), cut(hex, 64))
}

/// What is attached to an image.
#[derive(Clone, Debug, Default)]
pub struct Artifact {
    /// What it is.
    pub artifact_type: String,
    /// Annotations of its manifest.
    pub annotations: BTreeMap<String, String>,
    /// Its files.
    pub files: Vec<Attachment>,
}

/// A file that is attached.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name, without folders.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What was attached.
#[derive(Clone, Debug, Serialize)]
pub struct Attached {
    /// The digest of its manifest.
    pub digest: Digest,
    /// Media type of that.
    pub media_type: String,
    /// Bytes of that.
    pub size: usize,
    /// How it is found.
    pub scheme: Scheme,
}

/// What was found out about several digests, and what that cost.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// One for each question, or the answer why they are not known.
    pub by_question: BTreeMap<Question, Result<Referrers, Answer>>,
    /// What it cost.
    pub traffic: Traffic,
    /// What of the settings could not be used, in sentences.
    pub warnings: Vec<String>,
    /// What is said with `-v` of how it went.
    pub notes: Vec<String>,
}

impl Referrers {
    /// Whether there is one of an artifact type that counts where one is required. What is under a tag of
    /// cosign names no subject: its tag is all that does.
    pub fn have(&self, artifact_type: &str) -> bool {
        let counts = |referrer: &&Referrer| referrer.claim == Claim::Proved || referrer.tag.is_some();
        let mut counting = self.list.iter().filter(counts);
        counting.any(|referrer| referrer.artifact_type.as_deref() == Some(artifact_type))
    }
}

impl Wanted {
    /// Whether a referrer is wanted.
    pub fn is_about(&self, referrer: &Referrer) -> bool {
        self.artifact_type.is_none() || self.artifact_type == referrer.artifact_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_digests_are_cut() {
        let digest = |text: &str| Digest::parse(text).expect("a digest");
        let (short, long) = ("a".repeat(64), "b".repeat(128));
        assert_eq!(tag_of(&digest(&format!("sha256:{short}"))), format!("sha256-{short}"));
        assert_eq!(tag_of(&digest(&format!("sha512:{long}"))), format!("sha512-{}", &long[..64]));
    }
}
