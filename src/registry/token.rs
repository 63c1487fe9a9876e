//! Bearer tokens.
//!
//! In: what a realm issued. Out: a [`Token`] that knows how long it lives and where it was let in.
//! Invariant: a token is not used when its time is nearly up, by the realm's word or the protocol's.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use super::secret::Secret;

/// How long a token lives where its realm does not say.
const LIFETIME: Duration = Duration::from_secs(60);

/// A token for one repository or several. Clones are the same token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) header: HeaderValue,
    /// No credentials were sent for it.
    pub(super) anonymous: bool,
    /// Why credentials were held back.
    pub(super) held_back: Option<String>,
    /// The repositories it was asked for. Some realms heed the first only.
    repositories: Vec<String>,
    accepted: Arc<Mutex<BTreeSet<String>>>,
    obtained: Instant,
    lifetime: Duration,
}

/// What a realm answers.
#[derive(Deserialize)]
pub(super) struct Issued {
    token: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    /// A number, by the protocol. Fractions are taken, and what is none says nothing.
    #[serde(default)]
    expires_in: Value,
}

impl Issued {
    /// The identity token that takes the place of the one that was sent.
    pub(super) fn refresh_token(&mut self) -> Option<Secret> {
        self.refresh_token.take().map(Secret::new).filter(|token| !token.is_empty())
    }

    /// The token for these repositories; `None` when none was issued that can stand in a header.
    pub(super) fn token(
        self,
        repositories: &[String],
        anonymous: bool,
        held_back: Option<String>,
    ) -> Option<Token> {
        let secret = self.token.filter(|token| !token.is_empty()).or(self.access_token);
        let header = secret.map(Secret::new).filter(|secret| !secret.is_empty())?.bearer()?;
        let stated = self.expires_in.as_f64().filter(|seconds| *seconds > 0.0);
        let lifetime = stated.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Some(Token {
            header,
            anonymous,
            held_back,
            repositories: repositories.to_vec(),
            accepted: Arc::default(),
            obtained: Instant::now(),
            lifetime: lifetime.unwrap_or(LIFETIME),
        })
    }
}

impl Token {
    /// Notes that the registry has let it in.
    pub(super) fn accept(&self, repository: &str) {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.to_owned());
    }

    /// Whether a registry that refuses it now may just find it too old. A fresh token that was never
    /// let in is refused for another reason, and another one like it would be, too.
    pub(super) fn may_be_old(&self, repository: &str) -> bool {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.contains(repository) || self.obtained.elapsed() >= self.lifetime
    }

    /// Whether it will live until a request that is sent now has arrived.
    pub(super) fn is_fresh(&self) -> bool {
        self.obtained.elapsed() < self.lifetime.mul_f64(0.9)
    }

    /// Whether it is for more than one repository.
    pub(super) fn is_shared(&self) -> bool {
        self.repositories.len() > 1
    }

    /// Whether the repository was the first that it was asked for.
    pub(super) fn is_led_by(&self, repository: &str) -> bool {
        self.repositories.first().is_some_and(|first| first == repository)
    }

    /// Whether both are one token.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.accepted, &other.accepted)
    }
}
