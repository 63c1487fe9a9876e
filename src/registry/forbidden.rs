//! Addresses that no connection is made to.
//!
//! In: an address, or a name to look up. Out: whether it is forbidden; the addresses that are not.
//! Invariant: the check is made on what a name resolves to, so that no name leads around it.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The metadata service of a cloud outside of the link-local ranges.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Name lookup that gives out no forbidden address.
pub(super) struct Guarded;

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
