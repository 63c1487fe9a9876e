//! `JUnit`'s XML: a suite for each file, a test for each image.
//!
//! In: a report. Out: what is wrong is a failure, what was not judged is skipped, what could not be done is
//! an error.
//! Invariant: names of tests hold no line, so that a test is the same while lines move. It is written by
//! hand: the library for it brings clocks and random numbers along, for six elements.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::Report;
use super::record::{brief, told, words};
use crate::finding::{Finding, Problem, Weight};
use crate::image::{ImageUse, State};
use crate::scan::ScannedFile;

/// The suite of what is about the run and no file.
const RUN: &str = "kubepin";

/// A suite and its tests.
struct Suite {
    name: String,
    tests: Vec<Test>,
}

struct Test {
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Skipped(String),
    Failed { rule: &'static str, message: String, text: String },
    Error(String),
}

/// Prints suites.
pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let findings: Vec<&Finding> = report.recorded().collect();
    let mut suites: Vec<Suite> = Vec::new();
    for (number, file) in report.scanned.files.iter().enumerate() {
        let first = findings.partition_point(|finding| finding.file < number);
        let of_file = &findings[first..findings.partition_point(|finding| finding.file <= number)];
        suites.push(suite(file, of_file));
    }
    let failures = report.problems().filter(|problem| problem.weight == Weight::Failure);
    let errors: Vec<Test> = failures.map(error).collect();
    if !errors.is_empty() {
        suites.push(Suite { name: RUN.to_owned(), tests: errors });
    }
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="kubepin">"#)?;
    suites.iter().try_for_each(|suite| suite.print(out))?;
    writeln!(out, "</testsuites>")
}

/// The tests of a file: a failure for each finding, and an image without one each.
fn suite(file: &ScannedFile, findings: &[&Finding]) -> Suite {
    let failed: BTreeSet<usize> = findings.iter().filter_map(|finding| finding.image).collect();
    let failures = findings.iter().map(|finding| failure(file, finding));
    let others = file.extracted.uses.iter().enumerate().filter(|(number, _)| !failed.contains(number));
    let tests = failures.chain(others.map(|(_, image)| other(image))).collect();
    Suite { name: file.target.name.clone(), tests }
}

fn failure(file: &ScannedFile, finding: &Finding) -> Test {
    let name = file.image(finding).map_or_else(String::new, |image| format!("{}: ", title(image)));
    let place = format!("{}:{}:{}", file.target.name, finding.start.line, finding.start.column);
    let text = format!("{place}\n{}", words(file, finding).join("\n"));
    let message = brief(&finding.message).into_owned();
    let outcome = Outcome::Failed { rule: finding.rule, message, text };
    Test { name: format!("{name}{}", finding.rule), outcome }
}

fn other(image: &ImageUse) -> Test {
    let outcome = match image.stated.state {
        State::Templated | State::Placeholder => {
            Outcome::Skipped(format!("`{}` is filled in later and not judged", image.stated.written))
        }
        _ => Outcome::Passed,
    };
    Test { name: title(image), outcome }
}

/// `Deployment/web spec.template.spec.containers[0].image`
fn title(image: &ImageUse) -> String {
    format!("{} {}", image.object.title(), image.path)
}

fn error(problem: &Problem) -> Test {
    let name = if problem.file.is_empty() { "registries" } else { &problem.file };
    Test { name: name.to_owned(), outcome: Outcome::Error(told(problem)) }
}

impl Suite {
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let number = |of: fn(&Outcome) -> bool| self.tests.iter().filter(|test| of(&test.outcome)).count();
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}">"#,
            escaped(&self.name),
            self.tests.len(),
            number(|outcome| matches!(outcome, Outcome::Failed { .. })),
            number(|outcome| matches!(outcome, Outcome::Error(_))),
            number(|outcome| matches!(outcome, Outcome::Skipped(_))),
        )?;
        self.tests.iter().try_for_each(|test| test.print(out, &self.name))?;
        writeln!(out, "  </testsuite>")
    }
}

impl Test {
    fn print(&self, out: &mut dyn Write, suite: &str) -> io::Result<()> {
        write!(out, r#"    <testcase classname="{}" name="{}">"#, escaped(suite), escaped(&self.name))?;
        match &self.outcome {
            Outcome::Passed => {}
            Outcome::Skipped(why) => write!(out, r#"<skipped message="{}"/>"#, escaped(why))?,
            Outcome::Error(what) => write!(out, r#"<error type="incomplete" message="{}"/>"#, escaped(what))?,
            Outcome::Failed { rule, message, text } => {
                let (message, text) = (escaped(message), escaped(text));
                write!(out, r#"<failure type="{rule}" message="{message}">{text}</failure>"#)?;
            }
        }
        writeln!(out, "</testcase>")
    }
}

/// A text in an attribute or an element. What XML does not allow at all is shown as unknown.
fn escaped(text: &str) -> String {
    let shown = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\n' | '\r' | '\t' => format!("&#{};", u32::from(c)),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => "\u{fffd}".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}
