//! Reading the lock file.
//!
//! In: its text. Out: its entries, or the first thing that is wrong with it, and where.
//! Invariant: a text that a person or a merge has spoiled is never read half.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;
use toml::Spanned;

use super::{Block, Entry, Lock, Unusable, VERSION, Written, name};
use crate::reference::{Digest, Reference};
use crate::source::Lines;

/// What is wrong, and where.
type Wrong = (Range<usize>, String);

impl Lock {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Unusable> {
        entries(text).map(Self).map_err(|(span, why)| {
            let at = Some(Lines::new(text).position(span.start));
            Unusable { at, ..Unusable::file(file, why) }
        })
    }
}

fn entries(text: &str) -> Result<BTreeMap<String, Entry>, Wrong> {
    no_conflict(text)?;
    known_version(text)?;
    let written: Written<Spanned<String>> = toml::from_str(text).map_err(|error| wrong(&error))?;
    let mut places: BTreeMap<String, Range<usize>> = BTreeMap::new();
    let mut entries = BTreeMap::new();
    for block in written.image {
        let span = block.reference.span();
        let (name, entry) = entry(block)?;
        if let Some(first) = places.insert(name.clone(), span.clone()) {
            let line = Lines::new(text).position(first.start).line;
            let why =
                format!("`{name}` is locked in line {line} already: remove one, then run `kubepin lock`");
            return Err((span, why));
        }
        entries.insert(name, entry);
    }
    Ok(entries)
}

/// A merge that was not brought to its end leaves these lines.
fn no_conflict(text: &str) -> Result<(), Wrong> {
    let marks = ["<<<<<<<", "=======", ">>>>>>>"];
    let starts = text.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line))
    });
    let mut marked = starts.filter(|(_, line)| marks.iter().any(|mark| line.starts_with(mark)));
    marked.next().map_or(Ok(()), |(at, _)| {
        let why = "conflict markers of git: take either side, then run `kubepin lock`";
        Err((at..at, why.to_owned()))
    })
}

fn known_version(text: &str) -> Result<(), Wrong> {
    #[derive(Deserialize)]
    struct Head {
        version: Spanned<u32>,
    }
    let head: Head = toml::from_str(text).map_err(|error| wrong(&error))?;
    if *head.version.get_ref() == VERSION {
        return Ok(());
    }
    let why = format!(
        "version {} of the lock file is not known, only {VERSION}: update kubepin",
        head.version.get_ref()
    );
    Err((head.version.span(), why))
}

fn wrong(error: &toml::de::Error) -> Wrong {
    (error.span().unwrap_or_default(), error.message().trim().replace('\n', ", "))
}

fn entry(block: Block<Spanned<String>>) -> Result<(String, Entry), Wrong> {
    let Block { reference, digest, media_type, platforms, created, first_seen, resolved_at } = block;
    let (place, digest_place) = (reference.span(), digest.span());
    let reference = Reference::parse(reference.get_ref()).map_err(|malformed| (place, malformed.message))?;
    let digest = Digest::parse(digest.get_ref()).map_err(|why| (digest_place.clone(), why))?;
    if reference.digest().is_some_and(|own| *own != digest) {
        return Err((digest_place, format!("`{reference}` carries another digest: run `kubepin lock`")));
    }
    let entry = Entry {
        digest,
        media_type,
        platforms,
        created: created.map(time).transpose()?,
        first_seen: time(first_seen)?,
        resolved_at: time(resolved_at)?,
        reference,
    };
    Ok((name(&entry.reference), entry))
}

fn time(text: Spanned<String>) -> Result<String, Wrong> {
    let parsed: Result<SystemTime, _> = humantime::parse_rfc3339(text.get_ref());
    match parsed {
        Ok(_) => Ok(text.into_inner()),
        Err(_) => Err((text.span(), "a time is written like `2026-01-31T12:00:00Z`".to_owned())),
    }
}
