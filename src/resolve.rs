//! From a set of questions to their answers.
//!
//! In: the questions of a run. Out: an answer for each, and what they cost; for digests also what they name.
//! Invariants: a question is asked once, because a set goes in; nothing above this module is async.

mod ask;
mod attach;
mod builds;
mod folder;
mod cache;
mod contents;
mod daemon;
pub mod lock;
mod platform;
mod referrers;
mod runtime;
mod session;
mod sources;
mod tags;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::answer::Answers;
use crate::content::Contents;
use crate::reference::Question;
use crate::registry;
use crate::settings::Ask;
use crate::source::{Position, printable};

pub use contents::Depth;
pub use session::{Asked, Session};
pub use tags::Same;

/// Why no question can be answered at all.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Registries cannot be asked.
    #[error(transparent)]
    Registry(#[from] registry::AskError),
    /// A file that was to answer is of no use.
    #[error(transparent)]
    File(#[from] Unusable),
    /// The daemon cannot be asked.
    #[error("--source daemon: {0}")]
    Daemon(String),
}

/// A file with answers that is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {why}", file.display(), at.map(|Position { line, column }| format!(":{line}:{column}")).unwrap_or_default())]
pub struct Unusable {
    /// The file.
    pub file: PathBuf,
    /// Where in it.
    pub at: Option<Position>,
    /// What is wrong, and what to do.
    pub why: String,
}

impl Unusable {
    fn file(file: &Path, why: impl AsRef<str>) -> Self {
        Self { file: file.to_owned(), at: None, why: printable(why.as_ref()) }
    }
}

/// Answers one set of questions: see [`Session::ask`].
///
/// # Errors
/// What keeps every question from being answered.
pub fn ask(
    questions: &BTreeSet<Question>,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    Session::new(settings).ask(questions, progress)
}

/// Looks into one set of digests: see [`Session::contents`].
///
/// # Errors
/// What keeps every question from being asked.
pub fn contents(
    questions: &BTreeSet<Question>,
    depth: Depth,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> Result<Contents, AskError> {
    Session::new(settings).contents(questions, depth, progress)
}
