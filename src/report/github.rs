//! Annotations of a GitHub workflow.
//!
//! In: a report. Out: a workflow command for each finding, and for what could not be done.
//! Source: GitHub's workflow commands; columns count only where begin and end share a line. Files are
//! named from the root of the repository, where the workflow looks for them.

use std::io::{self, Write};

use super::Report;
use super::record::{told, whole};
use crate::finding::{Finding, Problem, Severity, Weight};
use crate::scan::ScannedFile;

/// Prints workflow commands.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for finding in report.recorded() {
        annotate(out, report, &report.scanned.files[finding.file], finding)?;
    }
    report.problems().try_for_each(|problem| warn(out, report, problem))
}

fn annotate(out: &mut dyn Write, report: &Report, file: &ScannedFile, finding: &Finding) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let name = report.base.name(&file.target.name);
    let (start, end) = (finding.start, finding.end);
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let message = format!("{name}:{}:{}: {}", start.line, start.column, whole(file, finding));
    writeln!(
        out,
        "::{command} title={},file={},line={},endLine={}{columns}::{}",
        property(&format!("kubepin {}", finding.rule)),
        property(&name),
        start.line,
        end.line,
        data(&message),
    )
}

/// Says what kept the run from being whole.
fn warn(out: &mut dyn Write, report: &Report, problem: &Problem) -> io::Result<()> {
    let command = if problem.weight == Weight::Failure { "error" } else { "warning" };
    let file = match &*problem.file {
        "" => String::new(),
        file => format!(",file={}", property(&report.base.name(file))),
    };
    let line = problem.at.map(|at| format!(",line={}", at.line)).unwrap_or_default();
    let place = if problem.file.is_empty() { String::new() } else { format!("{}: ", problem.file) };
    let message = data(&format!("{place}{}", told(problem)));
    writeln!(out, "::{command} title=kubepin{file}{line}::{message}")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
