//! What digests name: indexes and manifests.
//!
//! In: nothing, this is plain data. Out: a [`Content`] for each digest that was looked into.
//! Invariant: it is what the bytes say that the digest is the hash of, so it is true for ever and wherever
//! the digest is found; but whether a repository has them, it does not say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::answer::{Answer, Traffic};
use crate::platform::Platform;
use crate::reference::{Digest, Question};

/// What a digest names. Texts are as they were sent: they may hold anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Content {
    /// An image of several platforms.
    Index {
        /// Media type.
        media_type: String,
        /// What it lists, in its order.
        manifests: Vec<Child>,
        /// Annotations.
        annotations: BTreeMap<String, String>,
    },
    /// An image of one platform.
    Manifest {
        /// Media type.
        media_type: String,
        /// What it is, where it is no image.
        artifact_type: Option<String>,
        /// What it is made for, where its config was looked into and says so.
        platform: Option<Platform>,
        /// When it was made, where its config was looked into and says so. Anything may stand there.
        created: Option<String>,
        /// Its config.
        config: Box<Blob>,
        /// Its layers, the lowest first.
        layers: Vec<Blob>,
        /// Annotations.
        annotations: BTreeMap<String, String>,
    },
}

/// What an index says of one thing that it lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Child {
    /// Its digest.
    pub digest: Digest,
    /// Media type: that of a manifest, or of another index.
    pub media_type: String,
    /// What it is, where it is no image and the index says so.
    pub artifact_type: Option<String>,
    /// Bytes of it.
    pub size: u64,
    /// What it is made for.
    pub platform: Option<Platform>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What a manifest says of a config or a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blob {
    /// Its digest.
    pub digest: Digest,
    /// Media type.
    pub media_type: String,
    /// Bytes of it, as it is stored.
    pub size: u64,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Content {
    /// The platforms it is made for, in its order and each once. Of a manifest it is known only where its
    /// config was looked into.
    pub fn platforms(&self) -> Vec<&Platform> {
        let mut platforms = Vec::new();
        let stated: Vec<&Platform> = match self {
            Self::Index { manifests, .. } => {
                manifests.iter().filter_map(|child| child.platform.as_ref()).collect()
            }
            Self::Manifest { platform, .. } => platform.iter().collect(),
        };
        for platform in stated {
            if !platform.is_unknown() && !platforms.contains(&platform) {
                platforms.push(platform);
            }
        }
        platforms
    }

    /// Whether a machine can run it, as far as platforms are known.
    pub fn runs_on(&self, machine: &Platform) -> bool {
        self.platforms().into_iter().any(|platform| machine.runs(platform).is_some())
    }

    /// What an index lists for a machine: the manifests that fit best. There are several only where the
    /// index itself tells nothing that one of them is to be preferred for.
    pub fn children_for(&self, machine: &Platform) -> Vec<&Child> {
        let Self::Index { manifests, .. } = self else { return Vec::new() };
        let fit = |child: &Child| machine.runs(child.platform.as_ref()?);
        let best = manifests.iter().filter_map(fit).min();
        manifests.iter().filter(|child| best.is_some() && fit(child) == best).collect()
    }
}

/// What a run learned about digests, and what that cost.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// One for each question, or the answer why there is none.
    pub by_question: BTreeMap<Question, Result<Content, Answer>>,
    /// What it cost.
    pub traffic: Traffic,
    /// What of the settings could not be used, in sentences.
    pub warnings: Vec<String>,
    /// What is said with `-v` of how it went.
    pub notes: Vec<String>,
}
