//! The change of one file: planned and proved first, carried out when all are.
//!
//! In: a scanned file, its findings, the answers. Out: what was mended, what is left and why.
//! Invariants: a file is changed as a whole or stays; what is left is reported where it is after the change.

use rayon::prelude::*;

use crate::finding::{Edit, Finding, Problem};
use crate::report::diff;
use crate::rules::Ignores;
use crate::scan::ScannedFile;
use crate::settings::{Mode, Settings};
use crate::source::Lines;
use crate::write::{self, WriteError};
use crate::{plan, proof};

/// The change of one file.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Sorted, and proved to change nothing else.
    pub(super) edits: Vec<Edit>,
    /// Findings that the edits mend.
    pub(super) mended: Vec<Finding>,
    /// Findings that stay.
    pub(super) left: Vec<Finding>,
    /// The change as a unified diff, in a preview.
    pub(super) diff: String,
    /// The whole new text, for standard input.
    pub(super) filtered: Option<String>,
    /// What went wrong.
    pub(super) problem: Option<Problem>,
}

/// Plans the change of a file, and proves it. `remedy` completes a finding that is `open`, given the text.
pub(super) fn plan(
    file: &ScannedFile,
    mut findings: Vec<Finding>,
    open: &dyn Fn(&Finding) -> bool,
    remedy: &dyn Fn(&mut Finding, &str),
) -> Change {
    if !findings.iter().any(open) {
        return Change { left: findings, ..Change::default() };
    }
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => {
            return Change { left: findings, problem: Some(problem), ..Change::default() };
        }
    };
    for finding in &mut findings {
        remedy(finding, &text);
    }
    plan::settle(&mut findings);
    proved(file, &text, findings)
}

/// Takes out what a file ignores of what only the answers showed.
pub(super) fn sift_again(
    change: &mut Change,
    file: &ScannedFile,
    settings: &Settings,
) -> Vec<(Finding, String)> {
    if !settings.overlook.ignores || file.extracted.ignores.is_empty() {
        return Vec::new();
    }
    let ignores = Ignores::of(&file.extracted, &settings.overlook.today);
    let mut passed = Vec::new();
    for finding in std::mem::take(&mut change.left) {
        match ignores.reason(&finding) {
            Some(reason) => passed.push((finding, reason.to_owned())),
            None => change.left.push(finding),
        }
    }
    passed
}

/// The change without the fixes that were taken from its findings, proved again.
pub(super) fn again(file: &ScannedFile, mut findings: Vec<Finding>) -> Change {
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    match file.text() {
        Ok(text) => proved(file, &text, findings),
        Err(problem) => unmended(findings, "the file could not be read again", problem),
    }
}

/// The change that the fixes of findings make, proved; without fixes where it cannot be.
fn proved(file: &ScannedFile, text: &str, findings: Vec<Finding>) -> Change {
    let edits = plan::edits(&findings);
    if let Err(why) = proof::proved(text, &edits) {
        let message = format!("a fix was planned that would change more than images, and is dropped: {why}");
        let problem = Problem::failure(&file.target.name, message).hint("please report this file as a bug");
        return unmended(findings, "the fix did not pass the proof", problem);
    }
    let (mended, left) = findings.into_iter().partition(|finding| finding.fix.is_some());
    Change { edits, mended, left, ..Change::default() }
}

/// Adds what is printed of a change: its diff, or the whole new text of standard input.
pub(super) fn show(mut change: Change, file: &ScannedFile, settings: &Settings) -> Change {
    let filter = settings.mode == Mode::Fix && file.target.path.is_none();
    let preview = settings.mode == Mode::Diff && !change.edits.is_empty();
    if !filter && !preview {
        return change;
    }
    match file.text() {
        Err(problem) => change.problem = Some(problem),
        Ok(text) => {
            let after = plan::apply(&text, &change.edits);
            if preview {
                change.diff = diff::unified(&file.target.name, &text, &after);
            } else {
                change.move_along(&after);
                change.filtered = Some(after);
            }
        }
    }
    change
}

/// Writes what was planned for files on disk, if the settings say so.
pub(super) fn carry_out(planned: Vec<Change>, files: &[ScannedFile], settings: &Settings) -> Vec<Change> {
    if settings.mode != Mode::Fix {
        return planned;
    }
    let changed = planned.iter().zip(files).filter(|(change, _)| !change.edits.is_empty());
    write::remove_leftovers(changed.filter_map(|(_, file)| file.target.path.as_deref()));
    let write = |(mut change, file): (Change, &ScannedFile)| {
        if let Some(problem) = write_file(&mut change, file).err() {
            let (mut findings, mended) = (change.left, change.mended);
            findings.extend(mended);
            findings.sort_by_key(|finding| (finding.span, finding.rule));
            return unmended(findings, "the file could not be written", problem);
        }
        change
    };
    planned.into_par_iter().zip(files).map(write).collect()
}

fn write_file(change: &mut Change, file: &ScannedFile) -> Result<(), Problem> {
    let Some(path) = file.target.path.as_ref().filter(|_| !change.edits.is_empty()) else {
        return Ok(());
    };
    let after = plan::apply(&file.text()?, &change.edits);
    write::replace(path, file.fingerprint, &after).map_err(|error| not_written(file, &error))?;
    change.move_along(&after);
    Ok(())
}

fn not_written(file: &ScannedFile, error: &WriteError) -> Problem {
    let problem = Problem::failure(&file.target.name, format!("not written, the old file is whole: {error}"));
    match error {
        WriteError::Changed => problem.hint("run again"),
        WriteError::ReadOnly | WriteError::Io { .. } => problem.hint("make the file and its folder writable"),
    }
}

/// The findings of a file none of whose fixes is written.
fn unmended(mut findings: Vec<Finding>, why_not: &str, problem: Problem) -> Change {
    for finding in &mut findings {
        if finding.fix.take().is_some() {
            finding.why_not = Some(why_not.to_owned());
        }
    }
    Change { left: findings, problem: Some(problem), ..Change::default() }
}

impl Change {
    /// The same, with findings that no edit is about.
    pub(super) fn with(mut self, beside: Vec<Finding>) -> Self {
        self.left.extend(beside);
        self.left.sort_by_key(|finding| (finding.span, finding.rule));
        self
    }

    /// Moves the findings that stay to where they are in the new text.
    fn move_along(&mut self, after: &str) {
        let lines = Lines::new(after);
        for finding in self.left.iter_mut().filter(|_| !self.edits.is_empty()) {
            finding.span = plan::moved(finding.span, &self.edits);
            finding.start = lines.position(finding.span.start);
            finding.end = lines.position(finding.span.end);
        }
    }
}
