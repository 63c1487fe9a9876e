//! Who answers first.
//!
//! In: questions. Out: an answer for each.
//! Invariant: the first source that knows answers: the files of build tools and the lock file, then the
//! cache, then the registry, or the daemon in its place.

use std::collections::BTreeSet;

use super::cache::Cache;
use super::session::{Asked, Session};
use super::{AskError, Unusable, builds, daemon, lock};
use crate::answer::{Answer, Answers, Reason};
use crate::reference::Question;
use crate::settings::{Daemon, Reach, Sources};

/// Answers each question once.
pub(super) fn answers(
    session: &Session<'_>,
    questions: &BTreeSet<Question>,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let mut answers = Answers::default();
    if questions.is_empty() {
        return Ok(answers);
    }
    let settings = session.settings;
    let sources = &settings.sources;
    let cache = sources.cache.as_ref().map(|cache| Cache::open(cache, settings));
    answers.take(written(sources)?);
    answers.by_question.retain(|question, _| questions.contains(question));
    if let Some(cache) = &cache {
        answers.take(cache.answers(&open(questions, &answers)));
    }
    let open = open(questions, &answers);
    let said = match (&sources.daemon, sources.reach) {
        (Some(daemon), _) => of_daemon(session, &open, daemon, progress)?,
        (None, Reach::Registries) => of_registries(session, &open, progress)?,
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
pub(super) fn of_registries(
    session: &Session<'_>,
    questions: &BTreeSet<Question>,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    if questions.is_empty() {
        return Ok(Answers::default());
    }
    let asked = session.registries(|registries| registries.answers(questions, progress))?;
    let Asked { said: mut by_question, traffic, warnings, notes } = asked;
    for (question, answer) in &mut by_question {
        let Answer::Pinned { digest, .. } = answer else { continue };
        if question.is_by_digest() && question.tag != digest.as_str() {
            let what = format!("{} says that its digest is {digest}", question.registry);
            *answer = Answer::Untrusted(Reason { what, hint: None });
        }
    }
    Ok(Answers { by_question, traffic, warnings, notes })
}

/// What the daemon says, as far as registries confirm it, where they may be asked.
fn of_daemon(
    session: &Session<'_>,
    questions: &BTreeSet<Question>,
    daemon: &Daemon,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let claims = daemon::claims(questions, daemon, session.settings)?;
    let confirmed = match session.settings.sources.reach {
        Reach::Registries => of_registries(session, &daemon::to_confirm(&claims), progress)?,
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
