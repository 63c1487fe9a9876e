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

/// How many rounds of questions before it is needed a token is asked for: one takes as long as a question.
const LOOK_AHEAD: usize = 2;

/// What is done next for a host.
enum Step {
    Ask(Endpoint),
    Foresee(Endpoint),
}

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
    Ok(Answers { by_question, traffic, warnings: client.warnings(), notes: client.notes() })
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
    let take = |step| async move {
        match step {
            Step::Ask(endpoint) => Some((client.digest(&endpoint).await, endpoint)),
            Step::Foresee(endpoint) => {
                client.foresee(&endpoint).await;
                None
            }
        }
    };
    let concurrency = settings.concurrency.max(1);
    let streams = hosts.into_values().map(|of_one| {
        let steps = steps(of_one, LOOK_AHEAD * concurrency);
        stream::iter(steps).map(take).buffer_unordered(concurrency).boxed_local()
    });
    let mut arriving = select_all(streams);
    let mut answers = BTreeMap::new();
    let deadline = Instant::now() + settings.run_timeout;
    while let Ok(Some(taken)) = timeout_at(deadline, arriving.next()).await {
        if let Some((answer, endpoint)) = taken {
            answers.insert(endpoint, answer);
            progress(answers.len(), all);
        }
    }
    answers
}

/// The way through the questions for one host. What is needed for a question is seen to so many
/// questions before its turn.
///
/// A question for another repository comes second: it shows whether repositories share tokens, and
/// until then only questions for the first repository can go on beside it.
fn steps(mut questions: Vec<Endpoint>, ahead: usize) -> Vec<Step> {
    if let Some(other) = questions.iter().position(|each| !each.shares_repository(&questions[0])) {
        questions[1..=other].rotate_right(1);
    }
    let mut later = questions.clone().into_iter().skip(ahead);
    let step = |question| later.next().map(Step::Foresee).into_iter().chain([Step::Ask(question)]);
    questions.into_iter().flat_map(step).collect()
}
