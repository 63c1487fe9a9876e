//! What a question is sent with.
//!
//! In: what a host demands, and the keychain. Out: the [`Access`] of the next request.
//! Invariants: a login is looked up only after the host has demanded one; a token is asked for once,
//! however many questions need it, and so is one that is refused.

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::challenge::Challenge;
use super::exchange::{Applicant, NoToken, exchange};
use super::fault::{Standing, Stop};
use super::keychain::{Account, Login};
use super::scopes::{Batch, Kept, Trial};
use super::token::Token;
use super::visit::Visit;
use crate::answer::Answer;

/// What a request is sent with.
#[derive(Default)]
pub(super) struct Access {
    pub(super) authorization: Option<HeaderValue>,
    /// The token, when that is what the authorization is made of.
    pub(super) token: Option<Token>,
    /// Held until it is known how the token fares.
    pub(super) trial: Option<Trial>,
    /// Looked up only once the host has demanded a login.
    pub(super) account: Option<Account>,
}

impl Access {
    pub(super) fn standing(&self) -> Standing<'_> {
        Standing {
            anonymous: self.token.as_ref().map_or(self.authorization.is_none(), |token| token.anonymous),
            trouble: self.account.as_ref().and_then(|account| account.trouble.as_ref()),
            held_back: self.token.as_ref().and_then(|token| token.held_back.as_deref()),
        }
    }
}

impl Visit<'_> {
    /// What the next request is sent with; `refused` is a token that was not let in.
    pub(super) async fn access(&self, refused: Option<&Token>) -> Result<Access, Stop> {
        let Some(challenge) = self.host.challenge.get() else { return Ok(Access::default()) };
        let account = self.keychain.account(&self.endpoint.host, &self.endpoint.repository).await;
        if let Some(answer) = self.host.refusal(&account) {
            return Err(Stop::Final(answer.clone()));
        }
        let (mut token, mut trial) = (None, None);
        let authorization = match (challenge, &account.login) {
            (_, Some(Login::Token(secret))) => secret.bearer(),
            (Challenge::Basic, Some(Login::Password { user, password })) => password.basic(user),
            (Challenge::Basic, Some(Login::Identity { user, token })) => token.basic(user),
            (Challenge::Basic, None) => None,
            (Challenge::Bearer { realm, service }, _) => {
                let found = self.token(realm, service.as_deref(), &account, refused);
                let (found, tried) = found.await.map_err(Stop::Final)?;
                trial = tried;
                Some(token.insert(found).header.clone())
            }
        };
        Ok(Access { authorization, token, trial, account: Some(account) })
    }

    /// The repository's token: the one that is there, unless it is old or `refused`, else a new one.
    async fn token(
        &self,
        realm: &Url,
        service: Option<&str>,
        account: &Account,
        refused: Option<&Token>,
    ) -> Result<(Token, Option<Trial>), Answer> {
        let (host, repository) = (&self.endpoint.host, &self.endpoint.repository);
        loop {
            let (batch, trial) = self.host.scopes.batch(self.keychain, host, repository).await;
            let mut kept = batch.token.lock().await;
            match &*kept {
                Some(Kept::Token(token))
                    if token.is_fresh() && !refused.is_some_and(|refused| refused.is(token)) =>
                {
                    return Ok((token.clone(), trial));
                }
                Some(Kept::Nothing(answer)) => return Err(answer.clone()),
                Some(Kept::Parted) => continue,
                Some(Kept::Token(_)) | None => {}
            }
            let verdict = self.apply(realm, service, account, &batch).await;
            *kept = Some(verdict.clone());
            match verdict {
                Kept::Token(token) => return Ok((token, trial)),
                Kept::Nothing(answer) => return Err(answer),
                Kept::Parted => {}
            }
        }
    }

    /// Gets the repository's token before it is needed, unless it is there or someone is at it.
    pub(super) async fn foresee(&self) {
        let Some(Challenge::Bearer { realm, service }) = self.host.challenge.get() else { return };
        let (host, repository) = (&self.endpoint.host, &self.endpoint.repository);
        let account = self.keychain.account(host, repository).await;
        if matches!(account.login, Some(Login::Token(_))) || self.host.refusal(&account).is_some() {
            return;
        }
        let Some(batch) = self.host.scopes.settled(repository) else { return };
        let Ok(mut kept) = batch.token.try_lock() else { return };
        if kept.is_none() {
            *kept = Some(self.apply(realm, service.as_deref(), &account, &batch).await);
        }
    }

    /// Asks the realm for the token of a batch.
    async fn apply(&self, realm: &Url, service: Option<&str>, account: &Account, batch: &Batch) -> Kept {
        let repositories = &batch.led_by(&self.endpoint.repository);
        let applicant = Applicant {
            base: self.base,
            endpoint: self.endpoint,
            account,
            repositories,
            actions: self.actions,
            identities: &self.host.identities,
        };
        match exchange(self.transport, realm, service, &applicant).await {
            Ok(token) => Kept::Token(token),
            Err(NoToken::UnknownAccount(_) | NoToken::Refused(_)) if batch.is_shared() => {
                self.host.scopes.part(batch);
                Kept::Parted
            }
            Err(NoToken::Refused(stop)) => Kept::Nothing(stop.into_answer()),
            Err(NoToken::Silent(stop) | NoToken::UnknownAccount(stop)) => {
                let answer = stop.into_answer();
                if self.first {
                    self.host.refuse(account, &answer);
                }
                Kept::Nothing(answer)
            }
        }
    }
}
