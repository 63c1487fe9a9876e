//! `kubepin resolve`: the digests of references, in the order in which they are given.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use super::{notes, print_problems, unanswered};
use crate::answer::{Answer, Answers};
use crate::discover;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Problem, Weight};
use crate::plan;
use crate::reference::{Digest, Malformed, Question, Reference};
use crate::report::Progress;
use crate::report::resolved::{self, Resolved};
use crate::resolve;
use crate::settings::{Resolve, Style};
use crate::source::printable;

/// Resolves references.
pub(super) fn run(settings: &Resolve) -> Result<Exit, Failure> {
    let texts = texts(&settings.references)?;
    let references: Vec<Result<Reference, Malformed>> =
        texts.iter().map(|text| Reference::parse(text)).collect();
    let asked = references.iter().flatten().filter_map(|reference| question(reference, settings));
    let questions: BTreeSet<_> = asked.collect();
    let progress = Progress::new(settings.output.progress);
    let answers = resolve::ask(&questions, &settings.ask, &|done, all| progress.tell(done, all))?;
    let read = texts.iter().zip(&references);
    let rows: Vec<Resolved> =
        read.clone().map(|(text, reference)| row(text, reference, &answers, settings)).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    resolved::print(&mut out, &rows, answers.traffic, settings)?;
    out.flush()?;
    let malformed = read.filter_map(|(text, reference)| {
        let message = &reference.as_ref().err()?.message;
        Some(Problem::failure("", format!("`{}` is no image reference: {message}", printable(text))))
    });
    let reasons =
        answers.by_question.iter().filter_map(|(question, answer)| Some((question, answer.reason()?)));
    let problems = malformed
        .chain(unanswered::problems(reasons, (unanswered::NO_DIGEST, Weight::Failure)))
        .chain(notes(&answers));
    print_problems(&problems.collect::<Vec<_>>(), &settings.output)
}

/// What was typed, with the lines of standard input in place of `-`.
fn texts(typed: &[String]) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for text in typed {
        if text == "-" {
            let not_utf8 = |_| io::Error::new(io::ErrorKind::InvalidData, "standard input is not UTF-8");
            let lines = String::from_utf8(discover::read_stdin()?).map_err(not_utf8)?;
            texts.extend(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        } else {
            texts.push(text.clone());
        }
    }
    Ok(texts)
}

/// What has to be asked: of a reference with a digest only what it has for a platform.
fn question(reference: &Reference, settings: &Resolve) -> Option<Question> {
    match reference.digest() {
        None => Some(reference.question()),
        Some(digest) => settings.ask.platform.as_ref().map(|_| reference.question().by_digest(digest)),
    }
}

fn row<'r>(
    text: &'r str,
    reference: &'r Result<Reference, Malformed>,
    answers: &'r Answers,
    settings: &Resolve,
) -> Resolved<'r> {
    let none = |error| Resolved { reference: text, error, ..Resolved::default() };
    let reference = match reference {
        Err(malformed) => return none(Some(&*malformed.message)),
        Ok(reference) => reference,
    };
    let answer = question(reference, settings).map(|question| answers.by_question.get(&question));
    let (digest, media_type) = match (answer, reference.digest()) {
        (None, digest) => (digest, None),
        (Some(Some(Answer::Pinned { digest, media_type })), _) => (Some(digest), Some(&**media_type)),
        (Some(answer), _) => return none(answer.and_then(Answer::reason).map(|reason| &*reason.what)),
    };
    Resolved {
        reference: text,
        digest: digest.map(Digest::as_str),
        pinned: digest.map(|digest| match (reference.digest(), reference.tag()) {
            // What carries this digest is whole as it is written.
            (Some(written), _) if written == digest => text.to_owned(),
            // No tag is implied beside a digest.
            (Some(_), None) => plan::pinned(reference, digest, Style::DigestOnly),
            _ => plan::pinned(reference, digest, Style::TagAndDigest),
        }),
        media_type: media_type.filter(|media_type| !media_type.is_empty()),
        error: None,
    }
}
