//! Proxies that the environment names.
//!
//! In: variables and what is in them. Out: the names of the proxies.
//! Invariant: what the HTTP client would pass over without a word stops the run. A proxy is there to
//! be used: without it requests would go another way than the user wants.

use std::collections::BTreeSet;

use http::Uri;
use http::uri::Authority;

use super::AskError;
use crate::settings::Proxy;

/// The hosts of all proxies, read as the HTTP client reads them.
pub(super) fn names(proxies: &[Proxy]) -> Result<BTreeSet<String>, AskError> {
    let name = |Proxy { variable, url }: &Proxy| {
        let url: Option<Uri> = url.expose().parse().ok();
        let known = |url: &Uri| match url.scheme_str() {
            Some(scheme) => ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(&scheme),
            None => true,
        };
        let host = url.filter(known).and_then(|url| host(url.authority()?));
        host.ok_or(AskError::Proxy { variable })
    };
    proxies.iter().map(name).collect()
}

/// The host, unless what stands behind it is no port: that would be left out.
fn host(authority: &Authority) -> Option<String> {
    let (host, text) = (authority.host(), authority.as_str());
    let behind = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    text.ends_with(&format!("{host}{behind}")).then(|| host.to_owned())
}
