//! Digests that were kept while the tags beside them changed.
//!
//! In: what was scanned. Out: its image uses with the tags that their digests are known by, where those
//! beside them are others.
//! Invariants: nobody is asked, and git is run only where a digest stands beside a tag; what the lock file
//! says of a digest goes before what its file said of it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::extract::{self, Fields};
use crate::finding::Problem;
use crate::git::{GitError, Repository};
use crate::image::{ImageUse, Kept, Pin, TaggedDigest, Witness};
use crate::resolve::lock::Lock;
use crate::scan::{Scanned, ScannedFile};
use crate::settings::Settings;
use crate::source::Fingerprint;

/// What files are compared with, where nothing is named.
const HEAD: &str = "HEAD";

const UNCOMPARED: &str = "whether tags were changed beside their digests is known from kubepin.lock alone";

/// The tags of digests, by what they are of.
#[derive(Default)]
struct Known(BTreeMap<(String, String), BTreeSet<String>>);

/// Notes the tags that digests are known by, where those beside them are others.
pub(super) fn find(scanned: &mut Scanned, settings: &Settings) -> Result<(), GitError> {
    let open = |file: &&mut ScannedFile| file.extracted.uses.iter().any(is_open);
    let mut open: Vec<&mut ScannedFile> = scanned.files.iter_mut().filter(open).collect();
    if open.is_empty() {
        return Ok(());
    }
    let locked = locked(settings).unwrap_or_else(|problem| {
        scanned.problems.push(problem);
        Known::default()
    });
    let (before, problem) = before(&open, settings)?;
    scanned.problems.extend(problem);
    let revision = settings.overlook.diff_base.as_deref().unwrap_or(HEAD);
    for (file, before) in open.iter_mut().zip(before) {
        let name = &file.target.name;
        for image in file.extracted.uses.iter_mut().filter(|image| is_open(image)) {
            let others = others(image, &locked, &before);
            image.kept = others.map(|(tag, others, by_lock)| {
                let witness = if by_lock { Witness::Lock } else { Witness::Git(revision.to_owned()) };
                Kept { tag, others, witness, file: name.clone() }
            });
        }
    }
    Ok(())
}

/// Whether something is run because of a use that states a digest beside a tag.
fn is_open(image: &ImageUse) -> bool {
    image.pins().iter().any(|pin| pin.by_tag().is_some())
}

/// The tag of a use and the others that its digest is known by, if it is known and not by this one; and
/// whether the lock file says so.
fn others(image: &ImageUse, locked: &Known, before: &Known) -> Option<(String, Vec<String>, bool)> {
    let said = |known: &Known, stated: TaggedDigest, by_lock| {
        let tags = known.0.get(&(stated.of, stated.digest))?;
        let others = (!tags.contains(&stated.tag)).then(|| tags.iter().cloned().collect());
        Some(others.map(|others| (stated.tag, others, by_lock)))
    };
    // A word in a comment may be no tag at all; that it was another one before tells.
    let version = |word: &str| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    let stated = image.pins().into_iter().filter(|pin| pin.commented.is_none_or(version));
    let mut pins = stated.filter_map(|pin: Pin<'_>| TaggedDigest::of_pin(&pin));
    let by_lock = pins.find_map(|stated| said(locked, stated, true));
    by_lock.or_else(|| said(before, image.tagged_digest()?, false)).flatten()
}

/// What the lock file knows.
fn locked(settings: &Settings) -> Result<Known, Problem> {
    let lock = Lock::nearest(settings.ask.sources.lock_file.as_deref())
        .map_err(|error| Problem::failure("", format!("the lock file cannot be used: {error}")))?;
    Ok(lock.tagged().filter_map(|(question, digest)| TaggedDigest::of(&question, digest)).collect())
}

/// What files said at the revision, in their order; and a word where that is not known.
fn before(
    files: &[&mut ScannedFile],
    settings: &Settings,
) -> Result<(Vec<Known>, Option<Problem>), GitError> {
    let mut known: Vec<Known> = files.iter().map(|_| Known::default()).collect();
    let mut problem = None;
    let here = std::path::absolute(".").unwrap_or_default();
    let mut repositories: BTreeMap<Option<Repository<'_>>, Vec<usize>> = BTreeMap::new();
    let named = settings.overlook.diff_base.as_deref();
    for (number, file) in files.iter().enumerate() {
        // A revision that is named is one of the repository around.
        let own = named.map(|_| Repository::Own);
        let repository = own.or_else(|| Repository::of(&file.target.absolute, &here));
        repositories.entry(repository).or_default().push(number);
    }
    let fields = Fields::of(&settings.read.fields);
    for (repository, numbers) in repositories {
        let paths: Vec<_> = numbers.iter().map(|&number| &*files[number].target.absolute).collect();
        let texts = repository.map(|found| found.texts(named.unwrap_or(HEAD), &paths)).transpose();
        let why_not = match texts {
            Ok(Some(texts)) => {
                let read = |(&number, text): (&usize, Option<String>)| {
                    text.map(|text| said(&text, files[number], &fields)).unwrap_or_default()
                };
                let read: Vec<Known> = numbers.par_iter().zip(texts).map(read).collect();
                numbers.into_iter().zip(read).for_each(|(number, read)| known[number] = read);
                continue;
            }
            Ok(None) => "there is no git repository".to_owned(),
            Err(error) if named.is_none() => error.to_string(),
            Err(error) => return Err(error),
        };
        problem = Some(Problem::note("", format!("{why_not}: {UNCOMPARED}")));
    }
    Ok((known, problem))
}

/// The tags and digests in what a file was, where that is not what it is.
fn said(text: &str, file: &ScannedFile, fields: &Fields) -> Known {
    if Fingerprint::of(text.as_bytes()) == file.fingerprint {
        return Known::default();
    }
    let uses = extract::extract_with(text, fields, || file.extracted.role).uses;
    // What patches state is told from builds alone, and stands in texts as it is.
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-/:@".contains(c)));
    let in_words = words.filter(|word| word.contains('@')).filter_map(TaggedDigest::of_text);
    uses.iter().filter_map(ImageUse::tagged_digest).chain(in_words).collect()
}

impl FromIterator<TaggedDigest> for Known {
    fn from_iter<I: IntoIterator<Item = TaggedDigest>>(stated: I) -> Self {
        let mut known: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for TaggedDigest { of, digest, tag } in stated {
            known.entry((of, digest)).or_default().insert(tag);
        }
        Self(known)
    }
}
