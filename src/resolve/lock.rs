//! `kubepin.lock`: which digest each image had when it was looked up.
//!
//! In: the text of the file, or what registries say now. Out: answers, or the new text.
//! Invariants: an entry for each reference, by its normal name, in the order of names; what is wrong
//! with the file is said with its place, and nothing of it is used; the same entries are the same bytes.

mod parse;
mod past;
mod renew;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Unusable;
use crate::answer::{Answer, Answers};
use crate::discover::{error_text, read_text};
use crate::reference::{Digest, Reference};
use crate::settings::Sources;

pub use past::moment;
pub use renew::{Renewed, Wanted, now};

/// Name of the file.
const NAME: &str = "kubepin.lock";
/// The version of its form that this program writes, and the only one that it reads.
const VERSION: u32 = 1;
/// The first line.
const HEAD: &str = "# Written by `kubepin lock`. Commit it, and let no hand edit it.\n";

/// What the file holds, by reference in its normal form: as it is asked, and with the digest if it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock(BTreeMap<String, Entry>);

/// What is known of one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    reference: Reference,
    digest: Digest,
    media_type: Option<String>,
    platforms: Vec<String>,
    created: Option<String>,
    first_seen: String,
    resolved_at: String,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<T> {
    version: u32,
    #[serde(default = "Vec::new")]
    image: Vec<Block<T>>,
}

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Block<T> {
    /// The normal form of a reference.
    reference: T,
    /// Its digest: that of its tag, or the one it carries.
    digest: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// The platforms of the image, where they were asked for.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    platforms: Vec<String>,
    /// When the image was made, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<T>,
    /// When this digest was first seen in its repository.
    first_seen: T,
    /// When the rest of the entry was last found to be otherwise.
    resolved_at: T,
}

impl Lock {
    /// The text of the file.
    pub fn text(&self) -> String {
        let block = |(name, entry): (&String, &Entry)| Block {
            reference: name.clone(),
            digest: entry.digest.to_string(),
            media_type: entry.media_type.clone(),
            platforms: entry.platforms.clone(),
            created: entry.created.clone(),
            first_seen: entry.first_seen.clone(),
            resolved_at: entry.resolved_at.clone(),
        };
        let written = Written { version: VERSION, image: self.0.iter().map(block).collect() };
        // Strings and lists of strings are always TOML.
        format!("{HEAD}{}", toml::to_string(&written).unwrap_or_default())
    }
}

/// A reference as the file names it.
fn name(reference: &Reference) -> String {
    let question = reference.question();
    match reference.digest() {
        None => question.to_string(),
        Some(digest) => {
            let tag = reference.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
            format!("{}/{}{tag}@{digest}", question.registry, question.repository)
        }
    }
}

/// Where the file is: where it was said to be; else the nearest one up to the root of the repository; else
/// where one is to be made.
///
/// # Errors
/// That there is no working folder.
pub fn place(named: Option<&Path>) -> io::Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let here = std::path::absolute(".")?;
    let repository = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here);
    let up = here.ancestors().take_while(|folder| folder.starts_with(repository));
    let folder = up.into_iter().find(|folder| folder.join(NAME).exists()).unwrap_or(repository);
    Ok(folder.strip_prefix(&here).unwrap_or(folder).join(NAME))
}

/// The text of the file, if it is there.
///
/// # Errors
/// That it is there and cannot be read.
pub fn read(file: &Path) -> Result<Option<String>, Unusable> {
    match read_text(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unusable::file(file, format!("cannot be read: {}", error_text(&error)))),
    }
}

/// What the file says of tags. It must be there where it was named, or where nothing else may answer.
pub(super) fn answers(sources: &Sources, must_be_there: bool) -> Result<Answers, Unusable> {
    let unplaced = |error: io::Error| Unusable::file(Path::new(NAME), error_text(&error));
    let file = place(sources.lock_file.as_deref()).map_err(unplaced)?;
    let Some(text) = read(&file)? else {
        let missing = must_be_there || sources.lock_file.is_some();
        let error = Unusable::file(&file, "there is no such file: `kubepin lock` writes it");
        return if missing { Err(error) } else { Ok(Answers::default()) };
    };
    let entries =
        Lock::parse(&file, &text)?.0.into_values().filter(|entry| entry.reference.digest().is_none());
    let answer = |entry: Entry| {
        let media_type = entry.media_type.unwrap_or_default();
        (entry.reference.question(), Answer::Pinned { digest: entry.digest, media_type })
    };
    Ok(Answers { by_question: entries.map(answer).collect(), ..Answers::default() })
}
