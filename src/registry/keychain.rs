//! Logins, from all the places where they are kept.
//!
//! In: the places, in their order, and a host with a repository. Out: the [`Account`] to use there.
//! Invariants: the first place that has an entry for a repository wins, and there the most specific
//! entry; an entry that cannot be used says so instead of being sent anywhere; a helper runs at most
//! once for a host, and only when a registry has asked for a login.

mod file;
mod key;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::AskError;
use super::endpoint::known_name;
use super::fault::{escape, login_command};
use super::helper;
use super::secret::Secret;
use crate::answer::Reason;
use crate::settings::{Ask, LoginSource, TrustedRealm};
use crate::source::printable;
use file::{Entries, Stored};
use key::{Key, best, server};

/// The user name that marks a secret as an identity token.
const IDENTITY: &str = "<token>";

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// The entry the login came from, in words: the same entry is the same account.
    pub(super) entry: String,
    /// What to log in with; without it questions are asked anonymously.
    pub(super) login: Option<Login>,
    /// Why a stored login could not be used.
    pub(super) trouble: Option<Reason>,
    /// Hosts that the user trusts with the login, beside those that `realm` does.
    pub(super) realms: Vec<String>,
}

/// What to log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// User and password, or an access token in place of the password.
    Password { user: String, password: Secret },
    /// A token that a realm exchanges for others. The user is the one it is stored with, if there is one.
    Identity { user: String, token: Secret },
    /// A token for the registry itself, used without an exchange.
    Token(Secret),
}

/// The logins of a run.
#[derive(Debug)]
pub(super) struct Keychain {
    sources: Vec<Source>,
    /// Why places were left out.
    pub(super) left_out: Vec<String>,
    trusted: Vec<TrustedRealm>,
    helper_timeout: Duration,
    asked: Mutex<BTreeMap<(String, String), KeptCell>>,
    served: Mutex<BTreeSet<String>>,
}

/// The entries of one place.
#[derive(Debug)]
struct Source {
    /// What people call the place.
    name: String,
    entries: Entries,
}

/// What a helper keeps for a host.
type Kept = Result<Option<Login>, Reason>;
/// The same, filled by the first who needs it.
type KeptCell = Arc<OnceCell<Kept>>;

impl Keychain {
    /// Reads every place where logins may be.
    pub(super) fn read(settings: &Ask) -> Result<Self, AskError> {
        let (mut sources, mut left_out) = (Vec::new(), Vec::new());
        for source in &settings.logins {
            match Source::read(source) {
                Ok(source) => sources.push(source),
                Err(error) if matches!(source, LoginSource::Text { found: true, .. }) => {
                    left_out.push(format!("{error}, so they are left out"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Self {
            sources,
            left_out,
            trusted: settings.trusted_realms.clone(),
            helper_timeout: settings.helper_timeout,
            asked: Mutex::default(),
            served: Mutex::default(),
        })
    }

    /// The account for a repository at a host. In each place the host's own helper comes first, then
    /// the helper for all, then the entries.
    pub(super) async fn account(&self, host: &str, repository: &str) -> Account {
        let trusted = self.trusted.iter().filter(|trusted| known_name(&trusted.registry) == host);
        let realms = trusted.map(|trusted| trusted.realm.clone()).collect();
        let account = Account { realms, ..self.find(host, repository).await };
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.insert(format!("{host}: {}", account.words()));
        account
    }

    /// Which account each host got, in sentences.
    pub(super) fn notes(&self) -> BTreeSet<String> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn find(&self, host: &str, repository: &str) -> Account {
        let mut trouble = None;
        for Source { name, entries } in &self.sources {
            let own = best(&entries.helpers, host, repository).map(|(_, helper)| helper);
            for helper in own.into_iter().chain(&entries.store) {
                match self.kept(helper, host).await {
                    Ok(Some(login)) => {
                        let entry = format!("the helper docker-credential-{helper} that {name} names");
                        return Account { entry, login: Some(login), ..Account::default() };
                    }
                    Ok(None) => {}
                    Err(reason) => trouble = trouble.or(Some(reason)),
                }
            }
            if let Some((key, stored)) = best(&entries.logins, host, repository) {
                let entry = format!("the entry `{}` of {name}", printable(&key.text));
                let (login, trouble) = match stored {
                    Stored::Login(login) => (Some(login.clone()), trouble),
                    Stored::Unreadable => (None, Some(unreadable(host, name))),
                };
                return Account { entry, login, trouble, ..Account::default() };
            }
        }
        Account { trouble, ..Account::default() }
    }

    async fn kept(&self, name: &str, host: &str) -> Kept {
        let cell = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.entry((name.to_owned(), host.to_owned())).or_default().clone()
        };
        cell.get_or_init(|| helper::login(name, server(host), self.helper_timeout)).await.clone()
    }
}

impl Account {
    /// Who asks and how that is known, without the secret.
    fn words(&self) -> String {
        let from = &self.entry;
        match (&self.login, &self.trouble) {
            (Some(Login::Password { user, .. }), _) => format!("login of `{}` from {from}", escape(user)),
            (Some(Login::Identity { .. }), _) => format!("identity token from {from}"),
            (Some(Login::Token(_)), _) => format!("registry token from {from}"),
            (None, Some(trouble)) => format!("anonymous, because {}", trouble.what),
            (None, None) => "anonymous, because no login is stored for it".to_owned(),
        }
    }
}

impl Login {
    /// User and secret as a helper prints them and files hold them.
    pub(super) fn of(user: String, secret: Secret) -> Self {
        if user == IDENTITY {
            return Self::Identity { user, token: secret };
        }
        Self::Password { user, password: secret }
    }
}

impl Source {
    fn read(source: &LoginSource) -> Result<Self, AskError> {
        let (name, entries) = match source {
            LoginSource::File { path, form, named_by } => {
                let name = printable(&path.display().to_string());
                let text = read_file(path, *named_by)?;
                let entries = file::read(&name, &text, *form)?;
                (name, entries)
            }
            LoginSource::Text { name, text, form, .. } => {
                (name.clone(), file::read(name, text.expose().as_bytes(), *form)?)
            }
            LoginSource::Token { variable, host, user, token } => {
                if token.is_empty() {
                    return Err(AskError::NoToken { variable });
                }
                let login = Login::of(user.clone(), token.clone());
                let logins = vec![(Key::parse(host), Stored::Login(login))];
                ((*variable).to_owned(), Entries { logins, ..Entries::default() })
            }
        };
        Ok(Self { name, entries })
    }
}

/// The text of a file. One that nobody named need not be there.
fn read_file(path: &Path, named_by: Option<&'static str>) -> Result<Vec<u8>, AskError> {
    let absent = |error: &std::io::Error| {
        named_by.is_none() && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
    };
    match std::fs::read(path) {
        Err(error) if absent(&error) => Ok(Vec::new()),
        read => read.map_err(|error| AskError::LoginsUnread { file: path.to_owned(), named_by, error }),
    }
}

fn unreadable(host: &str, source: &str) -> Reason {
    Reason {
        what: format!("the login stored for {host} in {source} is not base64 of user and password"),
        hint: Some(format!("store it again: `{}`", login_command(host))),
    }
}

#[cfg(test)]
mod tests;
