//! A code quality report of GitLab.
//!
//! In: a report. Out: a list of issues.
//! Invariants: files are named from the root of the repository; a fingerprint names what is wrong and
//! where, never a line, so that an issue stays the same while lines move; no two are alike, because GitLab
//! shows only the first of those.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::record::{told, whole};
use super::{Report, json};
use crate::finding::{Finding, Problem, Severity, Weight};
use crate::image::Object;
use crate::registry::hex;
use crate::scan::ScannedFile;
use crate::source::Position;

/// The name of what kept a run from being whole, which no rule has.
const PROBLEM: &str = "incomplete";

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Position,
    end: Position,
}

/// Prints issues.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let files = &report.scanned.files;
    let findings = report.recorded().map(|finding| issue(report, &files[finding.file], finding));
    let mut issues: Vec<Issue<'_>> = findings.collect();
    issues.extend(report.problems().map(|problem| of_problem(report, problem)));
    tell_apart(&mut issues);
    json::document(out, &issues)
}

fn issue<'r>(report: &Report, file: &ScannedFile, finding: &'r Finding) -> Issue<'r> {
    let path = report.base.name(&file.target.name);
    let severity = match finding.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
    };
    let image = file.image(finding);
    let of_image = image.map(|image| {
        let Object { kind, namespace, name, .. } = &*image.object;
        let object = [kind, namespace, name].map(|name| name.as_deref().unwrap_or_default());
        [object.join("\0"), image.path.clone(), image.stated.written.clone()].join("\0")
    });
    let place = [finding.rule, &path, of_image.as_deref().unwrap_or_default()];
    Issue {
        // GitLab does not show the name of the check.
        description: format!("{}: {}", finding.rule, whole(file, finding)),
        check_name: finding.rule,
        fingerprint: place.join("\0"),
        severity,
        location: Location { path, positions: Positions { begin: finding.start, end: finding.end } },
    }
}

fn of_problem<'r>(report: &Report, problem: &Problem) -> Issue<'r> {
    let path = if problem.file.is_empty() { ".".to_owned() } else { report.base.name(&problem.file) };
    let at = problem.at.unwrap_or(Position { line: 1, column: 1 });
    Issue {
        description: told(problem),
        check_name: PROBLEM,
        fingerprint: [PROBLEM, &path, &problem.message].join("\0"),
        severity: if problem.weight == Weight::Failure { "critical" } else { "info" },
        location: Location { path, positions: Positions { begin: at, end: at } },
    }
}

/// Makes fingerprints of what names each issue, and of its number among those that are named alike.
fn tell_apart(issues: &mut [Issue<'_>]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for issue in issues {
        let times = seen.entry(issue.fingerprint.clone()).or_default();
        *times += 1;
        issue.fingerprint = hex(&Sha256::digest(format!("{}\0{times}", issue.fingerprint)));
    }
}
