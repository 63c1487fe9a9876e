//! What is demanded of digests: platforms, ages, and what refers to them.
//!
//! In: pins, those that are there or those to be, with what is demanded of them. Out: what rules have to know.
//! Invariant: nothing is looked for that no demand is about.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::facts::{Facts, Way};
use crate::finding::{Problem, named};
use crate::image::Pin;
use crate::reference::Question;
use crate::referrer::{COSIGN_TAGS, Wanted, cosign_type};
use crate::resolve::AskError;
use crate::rules::{Age, Known, Past};
use crate::settings::Demands;

/// A pin, and what is demanded of it.
#[derive(Clone, Copy)]
pub(super) struct Case<'c> {
    pub(super) pin: Pin<'c>,
    pub(super) demands: &'c Demands,
}

impl Case<'_> {
    /// Whether the image has to be made for some machines.
    pub(super) fn wants_platforms(&self) -> bool {
        let Demands { platforms, machines, .. } = self.demands;
        !platforms.is_empty() || *machines && !self.pin.machines.is_empty()
    }

    /// The artifact types that have to refer to it.
    pub(super) fn artifact_types(&self) -> Vec<&str> {
        self.demands.artifact_types(self.pin.reference)
    }

    /// Whether it is known for less than it has to be; `None` where nobody can tell.
    fn is_young(&self, facts: &Facts, now: SystemTime) -> Option<bool> {
        let Some(cooldown) = self.demands.cooldown else { return Some(false) };
        facts.age(&self.pin.by_digest()).is_below(cooldown, now)
    }
}

/// Looks for the platforms of pins that have to be for some.
pub(super) fn look_for_platforms(
    facts: &mut Facts,
    cases: &[Case<'_>],
    way: Way<'_>,
) -> Result<(), AskError> {
    let open = cases.iter().filter(|case| case.wants_platforms());
    facts.look_for_platforms(open.map(|case| case.pin.by_digest()).collect(), way)
}

/// Looks for the dates of pins that have to be of some age, unless they are known to be younger.
pub(super) fn look_for_dates(
    facts: &mut Facts,
    cases: &[Case<'_>],
    now: SystemTime,
    way: Way<'_>,
) -> Result<(), AskError> {
    let cooling = cases.iter().filter(|case| case.demands.cooldown.is_some());
    let open = cooling.filter(|case| case.is_young(facts, now) != Some(true));
    facts.look_for_dates(open.map(|case| case.pin.by_digest()).collect(), way)
}

/// Looks for what refers to pins that something has to refer to, all that is required of a digest at once.
/// Cosign's own tags are looked at only where what is under them is required.
pub(super) fn look_for_referrers(
    facts: &mut Facts,
    cases: &[Case<'_>],
    way: Way<'_>,
) -> Result<(), AskError> {
    let mut required: BTreeMap<Question, BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        required.entry(case.pin.by_digest()).or_default().extend(case.artifact_types());
    }
    let mut alike: BTreeMap<BTreeSet<&str>, BTreeSet<Question>> = BTreeMap::new();
    for (question, types) in required.into_iter().filter(|(_, types)| !types.is_empty()) {
        alike.entry(types).or_default().insert(question);
    }
    for (types, questions) in alike {
        let cosign = COSIGN_TAGS.iter().any(|end| types.contains(&*cosign_type(end)));
        let required = types.into_iter().map(str::to_owned).collect();
        facts.look_for_referrers(&questions, &Wanted { cosign, required, ..Wanted::default() }, way)?;
    }
    Ok(())
}

/// What is known of a pin that is there, beside what becomes of its tag.
pub(super) fn known<'k>(facts: &Facts, case: &Case<'k>, now: SystemTime) -> Known<'k> {
    let question = case.pin.by_digest();
    Known {
        platforms: if case.wants_platforms() { facts.platforms(&question) } else { None },
        age: if case.demands.cooldown.is_some() { facts.age(&question) } else { Age::default() },
        referrers: facts.referrers(&question).filter(|_| !case.artifact_types().is_empty()).cloned(),
        ..unknown(case, now)
    }
}

/// A pin of which nothing is known.
pub(super) fn unknown<'k>(case: &Case<'k>, now: SystemTime) -> Known<'k> {
    Known {
        pin: case.pin,
        digest: None,
        tag: None,
        tagged: None,
        platforms: None,
        referrers: None,
        past: Past::Unknown,
        age: Age::default(),
        now,
        demands: case.demands,
    }
}

/// A word about images of which nobody knows what is demanded.
pub(super) fn unknown_to_all(
    facts: &Facts,
    cases: &[Case<'_>],
    now: SystemTime,
) -> impl Iterator<Item = Problem> {
    [ageless(facts, cases, now), placeless(facts, cases)].into_iter().flatten()
}

/// A word about images that do not say what they are made for, as artifacts do not.
fn placeless(facts: &Facts, cases: &[Case<'_>]) -> Option<Problem> {
    let wanting = cases.iter().filter(|case| case.wants_platforms()).map(|case| case.pin.by_digest());
    let placeless = wanting.filter(|question| facts.states_no_platform(question));
    let names: BTreeSet<String> = placeless.map(|question| question.to_string()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let message = format!("not judged by platforms, because nothing says what it is for: {}", named(&names));
    (!names.is_empty()).then(|| Problem::note("", message))
}

/// A word about images whose age nobody knows.
pub(super) fn ageless(facts: &Facts, cases: &[Case<'_>], now: SystemTime) -> Option<Problem> {
    let ageless = cases.iter().filter(|case| case.is_young(facts, now).is_none());
    let ageless: BTreeSet<String> = ageless.map(|case| case.pin.by_digest().to_string()).collect();
    if ageless.is_empty() {
        return None;
    }
    let names: Vec<String> = ageless.into_iter().collect();
    let message = format!("the age is not known of {}: the lock file has not seen it", named(&names));
    Some(Problem::warning("", message).hint("`kubepin lock` writes down when a digest is first seen"))
}
