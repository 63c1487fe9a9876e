//! Which digests may be written, by what refers to them.
//!
//! In: pins to be, what refers to their digests. Out: why some are not written.
//! Invariant: a digest is refused as long as it would be a finding of `missing-referrer` once it is written,
//! and where nobody can tell.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::counts::counts;
use super::demanded::{self, Case};
use super::facts::{Facts, Way};
use crate::answer::{Answer, Answers};
use crate::finding::named;
use crate::image::Pin;
use crate::reference::Question;
use crate::resolve::AskError;
use crate::rules;
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Demands, MISSING_REFERRER, Settings};
use crate::source::printable;

/// An image use: its file with that one's number, and its own number there.
pub(super) type Place<'p> = (usize, &'p ScannedFile, usize);

/// Why the digest of a pin to be is not written there; `None`: it may be.
pub(super) fn refusal(
    (number, file, at): Place<'_>,
    case: &Case<'_>,
    facts: &Facts,
    settings: &Settings,
) -> Option<String> {
    if case.artifact_types().is_empty() {
        return None;
    }
    let question = case.pin.by_digest();
    let known = demanded::known(facts, case, SystemTime::now());
    let exempt = settings.judge.is_exempt(&case.pin.stated.written);
    if known.referrers.is_none() && !exempt {
        return Some(format!("it is not known what refers to {question}"));
    }
    let image = file.extracted.uses.get(at)?;
    let mut found = rules::judge_pin(number, at, image, &known).into_iter();
    let mut finding = found.find(|finding| finding.rule == MISSING_REFERRER)?;
    let today = settings.overlook.today.as_str();
    let reason = rules::Ignores::of(&file.extracted, today).reason(&finding);
    if reason.is_some_and(|_| settings.overlook.ignores) || !counts(&mut finding, file, settings) {
        return None;
    }
    let lacking: Vec<String> = known.lacking().into_iter().map(printable).collect();
    let refuted = known.refuted().map(|why| format!(": {why}")).unwrap_or_default();
    Some(format!("no {} refers to {question}, as the configuration requires{refuted}", named(&lacking)))
}

/// The digests that no pin is moved to, and why.
pub(super) fn refused(
    scanned: &Scanned,
    answers: &Answers,
    (facts, settings): (&mut Facts, &Settings),
    way: Way<'_>,
) -> Result<BTreeMap<Question, String>, AskError> {
    if settings.demands.referrers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let demands: Vec<Demands> =
        scanned.files.iter().map(|file| settings.demands_of(&file.target.absolute)).collect();
    let mut moves: Vec<(Place<'_>, Case<'_>)> = Vec::new();
    for (number, (file, demands)) in scanned.files.iter().zip(&demands).enumerate() {
        for (at, image) in file.extracted.uses.iter().enumerate() {
            for pin in image.pins() {
                let answer = pin.by_tag().and_then(|tag| answers.by_question.get(&tag));
                if let Some(Answer::Pinned { digest, .. }) =
                    answer.filter(|_| !settings.judge.is_exempt(&pin.stated.written))
                    && digest != pin.digest
                {
                    moves.push(((number, file, at), Case { pin: Pin { digest, ..pin }, demands }));
                }
            }
        }
    }
    let cases: Vec<Case<'_>> = moves.iter().map(|(_, case)| *case).collect();
    demanded::look_for_referrers(facts, &cases, way)?;
    let refused = moves
        .iter()
        .filter_map(|(place, case)| Some((case.pin.by_digest(), refusal(*place, case, facts, settings)?)));
    Ok(refused.collect())
}
