//! Findings as a table in Markdown, for the summary of a workflow's step, or a comment.
//!
//! In: a report. Out: what was looked at, a row for each finding, the problems; cut at the size that a
//! summary may have, and that is said.
//! Invariant: no text of a file is Markdown: what is not plain is escaped.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::Report;
use super::record::{brief, told};
use super::summary::{Summary, count};
use crate::finding::{Finding, Problem};
use crate::scan::ScannedFile;

/// What a step's summary may hold is 1 MiB; a little is left to what else the step says.
pub const SUMMARY_LIMIT: usize = 1_000_000;

/// Prints a table.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let summary = Summary::of(report);
    let findings: Vec<&Finding> = report.recorded().collect();
    let (images, files) = (count(summary.images, "image"), count(summary.files, "file"));
    let mut text =
        format!("### kubepin\n\n{} ({images} in {files} looked at).\n", count(findings.len(), "finding"));
    for problem in report.problems() {
        push(&mut text, &of_problem(problem));
    }
    let head = "\n| image | where | digest | why |\n|---|---|---|---|\n";
    if !findings.is_empty() {
        push(&mut text, head);
    }
    let rows = findings.iter().map(|finding| row(report, &report.scanned.files[finding.file], finding));
    let shown = rows.take_while(|row| push(&mut text, row)).count();
    if shown < findings.len() {
        let rest = count(findings.len() - shown, "more finding");
        writeln!(out, "{text}\n{rest} not shown: there is no room for them here. `kubepin check` names all.")
    } else {
        write!(out, "{text}")
    }
}

/// Adds a piece, as long as there is room.
fn push(text: &mut String, piece: &str) -> bool {
    let fits = text.len() + piece.len() < SUMMARY_LIMIT;
    if fits {
        text.push_str(piece);
    }
    fits
}

fn row(report: &Report, file: &ScannedFile, finding: &Finding) -> String {
    let written = file.image(finding).map_or("–".to_owned(), |image| code(&brief(&image.stated.written)));
    let place = format!("{}:{}", report.base.name(&file.target.name), finding.start.line);
    let digest = digest(file, finding).map_or("–".to_owned(), |digest| code(&digest));
    let why = format!("{}: {}", finding.rule, finding.label);
    format!("| {written} | {} | {digest} | {} |\n", code(&place), escaped(&why))
}

/// The digest that a fix writes, else the one that is there.
fn digest(file: &ScannedFile, finding: &Finding) -> Option<String> {
    let texts = finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| &edit.text);
    let mut written = texts.filter_map(|text| {
        let hex: String = text.split_once("sha256:")?.1.chars().take_while(char::is_ascii_hexdigit).collect();
        Some(format!("sha256:{hex}"))
    });
    let stated = || Some(file.image(finding)?.stated.reference()?.digest()?.to_string());
    written.next_back().or_else(stated)
}

fn of_problem(problem: &Problem) -> String {
    let place = if problem.file.is_empty() { String::new() } else { format!("{}: ", code(&problem.file)) };
    format!("\n- {place}{}\n", escaped(&told(problem)))
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A text on one line, of which nothing is Markdown or HTML.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '\n' => escaped.push_str("<br>"),
            c if c.is_control() => escaped.push(' '),
            c if c.is_ascii_punctuation() && !".,:;/-@()".contains(c) => {
                // A string takes everything.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
        escaped
    })
}
