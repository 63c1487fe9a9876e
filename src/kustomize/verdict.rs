//! Where builds get their versions from: which place a root's reference is judged at.
//!
//! In: the images of builds with the entries they went through. Out: for every place that states an
//! image, or an entry, the references that builds come to because of it.
//! Invariant: each image of a build is judged at the last place that states its version, and at those
//! before it that state the same. Where such a place serves several repositories, because entries rename
//! it, it is judged at the entry that renames, the only place where its digest would be right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::build::{Passed, Row};
use super::entry::split;
use super::value::Origin;
use crate::image::{Machine, PartKind};
use crate::reference::Reference;

const MIXED: &str = "a replacement puts it together from several places";

/// What builds come to because of one place.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The references, each once.
    pub outcomes: Vec<Reached>,
    /// A reference and a root that get their name from an entry and are judged there.
    pub renamed: Option<(String, Arc<str>)>,
    /// Whether builds take its repository with another version, so that only a base that is built alone
    /// would run what is stated here.
    pub alone: bool,
    /// Why builds may come to something else: a phrase.
    pub doubt: Option<Arc<str>>,
    /// Why a digest here may do more than pin these: a phrase.
    pub caution: Option<&'static str>,
    /// Why no digest here pins these: a phrase.
    pub hold: Option<&'static str>,
}

/// A reference that builds come to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// What the cluster gets.
    pub reference: String,
    /// A reference with a digest that the place took away, and where the digest was stated.
    pub dropped: Option<(String, Origin)>,
    /// Where the version is stated, if the place only renames.
    pub from: Option<Origin>,
    /// The roots.
    pub roots: BTreeSet<Arc<str>>,
    /// The machines that the pods may come to, with the places that say so.
    pub machines: BTreeSet<Machine<Option<Origin>>>,
}

/// Judges the images of all builds.
pub fn verdicts<'r>(rows: impl Iterator<Item = &'r Row>) -> BTreeMap<Origin, Verdict> {
    let mut verdicts: BTreeMap<Origin, Verdict> = BTreeMap::new();
    let mut by_version: BTreeMap<&Origin, Vec<(&Row, usize)>> = BTreeMap::new();
    for row in rows {
        for (place, version) in row.way() {
            let same = version.is_some_and(|reference| split(reference).0 == split(&row.image.reference).0);
            verdicts.entry(place.clone()).or_default().alone |= same;
        }
        for (place, at) in row.versions() {
            by_version.entry(place).or_default().push((row, at));
        }
    }
    for (place, rows) in by_version {
        let several =
            rows.iter().any(|(row, at)| row.name() != rows[0].0.name() || !row.has_name_of_its_own(*at));
        for (row, at) in rows {
            let renaming = row.renaming(at).filter(|_| several);
            let steps = renaming.map_or(at, |step| step + 1);
            let at = renaming.map_or(place, |step| &row.steps[step].origin);
            if renaming.is_some() {
                let verdict = verdicts.entry(place.clone()).or_default();
                verdict
                    .renamed
                    .get_or_insert_with(|| (row.image.reference.clone(), Arc::clone(&row.image.root)));
            }
            let verdict = verdicts.entry(at.clone()).or_default();
            verdict.add(row, renaming.map(|_| place.clone()));
            verdict.hold = verdict.hold.or((row.mixed && steps == 0).then_some(MIXED));
            let caution = row.caution.filter(|caution| steps <= caution.steps);
            verdict.caution = verdict.caution.or(caution.map(|caution| caution.reason));
        }
    }
    verdicts
}

impl Verdict {
    fn add(&mut self, row: &Row, from: Option<Origin>) {
        self.doubt = self.doubt.take().or_else(|| row.doubt.clone());
        let reached = Reached {
            reference: row.image.reference.clone(),
            dropped: row.dropped(),
            from,
            roots: [Arc::clone(&row.image.root)].into(),
            machines: row.machines.iter().cloned().collect(),
        };
        let same = |known: &&mut Reached| {
            (&known.reference, &known.dropped, &known.from)
                == (&reached.reference, &reached.dropped, &reached.from)
        };
        match self.outcomes.iter_mut().find(same) {
            Some(known) => {
                known.roots.extend(reached.roots);
                known.machines.extend(reached.machines);
            }
            None => self.outcomes.push(reached),
        }
    }
}

impl Row {
    /// The places that state the version, the last first, each with the number of steps up to it.
    fn versions(&self) -> Vec<(&Origin, usize)> {
        let mut places = Vec::new();
        let mut end = self.steps.len();
        loop {
            let at = self.steps[..end].iter().rposition(Passed::states_version);
            places.push((at.map_or(&self.origin, |at| &self.steps[at].origin), at.map_or(0, |at| at + 1)));
            match at {
                Some(at) if self.is_restated(at) => end = at,
                _ => return places,
            }
        }
    }

    /// The places that it goes through, each with the reference behind it if its version is stated there.
    fn way(&self) -> impl Iterator<Item = (&Origin, Option<&String>)> {
        let steps = self.steps.iter().map(|step| (&step.origin, step.states_version()));
        let after = self.steps.iter().map(|step| &step.before).chain([&self.image.reference]);
        let places = [(&self.origin, true)].into_iter().chain(steps).zip(after);
        places.map(|((place, states), reference)| (place, states.then_some(reference)))
    }

    /// Whether a step sets a version that was there before it, and no digest comes or goes.
    fn is_restated(&self, at: usize) -> bool {
        let after = self.steps.get(at + 1).map_or(&self.image.reference, |step| &step.before);
        self.steps[at].before == *after
            && split(&self.image.reference).2.is_empty()
            && split(after).2.is_empty()
    }

    /// The entry that gives it its name after so many steps.
    fn renaming(&self, steps: usize) -> Option<usize> {
        let renames = |step: &usize| self.steps[*step].sets.contains(&PartKind::NewName);
        (steps..self.steps.len()).rfind(renames)
    }

    /// The reference without its digest.
    fn name(&self) -> &str {
        self.image.reference.split('@').next().unwrap_or_default()
    }

    /// Whether the place behind so many steps states a reference, not a mark that an entry replaces.
    fn has_name_of_its_own(&self, steps: usize) -> bool {
        steps > 0 || Reference::parse(&self.stated).is_ok()
    }

    /// The digest that the last place that states the version took away.
    fn dropped(&self) -> Option<(String, Origin)> {
        let at = self.steps.iter().rposition(Passed::states_version)?;
        let before = &self.steps[at].before;
        if split(before).2.is_empty() || !split(&self.image.reference).2.is_empty() {
            return None;
        }
        let pinned = self.steps[..at].iter().rfind(|step| step.sets.contains(&PartKind::Digest));
        Some((before.clone(), pinned.map_or(&self.origin, |step| &step.origin).clone()))
    }
}

impl Passed {
    fn states_version(&self) -> bool {
        self.sets.iter().any(|part| *part != PartKind::NewName)
    }
}
