//! What digests name, as far as a run needs it.
//!
//! In: questions by digest. Out: platforms, dates and ages of images.
//! Invariants: what the lock file has of them is not asked for, and nothing is looked into twice; what could
//! not be looked into is told, and nothing is made up for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use crate::answer::{Answer, Answers, Reason};
use crate::content::{Child, Content};
use crate::finding::{Problem, named};
use crate::platform::Platform;
use crate::reference::{Digest, Question};
use crate::referrer::{Referrers, Wanted};
use crate::resolve::lock::{Lock, moment};
use crate::resolve::{AskError, Depth, Session};
use crate::rules::Age;

/// The annotation that says when an image was made.
/// Source: OCI image specification, annotations.md.
const CREATED: &str = "org.opencontainers.image.created";

/// What was found out.
#[derive(Default)]
pub(super) struct Facts {
    /// What is remembered.
    pub(super) lock: Lock,
    contents: BTreeMap<Question, (Depth, Result<Content, Answer>)>,
    referrers: BTreeMap<Question, Result<Referrers, Answer>>,
    cost: Answers,
}

/// How digests are looked into.
#[derive(Clone, Copy)]
pub(super) struct Way<'w> {
    pub(super) session: &'w Session<'w>,
    pub(super) progress: &'w dyn Fn(usize, usize),
}

impl Facts {
    /// What the lock file knows.
    pub(super) fn of(lock: Lock) -> Self {
        Self { lock, ..Self::default() }
    }

    /// Looks into digests.
    pub(super) fn look(
        &mut self,
        questions: &BTreeSet<Question>,
        depth: Depth,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        let open = questions.iter().filter(|question| !self.is_known(question, depth)).cloned().collect();
        let said = way.session.contents(&open, depth, way.progress)?;
        self.contents.extend(said.by_question.into_iter().map(|(question, said)| (question, (depth, said))));
        self.cost.traffic.add_contents(said.traffic);
        self.cost.notes.extend(said.notes);
        Ok(())
    }

    /// Whether it was looked into so far: an index has no config.
    fn is_known(&self, question: &Question, depth: Depth) -> bool {
        self.contents
            .get(question)
            .is_some_and(|(known, said)| *known >= depth || matches!(said, Ok(Content::Index { .. })))
    }

    /// Looks for the platforms of images.
    pub(super) fn look_for_platforms(
        &mut self,
        mut questions: BTreeSet<Question>,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        questions.retain(|question| remembered(question, Lock::platforms, &self.lock).is_none());
        self.look(&questions, Depth::Config, way)
    }

    /// Looks for the dates of images: of an index its own, or that of the first image that it lists.
    pub(super) fn look_for_dates(
        &mut self,
        mut questions: BTreeSet<Question>,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        questions.retain(|question| remembered(question, Lock::created, &self.lock).is_none());
        self.look(&questions, Depth::Config, way)?;
        let undated = |question: &&Question| self.dated(question).is_none();
        let children = questions.iter().filter(undated).filter_map(|question| self.first_child(question));
        let children = children.collect();
        self.look(&children, Depth::Config, way)
    }

    /// Looks for what refers to digests.
    pub(super) fn look_for_referrers(
        &mut self,
        questions: &BTreeSet<Question>,
        wanted: &Wanted,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        let open = questions.iter().filter(|question| !self.referrers.contains_key(question)).cloned();
        let found = way.session.referrers(&open.collect(), wanted, way.progress)?;
        self.referrers.extend(found.by_question);
        self.cost.traffic.add_contents(found.traffic);
        self.cost.warnings.extend(found.warnings);
        self.cost.notes.extend(found.notes);
        Ok(())
    }

    /// All that refers to a digest, if that is known.
    pub(super) fn referrers(&self, question: &Question) -> Option<&Referrers> {
        self.referrers.get(question)?.as_ref().ok().filter(|referrers| !referrers.cut)
    }

    /// What a digest names, if it was looked into.
    pub(super) fn content(&self, question: &Question) -> Option<&Content> {
        self.contents.get(question)?.1.as_ref().ok()
    }

    /// Whether an image was looked into and does not say of all of it what it is for.
    pub(super) fn states_no_platform(&self, question: &Question) -> bool {
        self.content(question).is_some() && self.platforms(question).is_none()
    }

    /// The platforms of an image; `None` where they are not known, or not stated of all of it.
    pub(super) fn platforms(&self, question: &Question) -> Option<Vec<Platform>> {
        remembered(question, Lock::platforms, &self.lock).or_else(|| {
            let content = self.content(question)?;
            let platforms: Vec<Platform> = content.platforms().into_iter().cloned().collect();
            let whole = match content {
                Content::Index { manifests, .. } => manifests.iter().all(|child| child.platform.is_some()),
                Content::Manifest { .. } => true,
            };
            Some(platforms).filter(|platforms| whole && !platforms.is_empty())
        })
    }

    /// What tells how old an image is.
    pub(super) fn age(&self, question: &Question) -> Age {
        let first_sight = remembered(question, Lock::first_sight, &self.lock);
        Age { first_sight, created: self.created(question) }
    }

    /// When an image says that it was made.
    pub(super) fn created(&self, question: &Question) -> Option<SystemTime> {
        let own = self.dated(question);
        let stated = || moment(own.or_else(|| self.dated(&self.first_child(question)?))?);
        remembered(question, Lock::created, &self.lock).or_else(stated)
    }

    fn dated(&self, question: &Question) -> Option<&str> {
        match self.content(question)? {
            Content::Index { annotations, .. } => annotations.get(CREATED).map(String::as_str),
            Content::Manifest { created, .. } => created.as_deref(),
        }
    }

    /// Whether all that dates are looked for in could be looked into.
    pub(super) fn is_whole(&self, question: &Question) -> bool {
        let child = || self.first_child(question).is_none_or(|child| self.content(&child).is_some());
        remembered(question, Lock::created, &self.lock).is_some()
            || self.content(question).is_some() && (self.dated(question).is_some() || child())
    }

    /// The first image that an index lists, not what is said about one.
    fn first_child(&self, question: &Question) -> Option<Question> {
        let Content::Index { manifests, .. } = self.content(question)? else { return None };
        let is_image =
            |child: &&Child| child.platform.as_ref().is_some_and(|platform| !platform.is_unknown());
        let child = manifests.iter().find(is_image)?;
        Some(question.clone().by_digest(&child.digest))
    }

    /// What could not be looked into, for each reason.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let contents = self.contents.iter();
        let contents = contents.filter_map(|(question, (_, said))| Some((question, said.as_ref().err()?)));
        let referrers = self.referrers.iter();
        let referrers = referrers.filter_map(|(question, said)| Some((question, said.as_ref().err()?)));
        let cut = self.referrers.iter().filter(|(_, said)| said.as_ref().is_ok_and(|found| found.cut));
        let cut = cut.map(|(question, _)| {
            Problem::failure("", format!("more refers to {question} than is read, so it is not judged"))
        });
        let named = unknown(contents, |names| format!("it is not known what {names} names"));
        let referring = unknown(referrers, |names| format!("it is not known what refers to {names}"));
        named.into_iter().chain(referring).chain(cut).collect()
    }

    /// What it cost, to be added to answers.
    pub(super) fn cost(self) -> Answers {
        self.cost
    }
}

/// A problem for each reason; `lead` says what is not known of the names.
fn unknown<'a>(
    open: impl Iterator<Item = (&'a Question, &'a Answer)>,
    lead: impl Fn(String) -> String,
) -> Vec<Problem> {
    let mut reasons: BTreeMap<(&str, Option<&str>), Vec<String>> = BTreeMap::new();
    for (question, answer) in open {
        let Some(Reason { what, hint }) = answer.reason() else { continue };
        reasons.entry((what, hint.as_deref())).or_default().push(question.to_string());
    }
    let problem = |((what, hint), names): ((&str, Option<&str>), Vec<String>)| {
        let problem = Problem::failure("", format!("{}: {what}", lead(named(&names))));
        Problem { hint: hint.map(str::to_owned), ..problem }
    };
    reasons.into_iter().map(problem).collect()
}

/// What the lock file has of a digest.
fn remembered<T>(
    question: &Question,
    what: impl Fn(&Lock, &Question, &Digest) -> Option<T>,
    lock: &Lock,
) -> Option<T> {
    what(lock, question, &Digest::parse(&question.tag).ok()?)
}
