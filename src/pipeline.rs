//! The flow: discover, scan, judge, ask, judge again, plan, prove, build again, write.
//!
//! In: settings. Out: what is left to report, and the rewritten text or diff where one was wanted.
//! Invariants: every command runs these steps or looks at their result; nothing is written before all
//! edits of all files are proved; one file's trouble stops no other.

mod ages;
mod blessing;
mod change;
mod counts;
mod demanded;
mod describe;
mod facts;
mod held;
mod kept;
mod like;
mod overlook;
mod pin;
mod rebuild;
mod repin;
mod rerender;
mod verify;

use std::path::Path;

use rayon::prelude::*;

use crate::baseline::BaselineError;
use crate::discover::{self, Discovered, Target};
use crate::finding::{Finding, Problem};
use crate::git::GitError;
use crate::report::Report;
use crate::resolve::AskError;
use crate::scan::{self, Scanned};
use crate::settings::{Ask, Mode, Settings, Task};
use crate::source::printable;
use change::Change;
pub use describe::{Described, describe};
use rebuild::Right;

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
    let from_stdin = discovered.targets.iter().any(|target| target.path.is_none());
    let stdin = if from_stdin { discover::read_stdin()? } else { Vec::new() };
    let wanted = settings.read.unknown.then(|| discovered.clone());
    let constraints = settings.like_gatekeeper.then(|| scan::constraints(&discovered));
    let mut scanned = scan::scan(discovered, &stdin, settings, working_folder);
    scanned.unknown = wanted.map(|discovered| scan::unknown(&discovered, &scanned));
    if let Some((constraints, problems)) = constraints {
        scanned.constraints = Some(constraints);
        scanned.problems.extend(problems);
    }
    Ok(scanned)
}

/// Finds the image uses in a text that stands by itself: nothing beside it is read.
pub fn scan_alone(text: &[u8], settings: &Settings, working_folder: &Path) -> Scanned {
    let name = discover::STDIN.to_owned();
    let target = Target { absolute: working_folder.join(&name), name, path: None };
    let discovered = Discovered { targets: vec![target], ..Discovered::default() };
    scan::scan(discovered, text, settings, working_folder)
}

/// Does with what was read what the settings say. `progress` is told how many of how many questions are
/// answered.
///
/// # Errors
/// What keeps it from knowing what to report, or every question from being asked.
pub fn run(
    scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, CheckError> {
    match settings.task {
        Task::Pin => pin::run(scanned, settings, progress),
        Task::Verify => verify::run(scanned, settings, progress),
        Task::Update | Task::Unpin => Ok(repin::run(scanned, settings, progress)?),
    }
}

/// How registries are asked about what was scanned: what the machine says of logins goes before what was
/// found on the way.
fn asking(scanned: &Scanned, settings: &Settings) -> Ask {
    let logins = [&settings.ask.logins[..], &scanned.logins].concat();
    Ask { logins, ..settings.ask.clone() }
}

/// Holds planned changes to what builds and charts make of them, and carries them out. `right` tells of an
/// image of theirs whether it may become another one.
fn finish(mut scanned: Scanned, mut planned: Vec<Change>, right: &Right<'_>, settings: &Settings) -> Report {
    rebuild::hold_to(&mut planned, &scanned, right);
    let sift = |(change, file)| change::sift_again(change, file, settings);
    let passed: Vec<_> = planned.iter_mut().zip(&scanned.files).flat_map(sift).collect();
    let ignored = note(&mut scanned, &passed);
    let show = |(change, file)| change::show(change, file, settings);
    let planned: Vec<Change> = planned.into_par_iter().zip(&scanned.files).map(show).collect();
    let mut report = Report { scanned, ignored, ..Report::default() };
    for change in change::carry_out(planned, &report.scanned.files, settings) {
        report.fixed += change.mended.len();
        report.changed += usize::from(!change.mended.is_empty());
        report.findings.extend(change.left);
        let preview = settings.mode == Mode::Diff;
        let mended = if preview { &mut report.planned } else { &mut report.mended };
        mended.extend(change.mended);
        report.diff.push_str(&change.diff);
        report.filtered = report.filtered.take().or(change.filtered);
        report.scanned.problems.extend(change.problem);
    }
    report.scanned.problems.sort();
    report
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
