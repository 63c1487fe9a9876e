//! Asking about pins that are there.
//!
//! In: what was scanned. Out: findings about pins; nothing is written.
//! Invariants: a digest is asked for only where its tag has another one, or it has none; what digests name
//! is looked into only where a rule needs it; nothing is asked twice.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::asking;
use super::counts::counts;
use super::facts::{Facts, Way};
use crate::answer::{Answer, Answers};
use crate::content::Content;
use crate::finding::{Finding, Problem, named};
use crate::image::{ImageUse, Pin};
use crate::plan::{self, Goal};
use crate::platform::Platform;
use crate::reference::{Digest, Question};
use crate::report::Report;
use crate::resolve::lock::Lock;
use crate::resolve::{AskError, Depth, Session};
use crate::rules::{self, Age, Known, Past};
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Demands, Settings};

/// Judges pins by what registries say of them.
pub(super) fn run(
    scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, AskError> {
    let lock = Lock::nearest(settings.ask.sources.lock_file.as_deref())?;
    let ask = asking(&scanned, settings);
    let session = Session::new(&ask);
    let pins: Vec<Pin<'_>> = scanned.uses().flat_map(ImageUse::pins).collect();
    let places = scanned.uses().filter(|image| !image.pins().is_empty()).count();
    let answers = answers(&session, &pins, progress)?;
    let (facts, now) = (Facts::default(), SystemTime::now());
    let mut seen = Seen { answers, facts, lock, demands: &settings.demands, now };
    seen.look(&pins, Way { session: &session, progress })?;
    let mut findings = Vec::new();
    for (number, file) in scanned.files.iter().enumerate() {
        findings.extend(
            seen.findings(number, file)
                .into_iter()
                .filter_map(|mut finding| counts(&mut finding, file, settings).then_some(finding)),
        );
    }
    let problems = [seen.facts.problems(), seen.ageless(&scanned)].concat();
    let Seen { mut answers, facts, .. } = seen;
    answers.take(facts.cost());
    let mut report = Report { findings, answers, pins: Some(places), scanned, ..Report::default() };
    report.scanned.problems.extend(problems);
    Ok(report)
}

/// What registries say of tags and, where those have other digests, of digests.
fn answers(
    session: &Session<'_>,
    pins: &[Pin<'_>],
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    let tags = pins.iter().map(|pin| pin.by_tag().unwrap_or_else(|| pin.by_digest()));
    let mut answers = session.ask(&tags.collect(), progress)?;
    let has_it = |pin: &Pin<'_>| answer_of_tag(&answers, pin).is_some_and(|answer| has(answer, pin.digest));
    let rest: BTreeSet<Question> = pins.iter().filter(|pin| !has_it(pin)).map(Pin::by_digest).collect();
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
struct Seen<'s> {
    answers: Answers,
    facts: Facts,
    lock: Lock,
    demands: &'s Demands,
    now: SystemTime,
}

impl Seen<'_> {
    /// Looks into the digests that rules need to know more of.
    fn look(&mut self, pins: &[Pin<'_>], way: Way<'_>) -> Result<(), AskError> {
        let indexes = pins.iter().filter(|pin| self.may_be_child(pin)).filter_map(|pin| self.by_tag_now(pin));
        self.facts.look(&indexes.collect(), Depth::Manifest, way)?;
        let there: Vec<&Pin<'_>> = pins.iter().filter(|pin| self.is_there(pin)).collect();
        if !self.demands.platforms.is_empty() {
            let open = there.iter().filter(|pin| self.platform_in_index(pin).is_none());
            self.facts.look(&open.map(|pin| pin.by_digest()).collect(), Depth::Config, way)?;
        }
        if let Some(cooldown) = self.demands.cooldown {
            let open = there.iter().filter(|pin| self.age(pin).is_below(cooldown, self.now) != Some(true));
            self.facts.look_for_dates(&open.map(|pin| pin.by_digest()).collect(), way)?;
        }
        Ok(())
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

    fn is_there(&self, pin: &Pin<'_>) -> bool {
        let said = [answer_of_tag(&self.answers, pin), self.answers.by_question.get(&pin.by_digest())];
        said.into_iter().flatten().any(|answer| has(answer, pin.digest))
    }

    fn tagged(&self, pin: &Pin<'_>) -> Option<&Content> {
        self.facts.content(&self.by_tag_now(pin)?).filter(|_| self.may_be_child(pin))
    }

    /// The platform of a pin, where the index of its tag says it.
    fn platform_in_index(&self, pin: &Pin<'_>) -> Option<&Platform> {
        let Content::Index { manifests, .. } = self.tagged(pin)? else { return None };
        manifests.iter().find(|child| child.digest == *pin.digest)?.platform.as_ref()
    }

    fn age(&self, pin: &Pin<'_>) -> Age {
        let question = pin.by_digest();
        let first_sight = self.lock.first_sight(&question, pin.digest);
        Age { first_sight, created: self.facts.created(&question) }
    }

    fn past(&self, pin: &Pin<'_>) -> Past {
        let Some(tag) = pin.by_tag() else { return Past::Unknown };
        if let Some(at) = self.lock.recorded(&tag, pin.digest) {
            return Past::Recorded(at.to_owned());
        }
        let others: Vec<String> = self.lock.tags(&tag, pin.digest).into_iter().collect();
        if others.is_empty() { Past::Unknown } else { Past::Others(others) }
    }

    fn known<'k>(&'k self, pin: &Pin<'k>) -> Known<'k> {
        let platforms = || {
            let own = self.platform_in_index(pin).map(|platform| vec![platform]);
            own.or_else(|| Some(self.facts.content(&pin.by_digest())?.platforms()))
        };
        let demanded = !self.demands.platforms.is_empty() && self.is_there(pin);
        Known {
            pin: *pin,
            digest: self.answers.by_question.get(&pin.by_digest()),
            tag: answer_of_tag(&self.answers, pin),
            tagged: self.tagged(pin),
            platforms: if demanded { platforms() } else { None },
            past: self.past(pin),
            age: if self.is_there(pin) { self.age(pin) } else { Age::default() },
            now: self.now,
            demands: self.demands,
        }
    }

    /// What is wrong with the pins of a file.
    fn findings(&self, number: usize, file: &ScannedFile) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (at, image) in file.extracted.uses.iter().enumerate() {
            for pin in image.pins() {
                let known = self.known(&pin);
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

    /// A word about images whose age nobody knows.
    fn ageless(&self, scanned: &Scanned) -> Vec<Problem> {
        let Some(cooldown) = self.demands.cooldown else { return Vec::new() };
        let mut ageless: BTreeSet<Question> = BTreeSet::new();
        for pin in scanned.uses().flat_map(ImageUse::pins).filter(|pin| self.is_there(pin)) {
            if self.age(&pin).is_below(cooldown, self.now).is_none() {
                ageless.insert(pin.by_digest());
            }
        }
        let names: Vec<String> = ageless.iter().map(ToString::to_string).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let message = format!("the age is not known of {}: the lock file has not seen it", named(&names));
        vec![Problem::warning("", message).hint("`kubepin lock` writes down when a digest is first seen")]
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
