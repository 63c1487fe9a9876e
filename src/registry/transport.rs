//! Requests and answers on the wire.
//!
//! In: a [`Call`]. Out: the answer at the end of its redirects, or why there is none.
//! Invariants: every request that is sent is counted; an authorization never follows a redirect to
//! another origin; no connection is made to a link-local address, nor to a private one for a registry
//! that is elsewhere; no body is read beyond a limit.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH, LOCATION};
use reqwest::{Method, Response, Url};
use tokio::time::{Instant, sleep};

use super::AskError;
use super::clients::Clients;
use super::endpoint::{address, is_this_machine, known_name};
use super::fault::{self, Refusal, Stop, authority};
use super::forbidden::{Private, is_forbidden, is_private, leads_inside};
use super::pace::{Next, Pace, Trouble};
use super::push::Upload;
use super::quota;
use crate::answer::{Answer, Reason};
use crate::settings::{Ask, Retry};

/// Redirects that are followed for one call.
const REDIRECTS: usize = 5;
/// Longest body of a refusal, in bytes.
const REFUSAL_LIMIT: usize = 64 << 10;

/// Bytes that are pushed in a second even over slow lines.
const SLOWEST: usize = 64 << 10;

/// How often an answer is asked for that takes as long as a timeout.
const SLOW: usize = 2;

/// A request to send. It may hold secrets, so it cannot be shown.
#[derive(Clone)]
pub(super) struct Call<'a> {
    /// The registry that it is about, as people know it.
    pub(super) registry: &'a str,
    /// Where its API is. What that host sends us to elsewhere is only in a private network if it is, too.
    pub(super) home: &'a Url,
    pub(super) method: Method,
    pub(super) url: Url,
    /// Media types that are understood.
    pub(super) accept: &'static str,
    pub(super) authorization: Option<HeaderValue>,
    /// The form to post; it follows no redirect.
    pub(super) form: Vec<(&'static str, String)>,
    /// What is pushed; it follows no redirect, either.
    pub(super) upload: Option<Arc<Upload>>,
    /// Whether the authorization comes from a stored login.
    pub(super) logged_in: bool,
}

/// The way to all hosts.
#[derive(Debug)]
pub(super) struct Transport {
    clients: Clients,
    paces: Mutex<BTreeMap<String, Arc<Pace>>>,
    retry: Retry,
    concurrency: usize,
    sent: AtomicUsize,
    retried: AtomicUsize,
    connect_timeout: Duration,
    request_timeout: Duration,
}

impl Transport {
    /// Builds the HTTP clients.
    pub(super) fn new(settings: &Ask) -> Result<Self, AskError> {
        Ok(Self {
            clients: Clients::new(settings)?,
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
        if !call.form.is_empty() || call.upload.is_some() {
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
        let mut abroad = call.url.host_str() != call.home.host_str();
        if let Some(address) = address(&call.url).filter(|&address| abroad && is_private(address)) {
            self.enter(call, address).await?;
            abroad = false;
        }
        let pace = self.pace(&call.url);
        let mut tries = 0;
        loop {
            let lane = pace.ready().await.map_err(Stop::Final)?;
            let began = Instant::now();
            let outcome = self.once(call, abroad).await;
            if let Some(Private(address)) = outcome.as_ref().err().and_then(fault::find) {
                // Nothing was sent.
                self.sent.fetch_sub(1, Ordering::Relaxed);
                pace.done(lane, None);
                self.enter(call, *address).await?;
                abroad = false;
                continue;
            }
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

    /// Lets a call into a private network if its registry is in one, too. Which of its hosts is asked
    /// first makes no difference.
    async fn enter(&self, call: &Call<'_>, address: IpAddr) -> Result<(), Stop> {
        if leads_inside(call.home).await {
            return Ok(());
        }
        let (from, to) = (known_name(&authority(call.home)), authority(&call.url));
        let what = format!("{from} leads to {to}, whose address {address} is in a private network");
        let hint = format!("if {from} may do that and {to} is its token service: --trust-realm {from}={to}");
        Err(Stop::Final(Answer::Untrusted(Reason { what, hint: Some(hint) })))
    }

    /// One request: the only place where anything is sent.
    async fn once(&self, call: &Call<'_>, abroad: bool) -> reqwest::Result<Response> {
        let client = self.clients.pick(&call.url, abroad);
        let mut request = client.request(call.method.clone(), call.url.clone()).header(ACCEPT, call.accept);
        if let Some(authorization) = &call.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if !call.form.is_empty() {
            request = request.form(&call.form);
        }
        if let Some(Upload { media_type, bytes, replaces }) = call.upload.as_deref() {
            let slow = u64::try_from(bytes.len() / SLOWEST).unwrap_or(u64::MAX);
            request = request.header(CONTENT_TYPE, *media_type).body(bytes.clone());
            request = request.timeout(self.request_timeout.saturating_add(Duration::from_secs(slow)));
            if let Some(mark) = replaces {
                request = request.header(IF_MATCH, mark.clone());
            }
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

    /// Waits until a request may be sent again whose answer broke off; `false`: it may not.
    pub(super) async fn again(&self, url: &Url, tries: usize, began: Instant) -> bool {
        let attempts = if began.elapsed() < self.request_timeout { usize::MAX } else { SLOW };
        let next = self.pace(url).next(&Trouble::silence(attempts), tries, began);
        let Next::Wait(wait) = next else { return false };
        sleep(wait).await;
        self.retried.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// What an answer without success says.
    pub(super) async fn refusal(&self, mut response: Response) -> Refusal {
        let quota = quota::read(response.headers(), SystemTime::now());
        let status = response.status();
        let body = self.body(&mut response, REFUSAL_LIMIT).await.ok().flatten().unwrap_or_default();
        Refusal { status, message: fault::message(&body), code: fault::code(&body), quota }
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> Reason {
        fault::network(url, error, self.connect_timeout, self.request_timeout)
    }
}

/// Where an answer redirects to, if it does and may.
fn redirect(response: &Response) -> Result<Option<Url>, Stop> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    location(response, "redirects")
}

/// Where an answer sends what is to come, if that may be followed; `verb` says how.
pub(super) fn location(response: &Response, verb: &str) -> Result<Option<Url>, Stop> {
    let from = response.url();
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let target = location.to_str().ok().and_then(|location| from.join(location).ok());
    let fail = |why: &str| Err(Stop::untrusted(format!("{} {verb} to {why}", authority(from))));
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
