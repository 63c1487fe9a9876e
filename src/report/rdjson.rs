//! Reviewdog's diagnostics, with suggestions that a review can take over.
//!
//! In: a report. Out: one result.
//! Invariant: columns count bytes, as reviewdog wants, and are made from the text that the edits are of.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::Report;
use super::json::document;
use super::record::{Each, PAGES, edits, told, whole};
use crate::finding::{Finding, Problem, Severity, Weight};
use crate::scan::ScannedFile;
use crate::source::{Lines, Span};

#[derive(Serialize)]
struct DiagnosticResult<D> {
    source: Value,
    diagnostics: D,
}

/// Prints diagnostics.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let by_file = report.by_file();
    let diagnostics = || {
        let findings = by_file.iter().flat_map(|(file, findings)| of_file(report, file, findings));
        findings.chain(report.problems().map(of_problem))
    };
    let source = json!({"name": "kubepin", "url": env!("CARGO_PKG_REPOSITORY")});
    document(out, &DiagnosticResult { source, diagnostics: Each(diagnostics) })
}

fn of_file(report: &Report, file: &ScannedFile, findings: &[&Finding]) -> Vec<Value> {
    let text = report.text(file);
    let lines = Lines::new(&text);
    let range = |span: Span| json!({"start": place(&text, &lines, span.start), "end": place(&text, &lines, span.end)});
    let diagnostic = |finding: &&Finding| {
        let suggestion =
            edits(finding).iter().map(|edit| json!({"range": range(edit.span), "text": edit.text}));
        let severity = match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        };
        json!({
            "message": whole(file, finding),
            "location": {"path": file.target.name, "range": range(finding.span)},
            "severity": severity,
            "code": {"value": finding.rule, "url": format!("{PAGES}/{}.md", finding.rule)},
            "suggestions": suggestion.collect::<Vec<Value>>(),
        })
    };
    findings.iter().map(diagnostic).collect()
}

/// Line and column, from 1, the column in bytes.
fn place(text: &str, lines: &Lines<'_>, offset: usize) -> Value {
    let offset = offset.min(text.len());
    let line = lines.position(offset).line;
    json!({"line": line, "column": offset - lines.span_of(line, line).start + 1})
}

/// What kept the run from being whole.
fn of_problem(problem: &Problem) -> Value {
    let path = if problem.file.is_empty() { "." } else { &problem.file };
    let mut location = json!({"path": path});
    if let Some(at) = problem.at {
        location["range"] = json!({"start": {"line": at.line}});
    }
    let severity = if problem.weight == Weight::Failure { "ERROR" } else { "WARNING" };
    json!({"message": told(problem), "location": location, "severity": severity})
}
