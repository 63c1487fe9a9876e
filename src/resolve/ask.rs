//! Asking registries all that is open.
//!
//! In: a set of questions. Out: [`Answers`]. Invariant: every question has one answer, and which one
//! does not depend on the order in which answers arrive. An empty set starts nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::stream::{self, select_all};

use crate::answer::{Answer, Answers, Traffic};
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
    // Two names may be one image where a mirror serves both registries.
    let mut endpoints: BTreeMap<Endpoint, Vec<&Question>> = BTreeMap::new();
    for question in questions {
        endpoints.entry(client.endpoint(question)).or_default().push(question);
    }
    let asked = endpoints.keys().cloned().collect();
    let answers = runtime.block_on(ask_registries(&client, asked, settings.concurrency, progress));
    let answer = |(endpoint, answer): (Endpoint, Answer)| {
        endpoints[&endpoint]
            .iter()
            .map(move |&question| (question.clone(), answer.clone()))
            .collect::<Vec<_>>()
    };
    let traffic = Traffic { requests: client.requests(), ..Traffic::default() };
    let by_question = answers.into_iter().flat_map(answer).collect();
    Ok(Answers { by_question, traffic, notes: client.notes() })
}

/// Asks all hosts at once, each with at most `concurrency` questions in flight.
async fn ask_registries(
    client: &Client,
    endpoints: Vec<Endpoint>,
    concurrency: usize,
    progress: &dyn Fn(usize, usize),
) -> Vec<(Endpoint, Answer)> {
    let all = endpoints.len();
    let mut hosts: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        hosts.entry(endpoint.host.clone()).or_default().push(endpoint);
    }
    let put = |endpoint: Endpoint| async move {
        let answer = client.digest(&endpoint).await;
        (endpoint, answer)
    };
    let hosts = hosts.into_values();
    let streams =
        hosts.map(|of_one| stream::iter(of_one).map(put).buffer_unordered(concurrency.max(1)).boxed_local());
    let mut arriving = select_all(streams);
    let mut answers = Vec::new();
    while let Some(answered) = arriving.next().await {
        answers.push(answered);
        progress(answers.len(), all);
    }
    answers
}
