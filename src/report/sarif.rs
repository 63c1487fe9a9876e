//! SARIF 2.1.0, for code scanning.
//!
//! In: a report. Out: one run: the rules, the findings with where and how to mend them, the problems.
//! Invariants: columns are code points, and the file says so; files are named from the root of the
//! repository; there are no empty fixes, which GitHub refuses.

mod rule;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::json::document;
use super::line_hash::line_hashes;
use super::record::{Each, edits, places, told, whole};
use super::{Base, Report};
use crate::finding::{Finding, Problem, Weight};
use crate::rules::RULES;
use crate::scan::ScannedFile;
use crate::source::{Lines, Position};

/// What stands for the root of the repository.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Value,
    column_kind: &'static str,
    original_uri_base_ids: Value,
    invocations: [Value; 1],
    results: R,
}

/// Prints a log with one run.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let by_file = report.by_file();
    let results = || by_file.iter().flat_map(|(file, findings)| of_file(report, file, findings));
    let run = Run {
        tool: json!({"driver": {
            "name": "kubepin",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": RULES.map(rule::descriptor),
        }}),
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: json!({ROOT: {"description": {"text": "The root of the repository."}}}),
        invocations: [invocation(report)],
        results: Each(results),
    };
    let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    document(out, &Log { schema, version: "2.1.0", runs: [run] })
}

/// How the run went: what it could not do is a notification.
fn invocation(report: &Report) -> Value {
    let failed = report.problems().any(|problem| problem.weight == Weight::Failure);
    let told: Vec<Value> = report.problems().map(|problem| notification(&report.base, problem)).collect();
    json!({"executionSuccessful": !failed, "toolExecutionNotifications": told})
}

fn notification(base: &Base, problem: &Problem) -> Value {
    let level = if problem.weight == Weight::Failure { "error" } else { "warning" };
    let mut notification = json!({"level": level, "message": {"text": told(problem)}});
    if !problem.file.is_empty() {
        let at = problem.at.map(|at| (at, at));
        notification["locations"] = json!([location(base, &problem.file, at)]);
    }
    notification
}

/// The results of a file, whose text is read for them.
fn of_file(report: &Report, file: &ScannedFile, findings: &[&Finding]) -> Vec<Value> {
    let text = report.text(file);
    let (lines, hashes) = (Lines::new(&text), line_hashes(&text));
    let result = |finding: &&Finding| {
        let mut result = result(&report.base, file, finding);
        if let Some(hash) = hashes.get(finding.start.line - 1) {
            result["partialFingerprints"] = json!({"primaryLocationLineHash": hash});
        }
        let replacements: Vec<Value> = edits(finding)
            .iter()
            .map(|edit| {
                let region = region(places(&text, &lines, edit.span));
                json!({"deletedRegion": region, "insertedContent": {"text": edit.text}})
            })
            .collect();
        if !replacements.is_empty() {
            let artifact = artifact(&report.base, &file.target.name);
            let change = json!({"artifactLocation": artifact, "replacements": replacements});
            result["fixes"] = json!([{"description": {"text": finding.help}, "artifactChanges": [change]}]);
        }
        result
    };
    findings.iter().map(result).collect()
}

fn result(base: &Base, file: &ScannedFile, finding: &Finding) -> Value {
    let mut place = location(base, &file.target.name, Some((finding.start, finding.end)));
    if let Some(image) = file.image(finding) {
        let logical = json!({"fullyQualifiedName": format!("{} {}", image.object.title(), image.path)});
        place["logicalLocations"] = json!([logical]);
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": RULES.iter().position(|rule| rule.id == finding.rule),
        "level": finding.severity.as_str(),
        "message": {"text": whole(file, finding)},
        "locations": [place],
    });
    let related = finding.related.iter().enumerate().map(|(id, related)| {
        let name = related.file.as_ref().unwrap_or(&file.target.name);
        let mut place = location(base, name, Some((related.at, related.at)));
        place["id"] = json!(id);
        place["message"] = json!({"text": related.what});
        place
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

fn location(base: &Base, name: &str, at: Option<(Position, Position)>) -> Value {
    let mut physical = json!({"artifactLocation": artifact(base, name)});
    if let Some(at) = at {
        physical["region"] = region(at);
    }
    json!({"physicalLocation": physical})
}

fn region((start, end): (Position, Position)) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn artifact(base: &Base, name: &str) -> Value {
    json!({"uri": uri(&base.name(name)), "uriBaseId": ROOT})
}

/// A path as a relative reference: what is not plain is escaped.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let escaped = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    escaped.collect()
}
