//! The lock file after registries have been asked.
//!
//! In: what was locked, the references that are in use, and what was said of them. Out: what is locked
//! from now on, and how it differs.
//! Invariants: what nobody answered for stays as it was; an entry of which nothing has changed keeps its
//! times, so that a second run changes no byte.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::{Entry, Lock, name};
use crate::answer::{Answer, Answers};
use crate::platform::Platform;
use crate::reference::{Digest, Question, Reference};

/// References in use, by the name that the file has for them.
#[derive(Clone, Debug, Default)]
pub struct Wanted(BTreeMap<String, Reference>);

/// What became of a lock file.
#[derive(Debug, Default)]
pub struct Renewed {
    /// What it holds now.
    pub lock: Lock,
    /// References that are new in it, each with its digest.
    pub added: Vec<(String, Digest)>,
    /// References that have another digest now.
    pub moved: Vec<(String, Digest)>,
    /// References that are gone, because nothing uses them any more.
    pub gone: Vec<String>,
}

/// The time, as the file has it.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

impl FromIterator<Reference> for Wanted {
    fn from_iter<I: IntoIterator<Item = Reference>>(references: I) -> Self {
        Self(references.into_iter().map(|reference| (name(&reference), reference)).collect())
    }
}

impl Wanted {
    /// What has to be asked. A digest that a reference carries is asked for by itself: whether it is there.
    pub fn questions(&self) -> BTreeSet<Question> {
        self.0.values().map(question).collect()
    }
}

impl Wanted {
    /// Whether an entry is of use. That of a tag is as long as a pin has the tag, or the digest that it had.
    fn uses(&self, name: &str, entry: &Entry) -> bool {
        let tag = entry.reference.question();
        let remembers = |pin: &Reference, digest: &Digest| {
            let own = pin.question();
            let same = (&own.registry, &own.repository) == (&tag.registry, &tag.repository);
            same && (*digest == entry.digest || pin.tag() == Some(&tag.tag))
        };
        let mut pins = self.0.values().filter_map(|pin| Some((pin, pin.digest()?)));
        self.0.contains_key(name)
            || entry.reference.digest().is_none() && pins.any(|(pin, digest)| remembers(pin, digest))
    }
}

impl Wanted {
    /// The references that were answered for, each with the question about its digest.
    pub fn answered<'w>(&'w self, answers: &'w Answers) -> impl Iterator<Item = (&'w str, Question)> {
        self.0.iter().filter_map(|(name, reference)| {
            let question = question(reference);
            let Answer::Pinned { digest, .. } = answers.by_question.get(&question)? else { return None };
            Some((name.as_str(), question.by_digest(digest)))
        })
    }
}

fn question(reference: &Reference) -> Question {
    match reference.digest() {
        None => reference.question(),
        Some(digest) => reference.question().by_digest(digest),
    }
}

impl Lock {
    /// The lock with what was said `now`. Where `whole`, everything in use was read, and the rest goes.
    pub fn renew(self, wanted: &Wanted, answers: &Answers, now: &str, whole: bool) -> Renewed {
        let first_seen = self.first_seen();
        let mut renewed = Renewed { lock: self, ..Renewed::default() };
        for (name, reference) in &wanted.0 {
            let said = answers.by_question.get(&question(reference));
            let Some(Answer::Pinned { digest, media_type }) = said else { continue };
            let before = renewed.lock.0.get(name).filter(|entry| entry.digest == *digest).cloned();
            if before.is_none() {
                let list =
                    if renewed.lock.0.contains_key(name) { &mut renewed.moved } else { &mut renewed.added };
                list.push((name.clone(), digest.clone()));
            }
            let seen = first_seen.get(&seen_as(reference, digest)).map_or(now, String::as_str);
            let mut entry = before.clone().unwrap_or_else(|| Entry {
                reference: reference.clone(),
                digest: digest.clone(),
                media_type: None,
                platforms: Vec::new(),
                created: None,
                first_seen: seen.to_owned(),
                resolved_at: now.to_owned(),
            });
            entry.media_type = Some(media_type.clone()).filter(|text| !text.is_empty()).or(entry.media_type);
            if before.is_some_and(|before| before != entry) {
                now.clone_into(&mut entry.resolved_at);
            }
            renewed.lock.0.insert(name.clone(), entry);
        }
        if whole {
            let unused = |(name, entry): &(&String, &Entry)| !wanted.uses(name, entry);
            renewed.gone = renewed.lock.0.iter().filter(unused).map(|(name, _)| name.clone()).collect();
            renewed.lock.0.retain(|name, entry| wanted.uses(name, entry));
        }
        renewed
    }

    /// Writes down what was found out `now` of the digest of a reference, unless that is there already.
    /// Platforms that no text stands for are left out as a whole.
    pub fn describe(
        &mut self,
        name: &str,
        platforms: Option<&[Platform]>,
        created: Option<SystemTime>,
        now: &str,
    ) {
        let Some(entry) = self.0.get_mut(name) else { return };
        let before = entry.clone();
        if entry.platforms.is_empty() {
            let texts = || platforms.into_iter().flatten().map(ToString::to_string);
            let whole = texts().zip(platforms.into_iter().flatten());
            let told = whole.into_iter().all(|(text, own)| Platform::parse(&text).as_ref() == Ok(own));
            entry.platforms = texts().filter(|_| told).collect();
        }
        let created = created.map(|time| humantime::format_rfc3339_seconds(time).to_string());
        entry.created = entry.created.take().or(created);
        if *entry != before {
            now.clone_into(&mut entry.resolved_at);
        }
    }

    /// When each digest was first seen in its repository, under whatever tag.
    fn first_seen(&self) -> BTreeMap<(String, String, Digest), String> {
        let mut first: BTreeMap<_, String> = BTreeMap::new();
        for entry in self.0.values() {
            let seen =
                first.entry(seen_as(&entry.reference, &entry.digest)).or_insert(entry.first_seen.clone());
            if entry.first_seen < *seen {
                seen.clone_from(&entry.first_seen);
            }
        }
        first
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is seen where: a digest in a repository.
fn seen_as(reference: &Reference, digest: &Digest) -> (String, String, Digest) {
    let Question { registry, repository, .. } = reference.question();
    (registry, repository, digest.clone())
}
