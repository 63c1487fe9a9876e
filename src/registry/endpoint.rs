//! Where a question goes: which host is asked, for which repository, over which scheme.
//!
//! In: a question, and the mirrors, plain-HTTP hosts and certificate authorities of the settings.
//! Out: an [`Endpoint`]. Invariant: only loopback and hosts named in the settings are ever asked
//! over plain HTTP, and a mirror is a host of its own: nothing of the original's name goes with it.

use std::net::IpAddr;

use reqwest::Url;

use crate::reference::{DOCKER_HUB, Digest, Question};
use crate::settings::Ask;

/// The host of Docker Hub's API.
const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// One question, as it is put to one host. Questions that mirrors lead to one place share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Host and port as people know them: the name credentials are stored under.
    pub host: String,
    /// Repository at that host.
    pub(super) repository: String,
    /// Tag.
    pub(super) tag: String,
}

impl Endpoint {
    /// Where `question` goes.
    pub fn of(question: &Question, settings: &Ask) -> Self {
        let tag = question.tag.clone();
        let mirror = |from: &str| settings.mirrors.iter().find(|mirror| mirror.from == from);
        let Some(mirror) = mirror(&question.registry).or_else(|| mirror("*")) else {
            let host = question.registry.to_ascii_lowercase();
            return Self { host, repository: question.repository.clone(), tag };
        };
        let to = mirror.to.trim_end_matches('/');
        let (host, repository) = match to.split_once('/') {
            Some((host, prefix)) => (host, format!("{prefix}/{}", question.repository)),
            None => (to, question.repository.clone()),
        };
        Self { host: known_name(host), repository, tag }
    }

    /// The URLs that may be asked, in order: all that decides which answer there is.
    pub fn urls(&self, settings: &Ask) -> Vec<String> {
        bases(&self.host, settings).iter().map(|base| self.manifest(base).into()).collect()
    }

    /// Whether both are about one repository of one host.
    pub fn shares_repository(&self, other: &Self) -> bool {
        (&self.host, &self.repository) == (&other.host, &other.repository)
    }

    /// The image without its host: `acme/web:1`, `acme/web@sha256:…`.
    pub(super) fn image(&self) -> String {
        let mark = if self.tag.contains(':') { '@' } else { ':' };
        format!("{}{mark}{}", self.repository, self.tag)
    }

    /// The URL of the tag's manifest; `base` is where the API is.
    pub(super) fn manifest(&self, base: &Url) -> Url {
        self.page(base, "manifests", &self.tag)
    }

    /// The URL of a config or a layer.
    pub(super) fn blob(&self, base: &Url, digest: &Digest) -> Url {
        self.page(base, "blobs", digest.as_str())
    }

    /// The URL of the list of what refers to a digest.
    pub(super) fn referrers(&self, base: &Url, digest: &Digest) -> Url {
        self.page(base, "referrers", digest.as_str())
    }

    /// The same repository, asked for another tag or a digest.
    pub(super) fn with_tag(&self, tag: &str) -> Self {
        Self { tag: tag.to_owned(), ..self.clone() }
    }

    /// The URL where uploads begin.
    pub(super) fn uploads(&self, base: &Url) -> Url {
        self.page(base, "blobs", "uploads/")
    }

    /// The URL of the list of tags.
    pub(super) fn tags(&self, base: &Url) -> Url {
        self.page(base, "tags", "list")
    }

    fn page(&self, base: &Url, kind: &str, name: &str) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("/v2/{}/{kind}/{name}", self.repository));
        url
    }

    /// The digest that is asked for.
    ///
    /// # Errors
    /// A sentence about what is wrong: a tag is asked for.
    pub fn digest(&self) -> Result<Digest, String> {
        Digest::parse(&self.tag)
    }
}

/// A host under the one name that people and credential files know it by.
pub(super) fn known_name(host: &str) -> String {
    match host.to_ascii_lowercase().as_str() {
        "index.docker.io" | DOCKER_HUB_API => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

/// The URLs under which the API of `host` may be, in the order they are tried; none when `host` is no host.
///
/// Loopback speaks plain HTTP, as `crane` has it, unless an authority for TLS is given or the port is
/// that of HTTPS: then TLS is tried first.
pub(super) fn bases(host: &str, settings: &Ask) -> Vec<Url> {
    let authority = if host == DOCKER_HUB { DOCKER_HUB_API } else { host };
    let base = |scheme: &str| {
        let url = Url::parse(&format!("{scheme}://{authority}/")).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        (plain && url.path() == "/" && url.query().is_none() && url.fragment().is_none()).then_some(url)
    };
    let (Some(http), Some(https)) = (base("http"), base("https")) else { return Vec::new() };
    if settings.plain_http.iter().any(|plain| plain.eq_ignore_ascii_case(host)) {
        return vec![http];
    }
    match is_loopback(&https) {
        true if settings.ca_file.is_some() || host.ends_with(":443") => vec![https, http],
        true => vec![http],
        false => vec![https],
    }
}

/// Whether a URL names loopback.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || address(url).is_some_and(|address| address.is_loopback())
}

/// Whether a URL leads to this machine: loopback, or the address that stands for every address of it.
pub(super) fn is_this_machine(url: &Url) -> bool {
    is_loopback(url) || address(url).is_some_and(|address| address.is_unspecified())
}

/// The IP address a URL names literally.
pub(super) fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Mirror;

    fn question(registry: &str) -> Question {
        Question { registry: registry.into(), repository: "library/nginx".into(), tag: "1".into() }
    }

    #[test]
    fn the_exact_mirror_wins_and_its_path_comes_first() {
        let mirror = |from: &str, to: &str| Mirror { from: from.into(), to: to.into() };
        let mirrors = vec![mirror("*", "all.example:5000"), mirror("docker.io", "one.example/hub/cache/")];
        let settings = Ask { mirrors, ..Ask::default() };
        let asked = |registry: &str, settings: &Ask| {
            let Endpoint { host, repository, .. } = Endpoint::of(&question(registry), settings);
            (host, repository)
        };
        let pair = |host: &str, repository: &str| (host.to_owned(), repository.to_owned());
        assert_eq!(asked("docker.io", &settings), pair("one.example", "hub/cache/library/nginx"));
        assert_eq!(asked("quay.io", &settings), pair("all.example:5000", "library/nginx"));
        assert_eq!(asked("QUAY.io", &Ask::default()), pair("quay.io", "library/nginx"));
    }

    #[test]
    fn schemes() {
        let plain = Ask { plain_http: vec!["plain.example:5000".into()], ..Ask::default() };
        let authority =
            Ask { ca_file: Some("ca.pem".into()), plain_http: vec!["127.0.0.2".into()], ..Ask::default() };
        let table: &[(&str, &Ask, &[&str])] = &[
            ("docker.io", &plain, &["https://registry-1.docker.io/"]),
            ("plain.example:5000", &plain, &["http://plain.example:5000/"]),
            ("plain.example", &plain, &["https://plain.example/"]),
            ("127.0.0.9:5000", &plain, &["http://127.0.0.9:5000/"]),
            ("localhost:443", &plain, &["https://localhost/", "http://localhost:443/"]),
            ("[::1]:5000", &plain, &["http://[::1]:5000/"]),
            ("localhost:5000", &authority, &["https://localhost:5000/", "http://localhost:5000/"]),
            ("127.0.0.2", &authority, &["http://127.0.0.2/"]),
            ("localhost.example", &authority, &["https://localhost.example/"]),
            ("user:secret@a.example", &plain, &[]),
            ("a.example?x", &plain, &[]),
            ("a b", &plain, &[]),
            ("", &plain, &[]),
        ];
        for (host, settings, expected) in table {
            let found: Vec<String> = bases(host, settings).iter().map(Url::to_string).collect();
            assert_eq!(&found, expected, "{host}");
        }
    }
}
