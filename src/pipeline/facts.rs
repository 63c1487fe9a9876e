//! What digests name, as far as a run needs it.
//!
//! In: questions by digest. Out: platforms and dates of images.
//! Invariant: what could not be looked into is told, and nothing is made up for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use crate::answer::{Answer, Answers};
use crate::content::{Child, Content};
use crate::finding::Problem;
use crate::reference::Question;
use crate::resolve::lock::moment;
use crate::resolve::{AskError, Depth, Session};

/// The annotation that says when an image was made.
/// Source: OCI image specification, annotations.md.
const CREATED: &str = "org.opencontainers.image.created";

/// What was found out.
#[derive(Default)]
pub(super) struct Facts {
    contents: BTreeMap<Question, Result<Content, Answer>>,
    cost: Answers,
}

/// How digests are looked into.
#[derive(Clone, Copy)]
pub(super) struct Way<'w> {
    pub(super) session: &'w Session<'w>,
    pub(super) progress: &'w dyn Fn(usize, usize),
}

impl Facts {
    /// Looks into digests.
    pub(super) fn look(
        &mut self,
        questions: &BTreeSet<Question>,
        depth: Depth,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        let said = way.session.contents(questions, depth, way.progress)?;
        self.contents.extend(said.by_question);
        self.cost.traffic.contents += said.traffic.requests;
        self.cost.traffic.retried += said.traffic.retried;
        self.cost.notes.extend(said.notes);
        Ok(())
    }

    /// Looks for the dates of images: of an index its own, or that of the first image that it lists.
    pub(super) fn look_for_dates(
        &mut self,
        questions: &BTreeSet<Question>,
        way: Way<'_>,
    ) -> Result<(), AskError> {
        self.look(questions, Depth::Config, way)?;
        let undated = |question: &&Question| self.dated(question).is_none();
        let children = questions.iter().filter(undated).filter_map(|question| self.first_child(question));
        let children = children.collect();
        self.look(&children, Depth::Config, way)
    }

    /// What a digest names, if it was looked into.
    pub(super) fn content(&self, question: &Question) -> Option<&Content> {
        self.contents.get(question)?.as_ref().ok()
    }

    /// When an image says that it was made.
    pub(super) fn created(&self, question: &Question) -> Option<SystemTime> {
        let own = self.dated(question);
        let text = own.or_else(|| self.dated(&self.first_child(question)?))?;
        moment(text)
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
        self.content(question).is_some() && (self.dated(question).is_some() || child())
    }

    /// The first image that an index lists, not what is said about one.
    fn first_child(&self, question: &Question) -> Option<Question> {
        let Content::Index { manifests, .. } = self.content(question)? else { return None };
        let is_image =
            |child: &&Child| child.platform.as_ref().is_some_and(|platform| !platform.is_unknown());
        let child = manifests.iter().find(is_image)?;
        Some(question.clone().by_digest(&child.digest))
    }

    /// What could not be looked into.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let failed = self.contents.iter().filter_map(|(question, content)| {
            let reason = content.as_ref().err()?.reason()?;
            let problem =
                Problem::failure("", format!("it is not known what {question} names: {}", reason.what));
            Some(Problem { hint: reason.hint.clone(), ..problem })
        });
        failed.collect()
    }

    /// What it cost, to be added to answers.
    pub(super) fn cost(self) -> Answers {
        self.cost
    }
}
