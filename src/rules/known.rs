//! What is known of a pin when it is judged.
//!
//! In: a pin, what registries and the lock file say of it. Out: the few things that rules ask.
//! Invariant: what nobody said is absent, and no rule fires for it.

use std::time::{Duration, SystemTime};

use crate::answer::{Answer, Reason};
use crate::content::{Child, Content};
use crate::image::Pin;
use crate::platform::Platform;
use crate::reference::Digest;
use crate::referrer::{Claim, Referrer, Referrers};
use crate::settings::Demands;
use crate::source::printable;

/// A pin, and what is known of it.
#[derive(Clone, Debug)]
pub struct Known<'k> {
    /// The pin.
    pub pin: Pin<'k>,
    /// What was said of the digest; `None` where its tag has it, so that it need not be asked for.
    pub digest: Option<&'k Answer>,
    /// What was said of the tag; `None` where none is known.
    pub tag: Option<&'k Answer>,
    /// What the tag's digest names, where that was looked into.
    pub tagged: Option<&'k Content>,
    /// The platforms of the image, where they were looked for.
    pub platforms: Option<Vec<Platform>>,
    /// What refers to it, where that was looked for.
    pub referrers: Option<Referrers>,
    /// What the lock file remembers.
    pub past: Past,
    /// When the digest was first seen, and when the image says that it was made.
    pub age: Age,
    /// The time.
    pub now: SystemTime,
    /// What is demanded.
    pub demands: &'k Demands,
}

/// What the lock file remembers of a digest and its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Past {
    /// Nothing.
    #[default]
    Unknown,
    /// The tag had the digest at this time.
    Recorded(String),
    /// Other tags had it, and this one never.
    Others(Vec<String>),
}

/// What tells how old an image is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// When the digest was first seen in its repository.
    pub first_sight: Option<SystemTime>,
    /// When the image says that it was made. Anything may stand there.
    pub created: Option<SystemTime>,
}

/// What is made to come out the same each time is dated long ago, mostly 1970.
const DATES_COUNT_FROM: Duration = Duration::from_secs(1_262_304_000);

impl Age {
    /// Whether an image is known for less than this; `None` where that cannot be told. What it says
    /// itself can only make it younger.
    pub fn is_below(self, cooldown: Duration, now: SystemTime) -> Option<bool> {
        let dated = |created: &SystemTime| {
            let since = created.duration_since(SystemTime::UNIX_EPOCH);
            *created <= now && since.is_ok_and(|since| since >= DATES_COUNT_FROM)
        };
        let created = self.created.filter(dated);
        let young = |time: SystemTime| now.duration_since(time).unwrap_or_default() < cooldown;
        if self.first_sight.into_iter().chain(created).any(young) {
            return Some(true);
        }
        self.first_sight.map(|_| false)
    }
}

impl Known<'_> {
    /// Why the digest is not there, where the registry says so.
    pub fn gone(&self) -> Option<&Reason> {
        match self.digest? {
            Answer::Missing(reason) => Some(reason),
            _ => None,
        }
    }

    /// The digest that the tag has now, if that is another one.
    pub fn moved_to(&self) -> Option<&Digest> {
        match self.tag? {
            Answer::Pinned { digest, .. } => Some(digest).filter(|digest| *digest != self.pin.digest),
            _ => None,
        }
    }

    /// What the index that the tag has now says of the digest, if it lists it.
    pub fn child(&self) -> Option<&Child> {
        let Content::Index { manifests, .. } = self.tagged? else { return None };
        manifests.iter().find(|child| child.digest == *self.pin.digest)
    }

    /// The artifact types that have to refer to it, and are not among all that is known to.
    pub fn lacking(&self) -> Vec<&str> {
        let Some(there) = self.referrers.as_ref().filter(|there| !there.cut) else { return Vec::new() };
        let mut required = self.demands.artifact_types(self.pin.reference);
        required.retain(|name| !there.have(name));
        required
    }

    /// Why what is listed as of a type that is lacking, or of none, does not count.
    pub fn refuted(&self) -> Option<String> {
        let lacking = self.lacking();
        let list = self.referrers.iter().flat_map(|referrers| &referrers.list);
        let mut refuted = list.filter_map(|Referrer { digest, artifact_type, claim, .. }| {
            let Claim::Refuted(why) = claim else { return None };
            let stated = artifact_type.as_deref().filter(|name| !lacking.contains(name));
            let name = artifact_type.as_deref().map_or("something".to_owned(), printable);
            stated.is_none().then(|| format!("{digest} is listed as {name}, but {why}"))
        });
        let first = refuted.next()?;
        Some(match refuted.count() {
            0 => first,
            more => format!("{first} (and {more} more do not count)"),
        })
    }

    /// The reference without its digest, with the tag that it stands for.
    pub fn tagged_name(&self) -> String {
        let tag = self.pin.tag.or(self.pin.commented).map(|tag| format!(":{tag}"));
        format!("{}{}", self.pin.reference.name(), tag.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let day = Duration::from_secs(24 * 60 * 60);
        let now = SystemTime::UNIX_EPOCH + day * 20_000;
        let ago = |days: u32| Some(now - day * days);
        let of = |first_sight, created| Age { first_sight, created }.is_below(day * 3, now);
        assert_eq!(of(ago(2), None), Some(true));
        assert_eq!(of(ago(3), None), Some(false));
        assert_eq!(of(ago(9), ago(1)), Some(true), "made since");
        assert_eq!(of(ago(2), ago(9)), Some(true), "a date makes nothing older");
        assert_eq!(of(ago(9), ago(20_000)), Some(false), "1970");
        assert_eq!(of(ago(9), Some(now + day)), Some(false), "the future");
        assert_eq!(of(None, ago(1)), Some(true));
        assert_eq!(of(None, ago(9)), None, "what it says of itself is no proof");
        assert_eq!(of(None, None), None);
        assert_eq!(of(Some(now + day), None), Some(true), "another clock");
    }
}
