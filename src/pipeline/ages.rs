//! How old the digests are that pins would move to.
//!
//! In: the cooldown, the lock file, what tags are now. Out: which digests are known for long enough.
//! Invariants: an age that nobody can tell is never taken for enough; what tags are now is written into the
//! lock file, so that it can be told another time.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::time::SystemTime;

use super::facts::{Facts, Way};
use crate::answer::{Answer, Answers};
use crate::finding::Problem;
use crate::image::ImageUse;
use crate::reference::{Digest, Question, Reference};
use crate::resolve::AskError;
use crate::resolve::lock::{self, Lock};
use crate::scan::Scanned;
use crate::settings::{Mode, Settings};
use crate::write;

/// What is known of ages.
pub(super) struct Ages<'a> {
    settings: &'a Settings,
    pub(super) facts: Facts,
    now: SystemTime,
}

impl<'a> Ages<'a> {
    /// What the lock file knows.
    pub(super) fn new(settings: &'a Settings, lock: Lock) -> Self {
        Self { settings, facts: Facts::of(lock), now: SystemTime::now() }
    }

    /// Looks for the dates of what pins would move to, where the lock file knows it for long enough: it may
    /// be younger.
    pub(super) fn find(
        &mut self,
        scanned: &Scanned,
        answers: &Answers,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        let Some(cooldown) = self.settings.demands.cooldown else { return Ok(()) };
        let mut open = BTreeSet::new();
        for pin in scanned.uses().flat_map(ImageUse::pins) {
            let Some(tag) = pin.by_tag() else { continue };
            let Some(Answer::Pinned { digest, .. }) = answers.by_question.get(&tag) else { continue };
            let question = tag.by_digest(digest);
            if digest != pin.digest && self.facts.age(&question).is_below(cooldown, self.now) == Some(false) {
                open.insert(question);
            }
        }
        self.facts.look_for_dates(open, way)
    }

    /// Holds that a digest is known for as long as it has to be.
    ///
    /// # Errors
    /// That it is not, or that nobody can tell.
    pub(super) fn check(&self, tag: &Question, digest: &Digest) -> Result<(), String> {
        let demands = &self.settings.demands;
        let (Some(cooldown), Some(words)) = (demands.cooldown, demands.cooldown_in_words()) else {
            return Ok(());
        };
        let question = tag.clone().by_digest(digest);
        match self.facts.age(&question).is_below(cooldown, self.now) {
            Some(false) if self.facts.is_whole(&question) => Ok(()),
            Some(false) => Err(format!("it is not known when {question} was made")),
            Some(true) => Err(format!("{tag} is {digest} now, which is known for less than {words}")),
            None => {
                Err(format!("{tag} is {digest} now, and its age is not known: the lock file has not seen it"))
            }
        }
    }

    /// Writes into the lock file what tags are now, where ages matter and files are written.
    ///
    /// # Errors
    /// Why it is not written.
    pub(super) fn remember(&self, answers: &Answers) -> Result<(), Problem> {
        if self.settings.demands.cooldown.is_none() || self.settings.mode != Mode::Fix {
            return Ok(());
        }
        let named = self.settings.ask.sources.lock_file.as_deref();
        let file = lock::place(named).map_err(|error| unwritten(&error))?;
        let before = lock::read(&file).map_err(|error| unwritten(&error))?;
        let tags = answers.by_question.keys().filter_map(|tag| Reference::parse(&tag.to_string()).ok());
        let renewed = self.facts.lock.clone().renew(&tags.collect(), answers, &lock::now(), false);
        write::put(&file, before.as_deref(), &renewed.lock.text()).map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &dyn Display) -> Problem {
    Problem::failure("", format!("the lock file is not written: {error}"))
}
