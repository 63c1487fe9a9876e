//! The last lines of a report about pins.

use std::io::{self, Write};

use super::Report;
use super::summary::{Summary, arguments, count, explain, overlooked};
use crate::rules;
use crate::settings::{Mode, Settings, Task};

/// Says what came of pins.
pub(super) fn print(out: &mut dyn Write, report: &Report, settings: &Settings) -> io::Result<()> {
    let summary = Summary::of(report);
    let looked_at = format!("{} in {}", count(summary.images, "image"), count(summary.files, "file"));
    let Some(pins) = report.pins.filter(|pins| *pins > 0) else {
        writeln!(out, "No pins found ({looked_at} looked at).")?;
        return unpinned(out, &summary, settings);
    };
    match settings.task {
        Task::Pin | Task::Verify => verified(out, report, pins, &summary)?,
        Task::Update | Task::Unpin => changed(out, report, pins, settings)?,
    }
    unpinned(out, &summary, settings)?;
    next_command(out, report, settings)
}

/// What `verify` does not speak of.
fn unpinned(out: &mut dyn Write, summary: &Summary, settings: &Settings) -> io::Result<()> {
    let open = summary.unpinned.filter(|open| *open > 0 && settings.task == Task::Verify);
    let Some(open) = open else { return Ok(()) };
    let are = if open == 1 { "is" } else { "are" };
    writeln!(out, "{} {are} not pinned: `kubepin check` says which.", count(open, "image"))
}

fn verified(out: &mut dyn Write, report: &Report, pins: usize, summary: &Summary) -> io::Result<()> {
    overlooked(out, report)?;
    let (pins, read) = (count(pins, "pin"), count(summary.files, "file"));
    match report.findings.len() {
        0 if summary.unanswered > 0 => {
            writeln!(out, "Nothing found about {pins} in {read}, as far as registries answered.")
        }
        0 if summary.known > 0 => writeln!(out, "Nothing new: {pins} in {read}."),
        0 => writeln!(out, "All is well: {pins} in {read}."),
        findings => writeln!(out, "{} about {pins} in {read}.", count(findings, "finding")),
    }
}

/// The next command after `verify`.
fn next_command(out: &mut dyn Write, report: &Report, settings: &Settings) -> io::Result<()> {
    if settings.task != Task::Verify {
        return Ok(());
    }
    if report.findings.iter().any(|finding| finding.rule == rules::TAG_MOVED) {
        return writeln!(out, "See what moving pins changes: kubepin update --diff{}", arguments(settings));
    }
    explain(out, report)
}

fn changed(out: &mut dyn Write, report: &Report, pins: usize, settings: &Settings) -> io::Result<()> {
    let (name, done, to_do) = match settings.task {
        Task::Unpin => ("unpin", "taken off", "be taken off"),
        _ => ("update", "moved", "move"),
    };
    let (files, pins) = (count(report.changed, "file"), count(pins, "pin"));
    if report.fixed == 0 {
        return writeln!(out, "Nothing to change: {pins} looked at.");
    }
    if settings.mode == Mode::Diff {
        writeln!(out, "{} of {pins} would {to_do} in {files}.", report.fixed)?;
        return writeln!(out, "Write it: kubepin {name}{}", arguments(settings));
    }
    writeln!(out, "{} of {pins} {done} in {files}.", report.fixed)
}
