//! The client: hosts, and how they are met.
//!
//! In: an [`Endpoint`], where a [`Question`] goes. Out: its [`Answer`]. Any number of questions may be asked at once.
//! Invariant: N questions for R repositories of one host cost N + 1 + ⌈R/16⌉ requests: one for each
//! question, one to learn that a login is demanded, one for the token of 16 repositories. Where
//! tokens are for one repository only it is R in place of ⌈R/16⌉, and one to learn that. Requests
//! that follow a redirect, repeat a HEAD as GET, renew a token or are about what is denied come on top.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;

use super::AskError;
use super::endpoint::{self, Endpoint};
use super::fault::{Stop, escape};
use super::host::Host;
use super::keychain::Keychain;
use super::tags::Tags;
use super::transport::Transport;
use super::visit::Visit;
use crate::answer::{Answer, Reason};
use crate::reference::{Digest, Question};
use crate::referrer::{Artifact, Attached, Referrers, Wanted};
use crate::settings::Ask;

/// Asks registries.
#[derive(Debug)]
pub struct Client {
    settings: Ask,
    transport: Transport,
    keychain: Keychain,
    hosts: Mutex<BTreeMap<String, Arc<Host>>>,
}

impl Client {
    /// Reads the certificate authorities and the logins. Nothing is sent yet.
    pub fn new(settings: &Ask) -> Result<Self, AskError> {
        Ok(Self {
            settings: settings.clone(),
            transport: Transport::new(settings)?,
            keychain: Keychain::read(settings)?,
            hosts: Mutex::default(),
        })
    }

    /// Where a question goes.
    pub fn endpoint(&self, question: &Question) -> Endpoint {
        Endpoint::of(question, &self.settings)
    }

    /// Number of requests sent so far.
    pub fn requests(&self) -> usize {
        self.transport.sent()
    }

    /// Who asked each host that answered, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.keychain.notes();
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |(_, host): &(&String, &Arc<Host>)| {
            host.heard.load(Ordering::Relaxed) && host.challenge.get().is_none()
        };
        let hosts = hosts.iter().filter(open);
        notes.extend(hosts.map(|(host, _)| format!("{host}: anonymous, because it wanted no login")));
        notes.into_iter().collect()
    }

    /// What of the settings could not be used, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        self.keychain.left_out.clone()
    }

    /// How many of them were sent again after a failure.
    pub fn retried(&self) -> usize {
        self.transport.retried()
    }

    /// Says what will be asked, so that tokens are shared. Other questions may be asked as well.
    pub fn expect<'e>(&self, endpoints: impl IntoIterator<Item = &'e Endpoint>) {
        for endpoint in endpoints {
            self.host(endpoint).scopes.expect(&endpoint.repository);
        }
    }

    /// The digest a tag points to now.
    pub async fn digest(&self, endpoint: &Endpoint) -> Answer {
        let asked = self.put(endpoint, async |visit| visit.digest().await).await;
        asked.unwrap_or_else(|answer| answer)
    }

    /// The bytes of the index or manifest that an endpoint names by its digest.
    ///
    /// # Errors
    /// The answer why there are none.
    pub async fn manifest(&self, endpoint: &Endpoint, digest: &Digest) -> Result<Vec<u8>, Answer> {
        self.put(endpoint, async |visit| visit.manifest(digest).await).await
    }

    /// The bytes of a config in the repository of an endpoint.
    ///
    /// # Errors
    /// The answer why there are none.
    pub async fn config(&self, endpoint: &Endpoint, digest: &Digest) -> Result<Vec<u8>, Answer> {
        self.put(endpoint, async |visit| visit.config(digest).await).await
    }

    /// The tags of the repository of an endpoint.
    ///
    /// # Errors
    /// The answer why they are not known.
    pub async fn tags(&self, endpoint: &Endpoint) -> Result<Tags, Answer> {
        self.put(endpoint, async |visit| visit.tags().await).await
    }

    /// What refers to the digest that an endpoint names.
    ///
    /// # Errors
    /// The answer why that is not known.
    pub async fn referrers(
        &self,
        endpoint: &Endpoint,
        digest: &Digest,
        wanted: &Wanted,
    ) -> Result<Referrers, Answer> {
        self.put(endpoint, async |visit| visit.referrers(digest, wanted).await).await
    }

    /// Attaches an artifact to the digest that an endpoint names.
    ///
    /// # Errors
    /// The answer why it is not attached.
    pub async fn attach(
        &self,
        endpoint: &Endpoint,
        digest: &Digest,
        artifact: &Artifact,
    ) -> Result<Attached, Answer> {
        self.put(endpoint, async |visit| visit.attach(digest, artifact).await).await
    }

    /// Puts a question to the host of an endpoint, once it is known where its API is.
    async fn put<T>(
        &self,
        endpoint: &Endpoint,
        ask: impl AsyncFn(&Visit<'_>) -> Result<T, Stop>,
    ) -> Result<T, Answer> {
        let host = &self.host(endpoint);
        let mut first = None;
        let (mine, ask) = (&mut first, &ask);
        let meet = || async move {
            let (base, answer) = self.meet(host, endpoint, ask).await?;
            *mine = Some(answer);
            Ok(base)
        };
        let base = host.base.get_or_try_init(meet).await;
        match (first, base) {
            (Some(answer), _) => answer,
            (None, Err(answer)) => Err(answer),
            (None, Ok(Err(reason))) => Err(Answer::Unreachable(reason.clone())),
            (None, Ok(Ok(base))) => {
                ask(&self.visit(host, base, endpoint, false)).await.map_err(Stop::into_answer)
            }
        }
    }

    /// Gets the token of a question that will be asked soon, so that it need not wait for it then.
    /// Nothing is asked for that the question itself would not ask for.
    pub async fn foresee(&self, endpoint: &Endpoint) {
        let host = &self.host(endpoint);
        if let Some(Ok(base)) = host.base.get() {
            self.visit(host, base, endpoint, false).foresee().await;
        }
    }

    /// Puts a first question to a host. Finds where its API is, or why it cannot be reached; an error
    /// is the answer to a question that taught neither, so that the next one goes alone again.
    async fn meet<T>(
        &self,
        host: &Host,
        endpoint: &Endpoint,
        ask: &impl AsyncFn(&Visit<'_>) -> Result<T, Stop>,
    ) -> Result<(Result<Url, Reason>, Result<T, Answer>), Answer> {
        let mut silence = None;
        for base in endpoint::bases(&endpoint.host, &self.settings) {
            match ask(&self.visit(host, &base, endpoint, true)).await {
                Err(Stop::Silent(reason)) => silence = silence.or(Some(reason)),
                Err(Stop::Final(answer @ (Answer::Limited(_) | Answer::Unreachable(_)))) => {
                    return Err(answer);
                }
                Err(Stop::Final(answer)) => return Ok((Ok(base), Err(answer))),
                Ok(answer) => return Ok((Ok(base), Ok(answer))),
            }
        }
        let reason = silence.unwrap_or_else(|| Reason {
            what: format!("`{}` is no host of a registry", escape(&endpoint.host)),
            hint: Some("a mirror is written HOST[:PORT][/PREFIX]".into()),
        });
        Ok((Err(reason.clone()), Err(Answer::Unreachable(reason))))
    }

    fn host(&self, endpoint: &Endpoint) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.entry(endpoint.host.clone()).or_default().clone()
    }

    fn visit<'a>(&'a self, host: &'a Host, base: &'a Url, endpoint: &'a Endpoint, first: bool) -> Visit<'a> {
        let actions = if self.settings.push { "pull,push" } else { "pull" };
        let (transport, keychain) = (&self.transport, &self.keychain);
        Visit { transport, keychain, host, base, endpoint, actions, first }
    }
}
