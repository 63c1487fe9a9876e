//! From a set of questions to their answers.
//!
//! In: the questions of a run. Out: an answer for each, and what they cost; for digests also what they name.
//! Invariants: a question is asked once, because a set goes in; the first source that knows answers:
//! the files of build tools and the lock file, then the cache, then the registry, or the daemon in its
//! place; nothing above this module is async.

mod ask;
mod builds;
mod folder;
mod cache;
mod contents;
mod daemon;
pub mod lock;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::answer::{Answer, Answers, Reason};
use crate::reference::Question;
use crate::registry;
use crate::settings::{Ask, Daemon, Reach, Sources};
use crate::source::{Position, printable};
use cache::Cache;

pub use contents::{Depth, contents};

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

/// Answers each question once. `progress` is told how many of how many that are asked have been answered.
///
/// # Errors
/// What keeps every question from being answered.
pub fn ask(
    questions: &BTreeSet<Question>,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let mut answers = Answers::default();
    if questions.is_empty() {
        return Ok(answers);
    }
    let sources = &settings.sources;
    let cache = sources.cache.as_ref().map(|cache| Cache::open(cache, settings));
    answers.take(written(sources)?);
    answers.by_question.retain(|question, _| questions.contains(question));
    if let Some(cache) = &cache {
        answers.take(cache.answers(&open(questions, &answers)));
    }
    let open = open(questions, &answers);
    let said = match (&sources.daemon, sources.reach) {
        (Some(daemon), _) => of_daemon(&open, daemon, settings, progress)?,
        (None, Reach::Registries) => of_registries(&open, settings, progress)?,
        (None, Reach::Offline) => unknown(
            open,
            "it is in no file of --digests, not in the lock file and not in the cache",
            "ask its registry: leave out --offline",
        ),
        (None, Reach::Locked) => {
            unknown(open, "the lock file has no entry for it", "run `kubepin lock`: it locks what files use")
        }
    };
    if let Some(cache) = &cache {
        answers.notes.extend(cache.keep(&said.by_question));
    }
    answers.take(said);
    Ok(answers)
}

/// What registries say. What was asked for by its digest must be answered with it.
fn of_registries(
    questions: &BTreeSet<Question>,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let mut answers = ask::registries(questions, settings, progress)?;
    for (question, answer) in &mut answers.by_question {
        let Answer::Pinned { digest, .. } = answer else { continue };
        if question.is_by_digest() && question.tag != digest.as_str() {
            let what = format!("{} says that its digest is {digest}", question.registry);
            *answer = Answer::Untrusted(Reason { what, hint: None });
        }
    }
    Ok(answers)
}

/// What the daemon says, as far as registries confirm it, where they may be asked.
fn of_daemon(
    questions: &BTreeSet<Question>,
    daemon: &Daemon,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let claims = daemon::claims(questions, daemon, settings)?;
    let confirmed = match settings.sources.reach {
        Reach::Registries => of_registries(&daemon::to_confirm(&claims), settings, progress)?,
        Reach::Offline | Reach::Locked => Answers::default(),
    };
    Ok(Answers { by_question: daemon::settle(claims, &confirmed.by_question), ..confirmed })
}

/// What files say of any question. What was named for this run counts more than the lock file.
fn written(sources: &Sources) -> Result<Answers, Unusable> {
    let mut answers = match sources.reach {
        Reach::Registries => Answers::default(),
        Reach::Offline => lock::answers(sources, false)?,
        Reach::Locked => lock::answers(sources, true)?,
    };
    answers.take(builds::read(&sources.digests)?);
    Ok(answers)
}

/// The questions without an answer.
fn open(questions: &BTreeSet<Question>, answers: &Answers) -> BTreeSet<Question> {
    questions.iter().filter(|question| !answers.by_question.contains_key(question)).cloned().collect()
}

/// What becomes of questions that are put to nobody.
fn unknown(questions: BTreeSet<Question>, what: &str, hint: &str) -> Answers {
    let answer = Answer::Unknown(Reason { what: what.to_owned(), hint: Some(hint.to_owned()) });
    let by_question = questions.into_iter().map(|question| (question, answer.clone())).collect();
    Answers { by_question, ..Answers::default() }
}
