//! What refers to digests.
//!
//! In: questions by digest. Out: the referrers of each, or why they are not known.
//! Invariant: only registries know what refers to a digest now, so nothing of it is kept or taken from files.

use std::collections::BTreeSet;

use super::AskError;
use super::session::{Asked, Session};
use crate::answer::{Answer, Reason};
use crate::reference::Question;
use crate::referrer::{Found, Wanted};
use crate::registry::{Client, Endpoint};
use crate::settings::Reach;

/// Looks for what refers to digests, each once.
pub(super) fn referrers(
    session: &Session<'_>,
    questions: &BTreeSet<Question>,
    wanted: &Wanted,
    progress: &dyn Fn(usize, usize),
) -> Result<Found, AskError> {
    if questions.is_empty() {
        return Ok(Found::default());
    }
    if session.settings.sources.reach != Reach::Registries {
        let unknown = |question: &Question| (question.clone(), Err(unknown()));
        return Ok(Found { by_question: questions.iter().map(unknown).collect(), ..Found::default() });
    }
    let put = async |client: &Client, endpoint: &Endpoint| {
        let untrusted = |what| Answer::Untrusted(Reason { what, hint: None });
        let digest = endpoint.digest().map_err(untrusted)?;
        client.referrers(endpoint, &digest, wanted).await
    };
    let asked = session.registries(|registries| registries.each(questions, put, progress))?;
    let Asked { said: by_question, traffic, warnings, notes } = asked;
    Ok(Found { by_question, traffic, warnings, notes })
}

fn unknown() -> Answer {
    Answer::Unknown(Reason {
        what: "what refers to a digest is not in the lock file, and nobody may be asked".into(),
        hint: Some("ask its registry: leave out --offline or --locked".into()),
    })
}
