//! What registries said in earlier runs, on disk for some minutes.
//!
//! In: questions, and how they would be asked. Out: the answers that are young enough.
//! Invariants: what is not exactly an entry for the question is as good as none; only digests are kept;
//! trouble with the folder never stops a run.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::folder::Folder;
use crate::answer::{Answer, Answers};
use crate::discover::error_text;
use crate::reference::{Digest, Question};
use crate::registry::{Endpoint, hex};
use crate::settings::{self, Ask};

/// Longest entry, in bytes.
const ENTRY_LIMIT: u64 = 16 << 10;
/// Entries that nobody has written for so long are removed.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder of answers.
pub(super) struct Cache<'s> {
    folder: Folder,
    ttl: Duration,
    settings: &'s Ask,
}

/// One answer. Its file is named by the hash of `urls`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The URLs that may have been asked: mirror, scheme, repository and tag.
    urls: Vec<String>,
    digest: String,
    media_type: String,
    /// When it was said, in milliseconds since 1970.
    at: u64,
}

impl<'s> Cache<'s> {
    /// The cache in a folder, which need not exist.
    pub(super) fn open(cache: &settings::Cache, settings: &'s Ask) -> Self {
        let folder = Folder::new(cache.folder.join("tags"), ".json", KEPT.max(cache.ttl));
        Self { folder, ttl: cache.ttl, settings }
    }

    /// The answers that are there.
    pub(super) fn answers(&self, questions: &BTreeSet<Question>) -> Answers {
        let mut answers = Answers::default();
        if self.folder.is_private() {
            let found = |question: &Question| Some((question.clone(), self.answer(question)?));
            answers.by_question = questions.iter().filter_map(found).collect();
        }
        answers.traffic.cached = answers.by_question.len();
        answers
    }

    fn answer(&self, question: &Question) -> Option<Answer> {
        let urls = self.urls(question);
        let entry: Entry = serde_json::from_slice(&self.folder.read(&name(&urls), ENTRY_LIMIT)?).ok()?;
        // What comes from the future was written by another clock: its age is not known.
        let age = now().checked_sub(entry.at)?;
        let fits = entry.urls == urls && u128::from(age) < self.ttl.as_millis();
        let digest = Digest::parse(&entry.digest).ok().filter(|_| fits)?;
        Some(Answer::Pinned { digest, media_type: entry.media_type })
    }

    /// Keeps what has been said; returns what to say where that cannot be done.
    pub(super) fn keep(&self, said: &BTreeMap<Question, Answer>) -> Option<String> {
        if !said.values().any(Answer::is_pinned) {
            return None;
        }
        let why = self.write_all(said).err()?;
        Some(format!("answers are not kept in {}: {}", self.folder.path().display(), error_text(&why)))
    }

    fn write_all(&self, said: &BTreeMap<Question, Answer>) -> io::Result<()> {
        self.folder.prepare()?;
        for (question, answer) in said {
            if let Answer::Pinned { digest, media_type } = answer {
                let (urls, digest) = (self.urls(question), digest.to_string());
                let name = name(&urls);
                let entry = Entry { urls, digest, media_type: media_type.clone(), at: now() };
                self.folder.write(&name, &serde_json::to_vec(&entry)?)?;
            }
        }
        Ok(())
    }

    fn urls(&self, question: &Question) -> Vec<String> {
        Endpoint::of(question, self.settings).urls(self.settings)
    }
}

/// The name of an entry's file.
fn name(urls: &[String]) -> String {
    hex(&Sha256::digest(urls.join("\n")))
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
