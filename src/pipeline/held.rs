//! What is demanded of the digests that images get.
//!
//! In: images that are to be pinned, and answers. Out: what is wrong with the digests, beside what pins mend.
//! Invariants: an image is pinned all the same, because the cluster pulls these bytes already, but for what
//! lacks a referrer: nobody vouches for that; nothing is looked into where the configuration demands nothing.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::blessing;
use super::counts::counts;
use super::demanded::{self, Case};
use super::facts::{Facts, Way};
use crate::answer::{Answer, Answers};
use crate::finding::{Finding, Problem};
use crate::plan;
use crate::resolve::AskError;
use crate::resolve::lock::Lock;
use crate::rules;
use crate::scan::Scanned;
use crate::settings::{Demands, Settings};

/// What came of holding digests to what is demanded.
pub(super) struct Held {
    /// What is wrong, by file.
    pub(super) findings: Vec<Vec<Finding>>,
    pub(super) problems: Vec<Problem>,
    /// Why digests are not written, by file and image use.
    pub(super) refused: Refused,
    /// What it cost.
    pub(super) cost: Answers,
}

/// Why digests are not written, by the numbers of file and image use.
pub(super) type Refused = BTreeMap<(usize, usize), String>;

/// Holds the digests that findings are to be mended with to what is demanded of them.
pub(super) fn hold(
    scanned: &Scanned,
    open: &[Vec<Finding>],
    answers: &Answers,
    settings: &Settings,
    way: Way<'_>,
) -> Result<Held, AskError> {
    let mut findings = vec![Vec::new(); scanned.files.len()];
    let mut demands = demands(scanned, settings);
    let of_index = |demands: &Demands| !demands.platforms.is_empty() || demands.cooldown.is_some();
    let mut problems = Vec::new();
    if settings.ask.platform.is_some() && demands.iter().any(of_index) {
        let message =
            "with --platform, what the configuration demands of platforms and ages is not looked at";
        problems.push(Problem::warning("", message).hint("`kubepin verify` looks at it"));
        for demands in &mut demands {
            *demands = Demands { referrers: std::mem::take(&mut demands.referrers), ..Demands::default() };
        }
    }
    if !demands.iter().any(|demands| of_index(demands) || !demands.referrers.is_empty()) {
        return Ok(Held { findings, problems, refused: Refused::new(), cost: Answers::default() });
    }
    let to_be = to_be(scanned, open, answers, &demands, settings);
    let cases: Vec<Case<'_>> = to_be.iter().map(|(_, case)| *case).collect();
    let mut facts = Facts::of(Lock::nearest(settings.ask.sources.lock_file.as_deref())?);
    let now = SystemTime::now();
    demanded::look_for_platforms(&mut facts, &cases, way)?;
    demanded::look_for_dates(&mut facts, &cases, now, way)?;
    demanded::look_for_referrers(&mut facts, &cases, way)?;
    let mut refused = Refused::new();
    for (finding, case) in &to_be {
        let Some((at, image)) = finding.image.zip(scanned.image(finding)) else { continue };
        let place = (finding.file, &scanned.files[finding.file], at);
        refused.extend(blessing::refusal(place, case, &facts, settings).map(|why| ((finding.file, at), why)));
        let of_file: &mut Vec<Finding> = &mut findings[finding.file];
        for mut wrong in rules::judge_pin(finding.file, at, image, &demanded::known(&facts, case, now)) {
            let told = of_file.iter().any(|told| (told.rule, told.image) == (wrong.rule, wrong.image));
            if !told && counts(&mut wrong, &scanned.files[finding.file], settings) {
                of_file.push(wrong);
            }
        }
    }
    problems.extend(facts.problems());
    problems.extend(demanded::unknown_to_all(&facts, &cases, now));
    Ok(Held { findings, problems, refused, cost: facts.cost() })
}

/// What is demanded of the images of each file. What pods say counts where platforms are looked at anyway.
fn demands(scanned: &Scanned, settings: &Settings) -> Vec<Demands> {
    let of_file = scanned.files.iter().map(|file| settings.demands_of(&file.target.absolute));
    of_file.map(|demands| Demands { machines: !demands.platforms.is_empty(), ..demands }).collect()
}

/// The pins to be, with the findings that they mend.
fn to_be<'t>(
    scanned: &'t Scanned,
    open: &'t [Vec<Finding>],
    answers: &'t Answers,
    demands: &'t [Demands],
    settings: &Settings,
) -> Vec<(&'t Finding, Case<'t>)> {
    let mut to_be = Vec::new();
    for finding in open.iter().flatten() {
        let Some(image) = scanned.image(finding) else { continue };
        for (stated, question) in plan::questions(image, settings.write) {
            if let Some(Answer::Pinned { digest, .. }) = answers.by_question.get(&question) {
                let pin = image.pin_to(stated, digest);
                to_be.extend(pin.map(|pin| (finding, Case { pin, demands: &demands[finding.file] })));
            }
        }
    }
    to_be
}
