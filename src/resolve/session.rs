//! Several sets of questions in one run.
//!
//! In: how registries are asked. Out: answers, and what digests name.
//! Invariant: what one set teaches about hosts, logins and tokens serves the next; registries that nothing
//! is asked of are not even prepared for.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use super::ask::Registries;
use super::{AskError, Depth, Same, attach, contents, platform, referrers, sources, tags};
use crate::answer::{Answer, Answers, Traffic};
use crate::content::Contents;
use crate::reference::{Digest, Question};
use crate::referrer::{Artifact, Attached, Found, Wanted};
use crate::settings::Ask;

/// What answers the questions of a run.
pub struct Session<'s> {
    pub(super) settings: &'s Ask,
    registries: OnceCell<Registries<'s>>,
}

/// What came of asking registries.
#[derive(Debug)]
pub struct Asked<T> {
    /// What was said.
    pub said: T,
    /// What it cost.
    pub traffic: Traffic,
    /// What of the settings could not be used, told once.
    pub warnings: Vec<String>,
    /// What was not told before of how it went.
    pub notes: Vec<String>,
}

impl<'s> Session<'s> {
    /// Nothing is read or sent yet.
    pub fn new(settings: &'s Ask) -> Self {
        Self { settings, registries: OnceCell::new() }
    }

    /// Answers each question once, for the platform of the settings if they name one. `progress` is told
    /// how many of how many that are asked have been answered.
    ///
    /// # Errors
    /// What keeps every question from being answered.
    pub fn ask(
        &self,
        questions: &BTreeSet<Question>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Answers, AskError> {
        match &self.settings.platform {
            None => sources::answers(self, questions, progress),
            Some(machine) => platform::answers(self, questions, machine, progress),
        }
    }

    /// Looks into digests, each once. All questions are to be by digest.
    ///
    /// # Errors
    /// What keeps every question from being asked.
    pub fn contents(
        &self,
        questions: &BTreeSet<Question>,
        depth: Depth,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Contents, AskError> {
        contents::contents(self, questions, depth, progress)
    }

    /// The tags in the repository of a question that point to a digest; or why its tags are not known.
    ///
    /// # Errors
    /// What keeps every question from being asked.
    pub fn tags(
        &self,
        question: &Question,
        digest: &Digest,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Result<Same, Answer>, AskError> {
        tags::same(self, question, digest, progress)
    }

    /// Looks for what refers to digests, each once. All questions are to be by digest.
    ///
    /// # Errors
    /// What keeps every question from being asked.
    pub fn referrers(
        &self,
        questions: &BTreeSet<Question>,
        wanted: &Wanted,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Found, AskError> {
        referrers::referrers(self, questions, wanted, progress)
    }

    /// Attaches files, each with its media type, to an image by its digest; or says why nothing is attached.
    ///
    /// # Errors
    /// What keeps it from being tried: a file cannot be read.
    pub fn attach(
        &self,
        question: &Question,
        artifact: Artifact,
        files: &[(PathBuf, String)],
    ) -> Result<Asked<Result<Attached, Answer>>, AskError> {
        attach::attach(self, question, artifact, files)
    }

    /// Asks registries.
    pub(super) fn registries<T>(&self, ask: impl FnOnce(&Registries<'s>) -> T) -> Result<Asked<T>, AskError> {
        let begins = self.registries.get().is_none();
        let registries = if let Some(registries) = self.registries.get() {
            registries
        } else {
            let opened = Registries::open(self.settings)?;
            self.registries.get_or_init(|| opened)
        };
        let (before, told) = (registries.traffic(), registries.notes());
        let said = ask(registries);
        let after = registries.traffic();
        let traffic = Traffic {
            requests: after.requests - before.requests,
            retried: after.retried - before.retried,
            ..Traffic::default()
        };
        let mut notes = registries.notes();
        notes.retain(|note| !told.contains(note));
        let warnings = if begins { registries.warnings() } else { Vec::new() };
        Ok(Asked { said, traffic, warnings, notes })
    }
}
