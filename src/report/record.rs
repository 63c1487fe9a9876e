//! What the forms for machines share: which findings are recorded, with all that is said of them.
//!
//! In: a report. Out: findings with the text of their file, words, problems.
//! Invariant: a text is read once for each file with findings, and dropped before the next.

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::Report;
use crate::finding::{Edit, Finding, Problem, Related, Weight};
use crate::scan::ScannedFile;
use crate::source::{Lines, Position, Span, printable};

impl Report {
    /// What is wrong in the files as they are, by file and position: in a preview, what it would mend, too.
    pub(super) fn recorded(&self) -> impl Iterator<Item = &Finding> {
        let mut findings: Vec<&Finding> = self.findings.iter().chain(&self.planned).collect();
        findings.sort_by_key(|finding| (finding.file, finding.span, finding.rule));
        findings.into_iter()
    }

    /// The recorded findings of each file.
    pub(super) fn by_file(&self) -> Vec<(&ScannedFile, Vec<&Finding>)> {
        let findings: Vec<&Finding> = self.recorded().collect();
        let of_file = findings.chunk_by(|a, b| a.file == b.file);
        of_file.map(|findings| (&self.scanned.files[findings[0].file], findings.to_vec())).collect()
    }

    /// The text that the findings of a file are about.
    pub(super) fn text(&self, file: &ScannedFile) -> String {
        let rewritten = self.filtered.as_ref().filter(|_| file.target.path.is_none());
        rewritten.cloned().unwrap_or_else(|| file.shown())
    }

    /// What went wrong, and what was passed over by the user's leave.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.scanned.problems.iter().filter(|problem| problem.weight > Weight::Note)
    }
}

/// Characters of a line that people read to the end.
const BRIEF: usize = 800;

/// A text of which only begin and end are left where it goes on and on: a value can be a megabyte.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    let from = |chars| text.char_indices().nth(chars).map(|(at, _)| at);
    let back = |chars| text.char_indices().nth_back(chars).map(|(at, _)| at);
    match (from(BRIEF), from(BRIEF / 2), back(BRIEF / 4)) {
        (Some(_), Some(begin), Some(end)) => Cow::Owned(format!("{} … {}", &text[..begin], &text[end..])),
        _ => Cow::Borrowed(text),
    }
}

/// Everything that is said of a finding beside its message, line by line: what to do comes first.
pub(super) fn words(file: &ScannedFile, finding: &Finding) -> Vec<String> {
    let mut words = vec![finding.help.clone()];
    for Related { file: other, at, what } in &finding.related {
        let other = other.as_ref().unwrap_or(&file.target.name);
        words.push(format!("{other}:{}:{}: {what}", at.line, at.column));
    }
    words.extend(
        finding.template.as_ref().map(|template| format!("it is rendered from {}", printable(template))),
    );
    words.extend(finding.builds.iter().cloned());
    let builds = finding.of_builds().filter(|_| finding.builds.is_empty());
    words.extend(builds.map(|builds| format!("it is built by {builds}")));
    words.extend(finding.why_not.as_ref().map(|why_not| format!("--fix leaves it: {why_not}")));
    words.iter().map(|words| brief(words).into_owned()).collect()
}

/// A message and what is said behind it.
pub(super) fn whole(file: &ScannedFile, finding: &Finding) -> String {
    format!("{}\n{}", brief(&finding.message), words(file, finding).join("\n"))
}

/// What a problem says, and what to do.
pub(super) fn told(problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    format!("{}{hint}", problem.message)
}

/// The edits that mend a finding.
pub(super) fn edits(finding: &Finding) -> &[Edit] {
    finding.fix.as_ref().map_or(&[], |fix| &fix.edits)
}

/// Where bytes begin and end. What lies outside of a text that has changed since is at its end.
pub(super) fn places(text: &str, lines: &Lines<'_>, span: Span) -> (Position, Position) {
    (lines.position(span.start.min(text.len())), lines.position(span.end.min(text.len())))
}

/// Where the pages of rules are.
pub(super) const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/rules");

/// A list whose items are made when they are written.
pub(super) struct Each<F>(pub(super) F);

impl<F: Fn() -> I, I: Iterator<Item = Value>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
