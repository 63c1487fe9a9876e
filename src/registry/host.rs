//! What is known of one host during a run.
//!
//! In: what its answers taught. Out: the same to every later question.
//! Invariants: one question goes first and alone, and the others wait for what it finds out; what
//! failed for the host or for an account is not tried again.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use reqwest::Url;
use tokio::sync::{Mutex, OnceCell};

use super::challenge::Challenge;
use super::identity::Identities;
use super::keychain::Account;
use super::scopes::Scopes;
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
    /// Set once it has said that it keeps no list of referrers.
    pub(super) lists_no_referrers: OnceLock<()>,
    /// Its tokens.
    pub(super) scopes: Scopes,
    /// Its identity tokens.
    pub(super) identities: Mutex<Identities>,
}

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
}
