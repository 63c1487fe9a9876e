//! One line for each finding: `file:line:col: severity[rule] message`.

use std::io::{self, Write};

use super::record::brief;
use crate::finding::Finding;
use crate::scan::Scanned;
use crate::source::printable;

/// Prints findings as lines that editors can follow.
pub(super) fn print(out: &mut dyn Write, scanned: &Scanned, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let (file, at) = (&scanned.files[finding.file].target.name, finding.start);
        let (severity, rule) = (finding.severity.as_str(), finding.rule);
        let builds = finding.of_builds().map(|builds| format!(" (built by {builds})")).unwrap_or_default();
        let template = finding.template.as_ref();
        let template =
            template.map(|template| format!(" (from {})", printable(template))).unwrap_or_default();
        let why_not =
            finding.why_not.as_ref().map(|why| format!(" (--fix leaves it: {why})")).unwrap_or_default();
        writeln!(
            out,
            "{file}:{}:{}: {severity}[{rule}] {}{builds}{template}{why_not}",
            at.line,
            at.column,
            brief(&finding.message)
        )?;
    }
    Ok(())
}
