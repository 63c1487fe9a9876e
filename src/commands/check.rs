//! `kubepin check`, `verify`, `update` and `unpin`: findings, previews and changes.

use std::io::{self, Write};
use std::path::Path;

use super::{files, notes, print_problems, start_threads, unanswered};
use crate::answer::Answer;
use crate::baseline::Baseline;
use crate::config;
use crate::discover::STDIN;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Finding, Problem, Severity, Weight};
use crate::pipeline::{self, CheckError};
use crate::plan;
use crate::report::{self, Base, Progress, Report, baselined};
use crate::rules;
use crate::settings::{Mode, Settings, Task};

/// Runs a check. `config` is the configuration file, if there is one.
pub(super) fn run(settings: &Settings, config: Option<&Path>) -> Result<Exit, Failure> {
    refuse_ages_of_parts(settings)?;
    start_threads(settings);
    let working_folder = std::env::current_dir()?;
    let mut scanned = pipeline::scan(settings, &working_folder)?;
    if let Some(file) = config {
        let unused = config::unused(settings, &scanned, file, &working_folder);
        scanned.problems.extend(unused);
    }
    let progress = Progress::new(settings.output.progress);
    let mut report = pipeline::run(scanned, settings, &|done, all| progress.tell(done, all))?;
    let unanswered = unanswered(&report, settings);
    report.scanned.problems.extend(unanswered);
    report.scanned.problems.extend(notes(&report.answers));
    if let Some(path) = &settings.overlook.write_baseline {
        return write_baseline(path, &report, settings);
    }
    if is_withheld(&report, settings) {
        (report.fixed, report.changed) = (0, 0);
        report.scanned.problems.push(withheld(settings));
    }
    report.base = Base::of(&working_folder);
    let not_written = files::write(&report, settings)?;
    print(&report, settings)?;
    report.scanned.problems.extend(not_written);
    let problems = print_problems(&report.scanned.problems, &settings.output)?;
    let exit = problems.max(verdict(&report, settings));
    // The process ends here: to give everything that was read back piece by piece takes a tenth of a run.
    std::mem::forget(report);
    Ok(exit)
}

/// Ages are known of whole images, and would be written down of a part.
fn refuse_ages_of_parts(settings: &Settings) -> Result<(), Failure> {
    let cooling = settings.task == Task::Update && settings.demands.cooldown.is_some();
    if cooling && settings.ask.platform.is_some() {
        let message = "--platform does not go with a cooldown: ages are known of whole images, not of parts";
        return Err(Failure::usage(message, "leave one of them out; `--cooldown 0s` does so for this run"));
    }
    Ok(())
}

/// Writes all findings into a baseline.
fn write_baseline(path: &Path, report: &Report, settings: &Settings) -> Result<Exit, Failure> {
    let baseline = Baseline::anew(path, |rule| rules::is_judged(rule, settings.task));
    let mut baseline = baseline.map_err(CheckError::from)?;
    for finding in &report.findings {
        baseline.add(finding, &report.scanned.files[finding.file]);
    }
    let name = path.to_string_lossy();
    let mut problems = report.scanned.problems.clone();
    match baseline.write(path) {
        Ok(()) if settings.output.quiet => {}
        Ok(()) => baselined::print(&mut io::stdout().lock(), &name, report.findings.len(), settings.task)?,
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

/// Whether the filter's text is held back: not every reference in it got its digest, or an answer, or a
/// digest may not be written.
pub(super) fn is_withheld(report: &Report, settings: &Settings) -> bool {
    let open = |answer: &Answer| match settings.task {
        Task::Pin => !answer.is_pinned(),
        Task::Verify | Task::Update | Task::Unpin => answer.unanswered().is_some(),
    };
    is_filter(report, settings)
        && !settings.write.allow_unresolved
        && (report.refused > 0 || report.answers.by_question.values().any(open))
}

fn withheld(settings: &Settings) -> Problem {
    if settings.task != Task::Pin {
        return Problem::failure(STDIN, "nothing is passed on: not every question has an answer");
    }
    let message = "nothing is passed on: not every image in it got a digest";
    Problem::failure(STDIN, message).hint("--allow-unresolved passes such images through as they are")
}

/// Whether references without a digest pass through the filter, as the user allowed.
fn lets_pass(report: &Report, settings: &Settings) -> bool {
    is_filter(report, settings) && settings.write.allow_unresolved
}

/// A problem for each reason why questions have no answer.
pub(super) fn unanswered(report: &Report, settings: &Settings) -> Vec<Problem> {
    let weight = if lets_pass(report, settings) { Weight::Warning } else { Weight::Failure };
    let lead = if settings.task == Task::Pin { unanswered::NO_DIGEST } else { "no answer about" };
    let answers = report.answers.by_question.iter();
    unanswered::problems(
        answers.filter_map(|(question, answer)| Some((question, answer.unanswered()?))),
        (lead, weight),
    )
}

/// Whether a finding that is left counts for the exit status.
pub(super) fn counts(finding: &Finding, report: &Report, settings: &Settings) -> bool {
    let image = report.scanned.image(finding).filter(|_| lets_pass(report, settings));
    let questions = image.map(|image| plan::questions(image, settings.write)).unwrap_or_default();
    let open = |(_, question): &(_, _)| {
        report.answers.by_question.get(question).is_some_and(|answer| !answer.is_pinned())
    };
    let passes = questions.iter().any(open);
    (settings.strict || finding.severity == Severity::Error) && !passes
}

fn verdict(report: &Report, settings: &Settings) -> Exit {
    let remain = report.findings.iter().any(|finding| counts(finding, report, settings));
    let would_change = settings.mode == Mode::Diff && report.fixed > 0;
    if !settings.exit_zero && (would_change || remain) { Exit::Findings } else { Exit::Clean }
}
