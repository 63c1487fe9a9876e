//! Moving pins to what their tags point to now, and taking them off.
//!
//! In: what was scanned. Out: the pins changed, and a word about each that is left as it is.
//! Invariants: a tag is asked once, and nothing else is that nobody demands; what cannot be changed is said, never a finding.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::ages::Ages;
use super::blessing;
use super::change::{self, Change};
use super::facts::Way;
use super::{asking, finish};
use crate::answer::{Answer, Answers};
use crate::finding::{Finding, Problem};
use crate::image::{ImageUse, Pin};
use crate::plan::{self, Goal};
use crate::reference::{Digest, Question};
use crate::report::Report;
use crate::resolve::lock::Lock;
use crate::resolve::{AskError, Session};
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Settings, Task};

const NO_TAG: &str = "no tag says which version it is";
const SEVERAL: &str = "the images that builds make of it have different digests";

/// Changes pins as the settings say.
pub(super) fn run(
    scanned: Scanned,
    settings: &Settings,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, AskError> {
    let ask = asking(&scanned, settings);
    let session = Session::new(&ask);
    let asked = questions(&scanned, settings);
    let answers = session.ask(&asked, progress)?;
    let lock = lock(&scanned, settings)?;
    let mut ages = Ages::new(settings, lock);
    let way = Way { session: &session, progress };
    ages.find(&scanned, &answers, way)?;
    let refused = blessing::refused(&scanned, &answers, (&mut ages.facts, settings), way)?;
    let turns = Turns { settings, answers, ages, refused };
    let mut reached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for image in scanned.uses() {
        if let Ok(Some(goal)) = turns.goal(image) {
            for pin in turns.pins(image) {
                reached.entry(pin.stated.written.clone()).or_default().insert(goal.reached(&pin));
            }
        }
    }
    let places = scanned.uses().filter(|image| !turns.pins(image).is_empty()).count();
    let right = |old: &str, new: &str| old == new || reached.get(old).is_some_and(|news| news.contains(new));
    let plan = |(number, file)| turns.plan(number, file);
    let planned: Vec<Change> = scanned.files.par_iter().enumerate().map(plan).collect();
    let mut report = finish(scanned, planned, &right, settings);
    let left = std::mem::take(&mut report.findings);
    let told = told(&report.scanned, left);
    report.scanned.problems.extend(told);
    report.scanned.problems.extend(turns.ages.facts.problems());
    report.scanned.problems.extend(turns.ages.remember(&turns.answers).err());
    report.scanned.problems.sort();
    let Turns { mut answers, ages, .. } = turns;
    answers.take(ages.facts.cost());
    Ok(Report { pins: Some(places), answers, ..report })
}

/// The tags that are asked for.
fn questions(scanned: &Scanned, settings: &Settings) -> BTreeSet<Question> {
    if settings.task != Task::Update {
        return BTreeSet::new();
    }
    let open = scanned.uses().filter(|image| plan::obstacle(image, settings.write).is_none());
    open.flat_map(ImageUse::pins).filter_map(|pin| pin.by_tag()).collect()
}

/// The lock file, where a tag or an age has to be taken from it.
fn lock(scanned: &Scanned, settings: &Settings) -> Result<Lock, AskError> {
    let untagged = || scanned.uses().flat_map(ImageUse::written_pins).any(|pin| pin.tag.is_none());
    if settings.task == Task::Unpin && untagged() || settings.demands.cooldown.is_some() {
        return Ok(Lock::nearest(settings.ask.sources.lock_file.as_deref())?);
    }
    Ok(Lock::default())
}

/// What is to become of pins.
struct Turns<'t> {
    settings: &'t Settings,
    answers: Answers,
    ages: Ages<'t>,
    /// Digests that nothing is moved to, and why.
    refused: BTreeMap<Question, String>,
}

impl Turns<'_> {
    /// The pins of a place. One that no build has comes off, too: it is what others fall back to.
    fn pins<'i>(&self, image: &'i ImageUse) -> Vec<Pin<'i>> {
        if self.settings.task == Task::Unpin { image.written_pins() } else { image.pins() }
    }

    /// What a place should state, if that is anything new.
    ///
    /// # Errors
    /// Why it is left as it is.
    fn goal(&self, image: &ImageUse) -> Result<Option<Goal>, String> {
        if let Some(why) = plan::obstacle(image, self.settings.write).filter(|_| !self.pins(image).is_empty())
        {
            return Err(why);
        }
        let mut goals = BTreeSet::new();
        let mut digests = BTreeSet::new();
        for pin in self.pins(image) {
            digests.insert(pin.digest.clone());
            goals.insert(match self.settings.task {
                Task::Unpin => Goal::Tag(self.tag(&pin)?),
                _ => Goal::Digest(self.digest(&pin)?),
            });
        }
        match (goals.pop_first(), digests.pop_first()) {
            (Some(goal), Some(digest)) if goals.is_empty() && digests.is_empty() => {
                Ok(Some(goal).filter(|goal| *goal != Goal::Digest(digest)))
            }
            (None, _) => Ok(None),
            _ => Err(SEVERAL.to_owned()),
        }
    }

    /// The digest of a pin's tag now.
    fn digest(&self, pin: &Pin<'_>) -> Result<Digest, String> {
        let question = pin.by_tag().ok_or(NO_TAG)?;
        match self.answers.by_question.get(&question) {
            Some(Answer::Pinned { digest, .. }) => {
                if digest != pin.digest {
                    self.ages.check(&question, digest)?;
                    if let Some(why) = self.refused.get(&question.clone().by_digest(digest)) {
                        return Err(why.clone());
                    }
                }
                Ok(digest.clone())
            }
            Some(Answer::Missing(reason)) => Err(format!("the registry has no {question}: {}", reason.what)),
            answer => {
                let why =
                    answer.and_then(Answer::reason).map_or("it was not asked for", |reason| &reason.what);
                Err(format!("it is not known what {question} is now: {why}"))
            }
        }
    }

    /// The tag that a pin stands for; of one that states none, that of the comment behind it, unless the lock
    /// file knows better, or that which the lock file knows.
    fn tag(&self, pin: &Pin<'_>) -> Result<String, String> {
        if let Some(tag) = pin.tag {
            return Ok(tag.to_owned());
        }
        let tags: Vec<String> = self.ages.facts.lock.tags(&pin.by_digest(), pin.digest).into_iter().collect();
        let commented = pin.commented.map(str::to_owned);
        if let Some(tag) = commented.filter(|tag| tags.is_empty() || tags.contains(tag)) {
            return Ok(tag);
        }
        match &tags[..] {
            [tag] => Ok(tag.clone()),
            [] => Err(format!("{NO_TAG}, and the lock file knows none")),
            tags => Err(format!("{NO_TAG}, and the lock file knows several: {}", tags.join(", "))),
        }
    }

    /// Plans the change of a file.
    fn plan(&self, number: usize, file: &ScannedFile) -> Change {
        let mut goals = BTreeMap::new();
        let mut findings = Vec::new();
        for (at, image) in file.extracted.uses.iter().enumerate() {
            let Some(pin) = self.pins(image).first().copied() else { continue };
            let why_not = match self.goal(image) {
                Ok(None) => continue,
                Ok(Some(goal)) => {
                    goals.insert(at, (pin, goal));
                    None
                }
                Err(why) => Some(why),
            };
            findings.push(Finding { why_not, ..plan::turn(number, at, image) });
        }
        let open = |finding: &Finding| finding.image.is_some_and(|at| goals.contains_key(&at));
        let remedy = |finding: &mut Finding, text: &str| {
            let Some((at, image)) = finding.image.zip(file.image(finding)) else { return };
            if let Some((pin, goal)) = goals.get(&at) {
                plan::carry(finding, image, plan::repin(image, pin.digest, goal, text));
            }
        };
        change::plan(file, findings, &open, &remedy)
    }
}

/// A word about what is left as it is, for each reason; with `-v` for each place.
fn told(scanned: &Scanned, left: Vec<Finding>) -> Vec<Problem> {
    let mut reasons: BTreeMap<String, Vec<(Finding, String)>> = BTreeMap::new();
    for finding in left {
        let file = scanned.files[finding.file].target.name.clone();
        reasons.entry(finding.why_not.clone().unwrap_or_default()).or_default().push((finding, file));
    }
    let mut told = Vec::new();
    for (why, places) in reasons {
        for (number, (finding, file)) in places.iter().enumerate() {
            let what = &finding.message;
            told.push(match (number, places.len() - 1) {
                (0, 0) => {
                    Problem::warning(file, format!("`{what}` is left as it is: {why}")).at(finding.start)
                }
                (0, more) => {
                    Problem::warning(file, format!("`{what}` and {more} more are left as they are: {why}"))
                        .at(finding.start)
                        .hint("-v names all of them")
                }
                _ => Problem::note(file, format!("`{what}` is left as it is: {why}")).at(finding.start),
            });
        }
    }
    told
}
