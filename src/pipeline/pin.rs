//! Finding images without a digest, and pinning them.
//!
//! In: what was scanned. Out: what is left to report, and what is pinned where that was wanted.
//! Invariant: only what the answers could be written for is asked.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::change::{self, Change};
use super::counts::counts;
use super::rebuild::is_same_or_pinned;
use super::{asking, finish};
use crate::answer::Answers;
use crate::finding::Finding;
use crate::reference::Question;
use crate::report::Report;
use crate::resolve::{self, AskError};
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Mode, Settings, Write};
use crate::{plan, rules};

/// Judges images, and pins them if the settings say so.
pub(super) fn run(
    scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, AskError> {
    let judge = |(number, file): (usize, &ScannedFile)| judge(number, file, settings);
    let findings: Vec<Vec<Finding>> = scanned.files.par_iter().enumerate().map(judge).collect();
    if settings.mode == Mode::Report {
        return Ok(Report { scanned, findings: findings.concat(), ..Report::default() });
    }
    let questions = questions(&scanned, &findings, settings);
    let answers = resolve::ask(&questions, &asking(&scanned, settings), progress)?;
    let plan = |(file, findings)| plan(file, findings, &answers, settings);
    let planned: Vec<Change> = scanned.files.par_iter().zip(findings).map(plan).collect();
    let right = |old: &str, new: &str| is_same_or_pinned(old, new, &answers);
    let mut report = finish(scanned, planned, &right, settings);
    // A base that is only built alone in theory is pinned where that can be done, and no reproach.
    let scanned = &report.scanned;
    report.findings.retain(|finding| !scanned.image(finding).is_some_and(|image| image.alone));
    report.answers = answers;
    Ok(report)
}

/// Judges a file offline, and says of each finding why it would stay.
fn judge(number: usize, file: &ScannedFile, settings: &Settings) -> Vec<Finding> {
    let mut findings = rules::judge(number, &file.extracted);
    if settings.mode != Mode::Report && settings.write.unsafe_fixes {
        findings.extend(rules::judge_alone(number, &file.extracted));
    }
    findings.retain_mut(|finding| counts(finding, file, settings));
    for finding in &mut findings {
        if let Some(image) = file.image(finding).filter(|image| plan::can_be_pinned(image)) {
            finding.why_not = plan::obstacle(image, settings.write);
        }
    }
    findings
}

/// What has to be asked: each question once, however often it comes up.
fn questions(scanned: &Scanned, findings: &[Vec<Finding>], settings: &Settings) -> BTreeSet<Question> {
    let uses = findings.iter().flatten().filter_map(|finding| scanned.image(finding));
    uses.flat_map(|image| plan::questions(image, settings.write)).map(|(_, question)| question).collect()
}

/// Plans the change of a file.
fn plan(file: &ScannedFile, findings: Vec<Finding>, answers: &Answers, settings: &Settings) -> Change {
    let style = settings.judge.style(&file.target.absolute);
    let write = Write { style: style.or(settings.write.style), ..settings.write };
    let open = |finding: &Finding| file.image(finding).is_some_and(plan::can_be_pinned);
    let remedy = |finding: &mut Finding, text: &str| {
        let Some(image) = file.image(finding) else {
            return;
        };
        let questions = plan::questions(image, settings.write);
        let answer = |(_, question): &(_, _)| answers.by_question.get(question);
        let Some(said) = questions.iter().map(answer).collect::<Option<Vec<_>>>() else {
            return;
        };
        if said.is_empty() {
            return;
        }
        let mut judged = questions.iter().zip(&said);
        let instead =
            judged.find_map(|((stated, _), answer)| rules::judge_answer(finding, image, stated, answer));
        if let Some(instead) = instead {
            *finding = instead;
        }
        plan::remedy(finding, image, &said, text, write);
    };
    change::plan(file, findings, &open, &remedy)
}
