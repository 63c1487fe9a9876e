//! What the lock file remembers of digests.
//!
//! In: the entries, a digest in a repository. Out: the tags that it had, when it was first seen, and what was
//! asked about it once.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use super::{Entry, Lock, Unusable, place, read};
use crate::discover::error_text;
use crate::platform::Platform;
use crate::reference::{Digest, Question};

/// A point in time as images and the lock file state it.
pub fn moment(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(text).ok()
}

impl Lock {
    /// The lock file that is there: the one that is named, or the nearest; empty where there is none.
    ///
    /// # Errors
    /// That it is named and not there, or of no use.
    pub fn nearest(named: Option<&Path>) -> Result<Self, Unusable> {
        let unplaced = |error: std::io::Error| Unusable::file(Path::new(super::NAME), error_text(&error));
        let file = place(named).map_err(unplaced)?;
        match read(&file)? {
            Some(text) => Self::parse(&file, &text),
            None if named.is_none() => Ok(Self::default()),
            None => Err(Unusable::file(&file, "there is no such file: `kubepin lock` writes it")),
        }
    }

    /// The tags that had this digest when they were asked for, in the repository of a question.
    pub fn tags(&self, of: &Question, digest: &Digest) -> BTreeSet<String> {
        let tags = self.of(of, digest).filter(|entry| entry.reference.digest().is_none());
        tags.map(|entry| entry.reference.question().tag).collect()
    }

    /// Every tag that is remembered, with its digest.
    pub fn tagged(&self) -> impl Iterator<Item = (Question, &Digest)> {
        let tags = self.0.values().filter(|entry| entry.reference.digest().is_none());
        tags.map(|entry| (entry.reference.question(), &entry.digest))
    }

    /// When the tag of a question was found to have this digest.
    pub fn recorded(&self, tag: &Question, digest: &Digest) -> Option<&str> {
        let is_tag =
            |entry: &&Entry| entry.reference.digest().is_none() && entry.reference.question() == *tag;
        Some(self.of(tag, digest).find(is_tag)?.resolved_at.as_str())
    }

    /// When this digest was first seen in the repository of a question.
    pub fn first_sight(&self, of: &Question, digest: &Digest) -> Option<SystemTime> {
        let times = self.of(of, digest).filter_map(|entry| moment(&entry.first_seen));
        times.min()
    }

    /// When an image says that it was made, where that was written down.
    pub fn created(&self, of: &Question, digest: &Digest) -> Option<SystemTime> {
        self.of(of, digest).find_map(|entry| moment(entry.created.as_deref()?))
    }

    /// The platforms of an image, where they were written down.
    pub fn platforms(&self, of: &Question, digest: &Digest) -> Option<Vec<Platform>> {
        let stated = self.of(of, digest).find(|entry| !entry.platforms.is_empty())?;
        stated.platforms.iter().map(|text| Platform::parse(text).ok()).collect()
    }

    /// The entries of a digest in the repository of a question.
    fn of(&self, of: &Question, digest: &Digest) -> impl Iterator<Item = &Entry> {
        let same = self.0.values().filter(move |entry| entry.digest == *digest);
        same.filter(move |entry| {
            let own = entry.reference.question();
            (&own.registry, &own.repository) == (&of.registry, &of.repository)
        })
    }
}
