//! Which realm may see the credentials of a registry.
//!
//! In: the URL of a registry's API, that of the realm its challenge names, and the realms the user
//! trusts with this registry's login. Out: how far the realm is trusted.
//! Invariant: credentials go to the registry's own host or its own domain, or where the user said,
//! encrypted unless the registry itself is not. When in doubt they stay here.

use reqwest::Url;

use super::endpoint::{address, is_loopback, is_this_machine};
use super::fault::authority;

/// How far a realm is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It may see the registry's credentials.
    Full,
    /// It may be asked for an anonymous token. Why no more, as a phrase.
    Anonymous(String),
    /// It is not asked at all. Why, as a phrase.
    None(String),
}

/// Domains whose subdomains belong to different people. The list cannot be whole; it holds where
/// registries and the services beside them are really run.
const SHARED: &[&str] = &[
    "amazonaws.com",
    "appspot.com",
    "azure.com",
    "azurecr.io",
    "azurewebsites.net",
    "cloudapp.net",
    "cloudflare.dev",
    "cloudfront.net",
    "cloudsmith.io",
    "duckdns.org",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "googleusercontent.com",
    "herokuapp.com",
    "jfrog.io",
    "netlify.app",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "nip.io",
    "onrender.com",
    "ondigitalocean.app",
    "pages.dev",
    "pkg.dev",
    "repl.co",
    "run.app",
    "scw.cloud",
    "sslip.io",
    "ts.net",
    "vercel.app",
    "web.app",
    "windows.net",
    "workers.dev",
    "xip.io",
];

/// Second labels that are public suffixes under the domains of countries: `co.uk`, `com.br`.
const PUBLIC: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "govt", "gv", "id", "info", "ltd", "me", "mil",
    "ne", "net", "nhs", "nom", "or", "org", "plc", "sch",
];

/// How far the realm of a challenge is trusted by the registry at `registry`; `trusted` are hosts.
pub(super) fn judge(registry: &Url, realm: &Url, trusted: &[String]) -> Trust {
    let same_host = registry.host_str() == realm.host_str();
    let name = realm.host_str().unwrap_or_default();
    if !realm.username().is_empty() || realm.password().is_some() {
        return Trust::None(format!("the realm at {name} has a user name in its URL"));
    }
    if is_this_machine(realm) && !is_this_machine(registry) {
        return Trust::None(format!("the realm at {name} would be this machine"));
    }
    match realm.scheme() {
        "https" if same_host || same_domain(registry, realm) || is_named(realm, trusted) => Trust::Full,
        "https" => Trust::Anonymous(format!(
            "the realm {name} is foreign, so it got no credentials (see --trust-realm)"
        )),
        "http" if registry.scheme() == "http" && same_host => Trust::Full,
        "http" if is_loopback(realm) && same_host => {
            Trust::Anonymous(format!("the realm at {name} is not encrypted, so it got no credentials"))
        }
        scheme => Trust::None(format!("the realm at {name} wants `{scheme}`, not https")),
    }
}

/// Whether a realm is among the hosts that the user trusts.
pub(super) fn is_named(realm: &Url, trusted: &[String]) -> bool {
    trusted.iter().any(|host| authority(realm).eq_ignore_ascii_case(host))
}

/// Whether two hosts are names under one domain that has one owner.
fn same_domain(registry: &Url, realm: &Url) -> bool {
    let domain = |url: &Url| match address(url) {
        Some(_) => None,
        None => url.host_str().and_then(owned_domain).map(str::to_owned),
    };
    domain(registry).is_some_and(|owned| domain(realm).as_ref() == Some(&owned))
}

/// The last two labels of a host, unless they are known to be shared between owners.
fn owned_domain(host: &str) -> Option<&str> {
    let (rest, top) = host.rsplit_once('.')?;
    let second = rest.rsplit_once('.').map_or(rest, |(_, label)| label);
    let domain = &host[host.len() - second.len() - 1 - top.len()..];
    let public = top.len() == 2 && PUBLIC.contains(&second);
    (!second.is_empty() && !top.is_empty() && !public && !SHARED.contains(&domain)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_with_the_owner_of_the_registry() {
        let full = [
            ("https://registry-1.docker.io/", "https://auth.docker.io/token"),
            ("https://registry.gitlab.com/", "https://gitlab.com/jwt/auth"),
            ("https://ghcr.io/", "https://ghcr.io/token"),
            ("https://a.example:5000/", "https://a.example:5001/token"),
            ("https://acme.azurecr.io/", "https://acme.azurecr.io/oauth2/token"),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5001/token"),
            ("http://plain.example/", "https://plain.example/token"),
            ("https://r.acme.co.uk/", "https://r.acme.co.uk/token"),
        ];
        let foreign = [
            ("https://ghcr.io/", "https://evil.example/token"),
            ("https://acme.azurecr.io/", "https://evil.azurecr.io/token"),
            ("https://eu-docker.pkg.dev/", "https://us-docker.pkg.dev/token"),
            ("https://acme.github.io/", "https://evil.github.io/token"),
            ("https://1.dkr.ecr.eu-west-1.amazonaws.com/", "https://evil.s3.amazonaws.com/"),
            ("https://r.acme.co.uk/", "https://evil.co.uk/token"),
            ("https://r.acme.co.uk/", "https://auth.acme.co.uk/token"),
            ("https://docker.io.evil.example/", "https://auth.docker.io/token"),
            ("https://10.0.0.1/", "https://11.0.0.1/token"),
            ("https://registry/", "https://auth/token"),
            ("http://127.0.0.1:5000/", "https://localhost:5000/token"),
        ];
        for (registry, realm) in full {
            assert_eq!(verdict(registry, realm), Trust::Full, "{registry} {realm}");
        }
        assert_eq!(trusting("https://a.example/", "https://Login.test/", &["login.TEST"]), Trust::Full);
        for (registry, realm) in foreign {
            let name = Url::parse(realm).expect("a URL").host_str().expect("a host").to_owned();
            let why = format!("the realm {name} is foreign, so it got no credentials (see --trust-realm)");
            assert_eq!(verdict(registry, realm), Trust::Anonymous(why.clone()), "{registry} {realm}");
            let others = ["login.test", "example", &format!("{name}:444"), &format!("x{name}"), ""];
            assert_eq!(trusting(registry, realm, &others), Trust::Anonymous(why), "{registry} {realm}");
        }
    }

    #[test]
    fn a_realm_in_the_clear_or_with_a_user_is_not_asked() {
        let none = [
            (
                "https://a.example/",
                "http://a.example/token",
                "the realm at a.example wants `http`, not https",
            ),
            ("http://a.example/", "http://b.example/token", "the realm at b.example wants `http`, not https"),
            ("https://a.example/", "ftp://a.example/token", "the realm at a.example wants `ftp`, not https"),
            (
                "https://a.example/",
                "https://u@a.example/t",
                "the realm at a.example has a user name in its URL",
            ),
            (
                "https://a.example/",
                "https://:p@a.example/t",
                "the realm at a.example has a user name in its URL",
            ),
            ("http://127.0.0.1/", "http://localhost/t", "the realm at localhost wants `http`, not https"),
            ("https://a.example/", "https://127.0.0.1/t", "the realm at 127.0.0.1 would be this machine"),
            ("https://a.example/", "https://localhost/t", "the realm at localhost would be this machine"),
            ("https://a.example/", "https://[::1]/t", "the realm at [::1] would be this machine"),
            ("https://a.example/", "https://0.0.0.0/t", "the realm at 0.0.0.0 would be this machine"),
            (
                "https://a.example/",
                "https://[::ffff:127.1.1.1]/",
                "the realm at [::ffff:7f01:101] would be this machine",
            ),
        ];
        for (registry, realm, why) in none {
            assert_eq!(verdict(registry, realm), Trust::None(why.into()), "{registry} {realm}");
            // Nor does it help that the realm was named as one to trust.
            let named = authority(&Url::parse(realm).expect("a URL"));
            assert_eq!(trusting(registry, realm, &[&named]), Trust::None(why.into()), "{registry} {realm}");
        }
        let why = "the realm at localhost is not encrypted, so it got no credentials";
        assert_eq!(verdict("https://localhost/", "http://localhost/t"), Trust::Anonymous(why.into()));
    }

    fn verdict(registry: &str, realm: &str) -> Trust {
        trusting(registry, realm, &[])
    }

    fn trusting(registry: &str, realm: &str, trusted: &[&str]) -> Trust {
        let trusted: Vec<String> = trusted.iter().map(|&host| host.to_owned()).collect();
        judge(&Url::parse(registry).expect("a URL"), &Url::parse(realm).expect("a URL"), &trusted)
    }
}
