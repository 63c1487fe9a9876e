//! Asking registries all that is open.
//!
//! In: a set of questions. Out: [`Answers`]. Invariant: every question has one answer, and which one
//! does not depend on the order in which answers arrive. An empty set starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, select_all};
use tokio::time::{Instant, timeout_at};

use crate::answer::{Answer, Answers, Reason, Traffic};
use crate::reference::Question;
use crate::registry::{AskError, Client, Endpoint};
use crate::settings::Ask;

/// Asks each question once. `progress` is told how many of how many have been answered.
pub(super) fn registries(
    questions: &BTreeSet<Question>,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    if questions.is_empty() {
        return Ok(Answers::default());
    }
    let client = Client::new(settings)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AskError::Setup)?;
    let endpoints: BTreeMap<&Question, Endpoint> =
        questions.iter().map(|question| (question, client.endpoint(question))).collect();
    // Two names may be one image where a mirror serves both registries.
    let asked: BTreeSet<Endpoint> = endpoints.values().cloned().collect();
    let answers = runtime.block_on(ask_registries(&client, asked, settings, progress));
    let late = Answer::Unreachable(late(settings.run_timeout));
    let answer = |(question, endpoint): (&Question, Endpoint)| {
        (question.clone(), answers.get(&endpoint).unwrap_or(&late).clone())
    };
    let traffic = Traffic { requests: client.requests(), retried: client.retried(), ..Traffic::default() };
    let by_question = endpoints.into_iter().map(answer).collect();
    Ok(Answers { by_question, traffic, notes: client.notes() })
}

fn late(run_timeout: Duration) -> Reason {
    Reason {
        what: format!("there was no time left to ask: all questions of a run have {run_timeout:?}"),
        hint: Some("check fewer files at once, or see which registry is slow".into()),
    }
}

/// Asks all hosts at once, each with at most so many questions in flight as the settings say. What is
/// not answered when the run's time is up is left out.
async fn ask_registries(
    client: &Client,
    endpoints: BTreeSet<Endpoint>,
    settings: &Ask,
    progress: &dyn Fn(usize, usize),
) -> BTreeMap<Endpoint, Answer> {
    client.expect(&endpoints);
    let all = endpoints.len();
    let mut hosts: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        hosts.entry(endpoint.host.clone()).or_default().push(endpoint);
    }
    let put = |endpoint: Endpoint| async move {
        let answer = client.digest(&endpoint).await;
        (endpoint, answer)
    };
    let concurrency = settings.concurrency.max(1);
    let hosts = hosts.into_values();
    let streams =
        hosts.map(|of_one| stream::iter(of_one).map(put).buffer_unordered(concurrency).boxed_local());
    let mut arriving = select_all(streams);
    let mut answers = BTreeMap::new();
    let deadline = Instant::now() + settings.run_timeout;
    while let Ok(Some((endpoint, answer))) = timeout_at(deadline, arriving.next()).await {
        answers.insert(endpoint, answer);
        progress(answers.len(), all);
    }
    answers
}
