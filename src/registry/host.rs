//! What is known of one host during a run.
//!
//! In: what its answers taught. Out: the same to every later question.
//! Invariants: one question goes first and alone, and the others wait for what it finds out; a token
//! is asked for once, however many questions need it; what failed for the host or for an account is
//! not tried again.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::Url;
use tokio::sync::OnceCell;

use super::challenge::Challenge;
use super::keychain::Account;
use super::token::Token;
use crate::answer::{Answer, Reason};

/// One host.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// The gate: where the API is, or why it cannot be reached.
    pub(super) base: OnceCell<Result<Url, Reason>>,
    /// Whether the host ever gave an HTTP answer.
    pub(super) heard: AtomicBool,
    /// What it demanded first; unset while everything was let in.
    pub(super) challenge: OnceLock<Challenge>,
    refused: OnceLock<(String, Answer)>,
    tokens: Mutex<BTreeMap<String, Arc<TokenCell>>>,
}

/// The token of one repository, or why there is none; locked while it is asked for.
pub(super) type TokenCell = tokio::sync::Mutex<Option<Result<Token, Answer>>>;

impl Host {
    /// Keeps `answer` for every question asked with this account.
    pub(super) fn refuse(&self, account: &Account, answer: &Answer) {
        // Only the question at the gate gets here, so there is no other verdict to lose.
        let _ = self.refused.set((account.entry.clone(), answer.clone()));
    }

    /// The answer to every question asked with this account, if it is known.
    pub(super) fn refusal(&self, account: &Account) -> Option<&Answer> {
        self.refused.get().filter(|(entry, _)| *entry == account.entry).map(|(_, answer)| answer)
    }

    /// The token of a repository.
    pub(super) fn token(&self, repository: &str) -> Arc<TokenCell> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.entry(repository.to_owned()).or_default().clone()
    }
}
