//! What the lock file says of digests, beside which they are: platforms and dates.
//!
//! In: a lock that was renewed, the references that were answered for. Out: the lock with what was asked of
//! them. Invariant: what it says already is not asked again, so that a second run changes no byte.

use std::collections::BTreeSet;

use super::facts::{Facts, Way};
use crate::answer::Answers;
use crate::finding::Problem;
use crate::reference::Question;
use crate::resolve::lock::{self, Lock};
use crate::resolve::{AskError, Session};
use crate::settings::Details;

/// What describing digests came to.
#[derive(Debug)]
pub struct Described {
    /// The lock, with it.
    pub lock: Lock,
    /// What could not be found out.
    pub problems: Vec<Problem>,
    /// What it cost, and what is to be said of it.
    pub cost: Answers,
}

/// Writes details of digests into a lock. `answered` are its entries by name, with their digests.
///
/// # Errors
/// What keeps every question from being asked.
pub fn describe<'s>(
    mut lock: Lock,
    answered: &[(&str, Question)],
    details: Details,
    session: &'s Session<'s>,
    progress: &'s dyn Fn(usize, usize),
) -> Result<Described, AskError> {
    let questions: BTreeSet<Question> = answered.iter().map(|(_, question)| question.clone()).collect();
    let (mut facts, way) = (Facts::of(lock.clone()), Way { session, progress });
    if details.platforms {
        facts.look_for_platforms(questions.clone(), way)?;
    }
    if details.created {
        facts.look_for_dates(questions, way)?;
    }
    let now = lock::now();
    for (name, question) in answered {
        let platforms = facts.platforms(question).filter(|_| details.platforms);
        let created = facts.created(question).filter(|_| details.created);
        lock.describe(name, platforms.as_deref(), created, &now);
    }
    Ok(Described { lock, problems: facts.problems(), cost: facts.cost() })
}
