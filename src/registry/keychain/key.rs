//! What an entry of a file of logins is for.
//!
//! In: the entry's key, as written. Out: whether it covers a repository, and which of several is meant.
//! Invariant: an entry for a namespace covers the repositories under it only.

use crate::reference::DOCKER_HUB;
use crate::registry::endpoint::known_name;

/// The name Docker Hub's login is stored under.
const DOCKER_HUB_SERVER: &str = "https://index.docker.io/v1/";

/// A host, or the repositories under a path there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// As written.
    pub(super) text: String,
    host: String,
    path: String,
}

impl Key {
    pub(super) fn parse(text: &str) -> Self {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = match path.trim_matches('/') {
            // The API's root, not a namespace.
            "v1" | "v2" => "",
            path => path,
        };
        Self { text: text.to_owned(), host: known_name(host), path: path.to_owned() }
    }

    fn covers(&self, host: &str, repository: &str) -> bool {
        let under =
            repository.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.host == host && (self.path.is_empty() || under)
    }
}

/// The most specific entry for a repository; of equals the one under the name Docker itself writes.
pub(super) fn best<'a, T>(entries: &'a [(Key, T)], host: &str, repository: &str) -> Option<&'a (Key, T)> {
    let covering = entries.iter().filter(|(key, _)| key.covers(host, repository));
    covering.max_by_key(|(key, _)| (key.path.len(), key.text == server(host)))
}

/// The name a host goes by in Docker's files and to its helpers.
pub(super) fn server(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_SERVER } else { host }
}
