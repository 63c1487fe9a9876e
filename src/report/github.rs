//! Annotations of a GitHub workflow.
//!
//! Source: GitHub's workflow commands; columns count only where begin and end share a line.

use std::io::{self, Write};

use crate::finding::{Finding, Severity};
use crate::scan::Scanned;

/// Prints findings as workflow commands.
pub(super) fn print(out: &mut dyn Write, scanned: &Scanned, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let file = &scanned.files[finding.file].target.name;
        let (start, end) = (finding.start, finding.end);
        let columns = if start.line == end.line {
            format!(",col={},endColumn={}", start.column, end.column)
        } else {
            String::new()
        };
        let why_not =
            finding.why_not.as_ref().map(|why| format!(" --fix leaves it: {why}.")).unwrap_or_default();
        let message =
            format!("{file}:{}:{}: {}\n{}{why_not}", start.line, start.column, finding.message, finding.help);
        writeln!(
            out,
            "::{command} title={},file={},line={},endLine={}{columns}::{}",
            property(&format!("kubepin {}", finding.rule)),
            property(file),
            start.line,
            end.line,
            data(&message),
        )?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
