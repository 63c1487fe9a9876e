//! The flow: discover, scan, judge, ask, judge again, plan, prove, build again, write.
//!
//! In: settings. Out: what is left to report, and the rewritten text or diff where one was wanted.
//! Invariants: every command runs these steps or looks at their result; nothing is written before all
//! edits of all files are proved; one file's trouble stops no other.

mod change;
mod overlook;
mod rebuild;
mod rerender;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use rayon::prelude::*;

use crate::baseline::BaselineError;
use crate::discover;
use crate::finding::{Finding, Problem};
use crate::git::GitError;
use crate::plan;
use crate::reference::Question;
use crate::report::Report;
use crate::resolve::{self, AskError};
use crate::rules::Sifted;
use crate::scan::{self, Scanned, ScannedFile};
use crate::settings::{Ask, Mode, Settings};
use crate::source::printable;
use change::Change;

/// Why a check could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Nobody can be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// What was found before is not known.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// What was touched is not known.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Reads the files and finds the image uses in them.
///
/// # Errors
/// That standard input cannot be read.
pub fn scan(settings: &Settings, working_folder: &Path) -> std::io::Result<Scanned> {
    let discovered = discover::discover(&settings.read, working_folder);
    let mut stdin = Vec::new();
    if discovered.targets.iter().any(|target| target.path.is_none()) {
        std::io::stdin().lock().read_to_end(&mut stdin)?;
    }
    Ok(scan::scan(discovered, &stdin, &settings.read, working_folder))
}

/// Checks what was read, and mends it if the settings say so. `progress` is told how many of how many
/// questions are answered.
///
/// # Errors
/// What keeps it from knowing what to report, or every question from being asked.
pub fn check(
    mut scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, CheckError> {
    let judge = |(number, file): (usize, &mut ScannedFile)| change::judge(number, file, settings);
    let sifted: Vec<Sifted> = scanned.files.par_iter_mut().enumerate().map(judge).collect();
    let mut findings: Vec<Vec<Finding>> = Vec::new();
    let mut ignored = 0;
    for sifted in sifted {
        findings.push(sifted.left);
        ignored += note(&mut scanned, &sifted.ignored);
    }
    let mut known = overlook::known(&mut scanned, &mut findings, settings)?;
    known += overlook::untouched(&scanned, &mut findings, settings)?;
    if settings.mode == Mode::Report {
        return Ok(Report { scanned, findings: findings.concat(), ignored, known, ..Report::default() });
    }
    // What the machine says goes before what was found on the way.
    let logins = [&settings.ask.logins[..], &scanned.logins].concat();
    let ask = Ask { logins, ..settings.ask.clone() };
    let answers = resolve::ask(&questions(&scanned, &findings, settings), &ask, progress)?;
    let plan = |(file, findings)| change::plan(file, findings, &answers, settings);
    let mut planned: Vec<Change> = scanned.files.par_iter().zip(findings).map(plan).collect();
    rebuild::hold_to(&mut planned, &scanned, &answers);
    let sift = |(change, file)| change::sift_again(change, file, settings);
    let passed: Vec<_> = planned.iter_mut().zip(&scanned.files).flat_map(sift).collect();
    ignored += note(&mut scanned, &passed);
    let show = |(change, file)| change::show(change, file, settings);
    let planned: Vec<Change> = planned.into_par_iter().zip(&scanned.files).map(show).collect();
    let mut report = Report { scanned, ignored, known, answers, ..Report::default() };
    for change in change::carry_out(planned, &report.scanned.files, settings) {
        take(&mut report, change);
    }
    report.scanned.problems.sort();
    Ok(report)
}

/// Notes what files say is to be ignored, and counts it.
fn note(scanned: &mut Scanned, ignored: &[(Finding, String)]) -> usize {
    let notes = ignored.iter().map(|(finding, reason)| {
        let message = format!("{} is ignored here: {}", finding.rule, printable(reason));
        Problem::note(&scanned.files[finding.file].target.name, message).at(finding.start)
    });
    let notes: Vec<Problem> = notes.collect();
    scanned.problems.extend(notes);
    ignored.len()
}

/// What has to be asked: each question once, however often it comes up.
fn questions(scanned: &Scanned, findings: &[Vec<Finding>], settings: &Settings) -> BTreeSet<Question> {
    let uses = findings.iter().flatten().filter_map(|finding| scanned.image(finding));
    uses.flat_map(|image| plan::questions(image, settings.write)).map(|(_, question)| question).collect()
}

/// Adds what came of one file to the report.
fn take(report: &mut Report, change: Change) {
    report.fixed += change.mended.len();
    report.changed += usize::from(!change.mended.is_empty());
    // A base that is only built alone in theory is pinned where that can be done, and no reproach.
    let alone = |finding: &Finding| report.scanned.image(finding).is_some_and(|image| image.alone);
    report.findings.extend(change.left.into_iter().filter(|finding| !alone(finding)));
    report.diff.push_str(&change.diff);
    report.filtered = report.filtered.take().or(change.filtered);
    report.scanned.problems.extend(change.problem);
}
