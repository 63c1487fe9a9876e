//! Asking registries.
//!
//! In: a set of questions. Out: something for each. Invariant: every question has one answer, and which one
//! does not depend on the order in which answers arrive. An empty set starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, select_all};
use tokio::runtime::Runtime;
use tokio::time::{Instant, timeout_at};

use super::runtime::runtime;
use crate::answer::{Answer, Reason, Traffic};
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

/// The way to all registries. What they teach is kept for further questions.
pub(super) struct Registries<'s> {
    client: Client,
    runtime: Runtime,
    settings: &'s Ask,
    /// When the time for all questions of the run is up.
    deadline: Instant,
}

impl<'s> Registries<'s> {
    /// Reads the logins. Nothing is sent yet.
    pub(super) fn open(settings: &'s Ask) -> Result<Self, AskError> {
        let client = Client::new(settings)?;
        let runtime = runtime().map_err(AskError::Setup)?;
        let deadline = Instant::now() + settings.run_timeout;
        Ok(Self { client, runtime, settings, deadline })
    }

    /// What registries say of each question.
    pub(super) fn answers(
        &self,
        questions: &BTreeSet<Question>,
        progress: &dyn Fn(usize, usize),
    ) -> BTreeMap<Question, Answer> {
        let put = async |client: &Client, endpoint: &Endpoint| Ok(client.digest(endpoint).await);
        let answers = self.each(questions, put, progress).into_iter();
        answers.map(|(question, answer)| (question, answer.unwrap_or_else(|late| late))).collect()
    }

    /// Puts each question once. What is not answered when the run's time is up is unreachable.
    pub(super) fn each<'q, T: Clone>(
        &self,
        questions: impl IntoIterator<Item = &'q Question>,
        put: impl AsyncFn(&Client, &Endpoint) -> Result<T, Answer>,
        progress: &dyn Fn(usize, usize),
    ) -> BTreeMap<Question, Result<T, Answer>> {
        let place = |question: &'q Question| (question, self.client.endpoint(question));
        let endpoints: BTreeMap<&Question, Endpoint> = questions.into_iter().map(place).collect();
        // Two names may be one image where a mirror serves both registries.
        let asked: BTreeSet<Endpoint> = endpoints.values().cloned().collect();
        let answers = self.runtime.block_on(self.ask(asked, put, progress));
        let late = Err(Answer::Unreachable(late(self.settings.run_timeout)));
        let answer = |(question, endpoint): (&Question, Endpoint)| {
            (question.clone(), answers.get(&endpoint).unwrap_or(&late).clone())
        };
        endpoints.into_iter().map(answer).collect()
    }

    /// Asks all hosts at once, each with at most so many questions in flight as the settings say. What is
    /// not answered when the run's time is up is left out.
    async fn ask<T>(
        &self,
        endpoints: BTreeSet<Endpoint>,
        put: impl AsyncFn(&Client, &Endpoint) -> T,
        progress: &dyn Fn(usize, usize),
    ) -> BTreeMap<Endpoint, T> {
        let Self { client, settings, .. } = self;
        client.expect(&endpoints);
        let all = endpoints.len();
        let mut hosts: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
        for endpoint in endpoints {
            hosts.entry(endpoint.host.clone()).or_default().push(endpoint);
        }
        let put = &put;
        let take = |step| async move {
            match step {
                Step::Ask(endpoint) => Some((put(client, &endpoint).await, endpoint)),
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
        while let Ok(Some(taken)) = timeout_at(self.deadline, arriving.next()).await {
            if let Some((answer, endpoint)) = taken {
                answers.insert(endpoint, answer);
                progress(answers.len(), all);
            }
        }
        answers
    }

    /// What it has cost so far.
    pub(super) fn traffic(&self) -> Traffic {
        let (requests, retried) = (self.client.requests(), self.client.retried());
        Traffic { requests, retried, ..Traffic::default() }
    }

    /// What was passed over in places of logins, in sentences.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.client.warnings()
    }

    /// Who asked each host, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        self.client.notes()
    }
}

fn late(run_timeout: Duration) -> Reason {
    Reason {
        what: format!("there was no time left to ask: all questions of a run have {run_timeout:?}"),
        hint: Some("check fewer files at once, or see which registry is slow".into()),
    }
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
