//! Finding images without a digest, and pinning them.
//!
//! In: what was scanned. Out: what is left to report, and what is pinned where that was wanted.
//! Invariant: only what the answers could be written for is asked.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::change::{self, Change};
use super::counts::counts;
use super::facts::Way;
use super::held::{self, Held, Refused};
use super::rebuild::is_same_or_pinned;
use super::{CheckError, asking, finish, kept, like, note, overlook};
use crate::answer::Answers;
use crate::finding::Finding;
use crate::reference::Question;
use crate::report::Report;
use crate::resolve::Session;
use crate::rules::{Judged, Sifted};
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Mode, Settings, Write};
use crate::source::Span;
use crate::{plan, rules};

/// Judges images, and pins them if the settings say so.
pub(super) fn run(
    mut scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, CheckError> {
    kept::find(&mut scanned, settings)?;
    let judge = |(number, file): (usize, &mut ScannedFile)| judge(number, file, settings);
    let sifted: Vec<Sifted> = scanned.files.par_iter_mut().enumerate().map(judge).collect();
    let mut findings: Vec<Vec<Finding>> = Vec::new();
    let mut ignored = 0;
    for sifted in sifted {
        findings.push(sifted.left);
        ignored += note(&mut scanned, &sifted.ignored);
    }
    let mut baseline = overlook::baseline(settings)?;
    let mut known = overlook::known(baseline.as_mut(), &scanned, &mut findings);
    overlook::tell_stale(&mut scanned, baseline.as_ref(), settings);
    known += overlook::untouched(&scanned, &mut findings, settings)?;
    like::weigh(&mut scanned, &mut findings);
    if settings.mode == Mode::Report {
        return Ok(Report { scanned, findings: findings.concat(), ignored, known, ..Report::default() });
    }
    let questions = questions(&scanned, &findings, settings);
    let ask = asking(&scanned, settings);
    let session = Session::new(&ask);
    let mut answers = session.ask(&questions, progress)?;
    let way = Way { session: &session, progress };
    let Held { findings: mut beside, problems, refused, cost } =
        held::hold(&scanned, &findings, &answers, settings, way)?;
    known += overlook::known(baseline.as_mut(), &scanned, &mut beside);
    let plan = |((file, findings), beside)| plan(file, findings, (&answers, &refused), settings).with(beside);
    let planned: Vec<Change> = scanned.files.par_iter().zip(findings).zip(beside).map(plan).collect();
    let right = |old: &str, new: &str| is_same_or_pinned(old, new, &answers);
    let mut report = finish(scanned, planned, &right, settings);
    // A base that is only built alone in theory is pinned where that can be done, and no reproach.
    let scanned = &report.scanned;
    report.findings.retain(|finding| !scanned.image(finding).is_some_and(|image| image.alone));
    answers.take(cost);
    report.refused = refused.len();
    report.answers = answers;
    report.scanned.problems.extend(problems);
    report.scanned.problems.sort();
    report.ignored += ignored;
    report.known = known;
    Ok(report)
}

/// Judges a file offline, takes out what it ignores and what does not count, and says of each finding why
/// it would stay.
fn judge(number: usize, file: &mut ScannedFile, settings: &Settings) -> Sifted {
    let mut findings = rules::judge(number, &file.extracted);
    if settings.mode != Mode::Report && settings.write.unsafe_fixes {
        findings.extend(rules::judge_alone(number, &file.extracted));
    }
    let mut sifted = if settings.overlook.ignores {
        rules::sift(number, &file.extracted, findings, &settings.overlook.today, &Judged::Offline)
    } else {
        Sifted { left: findings, ..Sifted::default() }
    };
    hold_ignored(file, &sifted);
    sifted.left.retain_mut(|finding| counts(finding, file, settings));
    for finding in &mut sifted.left {
        if let Some(image) = file.image(finding).filter(|image| plan::can_be_pinned(image)) {
            finding.why_not = plan::obstacle(image, settings.write);
        }
    }
    sifted
}

/// Keeps scalars as they are that an ignored use shares with others, through an anchor, and those that an
/// ignore may be meant for which is written wrong.
fn hold_ignored(file: &mut ScannedFile, sifted: &Sifted) {
    let ignored = sifted.ignored.iter().filter_map(|(finding, _)| finding.image);
    let ignored =
        ignored.map(|number| (number, "its value is shared with an image that is ignored".to_owned()));
    let wrong = |line: usize| {
        format!(
            "line {line} has an ignore that is written wrong and may be about it: mend it, or take it out"
        )
    };
    let meant = sifted.meant.iter().map(|&(number, line)| (number, wrong(line)));
    let mut left_alone: BTreeMap<Span, String> = BTreeMap::new();
    for (number, why) in ignored.chain(meant) {
        let scalars = file.extracted.uses.get(number).into_iter().flat_map(plan::scalars);
        scalars.for_each(|scalar| {
            left_alone.entry(scalar).or_insert_with(|| why.clone());
        });
    }
    for image in file.extracted.uses.iter_mut().filter(|_| !left_alone.is_empty()) {
        let why = plan::scalars(image).find_map(|scalar| left_alone.get(&scalar)).cloned();
        image.hold = image.hold.take().or(why);
    }
}

/// What has to be asked: each question once, however often it comes up.
fn questions(scanned: &Scanned, findings: &[Vec<Finding>], settings: &Settings) -> BTreeSet<Question> {
    let uses = findings.iter().flatten().filter_map(|finding| scanned.image(finding));
    uses.flat_map(|image| plan::questions(image, settings.write)).map(|(_, question)| question).collect()
}

/// Plans the change of a file.
fn plan(
    file: &ScannedFile,
    findings: Vec<Finding>,
    (answers, refused): (&Answers, &Refused),
    settings: &Settings,
) -> Change {
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
        if let Some(why) = finding.image.and_then(|at| refused.get(&(finding.file, at))) {
            finding.why_not = Some(why.clone());
            return;
        }
        plan::remedy(finding, image, &said, text, write);
    };
    change::plan(file, findings, &open, &remedy)
}
