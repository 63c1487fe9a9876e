//! The flow: discover, scan, judge, ask, judge again, plan, prove, build again, write.
//!
//! In: settings. Out: what is left to report, and the rewritten text or diff where one was wanted.
//! Invariants: every command runs these steps or looks at their result; nothing is written before all
//! edits of all files are proved; one file's trouble stops no other.

mod ages;
mod change;
mod counts;
mod facts;
mod pin;
mod rebuild;
mod repin;
mod rerender;
mod verify;

use std::io::Read as _;
use std::path::Path;

use rayon::prelude::*;

use crate::discover;
use crate::report::Report;
use crate::resolve::AskError;
use crate::scan::{self, Scanned};
use crate::settings::{Ask, Settings, Task};
use change::Change;
use rebuild::Right;

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

/// Does with what was read what the settings say. `progress` is told how many of how many questions are
/// answered.
///
/// # Errors
/// What keeps every question from being asked.
pub fn run(
    scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, AskError> {
    match settings.task {
        Task::Pin => pin::run(scanned, settings, progress),
        Task::Verify => verify::run(scanned, settings, progress),
        Task::Update | Task::Unpin => repin::run(scanned, settings, progress),
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
fn finish(scanned: Scanned, mut planned: Vec<Change>, right: &Right<'_>, settings: &Settings) -> Report {
    rebuild::hold_to(&mut planned, &scanned, right);
    let show = |(change, file)| change::show(change, file, settings);
    let planned: Vec<Change> = planned.into_par_iter().zip(&scanned.files).map(show).collect();
    let mut report = Report { scanned, ..Report::default() };
    for change in change::carry_out(planned, &report.scanned.files, settings) {
        report.fixed += change.mended.len();
        report.changed += usize::from(!change.mended.is_empty());
        report.findings.extend(change.left);
        report.diff.push_str(&change.diff);
        report.filtered = report.filtered.take().or(change.filtered);
        report.scanned.problems.extend(change.problem);
    }
    report.scanned.problems.sort();
    report
}
