//! What kubepin has to say: findings, the edits that would mend them, and problems of the run.
//!
//! In: nothing, this is plain data. Out: what rules make, plan completes and reports print.
//! Invariant: a finding carries every word that is printed of it; no report looks anything up.

use std::sync::Arc;

use serde::Serialize;

use crate::source::{Position, Span};

/// Bytes of a file and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The bytes that go; empty for an insertion.
    pub span: Span,
    /// What comes.
    pub text: String,
    /// What YAML reads here afterwards.
    #[serde(skip)]
    pub reads: Reads,
}

/// What YAML reads where an edit was made: the proof holds the edit to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The edited scalar, a value or a key, reads this.
    Scalar(String),
    /// These pairs of scalars, key and value, come right behind the pair whose value, a scalar or an
    /// alias, ends before the edit.
    Pairs(Vec<(String, String)>),
    /// The edited scalar reads this, and the comment behind it goes.
    Bare(String),
    /// These are the key and the value of a pair that goes.
    Gone(String, String),
    /// The edit lies inside of a scalar that holds a text of its own, a literal block or a quoted
    /// scalar on one line: its value changes by the very bytes of the edit.
    Inside,
}

/// Whether a fix keeps to what kubepin promises of its own accord. Ordered: `Safe` is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// May change more than which bytes the cluster pulls: written with `--unsafe-fixes` only.
    Unsafe,
    /// The cluster pulls the same repository and the same bytes as before.
    Safe,
}

/// How much a finding weighs. Ordered: an error is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Counts with `--strict` only.
    Warning,
    /// Makes a check fail.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What would mend a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// Sorted, not overlapping.
    pub edits: Vec<Edit>,
    /// Whether it may be written without being asked for.
    pub applicability: Applicability,
}

/// A rule fired at a place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Number of the file among the scanned ones.
    pub file: usize,
    /// Number of the image use in its file, when the finding is about one.
    pub image: Option<usize>,
    /// The bytes it is about.
    pub span: Span,
    /// Where they begin.
    pub start: Position,
    /// Where they end (behind the last character).
    pub end: Position,
    /// What is wrong, in a line.
    pub message: String,
    /// What the underlined bytes are, in a few words: why it matters.
    pub label: String,
    /// What to do.
    pub help: String,
    /// What mends it, once the registries have answered.
    pub fix: Option<Fix>,
    /// Why there is no fix, or why it is not written.
    pub why_not: Option<String>,
    /// Other places it concerns.
    pub related: Vec<Related>,
    /// The folders of the kustomizations whose builds it is about; none where it is about the file alone.
    pub roots: Vec<Arc<str>>,
    /// The template that the object was rendered from.
    pub template: Option<String>,
    /// What those builds make of what is written here, a phrase for each reference.
    pub builds: Vec<String>,
}

impl Finding {
    /// The builds that it is about, if it is about some.
    pub fn of_builds(&self) -> Option<String> {
        let roots: Vec<String> = self.roots.iter().map(|root| format!("`{root}`")).collect();
        (!roots.is_empty()).then(|| named(&roots))
    }
}

/// Another place that a finding concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file's name in reports, if it is another one.
    pub file: Option<String>,
    /// Where.
    pub at: Position,
    /// What it is: `shares this value`.
    pub what: String,
}

/// How many things of one kind a line names.
const NAMED: usize = 3;

/// Some names in a row, and how many there are beside those that a line takes.
pub fn named(names: &[String]) -> String {
    let (first, more) = names.split_at(names.len().min(NAMED));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("{}{more}", first.join(", "))
}

/// Something that kept the run from doing its job whole, or that it passed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as people would name it; empty when it is about none.
    pub file: String,
    /// Where in the file.
    pub at: Option<Position>,
    /// What happened, without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// How much it weighs.
    pub weight: Weight,
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Said with `-v` only: nothing that was asked for is missing.
    Note,
    /// Always said: something was passed over that the user said may be.
    Warning,
    /// The job is incomplete: exit status 2.
    Failure,
}

impl Problem {
    /// A failure about a file.
    pub fn failure(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), at: None, message: message.into(), hint: None, weight: Weight::Failure }
    }

    /// A warning about a file.
    pub fn warning(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, ..Self::failure(file, message) }
    }

    /// A note about a file.
    pub fn note(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { weight: Weight::Note, ..Self::failure(file, message) }
    }

    /// The same problem with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem at a place.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.at = Some(position);
        self
    }
}
