//! Asking about pins that are there.
//!
//! In: what was scanned. Out: findings about pins; nothing is written.
//! Invariants: a digest is asked for only where its tag has another one, or it has none; what digests name
//! is looked into only where a rule needs it; nothing is asked twice.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::counts::counts;
use super::demanded::{self, Case};
use super::facts::{Facts, Way};
use super::{CheckError, asking, note, overlook};
use crate::answer::{Answer, Answers};
use crate::content::Content;
use crate::finding::Finding;
use crate::image::{ImageUse, Pin};
use crate::plan::{self, Goal};
use crate::platform::Platform;
use crate::reference::{Digest, Question};
use crate::report::Report;
use crate::resolve::lock::Lock;
use crate::resolve::{AskError, Depth, Session};
use crate::rules::{self, Judged, Known, Past, Sifted};
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Demands, MISSING_PLATFORM, MISSING_REFERRER, Settings, TOO_RECENT};

/// Judges pins by what registries say of them.
pub(super) fn run(
    mut scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, CheckError> {
    let lock = Lock::nearest(settings.ask.sources.lock_file.as_deref()).map_err(AskError::from)?;
    let mut baseline = overlook::baseline(settings)?;
    let ask = asking(&scanned, settings);
    let session = Session::new(&ask);
    let demands: Vec<Demands> =
        scanned.files.iter().map(|file| settings.demands_of(&file.target.absolute)).collect();
    let places = scanned.uses().filter(|image| !image.pins().is_empty()).count();
    let of_file = |(file, demands)| cases(file, demands, settings);
    let cases: Vec<Case<'_>> = scanned.files.iter().zip(&demands).flat_map(of_file).collect();
    let answers = answers(&session, &cases, progress)?;
    let mut seen = Seen { answers, facts: Facts::of(lock), now: SystemTime::now(), whole: false };
    seen.look(&cases, Way { session: &session, progress })?;
    let mut problems = seen.facts.problems();
    let answered = |answer: &Answer| answer.unanswered().is_none();
    seen.whole = problems.is_empty() && seen.answers.by_question.values().all(answered);
    problems.extend(demanded::unknown_to_all(&seen.facts, &seen.there(&cases), seen.now));
    let mut findings: Vec<Vec<Finding>> = Vec::new();
    let mut passed = Vec::new();
    for (number, (file, demands)) in scanned.files.iter().zip(&demands).enumerate() {
        let mut sifted = seen.sifted(number, file, demands, settings);
        sifted.left.retain_mut(|finding| counts(finding, file, settings));
        findings.push(sifted.left);
        passed.extend(sifted.ignored);
    }
    let ignored = note(&mut scanned, &passed);
    let known = overlook::known(baseline.as_mut(), &scanned, &mut findings)
        + overlook::untouched(&scanned, &mut findings, settings)?;
    overlook::tell_stale(&mut scanned, baseline.as_ref(), settings);
    let Seen { mut answers, facts, .. } = seen;
    answers.take(facts.cost());
    scanned.problems.extend(problems);
    let findings = findings.concat();
    Ok(Report { findings, answers, ignored, known, pins: Some(places), scanned, ..Report::default() })
}

/// The pins of a file. Images that no rule is about are not asked for.
fn cases<'c>(file: &'c ScannedFile, demands: &'c Demands, settings: &Settings) -> Vec<Case<'c>> {
    let pins = file.extracted.uses.iter().flat_map(ImageUse::pins);
    let judged = pins.filter(|pin| !settings.judge.is_exempt(&pin.stated.written));
    judged.map(|pin| Case { pin, demands }).collect()
}

/// What registries say of tags and, where those have other digests, of digests.
fn answers(
    session: &Session<'_>,
    cases: &[Case<'_>],
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let pins = || cases.iter().map(|case| &case.pin);
    let tags = pins().map(|pin| pin.by_tag().unwrap_or_else(|| pin.by_digest()));
    let mut answers = session.ask(&tags.collect(), progress)?;
    let has_it = |pin: &Pin<'_>| answer_of_tag(&answers, pin).is_some_and(|answer| has(answer, pin.digest));
    let rest: BTreeSet<Question> = pins().filter(|pin| !has_it(pin)).map(Pin::by_digest).collect();
    let rest = rest.into_iter().filter(|question| !answers.by_question.contains_key(question)).collect();
    answers.take(session.ask(&rest, progress)?);
    Ok(answers)
}

fn answer_of_tag<'a>(answers: &'a Answers, pin: &Pin<'_>) -> Option<&'a Answer> {
    answers.by_question.get(&pin.by_tag()?)
}

fn has(answer: &Answer, wanted: &Digest) -> bool {
    matches!(answer, Answer::Pinned { digest, .. } if digest == wanted)
}

/// What is known of all pins.
struct Seen {
    answers: Answers,
    facts: Facts,
    now: SystemTime,
    /// Whether all questions were answered.
    whole: bool,
}

impl Seen {
    /// Looks into the digests that rules need to know more of.
    fn look(&mut self, cases: &[Case<'_>], way: Way<'_>) -> Result<(), AskError> {
        let children = cases.iter().map(|case| &case.pin).filter(|pin| self.may_be_child(pin));
        let indexes = children.filter_map(|pin| self.by_tag_now(pin)).collect();
        self.facts.look(&indexes, Depth::Manifest, way)?;
        let there = self.there(cases);
        let untold = there.iter().filter(|case| self.platform_in_index(&case.pin).is_none());
        let untold: Vec<Case<'_>> = untold.copied().collect();
        demanded::look_for_platforms(&mut self.facts, &untold, way)?;
        demanded::look_for_referrers(&mut self.facts, &there, way)?;
        demanded::look_for_dates(&mut self.facts, &there, self.now, way)
    }

    /// Those whose digests are there.
    fn there<'c>(&self, cases: &[Case<'c>]) -> Vec<Case<'c>> {
        cases.iter().filter(|case| self.is_there(&case.pin)).copied().collect()
    }

    fn is_there(&self, pin: &Pin<'_>) -> bool {
        let said = [answer_of_tag(&self.answers, pin), self.answers.by_question.get(&pin.by_digest())];
        said.into_iter().flatten().any(|answer| has(answer, pin.digest))
    }

    /// Whether the digest is of one image, and the tag has an index that may list it.
    fn may_be_child(&self, pin: &Pin<'_>) -> bool {
        let digest = self.answers.by_question.get(&pin.by_digest());
        let media_type = |answer: Option<&Answer>| match answer {
            Some(Answer::Pinned { media_type, .. }) => Some(media_type.clone()),
            _ => None,
        };
        let is_index =
            |media_type: &str| media_type.contains("index") || media_type.contains("manifest.list");
        let (one, tagged) = (media_type(digest), media_type(answer_of_tag(&self.answers, pin)));
        one.is_some_and(|one| !is_index(&one)) && tagged.is_some_and(|tagged| is_index(&tagged))
    }

    /// What the tag of a pin has now, by its digest.
    fn by_tag_now(&self, pin: &Pin<'_>) -> Option<Question> {
        match answer_of_tag(&self.answers, pin)? {
            Answer::Pinned { digest, .. } => Some(pin.by_tag()?.by_digest(digest)),
            _ => None,
        }
    }

    fn tagged(&self, pin: &Pin<'_>) -> Option<&Content> {
        self.facts.content(&self.by_tag_now(pin)?).filter(|_| self.may_be_child(pin))
    }

    /// The platform of a pin, where the index of its tag says it.
    fn platform_in_index(&self, pin: &Pin<'_>) -> Option<&Platform> {
        let Content::Index { manifests, .. } = self.tagged(pin)? else { return None };
        manifests.iter().find(|child| child.digest == *pin.digest)?.platform.as_ref()
    }

    fn past(&self, pin: &Pin<'_>) -> Past {
        let Some(tag) = pin.by_tag() else { return Past::Unknown };
        if let Some(at) = self.facts.lock.recorded(&tag, pin.digest) {
            return Past::Recorded(at.to_owned());
        }
        let others: Vec<String> = self.facts.lock.tags(&tag, pin.digest).into_iter().collect();
        if others.is_empty() { Past::Unknown } else { Past::Others(others) }
    }

    fn known<'k>(&'k self, case: &Case<'k>) -> Known<'k> {
        let pin = &case.pin;
        let there = self.is_there(pin);
        let known = if there {
            demanded::known(&self.facts, case, self.now)
        } else {
            demanded::unknown(case, self.now)
        };
        let own = self.platform_in_index(pin).filter(|_| there && case.wants_platforms());
        Known {
            digest: self.answers.by_question.get(&pin.by_digest()),
            tag: answer_of_tag(&self.answers, pin),
            tagged: self.tagged(pin),
            platforms: own.map(|platform| vec![platform.clone()]).or(known.platforms),
            past: self.past(pin),
            ..known
        }
    }

    /// What is wrong with the pins of a file, without what it ignores.
    fn sifted(&self, number: usize, file: &ScannedFile, demands: &Demands, settings: &Settings) -> Sifted {
        let cases = cases(file, demands, settings);
        let findings = self.findings(number, file, demands);
        if !settings.overlook.ignores {
            return Sifted { left: findings, ..Sifted::default() };
        }
        let judged = Judged::Pins(self.judged(&cases));
        rules::sift(number, &file.extracted, findings, &settings.overlook.today, &judged)
    }

    /// The rules of which it says something that they found nothing: all they have to know is known.
    fn judged(&self, cases: &[Case<'_>]) -> Vec<&'static str> {
        let aged = demanded::ageless(&self.facts, &self.there(cases), self.now).is_none();
        let ids = rules::of_pins().filter(|id| match *id {
            MISSING_PLATFORM => cases.iter().any(Case::wants_platforms),
            MISSING_REFERRER => cases.iter().any(|case| !case.artifact_types().is_empty()),
            TOO_RECENT => aged && cases.iter().any(|case| case.demands.cooldown.is_some()),
            _ => true,
        });
        ids.filter(|_| self.whole).collect()
    }

    /// What is wrong with the pins of a file.
    fn findings(&self, number: usize, file: &ScannedFile, demands: &Demands) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (at, image) in file.extracted.uses.iter().enumerate() {
            for pin in image.pins() {
                let known = self.known(&Case { pin, demands });
                for mut finding in rules::judge_pin(number, at, image, &known) {
                    let told = |other: &Finding| (other.rule, other.image) == (finding.rule, finding.image);
                    if findings.iter().any(told) {
                        continue;
                    }
                    if let (Some(index), Some(_)) = (known.moved_to(), known.child()) {
                        offer(&mut finding, image, &pin, index, file);
                    }
                    findings.push(finding);
                }
            }
        }
        findings.sort_by_key(|finding| (finding.span, finding.rule));
        findings
    }
}

/// Offers the index as the fix, where the finding is that the pin is one of its images.
fn offer(finding: &mut Finding, image: &ImageUse, pin: &Pin<'_>, index: &Digest, file: &ScannedFile) {
    if finding.rule != rules::SINGLE_PLATFORM_PIN {
        return;
    }
    if let Ok(text) = file.text() {
        let edits = plan::repin(image, pin.digest, &Goal::Digest(index.clone()), &text);
        plan::carry(finding, image, edits);
    }
}
