//! The HTTP clients that send requests.
//!
//! In: certificate authorities, proxies and timeouts of the settings. Out: the client for a URL.
//! Invariants: no client follows redirects or takes compressed answers; loopback is reached without a
//! proxy; all names are looked up by `forbidden`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use reqwest::header::{ACCEPT_ENCODING, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Url};

use super::endpoint::is_loopback;
use super::forbidden::Guarded;
use super::{AskError, fault, proxies};
use crate::settings::Ask;

/// The clients of a run.
#[derive(Debug)]
pub(super) struct Clients {
    /// For everywhere but this machine: the environment's proxies are used.
    outward: Client,
    /// The same, but not into private networks.
    abroad: Client,
    /// For loopback.
    local: Client,
}

impl Clients {
    /// Builds them, with the system's certificate authorities and those of the settings.
    pub(super) fn new(settings: &Ask) -> Result<Self, AskError> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authorities = settings.ca_file.as_deref().map_or(Ok(Vec::new()), authorities)?;
        let abroad = Guarded { public_but: Some(proxies::names(&settings.proxies)?) };
        let build = |builder: ClientBuilder| {
            builder.build().map_err(|error| match &settings.ca_file {
                Some(file) => {
                    AskError::Authorities { file: file.clone(), why: "holds no usable certificate".into() }
                }
                None => AskError::Setup(io::Error::other(fault::cause(&error))),
            })
        };
        Ok(Self {
            outward: build(client(settings, &authorities, Guarded::default()))?,
            abroad: build(client(settings, &authorities, abroad))?,
            local: build(client(settings, &authorities, Guarded::default()).no_proxy())?,
        })
    }

    /// The client for a URL; `abroad`: not if that leads into a private network.
    pub(super) fn pick(&self, url: &Url, abroad: bool) -> &Client {
        match (is_loopback(url), abroad) {
            (true, _) => &self.local,
            (false, true) => &self.abroad,
            (false, false) => &self.outward,
        }
    }
}

fn client(settings: &Ask, authorities: &[Certificate], names: Guarded) -> ClientBuilder {
    let identity = (ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Client::builder()
        .user_agent(concat!("kubepin/", env!("CARGO_PKG_VERSION")))
        .default_headers([identity].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .tls_certs_merge(authorities.iter().cloned())
        .dns_resolver(Arc::new(names))
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, AskError> {
    let fail = |why: String| AskError::Authorities { file: file.to_owned(), why };
    let pem = std::fs::read(file).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let found =
        Certificate::from_pem_bundle(&pem).map_err(|_| fail("is no PEM file of certificates".into()))?;
    if found.is_empty() { Err(fail("holds no certificate".into())) } else { Ok(found) }
}
