//! What is known of a question: what a registry said, or what was said in its place.
//!
//! In: nothing, this is plain data. Out: one [`Answer`] for each [`Question`].
//! Invariant: no answer is ever a guess. What is not [`Answer::Pinned`] says why in words that
//! may be shown, with control characters escaped and nothing secret in them.

use std::collections::BTreeMap;

use crate::reference::{Digest, Question};

/// What came of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The tag points to this digest now.
    Pinned {
        /// Digest of the index, or of the manifest where there is no index.
        digest: Digest,
        /// Media type of what the digest names, as the registry states it.
        media_type: String,
    },
    /// The registry says that there is no such repository or tag.
    Missing(Reason),
    /// The registry refuses: no login, a wrong one, or not enough rights.
    Denied(Reason),
    /// The registry limits how often it may be asked.
    Limited(Reason),
    /// No connection, no answer in time, or a server error.
    Unreachable(Reason),
    /// The registry answered, but what it said contradicts itself or the rules of the protocol.
    Untrusted(Reason),
    /// Nothing that may be asked knows, or not what was asked for exactly.
    Unknown(Reason),
}

impl Answer {
    /// Whether there is a digest.
    pub fn is_pinned(&self) -> bool {
        matches!(self, Self::Pinned { .. })
    }

    /// Why there is no digest.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Pinned { .. } => None,
            Self::Missing(reason)
            | Self::Denied(reason)
            | Self::Limited(reason)
            | Self::Unreachable(reason)
            | Self::Untrusted(reason)
            | Self::Unknown(reason) => Some(reason),
        }
    }

    /// Why the question is still open. That an image is missing is an answer.
    pub fn unanswered(&self) -> Option<&Reason> {
        self.reason().filter(|_| !matches!(self, Self::Missing(_)))
    }
}

/// Why there is no digest, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What happened: a phrase without a full stop, safe to print.
    pub what: String,
    /// What to do about it, when there is something.
    pub hint: Option<String>,
}

/// All answers of a run, and what they cost.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// One answer for each question that was asked.
    pub by_question: BTreeMap<Question, Answer>,
    /// What it cost.
    pub traffic: Traffic,
    /// What is said of how it went, although it kept no question from being asked.
    pub warnings: Vec<String>,
    /// What is said with `-v` of how it went: nothing in it kept a question from being answered.
    pub notes: Vec<String>,
}

impl Answers {
    /// Adds what another source said. Its word counts where both answer.
    pub fn take(&mut self, other: Self) {
        let Self { by_question, traffic, warnings, notes } = other;
        let Traffic { requests, contents, cached, retried } = traffic;
        self.by_question.extend(by_question);
        self.traffic.requests += requests;
        self.traffic.contents += contents;
        self.traffic.cached += cached;
        self.traffic.retried += retried;
        self.warnings.extend(warnings);
        self.notes.extend(notes);
    }
}

/// Counts of a run's traffic with registries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// Requests sent, token requests included.
    pub requests: usize,
    /// Requests sent beside these, to look into what digests name.
    pub contents: usize,
    /// Answers that came from the cache.
    pub cached: usize,
    /// Requests that were sent again after a failure.
    pub retried: usize,
}

impl Traffic {
    /// Counts the requests of a further step.
    pub fn add(&mut self, step: Self) {
        self.requests += step.requests;
        self.retried += step.retried;
    }

    /// Counts the requests of a step that looks into what digests name.
    pub fn add_contents(&mut self, step: Self) {
        self.contents += step.requests;
        self.retried += step.retried;
    }
}
