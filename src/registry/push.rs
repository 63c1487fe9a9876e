//! Pushing blobs and manifests.
//!
//! In: bytes, and where they go. Out: that the registry took them, or why it did not.
//! Invariants: what is there already is not sent again; a login goes to the registry alone, wherever that
//! has uploads sent.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::endpoint::Endpoint;
use super::fault::{self, Refusal, Standing, Stop};
use super::manifest::hex;
use super::transport::location;
use super::visit::{Page, Visit};
use crate::answer::{Answer, Reason};
use crate::reference::Digest;

/// What a blob is sent as.
const BYTES: &str = "application/octet-stream";

/// What is pushed.
#[derive(Debug)]
pub(super) struct Upload {
    /// Media type.
    pub(super) media_type: &'static str,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
    /// The mark of what it takes the place of, so that nothing else is replaced.
    pub(super) replaces: Option<HeaderValue>,
}

impl Visit<'_> {
    /// Sends bytes, unless they are there. What a manifest says of them.
    pub(super) async fn blob(&self, media_type: &str, bytes: &[u8]) -> Result<Value, Stop> {
        let digest = hash(bytes)?;
        let descriptor = json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()});
        let url = self.endpoint.blob(self.base, &digest);
        let (there, access) = self.fetch(&Page::new(Method::HEAD, url, "*/*", "a blob")).await?;
        match there.status().as_u16() {
            200 => return Ok(descriptor),
            404 | 405 => {}
            _ => {
                let refusal = self.transport.refusal(there).await;
                return Err(Stop::Final(not_taken(self.endpoint, &refusal, &access.standing())));
            }
        }
        let begun =
            self.send_to(Method::POST, self.endpoint.uploads(self.base), upload(BYTES, Vec::new())).await?;
        if begun.status() == StatusCode::CREATED {
            return Ok(descriptor);
        }
        let Some(mut url) = location(&begun, "sends an upload")? else {
            let host = &self.endpoint.host;
            return Err(Stop::untrusted(format!("{host} begins an upload and does not say where it goes")));
        };
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        self.send_to(Method::PUT, url, upload(BYTES, bytes.to_vec())).await?;
        Ok(descriptor)
    }

    /// Sends a manifest under its digest.
    pub(super) async fn push(
        &self,
        digest: &str,
        media_type: &'static str,
        bytes: Vec<u8>,
    ) -> Result<HeaderMap, Stop> {
        let url = self.endpoint.with_tag(digest).manifest(self.base);
        let taken = self.send_to(Method::PUT, url, upload(media_type, bytes)).await?;
        Ok(taken.headers().clone())
    }

    /// Sends something; the answer of success.
    async fn send_to(&self, method: Method, url: Url, upload: Arc<Upload>) -> Result<Response, Stop> {
        self.answer_to(method, url, upload).await?.map_err(|(_, stop)| stop)
    }

    /// Sends something; the answer of success, or the refusal and what it comes to.
    pub(super) async fn answer_to(
        &self,
        method: Method,
        url: Url,
        upload: Arc<Upload>,
    ) -> Result<Result<Response, (Refusal, Stop)>, Stop> {
        let page = Page { upload: Some(upload), ..Page::new(method, url, "*/*", "an upload") };
        let (response, access) = self.fetch(&page).await?;
        if response.status().is_success() {
            return Ok(Ok(response));
        }
        let refusal = self.transport.refusal(response).await;
        let stop = Stop::Final(not_taken(self.endpoint, &refusal, &access.standing()));
        Ok(Err((refusal, stop)))
    }
}

/// The answer of a registry that did not take what was pushed.
fn not_taken(endpoint: &Endpoint, refusal: &Refusal, standing: &Standing<'_>) -> Answer {
    let Endpoint { host, repository, .. } = endpoint;
    let words = refusal.words();
    if !matches!(refusal.status.as_u16(), 401 | 403) {
        return fault::unavailable(host, refusal);
    }
    let hint = Some(format!("`{}` with an account that may push to it", fault::login_command(host)));
    let mut what = if standing.anonymous {
        format!("{host} lets nobody push to {repository} without a login ({words})")
    } else {
        format!("the login stored for {host} may not push to {repository} ({words})")
    };
    for why in standing.held_back.into_iter().chain(standing.trouble.map(|trouble| trouble.what.as_str())) {
        what = format!("{what}; {why}");
    }
    Answer::Denied(Reason { what, hint })
}

fn upload(media_type: &'static str, bytes: Vec<u8>) -> Arc<Upload> {
    Arc::new(Upload { media_type, bytes, replaces: None })
}

/// The digest of bytes.
pub(super) fn hash(bytes: &[u8]) -> Result<Digest, Stop> {
    Digest::parse(&format!("sha256:{}", hex(&Sha256::digest(bytes)))).map_err(Stop::untrusted)
}
