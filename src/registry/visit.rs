//! One question, put to one host.
//!
//! In: an endpoint and what is known of its host. Out: the answer.
//! Invariants: a tag is asked for with HEAD first, and GET only where HEAD is refused as such or states no
//! digest; no body is read beyond its limit; a login is
//! sent only after the host has demanded one; a 401 is met once, and a token that is refused replaced
//! where another may be let in.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::access::Access;
use super::challenge::{self, Challenge};
use super::endpoint::Endpoint;
use super::exchange::{Applicant, exchange};
use super::fault::{self, Refusal, Stop, authority};
use super::host::Host;
use super::keychain::{Account, Keychain};
use super::manifest;
use super::push::Upload;
use super::token::Token;
use super::transport::{Call, Transport};
use crate::answer::Answer;
use crate::reference::Digest;

/// Longest manifest, index or config, in bytes.
pub(super) const BODY_LIMIT: usize = 4 << 20;
/// What follows a repository in the path of a page.
const KINDS: [&str; 4] = ["/manifests/", "/blobs/", "/tags/", "/referrers/"];

/// What is asked for.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Media types that are understood.
    pub(super) accept: &'static str,
    /// What is there, in words.
    pub(super) what: &'static str,
    /// What is sent there.
    pub(super) upload: Option<Arc<Upload>>,
}

impl Page {
    /// What is only looked at.
    pub(super) fn new(method: Method, url: Url, accept: &'static str, what: &'static str) -> Self {
        Self { method, url, accept, what, upload: None }
    }
}

/// What came of asking for a page.
pub(super) enum Got {
    /// Its headers, and all of its body.
    Body(HeaderMap, Vec<u8>),
    /// A refusal, and what was asked with.
    Refusal(Refusal, Box<Access>),
}

/// One question at one host.
pub(super) struct Visit<'a> {
    pub(super) transport: &'a Transport,
    pub(super) keychain: &'a Keychain,
    pub(super) host: &'a Host,
    pub(super) base: &'a Url,
    pub(super) endpoint: &'a Endpoint,
    /// What tokens are to be for: `pull`, or `pull,push`.
    pub(super) actions: &'static str,
    /// This is the question that goes first and alone.
    pub(super) first: bool,
}

impl Visit<'_> {
    /// The digest the tag points to, or why there is none.
    pub(super) async fn digest(&self) -> Result<Answer, Stop> {
        let host = &self.endpoint.host;
        let (head, access) = self.fetch(&self.manifest_page(Method::HEAD)).await?;
        match head.status().as_u16() {
            200 => {
                if let Some(answer) = manifest::from_head(host, head.headers())? {
                    return Ok(answer);
                }
            }
            400 | 405 | 501 => {}
            _ => return Err(self.refused(head, &access).await),
        }
        let (headers, body) = self.body(&self.manifest_page(Method::GET), BODY_LIMIT).await?;
        manifest::from_body(host, &headers, &body)
    }

    /// The bytes of the index or manifest that the digest names.
    pub(super) async fn manifest(&self, digest: &Digest) -> Result<Vec<u8>, Stop> {
        let (headers, body) = self.body(&self.manifest_page(Method::GET), BODY_LIMIT).await?;
        manifest::by_digest(&self.endpoint.host, digest, &headers, &body)?;
        Ok(body)
    }

    /// The bytes of a config.
    pub(super) async fn config(&self, digest: &Digest) -> Result<Vec<u8>, Stop> {
        let url = self.endpoint.blob(self.base, digest);
        let page = Page::new(Method::GET, url, "*/*", "a config");
        let (_, body) = self.body(&page, BODY_LIMIT).await?;
        manifest::hash(&self.endpoint.host, digest, &body)?;
        Ok(body)
    }

    pub(super) fn manifest_page(&self, method: Method) -> Page {
        let (url, accept) = (self.endpoint.manifest(self.base), manifest::ACCEPT);
        Page::new(method, url, accept, "a manifest")
    }

    /// What is at a page: its headers and all of its body. What breaks off is asked for again.
    pub(super) async fn body(&self, page: &Page, limit: usize) -> Result<(HeaderMap, Vec<u8>), Stop> {
        match self.got(page, limit).await? {
            Got::Body(headers, body) => Ok((headers, body)),
            Got::Refusal(refusal, access) => {
                Err(Stop::Final(fault::refused(self.endpoint, &refusal, &access.standing())))
            }
        }
    }

    /// The same, where a refusal may be an answer, too.
    pub(super) async fn got(&self, page: &Page, limit: usize) -> Result<Got, Stop> {
        let mut tries = 0;
        loop {
            let began = Instant::now();
            let (mut got, access) = self.fetch(page).await?;
            if got.status() != StatusCode::OK {
                return Ok(Got::Refusal(self.transport.refusal(got).await, Box::new(access)));
            }
            tries += 1;
            match self.transport.body(&mut got, limit).await {
                Ok(Some(body)) => return Ok(Got::Body(std::mem::take(got.headers_mut()), body)),
                Ok(None) => {
                    let (host, limit) = (&self.endpoint.host, limit >> 20);
                    return Err(Stop::untrusted(format!(
                        "{host} sent {} of more than {limit} MiB",
                        page.what
                    )));
                }
                Err(stop) if !self.transport.again(got.url(), tries, began).await => return Err(stop),
                Err(_) => {}
            }
        }
    }

    /// Asks for a page, logging in where that is demanded.
    pub(super) async fn fetch(&self, page: &Page) -> Result<(Response, Access), Stop> {
        let mut access = self.access(None).await?;
        let mut response = self.send(page, &access).await?;
        let demand = self.wants_login(&response).then(|| challenge::choose(response.headers())).flatten();
        if let (Some(challenge), None) = (demand, &access.account) {
            self.host.challenge.get_or_init(|| challenge);
            access = self.access(None).await?;
            if access.authorization.is_some() {
                response = self.send(page, &access).await?;
            }
        }
        // A token that is refused may be too old, or not be for this repository after all.
        for _ in 0..2 {
            let Some(refused) = access.token.take_if(|token| self.teaches(token, &response)) else { break };
            access.trial = None;
            access = self.access(Some(&refused)).await?;
            response = self.send(page, &access).await?;
        }
        access.trial = None;
        if let (None, Some(account)) = (&access.token, &access.account)
            && (self.first && account.login.is_some() && self.wants_login(&response))
        {
            let words = self.transport.refusal(response).await.words();
            let answer = fault::login_refused(&self.endpoint.host, &words, &access.standing());
            self.host.refuse(account, &answer);
            return Err(Stop::Final(answer));
        }
        Ok((response, access))
    }

    async fn send(&self, page: &Page, access: &Access) -> Result<Response, Stop> {
        let response =
            self.call(page.clone(), access.authorization.clone(), !access.standing().anonymous).await?;
        let sent_on = page.upload.is_none() && !self.is_own(&response);
        if response.status() == StatusCode::UNAUTHORIZED && sent_on {
            return self.follow_login(page, response).await;
        }
        Ok(response)
    }

    async fn call(
        &self,
        page: Page,
        authorization: Option<HeaderValue>,
        logged_in: bool,
    ) -> Result<Response, Stop> {
        let registry = self.endpoint.host.as_str();
        let (Page { method, url, accept, what: _, upload }, form) = (page, Vec::new());
        let home = self.base;
        // A registry may have uploads sent elsewhere, but that is nobody's to log in to.
        let authorization = authorization.filter(|_| upload.is_none() || url.origin() == home.origin());
        let call = Call { registry, home, method, url, accept, authorization, form, upload, logged_in };
        match self.transport.send(call).await {
            Ok(response) => {
                self.host.heard.store(true, Ordering::Relaxed);
                Ok(response)
            }
            // A host that has answered before is not silent: this is about one request.
            Err(stop) if self.host.heard.load(Ordering::Relaxed) => Err(Stop::Final(stop.into_answer())),
            Err(stop) => Err(stop),
        }
    }

    /// Meets the challenge of a host that was reached by a redirect: with an anonymous token, for
    /// this request alone, since nobody has stored a login for being sent there.
    async fn follow_login(&self, page: &Page, response: Response) -> Result<Response, Stop> {
        let Some(Challenge::Bearer { realm, service }) = challenge::choose(response.headers()) else {
            return Ok(response);
        };
        let base = response.url().clone();
        let split = |path| KINDS.iter().find_map(|kind| str::split_once(path, kind));
        let path = base.path().strip_prefix("/v2/").and_then(split);
        let repository =
            path.map_or(self.endpoint.repository.as_str(), |(repository, _)| repository).to_owned();
        let endpoint = Endpoint { host: authority(&base), repository, tag: self.endpoint.tag.clone() };
        let account = &Account::default();
        let repositories = std::slice::from_ref(&endpoint.repository);
        let applicant = Applicant {
            base: &base,
            endpoint: &endpoint,
            account,
            repositories,
            actions: "pull",
            identities: &Mutex::default(),
        };
        match exchange(self.transport, &realm, service.as_deref(), &applicant).await {
            Ok(token) => {
                let page = Page { url: base.clone(), ..page.clone() };
                self.call(page, Some(token.header), false).await
            }
            Err(no_token) => Err(Stop::Final(no_token.into_stop().into_answer())),
        }
    }

    /// Whether an answer says that another token may be met better.
    fn teaches(&self, token: &Token, response: &Response) -> bool {
        // Who was sent on was let in.
        let status = if self.is_own(response) { response.status() } else { StatusCode::OK };
        self.host.scopes.learn(token, &self.endpoint.repository, status)
    }

    fn is_own(&self, response: &Response) -> bool {
        response.url().origin() == self.base.origin()
    }

    fn wants_login(&self, response: &Response) -> bool {
        response.status() == StatusCode::UNAUTHORIZED && self.is_own(response)
    }

    async fn refused(&self, response: Response, access: &Access) -> Stop {
        let refusal = self.transport.refusal(response).await;
        Stop::Final(fault::refused(self.endpoint, &refusal, &access.standing()))
    }
}
