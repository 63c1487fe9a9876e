//! What is printed: one data type, one file for each form.
//!
//! In: what a check found, or what a scan read. Out: text for standard output.
//! Invariants: output is a function of the data and of settings, in the order of the data, which is by
//! path and position; nothing is printed from anywhere else; text from files and registries is escaped.

mod base;
pub mod attached;
pub mod baselined;
mod concise;
pub mod diff;
mod github;
mod gitlab;
mod human;
pub mod inspected;
mod json;
mod json_lines;
mod junit;
mod line_hash;
pub mod list;
pub mod locked;
mod markdown;
mod pins;
pub mod problem;
pub mod referring;
mod progress;
mod rdjson;
mod record;
pub mod resolved;
mod sarif;
mod snippet;
mod summary;
mod unknown;

use std::io::{self, Write};

use crate::answer::Answers;
use crate::finding::Finding;
use crate::scan::Scanned;
use crate::settings::{Format, Settings, Task};

pub use base::Base;
pub use markdown::SUMMARY_LIMIT;
pub use progress::Progress;
pub use summary::Summary;

/// What came of a check.
#[derive(Debug, Default)]
pub struct Report {
    /// The files that were read.
    pub scanned: Scanned,
    /// What is left to mend, by file and position.
    pub findings: Vec<Finding>,
    /// What was mended, where it was before.
    pub mended: Vec<Finding>,
    /// What a preview would mend, with the fixes.
    pub planned: Vec<Finding>,
    /// Number of findings that files say are to be ignored.
    pub ignored: usize,
    /// Number of findings that the baseline knows, or that are on untouched lines.
    pub known: usize,
    /// Number of places whose digest may not be written.
    pub refused: usize,
    /// What registries said.
    pub answers: Answers,
    /// Number of places with a pin, where it is about pins.
    pub pins: Option<usize>,
    /// Number of findings that were mended, or would be by `--fix`.
    pub fixed: usize,
    /// Number of files that were rewritten, or would be.
    pub changed: usize,
    /// The change as a unified diff, in a preview.
    pub diff: String,
    /// The rewritten standard input, in a filter.
    pub filtered: Option<String>,
    /// Where names of files count from.
    pub base: Base,
}

/// Prints the findings in the form that the settings ask for.
///
/// # Errors
/// Those of `out`.
pub fn print(out: &mut dyn Write, report: &Report, settings: &Settings) -> io::Result<()> {
    let (scanned, findings) = (&report.scanned, &report.findings[..]);
    match settings.output.format {
        Format::Concise => concise::print(out, scanned, findings),
        Format::Github => github::print(out, report),
        Format::Gitlab => gitlab::print(out, report),
        Format::Json => json::print(out, report),
        Format::JsonLines => json_lines::print(out, report),
        Format::Junit => junit::print(out, report),
        Format::Markdown => markdown::print(out, report),
        Format::Rdjson => rdjson::print(out, report),
        Format::Sarif => sarif::print(out, report),
        Format::Human => {
            human::print(out, report, &settings.output)?;
            if settings.output.quiet {
                return Ok(());
            }
            match settings.task {
                Task::Pin => summary::print(out, report, settings),
                Task::Verify | Task::Update | Task::Unpin => pins::print(out, report, settings),
            }
        }
    }
}
