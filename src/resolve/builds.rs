//! Digests that build tools wrote down when they pushed images.
//!
//! In: files, as they were named. Out: an answer for each image that they state a digest of.
//! Invariants: a digest is believed only for the repository that it is in; two files that disagree
//! stop the run; a file that is not understood does, too.

mod formats;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Unusable;
use crate::answer::{Answer, Answers};
use crate::discover::error_text;
use crate::reference::{Digest, Question, Reference};
use crate::source::printable;
use formats::{FORMS, Said};

/// What the files say.
pub(super) fn read(files: &[PathBuf]) -> Result<Answers, Unusable> {
    let mut answers = Answers::default();
    let mut places: BTreeMap<Question, (Digest, &Path)> = BTreeMap::new();
    for file in files {
        for said in said(file)? {
            let digest = digest(&said.image).map_err(|why| Unusable::file(file, why))?;
            let Some(question) = question(&said) else {
                let message = "says of no tag of its repository what it is, and is not used";
                answers.notes.push(format!("{}: {} {message}", file.display(), printable(&said.image)));
                continue;
            };
            let Some(digest) = digest else {
                let message = "has no digest: it was not pushed";
                answers.notes.push(format!("{}: {question} {message}", file.display()));
                continue;
            };
            let (first, place) = places.entry(question.clone()).or_insert((digest.clone(), file));
            if *first != digest {
                let why = format!(
                    "says that {question} is {digest}, but {} says {first}: leave out what is not the last push",
                    place.display()
                );
                return Err(Unusable::file(file, why));
            }
            answers.by_question.insert(question, Answer::Pinned { digest, media_type: String::new() });
        }
    }
    Ok(answers)
}

/// What one file says.
fn said(file: &Path) -> Result<Vec<Said>, Unusable> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Unusable::file(file, format!("cannot be read: {}", error_text(&error))))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match formats::read(text) {
        None => Err(Unusable::file(file, format!("states no digests in a form that is known: {FORMS}"))),
        Some(said) if said.is_empty() => {
            Err(Unusable::file(file, "names no image with a digest: was the build pushed under a name?"))
        }
        Some(said) => Ok(said),
    }
}

/// The digest of an image that was pushed.
fn digest(image: &str) -> Result<Option<Digest>, String> {
    let image = Reference::parse(image).map_err(|malformed| {
        format!("`{}` is no image reference: {}", printable(image), malformed.message)
    })?;
    Ok(image.digest().cloned())
}

/// The question that a statement answers: of the repository that the image is in, and not pinned already.
fn question(said: &Said) -> Option<Question> {
    let (of, image) = (Reference::parse(&said.of).ok()?, Reference::parse(&said.image).ok()?.question());
    let question = Some(of.question()).filter(|_| of.digest().is_none())?;
    ((&question.registry, &question.repository) == (&image.registry, &image.repository)).then_some(question)
}
