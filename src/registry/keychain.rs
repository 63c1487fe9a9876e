//! Logins from Docker's config.json.
//!
//! In: the file, and a host with a repository. Out: the [`Account`] to use there.
//! Invariants: an entry for a namespace is used for repositories under it only, the most specific
//! one first; an entry that cannot be used says so instead of being sent anywhere; a helper runs at
//! most once for a host, and only when a registry has asked for a login.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::AskError;
use super::endpoint::known_name;
use super::fault::login_command;
use super::helper;
use super::secret::Secret;
use crate::answer::Reason;
use crate::reference::DOCKER_HUB;

/// The name Docker Hub's login is stored under.
const DOCKER_HUB_SERVER: &str = "https://index.docker.io/v1/";

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// The entry the login came from: the same entry is the same account.
    pub(super) entry: String,
    /// What to log in with; without it questions are asked anonymously.
    pub(super) login: Option<Login>,
    /// Why a stored login could not be used.
    pub(super) trouble: Option<Reason>,
}

/// What to log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// User and password, or an access token in place of the password.
    Password { user: String, password: Secret },
    /// An identity token: the realm exchanges it, some take it as the user's password.
    Identity { user: String, token: Secret },
    /// A token for the registry itself, used without an exchange.
    Token(Secret),
}

/// The logins of a configuration file.
#[derive(Debug)]
pub(super) struct Keychain {
    logins: Vec<(Key, Stored)>,
    helpers: Vec<(Key, String)>,
    store: Option<String>,
    helper_timeout: Duration,
    asked: Mutex<BTreeMap<(String, String), KeptCell>>,
}

/// What a helper keeps for a host.
type Kept = Result<Option<Login>, Reason>;
/// The same, filled by the first who needs it.
type KeptCell = Arc<OnceCell<Kept>>;

/// What an entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stored {
    Login(Login),
    Unreadable,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    auths: Option<BTreeMap<String, Entry>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl Keychain {
    /// Reads a configuration file; one that is not there holds no logins.
    pub(super) fn read(path: Option<&Path>, helper_timeout: Duration) -> Result<Self, AskError> {
        let text = match path.map(std::fs::read).transpose() {
            Ok(text) => text.unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(AskError::DockerConfigUnread {
                    file: path.unwrap_or(Path::new("")).into(),
                    error,
                });
            }
        };
        if text.trim_ascii().is_empty() {
            return Ok(Self::new(File::default(), helper_timeout));
        }
        // The parser's own message quotes values, and values are secrets here.
        let broken = |error: serde_json::Error| AskError::DockerConfig {
            file: path.unwrap_or(Path::new("")).into(),
            line: error.line(),
            column: error.column(),
            why: if error.is_data() { "not in the form that Docker writes" } else { "not JSON" },
        };
        serde_json::from_slice(&text).map(|file| Self::new(file, helper_timeout)).map_err(broken)
    }

    fn new(file: File, helper_timeout: Duration) -> Self {
        let auths = file.auths.unwrap_or_default().into_iter();
        let logins = auths.filter_map(|(key, entry)| Some((Key::parse(&key), entry.stored()?)));
        let helpers = file.cred_helpers.unwrap_or_default().into_iter().filter(|(_, name)| !name.is_empty());
        Self {
            logins: logins.collect(),
            helpers: helpers.map(|(key, name)| (Key::parse(&key), name)).collect(),
            store: file.creds_store.filter(|store| !store.is_empty()),
            helper_timeout,
            asked: Mutex::default(),
        }
    }

    /// The account for a repository at a host: the host's own helper first, then the store, then the file.
    pub(super) async fn account(&self, host: &str, repository: &str) -> Account {
        let own = best(&self.helpers, host, repository).map(|(_, name)| name);
        let mut trouble = None;
        for name in own.into_iter().chain(&self.store) {
            match self.kept(name, host).await {
                Ok(Some(login)) => return Account { entry: name.clone(), login: Some(login), trouble: None },
                Ok(None) => {}
                Err(reason) => trouble = trouble.or(Some(reason)),
            }
        }
        let Some((key, stored)) = best(&self.logins, host, repository) else {
            return Account { trouble, ..Account::default() };
        };
        let entry = key.text.clone();
        match stored {
            Stored::Login(login) => Account { entry, login: Some(login.clone()), trouble },
            Stored::Unreadable => Account { entry, login: None, trouble: Some(unreadable(host)) },
        }
    }

    async fn kept(&self, name: &str, host: &str) -> Kept {
        let cell = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.entry((name.to_owned(), host.to_owned())).or_default().clone()
        };
        cell.get_or_init(|| helper::login(name, server(host), self.helper_timeout)).await.clone()
    }
}

impl Entry {
    fn stored(self) -> Option<Stored> {
        let pair = match self.auth.trim() {
            "" => Some((self.username, self.password)),
            auth => decode(auth),
        };
        match pair {
            Some((user, password)) if !user.is_empty() && !password.is_empty() => {
                Some(Stored::Login(Login::Password { user, password: Secret::new(password) }))
            }
            _ if !self.registrytoken.is_empty() => {
                Some(Stored::Login(Login::Token(Secret::new(self.registrytoken))))
            }
            Some((user, _)) if !self.identitytoken.is_empty() => {
                Some(Stored::Login(Login::Identity { user, token: Secret::new(self.identitytoken) }))
            }
            None => Some(Stored::Unreadable),
            Some(_) => None,
        }
    }
}

/// User and password out of an `auth`: some writers leave the padding off or a NUL behind.
fn decode(auth: &str) -> Option<(String, String)> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient).decode(auth).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.trim_end_matches('\0').split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn unreadable(host: &str) -> Reason {
    Reason {
        what: format!("the login stored for {host} is not base64 of user and password"),
        hint: Some(format!("store it again: `{}`", login_command(host))),
    }
}

/// The name a host goes by in Docker's files.
fn server(host: &str) -> &str {
    if host == DOCKER_HUB { DOCKER_HUB_SERVER } else { host }
}

/// What an entry is for: a host, or the repositories under a path there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    text: String,
    host: String,
    path: String,
}

impl Key {
    fn parse(text: &str) -> Self {
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
fn best<'a, T>(entries: &'a [(Key, T)], host: &str, repository: &str) -> Option<&'a (Key, T)> {
    let covering = entries.iter().filter(|(key, _)| key.covers(host, repository));
    covering.max_by_key(|(key, _)| (key.path.len(), key.text == server(host)))
}

#[cfg(test)]
mod tests;
