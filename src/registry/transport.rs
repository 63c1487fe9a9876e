//! Requests and answers on the wire.
//!
//! In: a [`Call`]. Out: the answer at the end of its redirects, or why there is none.
//! Invariants: every request that is sent is counted; an authorization never follows a redirect to
//! another origin; no connection is made to a link-local address; no body is read beyond a limit;
//! loopback is reached without a proxy.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Method, Response, Url};

use super::AskError;
use super::endpoint::{address, is_loopback, is_this_machine};
use super::fault::{self, Refusal, Stop, authority};
use crate::answer::{Answer, Reason};
use crate::settings::Ask;

/// Redirects that are followed for one call.
const REDIRECTS: usize = 5;
/// Longest body of a refusal, in bytes.
const REFUSAL_LIMIT: usize = 64 << 10;
/// The metadata service of a cloud outside of the link-local ranges.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// A request to send.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Media types that are understood.
    pub(super) accept: &'static str,
    pub(super) authorization: Option<HeaderValue>,
}

/// The way to all hosts.
#[derive(Debug)]
pub(super) struct Transport {
    /// For everywhere but this machine: the environment's proxies are used.
    outward: Client,
    /// For loopback.
    local: Client,
    sent: AtomicUsize,
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
            sent: AtomicUsize::new(0),
            connect_timeout: settings.connect_timeout,
            request_timeout: settings.request_timeout,
        })
    }

    /// Number of requests sent so far.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends `call` and follows its redirects.
    pub(super) async fn send(&self, call: Call) -> Result<Response, Stop> {
        let mut response = self.attempt(&call).await?;
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

    /// One request, one answer: the only place where anything is sent, so the one to send it again from.
    async fn attempt(&self, call: &Call) -> Result<Response, Stop> {
        if let Some(address) = address(&call.url).filter(|&address| is_forbidden(address)) {
            let what = format!("{address} is a link-local or metadata address, which is never connected to");
            return Err(Stop::Silent(Reason { what, hint: None }));
        }
        let client = if is_loopback(&call.url) { &self.local } else { &self.outward };
        let mut request = client.request(call.method.clone(), call.url.clone()).header(ACCEPT, call.accept);
        if let Some(authorization) = &call.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        request.send().await.map_err(|error| Stop::Silent(self.failure(&call.url, &error)))
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
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let status = response.status();
        let body = self.body(&mut response, REFUSAL_LIMIT).await.ok().flatten().unwrap_or_default();
        Refusal { status, message: fault::message(&body), retry_after }
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

/// Name lookup that gives out no forbidden address.
struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (forbidden, allowed): (Vec<SocketAddr>, Vec<_>) =
                found.partition(|address| is_forbidden(address.ip().to_canonical()));
            if let (Some(address), true) = (forbidden.first(), allowed.is_empty()) {
                let why = format!("its address {} is link-local, which is never connected to", address.ip());
                return Err(io::Error::other(why).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Addresses no registry has, but the credentials of the machine may be behind.
fn is_forbidden(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local() || address == METADATA,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_forbidden_addresses_do_not_resolve() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let resolve = |name: &str| runtime.block_on(Guarded.resolve(name.parse().expect("a name")));
        let error = resolve("169.254.169.254").err().map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some("its address 169.254.169.254 is link-local, which is never connected to")
        );
        assert!(resolve("::ffff:169.254.1.1").is_err());
        assert_eq!(resolve("127.0.0.1").map(Iterator::count).ok(), Some(1));
    }

    #[test]
    fn forbidden_addresses_in_every_spelling() {
        let table = [
            ("http://169.254.169.254/", true),
            ("http://2852039166/", true),
            ("http://0xa9fea9fe/", true),
            ("http://[::ffff:169.254.169.254]/", true),
            ("http://[fe80::1]/", true),
            ("http://[fd00:ec2::254]/", true),
            ("http://[fd00:ec2::253]/", false),
            ("http://169.253.169.254/", false),
            ("http://127.0.0.1/", false),
            ("http://[::1]/", false),
        ];
        for (url, expected) in table {
            let address = address(&Url::parse(url).expect("a URL")).expect("an address");
            assert_eq!(is_forbidden(address), expected, "{url}");
        }
    }
}
