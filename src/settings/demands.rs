//! What is demanded of digests, beside that they are there.
//!
//! In: filled by the command line and the configuration file. Out: read where digests are looked into.
//! Invariant: what a rule is off for is not demanded.

use std::path::Path;
use std::time::Duration;

use globset::GlobSet;

use super::{Level, Settings};
use crate::platform::Platform;
use crate::reference::Reference;

/// The rule that says what an image is not made for.
pub const MISSING_PLATFORM: &str = "missing-platform";
/// The rule that says what is not known for long enough.
pub const TOO_RECENT: &str = "too-recent";

/// The rule that says what nothing refers to that has to.
pub const MISSING_REFERRER: &str = "missing-referrer";

/// What has to refer to the digests of some images.
#[derive(Clone, Debug)]
pub struct RequiredReferrers {
    /// The patterns of their names as they are written.
    pub written: Vec<String>,
    /// The patterns.
    pub images: GlobSet,
    /// One referrer of each of these artifact types.
    pub artifact_types: Vec<String>,
}

/// What is demanded of pins.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// Machines that every image has to run on.
    pub platforms: Vec<Platform>,
    /// Whether those that its pod may come to count, too.
    pub machines: bool,
    /// How long a digest has to be known.
    pub cooldown: Option<Duration>,
    /// What has to refer to them.
    pub referrers: Vec<RequiredReferrers>,
}

impl Settings {
    /// What the lock file is to say of digests: what was asked for, and what some demand is about.
    pub fn details(&self) -> Details {
        let Demands { platforms, cooldown, .. } = &self.demands;
        let overrides = self.judge.overrides.iter().filter_map(|over| over.platforms.as_ref());
        let required = [platforms].into_iter().chain(overrides).any(|platforms| !platforms.is_empty());
        let Details { platforms, created } = self.details;
        Details { platforms: platforms || required, created: created || cooldown.is_some() }
    }

    /// What is demanded of the images of a file: nothing that a rule is off for there.
    pub fn demands_of(&self, file: &Path) -> Demands {
        let is_on = |rule| self.judge.level(rule, file) != Some(Level::Off);
        let platforms = self.judge.platforms(file).unwrap_or(&self.demands.platforms);
        Demands {
            platforms: platforms.iter().filter(|_| is_on(MISSING_PLATFORM)).cloned().collect(),
            machines: self.demands.machines && is_on(MISSING_PLATFORM),
            cooldown: self.demands.cooldown.filter(|_| is_on(TOO_RECENT)),
            referrers: self.demands.referrers.iter().filter(|_| is_on(MISSING_REFERRER)).cloned().collect(),
        }
    }
}

/// What the lock file says of digests, beside which they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// For which platforms.
    pub platforms: bool,
    /// When they were made.
    pub created: bool,
}

impl Demands {
    /// The artifact types that have to refer to an image. Names count as they are written and as they are
    /// asked for, without tag and digest.
    pub fn artifact_types(&self, reference: &Reference) -> Vec<&str> {
        let question = reference.question();
        let asked = format!("{}/{}", question.registry, question.repository);
        let is_about = |required: &&RequiredReferrers| {
            [reference.name(), &asked].iter().any(|name| required.images.is_match(name))
        };
        let mut types = Vec::new();
        for name in self.referrers.iter().filter(is_about).flat_map(|required| &required.artifact_types) {
            if !types.contains(&name.as_str()) {
                types.push(name);
            }
        }
        types
    }

    /// The cooldown as it is typed: `3d`.
    pub fn cooldown_in_words(&self) -> Option<String> {
        let seconds = self.cooldown?.as_secs();
        let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
        let whole = units.into_iter().find(|(length, _)| seconds > 0 && seconds % length == 0);
        let (length, unit) = whole.unwrap_or((1, "s"));
        Some(format!("{}{unit}", seconds / length))
    }
}
