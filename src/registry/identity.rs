//! Identity tokens: logins that a realm exchanges by a POST, as `OAuth2` refreshes tokens.
//!
//! In: the identity tokens of accounts, and how realms met them. Out: which one to send, and how.
//! Invariants: a token that a realm replaces is not sent again in this run; so exchanges of one
//! host go one after the other.

use std::collections::BTreeMap;

use super::keychain::Account;
use super::secret::Secret;

/// What is known of the identity tokens of one host; locked during an exchange.
#[derive(Debug, Default)]
pub(super) struct Identities {
    /// The realm takes them as passwords only.
    pub(super) as_password: bool,
    /// Tokens that have replaced those of the keychain, by its entries.
    replaced: BTreeMap<String, Secret>,
}

impl Identities {
    /// The token to send where the keychain has `stored`.
    pub(super) fn current(&self, account: &Account, stored: &Secret) -> Secret {
        self.replaced.get(&account.entry).unwrap_or(stored).clone()
    }

    /// Notes the token that a realm wants to see next time.
    pub(super) fn replace(&mut self, account: &Account, token: Secret) {
        self.replaced.insert(account.entry.clone(), token);
    }
}

/// The form that asks for a token for these scopes.
pub(super) fn form(token: &Secret, service: Option<&str>, scopes: &[String]) -> Vec<(&'static str, String)> {
    let mut form = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("client_id", "kubepin".to_owned()),
        ("scope", scopes.join(" ")),
        ("refresh_token", token.expose().to_owned()),
    ];
    form.extend(service.map(|service| ("service", service.to_owned())));
    form
}
