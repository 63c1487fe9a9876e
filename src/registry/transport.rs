//! Requests and answers on the wire.
//!
//! In: a [`Call`]. Out: the answer at the end of its redirects, or why there is none.
//! Invariants: every request that is sent is counted; an authorization never follows a redirect to
//! another origin; no connection is made to a link-local address; no body is read beyond a limit;
//! loopback is reached without a proxy.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, ClientBuilder, Method, Response, Url};
use tokio::time::{Instant, sleep};

use super::AskError;
use super::endpoint::{address, is_loopback, is_this_machine};
use super::fault::{self, Refusal, Stop, authority};
use super::forbidden::{Guarded, is_forbidden};
use super::pace::{Next, Pace, Trouble};
use super::quota;
use crate::answer::{Answer, Reason};
use crate::settings::{Ask, Retry};

/// Redirects that are followed for one call.
const REDIRECTS: usize = 5;
/// Longest body of a refusal, in bytes.
const REFUSAL_LIMIT: usize = 64 << 10;

/// A request to send. It may hold secrets, so it cannot be shown.
#[derive(Clone)]
pub(super) struct Call<'a> {
    /// The registry that it is about, as people know it.
    pub(super) registry: &'a str,
    pub(super) method: Method,
    pub(super) url: Url,
    /// Media types that are understood.
    pub(super) accept: &'static str,
    pub(super) authorization: Option<HeaderValue>,
    /// The form to post; it follows no redirect.
    pub(super) form: Vec<(&'static str, String)>,
    /// Whether the authorization comes from a stored login.
    pub(super) logged_in: bool,
}

/// The way to all hosts.
#[derive(Debug)]
pub(super) struct Transport {
    /// For everywhere but this machine: the environment's proxies are used.
    outward: Client,
    /// For loopback.
    local: Client,
    paces: Mutex<BTreeMap<String, Arc<Pace>>>,
    retry: Retry,
    concurrency: usize,
    sent: AtomicUsize,
    retried: AtomicUsize,
    connect_timeout: Duration,
    request_timeout: Duration,
}

impl Transport {
    /// Builds the HTTP clients, with the system's certificate authorities and those of the settings.
    pub(super) fn new(settings: &Ask) -> Result<Self, AskError> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authorities = settings.ca_file.as_deref().map_or(Ok(Vec::new()), authorities)?;
        let build = |builder: ClientBuilder| {
            builder.build().map_err(|error| match &settings.ca_file {
                Some(file) => {
                    AskError::Authorities { file: file.clone(), why: "holds no usable certificate".into() }
                }
                None => AskError::Setup(io::Error::other(fault::cause(&error))),
            })
        };
        Ok(Self {
            outward: build(client(settings, &authorities))?,
            local: build(client(settings, &authorities).no_proxy())?,
            paces: Mutex::default(),
            retry: settings.retry,
            concurrency: settings.concurrency,
            sent: AtomicUsize::new(0),
            retried: AtomicUsize::new(0),
            connect_timeout: settings.connect_timeout,
            request_timeout: settings.request_timeout,
        })
    }

    /// Number of requests sent so far.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many of them were sent again after a failure.
    pub(super) fn retried(&self) -> usize {
        self.retried.load(Ordering::Relaxed)
    }

    /// Sends `call` and follows its redirects.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Response, Stop> {
        let mut response = self.attempt(&call).await?;
        if !call.form.is_empty() {
            return Ok(response);
        }
        let mut call = call;
        for _ in 0..REDIRECTS {
            let Some(target) = redirect(&response)? else { return Ok(response) };
            if target.origin() != call.url.origin() {
                call.authorization = None;
            }
            call.url = target;
            // The host that was called did answer, whatever becomes of this one.
            response = self.attempt(&call).await.map_err(|stop| Stop::Final(stop.into_answer()))?;
        }
        match redirect(&response)? {
            None => Ok(response),
            Some(_) => Err(Stop::untrusted(format!(
                "{} redirects more than {REDIRECTS} times",
                authority(&call.url)
            ))),
        }
    }

    /// One request until it is answered, sent again as its host's pace allows.
    async fn attempt(&self, call: &Call<'_>) -> Result<Response, Stop> {
        if let Some(address) = address(&call.url).filter(|&address| is_forbidden(address)) {
            let what = format!("{address} is a link-local or metadata address, which is never connected to");
            return Err(Stop::Silent(Reason { what, hint: None }));
        }
        let pace = self.pace(&call.url);
        let mut tries = 0;
        loop {
            let lane = pace.ready().await.map_err(Stop::Final)?;
            let began = Instant::now();
            let outcome = self.once(call).await;
            tries += 1;
            let trouble = match &outcome {
                Ok(response) => {
                    let quota = quota::read(response.headers(), SystemTime::now());
                    let trouble = Trouble::of_answer(response.status(), &quota);
                    // Nothing is left after this answer. Docker Hub names no time: it does not count HEAD.
                    let rest = quota.wait.filter(|_| trouble.is_none() && quota.exhausted);
                    if let Some(wait) = rest.filter(|wait| !pace.rest(*wait)) {
                        pace.close(fault::exhausted(call, wait));
                    }
                    trouble
                }
                Err(error) => Some(Trouble::silence(fault::attempts(error, &call.method))),
            };
            pace.done(lane, trouble.as_ref());
            match trouble.map(|trouble| pace.next(&trouble, tries, began)) {
                Some(Next::Wait(wait)) => sleep(wait).await,
                Some(Next::Close) => return Err(self.close(&pace, call, outcome).await),
                Some(Next::Stop) | None => {
                    return outcome.map_err(|error| Stop::Silent(self.failure(&call.url, &error)));
                }
            }
            self.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One request: the only place where anything is sent.
    async fn once(&self, call: &Call<'_>) -> reqwest::Result<Response> {
        let client = if is_loopback(&call.url) { &self.local } else { &self.outward };
        let mut request = client.request(call.method.clone(), call.url.clone()).header(ACCEPT, call.accept);
        if let Some(authorization) = &call.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if !call.form.is_empty() {
            request = request.form(&call.form);
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        request.send().await
    }

    /// Leaves a host alone, with its last words for an answer.
    async fn close(&self, pace: &Pace, call: &Call<'_>, last: reqwest::Result<Response>) -> Stop {
        match last {
            Ok(response) => {
                let refusal = self.refusal(response).await;
                Stop::Final(pace.close(fault::left_alone(call, &refusal)))
            }
            Err(error) => {
                let reason = self.failure(&call.url, &error);
                pace.close(Answer::Unreachable(reason.clone()));
                Stop::Silent(reason)
            }
        }
    }

    fn pace(&self, url: &Url) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces
            .entry(authority(url))
            .or_insert_with(|| Arc::new(Pace::new(self.retry, self.concurrency)))
            .clone()
    }

    /// The body of an answer; `None` when it is longer than `limit` bytes. No more than that is read.
    pub(super) async fn body(&self, response: &mut Response, limit: usize) -> Result<Option<Vec<u8>>, Stop> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Ok(None),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Some(body)),
                Err(error) => {
                    let reason = self.failure(response.url(), &error);
                    return Err(Stop::Final(Answer::Unreachable(reason)));
                }
            }
        }
    }

    /// What an answer without success says.
    pub(super) async fn refusal(&self, mut response: Response) -> Refusal {
        let quota = quota::read(response.headers(), SystemTime::now());
        let status = response.status();
        let body = self.body(&mut response, REFUSAL_LIMIT).await.ok().flatten().unwrap_or_default();
        Refusal { status, message: fault::message(&body), quota }
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> Reason {
        fault::network(url, error, self.connect_timeout, self.request_timeout)
    }
}

fn client(settings: &Ask, authorities: &[Certificate]) -> ClientBuilder {
    let identity = (ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Client::builder()
        .user_agent(concat!("kubepin/", env!("CARGO_PKG_VERSION")))
        .default_headers([identity].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .tls_certs_merge(authorities.iter().cloned())
        .dns_resolver(Arc::new(Guarded))
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, AskError> {
    let fail = |why: String| AskError::Authorities { file: file.to_owned(), why };
    let pem = std::fs::read(file).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let found =
        Certificate::from_pem_bundle(&pem).map_err(|_| fail("is no PEM file of certificates".into()))?;
    if found.is_empty() { Err(fail("holds no certificate".into())) } else { Ok(found) }
}

/// Where an answer redirects to, if it does and may.
fn redirect(response: &Response) -> Result<Option<Url>, Stop> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let from = response.url();
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let target = location.to_str().ok().and_then(|location| from.join(location).ok());
    let fail = |why: &str| Err(Stop::untrusted(format!("{} redirects to {why}", authority(from))));
    match target {
        Some(target) if !target.username().is_empty() || target.password().is_some() => {
            fail("a URL with a user name in it")
        }
        Some(target) if is_this_machine(&target) && !is_this_machine(from) => fail("this machine"),
        Some(target) if target.scheme() == "https" || target.scheme() == from.scheme() => Ok(Some(target)),
        Some(target) if target.scheme() == "http" => fail("plain HTTP"),
        _ => fail("what is no HTTP URL"),
    }
}
