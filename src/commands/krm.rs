//! `kubepin krm`: a function that kpt and kustomize call.
//!
//! In: a list of resources on standard input. Out: the list, pinned where that was wanted, with results; an
//! exit status that is 0 where no result is an error.
//! Invariants: nothing beside the list and its `functionConfig` decides what is found; where not every
//! reference got its answer, the items are passed on as they came.

use std::io::Write as _;

use super::check::{counts, is_withheld, unanswered};
use super::{notes, print_problems};
use crate::config;
use crate::discover;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Finding, Problem};
use crate::krm::{Importance, NoList, Outcome, ResourceList};
use crate::pipeline;
use crate::report::{Report, problem};
use crate::settings::Settings;

/// Runs the function.
pub(super) fn run(settings: Settings) -> Result<Exit, Failure> {
    let text = String::from_utf8(discover::read_stdin()?)
        .map_err(|_| Failure::usage("what was passed in is not UTF-8", "write the list in UTF-8"))?;
    let (list, words) = ResourceList::read(&text)?;
    let working_folder = std::env::current_dir()?;
    let settings = config::of_function(settings, &words, &working_folder)?;

    let scanned = pipeline::scan_alone(text.as_bytes(), &settings, &working_folder);
    let mut report = pipeline::run(scanned, &settings, &|_, _| {})?;
    let mut problems = unanswered(&report, &settings);
    problems.append(&mut report.scanned.problems);
    problems.extend(notes(&report.answers));
    let held_back = is_withheld(&report, &settings);
    if held_back {
        let message = "the items are passed on as they came: not every image in them got a digest";
        let hint = "`allow-unresolved: true` in the functionConfig passes such images on as they are";
        problems.push(Problem::failure("", message).hint(hint));
    }
    let (out, errors) = answer(&report, &settings, (&text, &list), held_back)?;
    std::io::stdout().lock().write_all(out.as_bytes())?;
    let exit = print_problems(&problems, &settings.output)?;
    problem::print(&mut anstream::stderr().lock(), &errors, settings.output.verbose)?;
    Ok(exit.max(if errors.is_empty() { Exit::Clean } else { Exit::Findings }))
}

/// The list to pass on, and the results that are errors.
fn answer(
    report: &Report,
    settings: &Settings,
    (before, list): (&str, &ResourceList),
    withheld: bool,
) -> Result<(String, Vec<Problem>), NoList> {
    let after = report.filtered.as_deref().unwrap_or(before);
    let (moved, _) = ResourceList::read(after)?;
    let weight = |finding: &Finding| {
        if counts(finding, report, settings) { Importance::Error } else { Importance::Warning }
    };
    let outcome = |finding, importance, list| Outcome {
        finding,
        image: report.scanned.image(finding),
        importance,
        list,
    };
    let mended = report.mended.iter().map(|finding| {
        let importance = if withheld { weight(finding) } else { Importance::Info };
        outcome(finding, importance, list)
    });
    let left = report.findings.iter().map(|finding| outcome(finding, weight(finding), &moved));
    let outcomes: Vec<Outcome<'_>> = left.chain(mended).collect();
    let errors = outcomes.iter().filter(|outcome| outcome.importance == Importance::Error);
    let errors = errors.map(Outcome::problem).collect();
    let passed_on =
        if withheld { list.with_results(before, &outcomes) } else { moved.with_results(after, &outcomes) };
    Ok((passed_on?, errors))
}
