//! `kubepin resolve`: the digests of references, in the order in which they are given.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};

use super::{notes, print_problems, unanswered};
use crate::answer::{Answer, Answers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Problem, Weight};
use crate::plan;
use crate::reference::{Digest, Malformed, Reference};
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
    let open = references.iter().flatten().filter(|reference| reference.digest().is_none());
    let questions: BTreeSet<_> = open.map(Reference::question).collect();
    let progress = Progress::new(settings.output.progress);
    let answers = resolve::ask(&questions, &settings.ask, &|done, all| progress.tell(done, all))?;
    let read = texts.iter().zip(&references);
    let rows: Vec<Resolved> = read.clone().map(|(text, reference)| row(text, reference, &answers)).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    resolved::print(&mut out, &rows, answers.traffic, settings)?;
    out.flush()?;
    let malformed = read.filter_map(|(text, reference)| {
        let message = &reference.as_ref().err()?.message;
        Some(Problem::failure("", format!("`{}` is no image reference: {message}", printable(text))))
    });
    let reasons =
        answers.by_question.iter().filter_map(|(question, answer)| Some((question, answer.reason()?)));
    let problems = malformed.chain(unanswered::problems(reasons, Weight::Failure)).chain(notes(&answers));
    print_problems(&problems.collect::<Vec<_>>(), &settings.output)
}

/// What was typed, with the lines of standard input in place of `-`.
fn texts(typed: &[String]) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for text in typed {
        if text == "-" {
            let mut lines = String::new();
            io::stdin().lock().read_to_string(&mut lines)?;
            texts.extend(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        } else {
            texts.push(text.clone());
        }
    }
    Ok(texts)
}

fn row<'r>(text: &'r str, reference: &'r Result<Reference, Malformed>, answers: &'r Answers) -> Resolved<'r> {
    let found = |reference: &Reference, digest: &'r Digest, media_type: Option<&'r str>| Resolved {
        reference: text,
        digest: Some(digest.as_str()),
        // What carries a digest is whole as it is written.
        pinned: Some(match reference.digest() {
            Some(_) => text.to_owned(),
            None => plan::pinned(reference, digest, Style::TagAndDigest),
        }),
        media_type: media_type.filter(|media_type| !media_type.is_empty()),
        error: None,
    };
    let none = |error| Resolved { reference: text, error, ..Resolved::default() };
    match reference {
        Err(malformed) => none(Some(&*malformed.message)),
        Ok(reference) => match (reference.digest(), answers.by_question.get(&reference.question())) {
            (Some(digest), _) => found(reference, digest, None),
            (None, Some(Answer::Pinned { digest, media_type })) => found(reference, digest, Some(media_type)),
            (None, answer) => none(answer.and_then(Answer::reason).map(|reason| &*reason.what)),
        },
    }
}
