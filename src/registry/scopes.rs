//! Which repositories of a host share a token.
//!
//! In: the repositories that will be asked for, and how their tokens fare. Out: for each the [`Batch`]
//! it gets its token with.
//! Invariants: only repositories of one account share; while it is not known whether the host takes
//! one token for several repositories, one request at a time tries; a repository that a shared token
//! does not help is asked for alone, once. So no host costs more than two requests over one for each
//! repository to find out, and a repository that is denied two more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::StatusCode;
use tokio::sync::{OnceCell, OwnedMutexGuard};

use super::keychain::{Account, Keychain};
use super::token::Token;
use crate::answer::Answer;

/// Repositories in one token: a longer request or token would not fit where servers and proxies are strict.
const BATCH: usize = 16;

/// What is known of the tokens of one host.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    expected: Mutex<BTreeSet<String>>,
    shared: OnceCell<BTreeMap<String, Arc<Batch>>>,
    learned: Mutex<Learned>,
    trial: Arc<tokio::sync::Mutex<()>>,
}

/// Repositories that share a token.
#[derive(Debug)]
pub(super) struct Batch {
    repositories: Vec<String>,
    /// Locked while it is asked for.
    pub(super) token: tokio::sync::Mutex<Option<Kept>>,
}

/// What came of asking for a token.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    Token(Token),
    /// There is none, and this is the answer to the questions that need it.
    Nothing(Answer),
    /// There is none for all of them at once.
    Parted,
}

/// Held by the one request that tries a shared token out.
pub(super) type Trial = OwnedMutexGuard<()>;

#[derive(Debug, Default)]
struct Learned {
    several: Several,
    /// Repositories that were let in with the shared token that was first asked for them.
    leaders: BTreeSet<String>,
    /// Repositories that have a token of their own.
    alone: BTreeMap<String, Arc<Batch>>,
}

/// Whether the host takes one token for several repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Several {
    #[default]
    Unknown,
    Yes,
    No,
}

impl Batch {
    fn of(repositories: &[String]) -> Arc<Self> {
        Arc::new(Self { repositories: repositories.to_vec(), token: tokio::sync::Mutex::default() })
    }

    /// All repositories, this one first.
    pub(super) fn led_by(&self, repository: &str) -> Vec<String> {
        let (mut first, others): (Vec<_>, Vec<_>) =
            self.repositories.iter().cloned().partition(|each| each == repository);
        first.extend(others);
        first
    }

    pub(super) fn is_shared(&self) -> bool {
        self.repositories.len() > 1
    }
}

impl Scopes {
    /// Notes that a repository will be asked for. This counts until the first token is needed.
    pub(super) fn expect(&self, repository: &str) {
        lock(&self.expected).insert(repository.to_owned());
    }

    /// The batch a repository gets its token with; and the trial, when it is one.
    pub(super) async fn batch(
        &self,
        keychain: &Keychain,
        host: &str,
        repository: &str,
    ) -> (Arc<Batch>, Option<Trial>) {
        let shared = self.shared.get_or_init(|| self.partition(keychain, host)).await;
        let Some(shared) = shared.get(repository) else { return (self.alone(repository), None) };
        let is_tried = || {
            let learned = lock(&self.learned);
            learned.several != Several::Unknown || learned.leaders.contains(repository)
        };
        let mut trial = None;
        if !is_tried() {
            trial = Some(self.trial.clone().lock_owned().await).filter(|_| !is_tried());
        }
        if lock(&self.learned).is_alone(repository) {
            return (self.alone(repository), None);
        }
        (shared.clone(), trial)
    }

    /// The batch of a repository, once it is known how the host takes tokens.
    pub(super) fn settled(&self, repository: &str) -> Option<Arc<Batch>> {
        let shared = self.shared.get()?.get(repository);
        let learned = lock(&self.learned);
        let (known, alone) = (learned.several != Several::Unknown, learned.is_alone(repository));
        drop(learned);
        match shared.filter(|_| !alone) {
            None => Some(self.alone(repository)),
            Some(shared) => known.then(|| shared.clone()),
        }
    }

    /// Learns from how the registry met a token. Whether another one may be met better.
    pub(super) fn learn(&self, token: &Token, repository: &str, status: StatusCode) -> bool {
        let mut learned = lock(&self.learned);
        let leads = token.is_led_by(repository);
        let denied = match status.as_u16() {
            401 | 403 => true,
            // Some registries hide what a token is not for.
            404 => token.is_shared() && !leads && learned.several == Several::Unknown,
            _ => false,
        };
        if denied {
            let old = status == StatusCode::UNAUTHORIZED && token.may_be_old(repository);
            if token.is_shared() && !old {
                learned.part(&[repository.to_owned()]);
            }
            return token.is_shared() || old;
        }
        if !status.is_server_error() {
            token.accept(repository);
            if token.is_shared() {
                learned.let_in(repository, leads, status);
            }
        }
        false
    }

    /// Notes that no token is given for a batch as a whole.
    pub(super) fn part(&self, batch: &Batch) {
        lock(&self.learned).part(&batch.repositories);
    }

    fn alone(&self, repository: &str) -> Arc<Batch> {
        lock(&self.learned).alone(repository).clone()
    }

    /// Batches of the expected repositories of each account.
    async fn partition(&self, keychain: &Keychain, host: &str) -> BTreeMap<String, Arc<Batch>> {
        let expected = lock(&self.expected).clone();
        let mut accounts: Vec<(Account, Vec<String>)> = Vec::new();
        for repository in expected {
            let account = keychain.account(host, &repository).await;
            match accounts.iter_mut().find(|(other, _)| *other == account) {
                Some((_, repositories)) => repositories.push(repository),
                None => accounts.push((account, vec![repository])),
            }
        }
        let chunks = accounts.iter().flat_map(|(_, repositories)| repositories.chunks(BATCH));
        let batches = chunks.filter(|chunk| chunk.len() > 1).map(Batch::of);
        let member = |batch: Arc<Batch>| {
            let names = batch.repositories.clone().into_iter();
            names.map(move |name| (name, batch.clone())).collect::<Vec<_>>()
        };
        batches.flat_map(member).collect()
    }
}

impl Learned {
    /// A shared token was let in.
    fn let_in(&mut self, repository: &str, leads: bool, status: StatusCode) {
        if self.several != Several::Unknown {
            return;
        }
        if leads {
            self.leaders.insert(repository.to_owned());
        } else if status.is_success() {
            self.several = Several::Yes;
        }
    }

    /// These repositories get tokens of their own; and so do all when none has ever shared one.
    fn part(&mut self, repositories: &[String]) {
        if self.several == Several::Unknown {
            self.several = Several::No;
        }
        for repository in repositories {
            self.alone(repository);
        }
    }

    /// Whether a repository that could share a token gets one of its own.
    fn is_alone(&self, repository: &str) -> bool {
        let parted = self.several == Several::No && !self.leaders.contains(repository);
        parted || self.alone.contains_key(repository)
    }

    fn alone(&mut self, repository: &str) -> &Arc<Batch> {
        let new = || Batch::of(&[repository.to_owned()]);
        self.alone.entry(repository.to_owned()).or_insert_with(new)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
