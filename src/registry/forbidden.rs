//! Addresses that no connection is made to.
//!
//! In: an address, or a name to look up. Out: whether it is forbidden; the addresses that are not.
//! Invariants: the check is made on what a name resolves to, so that no name leads around it; who is
//! sent somewhere by a registry that is not in a private network itself is not sent into one.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::endpoint::address;

/// The metadata service of a cloud outside of the link-local ranges.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// An address in a private network, where none may be.
#[derive(Debug, thiserror::Error)]
#[error("its address {0} is in a private network")]
pub(super) struct Private(pub(super) IpAddr);

/// Name lookup that gives out no forbidden address.
#[derive(Clone, Default)]
pub(super) struct Guarded {
    /// Nor one in a private network, but for these names.
    pub(super) public_but: Option<BTreeSet<String>>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let public = self.public_but.as_ref().is_some_and(|names| !names.contains(name.as_str()));
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (forbidden, allowed): (Vec<SocketAddr>, Vec<_>) =
                found.partition(|address| is_forbidden(address.ip().to_canonical()));
            if let (Some(address), true) = (forbidden.first(), allowed.is_empty()) {
                let why = format!("its address {} is link-local, which is never connected to", address.ip());
                return Err(io::Error::other(why).into());
            }
            // One is enough: which of them is connected to is not known here.
            if let Some(address) = allowed.iter().find(|address| public && is_private(address.ip())) {
                return Err(Private(address.ip()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether a URL leads into a private network or to this machine. A name that is unknown here does not.
pub(super) async fn leads_inside(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    if let Some(address) = address(url) {
        return is_private(address);
    }
    let found = tokio::net::lookup_host((host, 0)).await;
    found.is_ok_and(|mut found| found.any(|address| is_private(address.ip())))
}

/// Addresses that mean something else, or nothing, elsewhere.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            // What providers share among customers, and virtual networks use.
            let shared = Ipv4Addr::new(100, 64, 0, 0).to_bits() >> 22;
            let here = address.is_loopback() || address.is_unspecified();
            here || address.is_private() || address.to_bits() >> 22 == shared
        }
        IpAddr::V6(address) => address.is_loopback() || address.is_unspecified() || address.is_unique_local(),
    }
}

/// Addresses no registry has, but the credentials of the machine may be behind.
pub(super) fn is_forbidden(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local() || address == METADATA,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::super::endpoint::address;
    use super::*;

    #[test]
    fn names_of_forbidden_addresses_do_not_resolve() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let guarded = Guarded::default();
        let resolve = |name: &str| runtime.block_on(guarded.resolve(name.parse().expect("a name")));
        let error = resolve("169.254.169.254").err().map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some("its address 169.254.169.254 is link-local, which is never connected to")
        );
        assert!(resolve("::ffff:169.254.1.1").is_err());
        assert_eq!(resolve("127.0.0.1").map(Iterator::count).ok(), Some(1));
    }

    #[test]
    fn names_of_private_addresses_do_not_resolve_for_those_who_are_sent_there() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let guarded = Guarded { public_but: Some(["localhost".to_owned()].into()) };
        let resolve = |name: &str| runtime.block_on(guarded.resolve(name.parse().expect("a name")));
        for name in ["127.0.0.1", "10.1.2.3", "::ffff:192.168.0.1", "fd00::1", "100.127.0.1"] {
            let error = resolve(name).err().expect("an error");
            assert!(error.is::<Private>(), "{name}: {error}");
        }
        for name in ["localhost", "192.0.2.1", "100.128.0.1", "2001:db8::1"] {
            assert!(resolve(name).is_ok(), "{name}");
        }
        for (url, inside) in
            [("http://localhost/", true), ("https://10.0.0.1/", true), ("https://192.0.2.1/", false)]
        {
            let url = Url::parse(url).expect("a URL");
            assert_eq!(runtime.block_on(leads_inside(&url)), inside, "{url}");
        }
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
