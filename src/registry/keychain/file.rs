//! Files of logins: Docker's config.json, Podman's auth.json, .dockercfg.
//!
//! In: the text of a file. Out: its entries, by what they are for.
//! Invariant: what is wrong with a file is said with its place and never with a quotation, because
//! the file holds secrets.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::Login;
use super::key::Key;
use crate::registry::AskError;
use crate::registry::secret::Secret;
use crate::settings::LoginForm;

/// What one file holds.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) logins: Vec<(Key, Stored)>,
    pub(super) helpers: Vec<(Key, String)>,
    pub(super) store: Option<String>,
}

/// What an entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Login(Login),
    /// Not what it should be.
    Unreadable,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    auths: Option<BTreeMap<String, Entry>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

/// Programs that write such files leave out what they have not got, or write `null`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// Reads the text of the file that people know as `name`.
pub(super) fn read(name: &str, text: &[u8], form: LoginForm) -> Result<Entries, AskError> {
    if text.trim_ascii().is_empty() {
        return Ok(Entries::default());
    }
    let config = match form {
        LoginForm::Config => serde_json::from_slice(text),
        LoginForm::ConfigWithoutHelpers => serde_json::from_slice::<Config>(text).map(|config| Config {
            cred_helpers: None,
            creds_store: None,
            ..config
        }),
        LoginForm::Entries => {
            serde_json::from_slice(text).map(|auths| Config { auths: Some(auths), ..Config::default() })
        }
    };
    // The parser's own message quotes values, and values are secrets here.
    let broken = |error: serde_json::Error| AskError::Logins {
        name: name.to_owned(),
        line: error.line(),
        column: error.column(),
        why: if error.is_data() { "not in the form that Docker writes" } else { "not JSON" },
    };
    config.map(Config::entries).map_err(broken)
}

impl Config {
    fn entries(self) -> Entries {
        let logins = self.auths.unwrap_or_default().into_iter();
        let helpers = self.cred_helpers.unwrap_or_default().into_iter().filter(|(_, name)| !name.is_empty());
        Entries {
            logins: logins.filter_map(|(key, entry)| Some((Key::parse(&key), entry.stored()?))).collect(),
            helpers: helpers.map(|(key, name)| (Key::parse(&key), name)).collect(),
            store: self.creds_store.filter(|store| !store.is_empty()),
        }
    }
}

impl Entry {
    /// What the entry comes to; `None` when it is empty, as Docker writes it beside a helper. Where it
    /// holds several things, Docker's own order decides.
    fn stored(self) -> Option<Stored> {
        let auth = self.auth.as_deref().map_or("", str::trim);
        let pair = match auth {
            "" => Some((self.username.unwrap_or_default(), self.password.unwrap_or_default())),
            auth => decode(auth),
        };
        let token = |token: Option<String>| token.filter(|token| !token.is_empty()).map(Secret::new);
        if let Some(token) = token(self.registrytoken) {
            return Some(Stored::Login(Login::Token(token)));
        }
        if let Some(token) = token(self.identitytoken) {
            let user = pair.map(|(user, _)| user).unwrap_or_default();
            return Some(Stored::Login(Login::Identity { user, token }));
        }
        match pair {
            None => Some(Stored::Unreadable),
            Some((user, password)) if user.is_empty() || password.is_empty() => None,
            Some((user, password)) => Some(Stored::Login(Login::of(user, Secret::new(password)))),
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
