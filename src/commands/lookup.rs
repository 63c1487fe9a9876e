//! Looking up one image that was named on the command line.
//!
//! In: its reference. Out: its digest, what refers to digests; what it cost and what could not be told.

use std::collections::{BTreeMap, BTreeSet};

use super::{notes, told, unanswered};
use crate::answer::{Answer, Traffic};
use crate::failure::Failure;
use crate::finding::{Problem, Weight};
use crate::reference::{Digest, Question, Reference};
use crate::referrer::{Referrers, Wanted};
use crate::report::Progress;
use crate::resolve::Session;
use crate::settings::{Ask, Output};
use crate::source::printable;

/// What is found, and what it costs.
pub(super) struct Lookup<'s> {
    pub(super) session: Session<'s>,
    pub(super) progress: Progress,
    pub(super) traffic: Traffic,
    pub(super) problems: Vec<Problem>,
}

/// The reference that was typed.
pub(super) fn reference(text: &str) -> Result<Reference, Failure> {
    Reference::parse(text).map_err(|malformed| {
        let text = printable(text);
        Failure::usage(
            format!("`{text}` is no image reference: {}", malformed.message),
            "give one image, by tag or by digest: nginx:1.27",
        )
    })
}

impl<'s> Lookup<'s> {
    /// Nothing is asked yet.
    pub(super) fn new(ask: &'s Ask, output: &Output) -> Self {
        Self {
            session: Session::new(ask),
            progress: Progress::new(output.progress),
            traffic: Traffic::default(),
            problems: Vec::new(),
        }
    }

    /// The digest that a reference carries, or that its tag has.
    pub(super) fn digest(&mut self, reference: &Reference) -> Result<Option<Digest>, Failure> {
        if let Some(digest) = reference.digest() {
            return Ok(Some(digest.clone()));
        }
        let question = reference.question();
        let answers = self.session.ask(&[question.clone()].into(), &|_, _| {})?;
        self.traffic = answers.traffic;
        self.problems.extend(notes(&answers));
        Ok(match answers.by_question.get(&question) {
            Some(Answer::Pinned { digest, .. }) => Some(digest.clone()),
            Some(answer) => {
                let reasons = answer.reason().map(|reason| (&question, reason)).into_iter();
                self.problems.extend(unanswered::problems(reasons, (unanswered::NO_DIGEST, Weight::Failure)));
                None
            }
            None => None,
        })
    }

    /// What refers to digests. What cannot be told is a problem.
    pub(super) fn referrers(
        &mut self,
        questions: &BTreeSet<Question>,
        wanted: &Wanted,
    ) -> Result<BTreeMap<Question, Referrers>, Failure> {
        let progress = &self.progress;
        let found = self.session.referrers(questions, wanted, &|done, all| progress.tell(done, all))?;
        self.traffic.add(found.traffic);
        self.problems.extend(told(&found.warnings, &found.notes));
        let mut referrers = BTreeMap::new();
        for (question, found) in found.by_question {
            match found {
                Ok(found) => {
                    if found.cut {
                        let message = format!("more refers to {question} than is read");
                        self.problems.push(Problem::failure("", message));
                    }
                    referrers.insert(question, found);
                }
                Err(answer) => {
                    let what = format!("it is not known what refers to {question}");
                    self.problems.extend(problem(&what, &answer));
                }
            }
        }
        Ok(referrers)
    }
}

/// What an answer keeps from being known.
pub(super) fn problem(what: &str, answer: &Answer) -> Option<Problem> {
    let reason = answer.reason()?;
    let problem = Problem::failure("", format!("{what}: {}", reason.what));
    Some(Problem { hint: reason.hint.clone(), ..problem })
}
