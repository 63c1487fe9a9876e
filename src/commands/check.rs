//! `kubepin check`: the linter, its preview and its fix.

use std::io::{self, Write};
use std::path::Path;

use super::{limit_threads, notes, print_problems, unanswered};
use crate::baseline::Baseline;
use crate::discover::STDIN;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Finding, Problem, Severity, Weight};
use crate::pipeline;
use crate::plan;
use crate::report::{self, Progress, Report, baselined};
use crate::settings::{Mode, Settings};

/// Runs a check.
pub(super) fn run(settings: &Settings) -> Result<Exit, Failure> {
    limit_threads(settings);
    let scanned = pipeline::scan(settings, &std::env::current_dir()?)?;
    let progress = Progress::new(settings.output.progress);
    let mut report = pipeline::check(scanned, settings, &|done, all| progress.tell(done, all))?;
    if let Some(path) = &settings.overlook.write_baseline {
        return write_baseline(path, &report, settings);
    }
    let unanswered = unanswered(&report, settings);
    report.scanned.problems.extend(unanswered);
    report.scanned.problems.extend(notes(&report.answers));
    if is_withheld(&report, settings) {
        (report.fixed, report.changed) = (0, 0);
        let message = "nothing is passed on: not every image in it got a digest";
        let hint = "--allow-unresolved passes such images through as they are";
        report.scanned.problems.push(Problem::failure(STDIN, message).hint(hint));
    }
    print(&report, settings)?;
    let problems = print_problems(&report.scanned.problems, &settings.output)?;
    Ok(problems.max(verdict(&report, settings)))
}

/// Writes all findings into a baseline.
fn write_baseline(path: &Path, report: &Report, settings: &Settings) -> Result<Exit, Failure> {
    let mut baseline = Baseline::empty(path)?;
    for finding in &report.findings {
        baseline.add(finding, &report.scanned.files[finding.file]);
    }
    let name = path.to_string_lossy();
    let mut problems = report.scanned.problems.clone();
    match baseline.write(path) {
        Ok(()) if settings.output.quiet => {}
        Ok(()) => baselined::print(&mut io::stdout().lock(), &name, report.findings.len())?,
        Err(error) => problems.push(Problem::failure(&*name, format!("not written: {error}"))),
    }
    print_problems(&problems, &settings.output)
}

/// Prints the result to standard output, and the report beside it or to standard error.
fn print(report: &Report, settings: &Settings) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if settings.mode != Mode::Diff && !is_filter(report, settings) {
        report::print(&mut out, report, settings)?;
        return out.flush();
    }
    if settings.mode == Mode::Diff {
        out.write_all(report.diff.as_bytes())?;
    } else if !is_withheld(report, settings) {
        out.write_all(report.filtered.as_deref().unwrap_or_default().as_bytes())?;
    }
    out.flush()?;
    report::print(&mut anstream::stderr().lock(), report, settings)
}

/// Whether standard output is the rewritten standard input.
fn is_filter(report: &Report, settings: &Settings) -> bool {
    settings.mode == Mode::Fix && report.scanned.files.iter().any(|file| file.target.path.is_none())
}

/// Whether the filter's text is held back: not every reference in it got its digest.
fn is_withheld(report: &Report, settings: &Settings) -> bool {
    is_filter(report, settings)
        && !settings.write.allow_unresolved
        && report.answers.by_question.values().any(|answer| !answer.is_pinned())
}

/// Whether references without a digest pass through the filter, as the user allowed.
fn lets_pass(report: &Report, settings: &Settings) -> bool {
    is_filter(report, settings) && settings.write.allow_unresolved
}

/// A problem for each reason why questions have no answer.
fn unanswered(report: &Report, settings: &Settings) -> Vec<Problem> {
    let weight = if lets_pass(report, settings) { Weight::Warning } else { Weight::Failure };
    let answers = report.answers.by_question.iter();
    unanswered::problems(
        answers.filter_map(|(question, answer)| Some((question, answer.unanswered()?))),
        weight,
    )
}

fn verdict(report: &Report, settings: &Settings) -> Exit {
    let passes = |finding: &Finding| {
        let image = report.scanned.image(finding).filter(|_| lets_pass(report, settings));
        let questions = image.map(|image| plan::questions(image, settings.write)).unwrap_or_default();
        let open = |(_, question): &(_, _)| {
            report.answers.by_question.get(question).is_some_and(|answer| !answer.is_pinned())
        };
        questions.iter().any(open)
    };
    let weighs = |finding: &Finding| settings.strict || finding.severity == Severity::Error;
    let remain = report.findings.iter().any(|finding| weighs(finding) && !passes(finding));
    let would_change = settings.mode == Mode::Diff && report.fixed > 0;
    if !settings.exit_zero && (would_change || remain) { Exit::Findings } else { Exit::Clean }
}
