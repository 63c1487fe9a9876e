//! What counts, and how much.
//!
//! In: filled by the configuration file. Out: read where findings are judged and fixes planned.
//! Invariant: later overrides win over earlier ones, and all of them over what holds everywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::Style;
use crate::platform::Platform;

/// What counts, and how much.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    /// Images that no rule is about.
    pub exempt: Vec<Exemption>,
    /// Levels of rules, by id.
    pub levels: BTreeMap<String, Level>,
    /// What is different below some paths.
    pub overrides: Vec<Override>,
    /// The namespaces of a cluster that policies are about.
    pub namespaces: Namespaces,
}

/// The namespaces that policies are about. Files often do not state theirs, so checks do not look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// These; none: all of them.
    pub only: Vec<String>,
    /// Not these.
    pub excluded: Vec<String>,
}

/// An image that no rule is about, or all that begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// A reference as it is written, or how it begins before a `*`.
    pub pattern: String,
    /// Where it is stated, as `file:line:column`.
    pub place: String,
}

/// How much findings of a rule weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// There are none.
    Off,
    /// They count with `--strict` only.
    Warning,
    /// They make a check fail.
    Error,
}

/// What is different below some paths.
#[derive(Clone, Debug)]
pub struct Override {
    /// The folder that the paths are seen from.
    pub folder: PathBuf,
    /// The paths as they are written.
    pub written: Vec<String>,
    /// The paths.
    pub paths: GlobSet,
    /// Levels of rules, by id.
    pub levels: BTreeMap<String, Level>,
    /// The form of a pinned reference.
    pub style: Option<Style>,
    /// Machines that every image has to run on.
    pub platforms: Option<Vec<Platform>>,
}

impl Judge {
    /// The level of a rule in a file, if it is not the rule's own.
    pub fn level(&self, rule: &str, file: &Path) -> Option<Level> {
        let special = self.overrides_of(file).filter_map(|over| over.levels.get(rule)).next_back();
        special.or_else(|| self.levels.get(rule)).copied()
    }

    /// The form of a pinned reference in a file, if one is stated for it.
    pub fn style(&self, file: &Path) -> Option<Style> {
        self.overrides_of(file).filter_map(|over| over.style).next_back()
    }

    /// Machines that every image in a file has to run on, if that is stated for it.
    pub fn platforms(&self, file: &Path) -> Option<&[Platform]> {
        self.overrides_of(file).filter_map(|over| over.platforms.as_deref()).next_back()
    }

    /// Whether no rule is about an image. Source: `exemptImages` of Gatekeeper's library, which compares
    /// what is written.
    pub fn is_exempt(&self, reference: &str) -> bool {
        self.exempt.iter().any(|exemption| exemption.is_about(reference))
    }

    fn overrides_of<'j>(&'j self, file: &Path) -> impl DoubleEndedIterator<Item = &'j Override> {
        let file = file.to_owned();
        self.overrides
            .iter()
            .filter(move |over| file.strip_prefix(&over.folder).is_ok_and(|below| over.paths.is_match(below)))
    }
}

impl Exemption {
    /// Whether it is about an image.
    pub fn is_about(&self, reference: &str) -> bool {
        Self::covers(&self.pattern, reference)
    }

    /// Whether a pattern is about an image.
    pub fn covers(pattern: &str, reference: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(begin) => reference.starts_with(begin),
            None => reference == pattern,
        }
    }
}
