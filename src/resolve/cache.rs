//! What registries said in earlier runs, on disk for some minutes.
//!
//! In: questions, and how they would be asked. Out: the answers that are young enough.
//! Invariants: an entry is whole or not there, because it is renamed into its place, so that any number
//! of runs may share a folder; what is not exactly an entry for the question is as good as none; only
//! digests are kept; trouble with the folder never stops a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirEntry};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::answer::{Answer, Answers};
use crate::discover::error_text;
use crate::reference::{Digest, Question};
use crate::registry::{Endpoint, hex};
use crate::settings::{self, Ask};

/// Longest entry, in bytes.
const ENTRY_LIMIT: u64 = 16 << 10;
/// Entries that nobody has written for so long are removed.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many entries one run looks at to find such.
const LOOKED_AT: usize = 2000;

/// A folder of answers.
pub(super) struct Cache<'s> {
    folder: PathBuf,
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
        Self { folder: cache.folder.join("tags"), ttl: cache.ttl, settings }
    }

    /// The answers that are there.
    pub(super) fn answers(&self, questions: &BTreeSet<Question>) -> Answers {
        let mut answers = Answers::default();
        if !others_may_write(&self.folder) {
            let found = |question: &Question| Some((question.clone(), self.answer(question)?));
            answers.by_question = questions.iter().filter_map(found).collect();
        }
        answers.traffic.cached = answers.by_question.len();
        answers
    }

    fn answer(&self, question: &Question) -> Option<Answer> {
        let urls = self.urls(question);
        let mut bytes = Vec::new();
        fs::File::open(self.file(&urls)).ok()?.take(ENTRY_LIMIT).read_to_end(&mut bytes).ok()?;
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
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
        Some(format!("answers are not kept in {}: {}", self.folder.display(), error_text(&why)))
    }

    fn write_all(&self, said: &BTreeMap<Question, Answer>) -> io::Result<()> {
        make_private(&self.folder)?;
        if others_may_write(&self.folder) {
            return Err(io::Error::other("others may write to it, and what they write would be believed"));
        }
        self.remove_old();
        for (question, answer) in said {
            if let Answer::Pinned { digest, media_type } = answer {
                let (urls, digest) = (self.urls(question), digest.to_string());
                let file = self.file(&urls);
                let entry = Entry { urls, digest, media_type: media_type.clone(), at: now() };
                // Not synced to the disk: an entry that a power cut spoils is no entry.
                let mut temp = tempfile::NamedTempFile::new_in(&self.folder)?;
                temp.write_all(&serde_json::to_vec(&entry)?)?;
                temp.persist(file).map_err(|error| error.error)?;
            }
        }
        Ok(())
    }

    /// Removes what no run will read again, and the temp files of runs that were killed.
    fn remove_old(&self) {
        let limit = KEPT.max(self.ttl);
        let is_old = |entry: &DirEntry| {
            let modified = entry.metadata().ok()?.modified().ok()?;
            Some(modified.elapsed().ok()? > limit)
        };
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten().take(LOOKED_AT);
        for entry in entries.filter(|entry| is_own(&entry.file_name()) && is_old(entry) == Some(true)) {
            let _ = fs::remove_file(entry.path());
        }
    }

    fn urls(&self, question: &Question) -> Vec<String> {
        Endpoint::of(question, self.settings).urls(self.settings)
    }

    fn file(&self, urls: &[String]) -> PathBuf {
        self.folder.join(format!("{}.json", hex(&Sha256::digest(urls.join("\n")))))
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Whether a file of this name is an entry, or was to become one.
fn is_own(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(".tmp") || name.ends_with(".json") && name.len() == 64 + ".json".len()
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn others_may_write(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn others_may_write(_: &Path) -> bool {
    false
}
