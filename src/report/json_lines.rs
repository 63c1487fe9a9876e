//! JSON, a line for each finding and each problem, and one for the summary, which is the last.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{self, FindingJson, ProblemJson};
use super::{Report, Summary};
use crate::answer::Traffic;

#[derive(Serialize)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'r> {
    Finding(FindingJson<'r>),
    Problem(ProblemJson<'r>),
    Summary { schema: &'static str, summary: Summary, registry: Traffic },
}

/// Prints what `json` prints, line by line.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let scanned = &report.scanned;
    for finding in report.recorded() {
        line(out, &Line::Finding(json::finding_json(scanned, finding)))?;
    }
    for problem in json::problems(scanned) {
        line(out, &Line::Problem(problem))?;
    }
    let (summary, registry) = (Summary::of(report), report.answers.traffic);
    line(out, &Line::Summary { schema: "kubepin.check-lines/1", summary, registry })
}

fn line(out: &mut dyn Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}
