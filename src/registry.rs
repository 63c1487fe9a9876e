//! Asking registries: a thin client of the OCI distribution API that reads digests of tags, and attaches
//! artifacts to them.
//!
//! In: a question, and the settings of how to ask. Out: an answer, always.
//! Invariants: as few requests as the protocol allows; no credentials to anyone but their registry;
//! no digest that the registry did not state plainly or that is not the hash of what it sent; no
//! input of a server is trusted in length or content.
//!
//! The way of a question: `client` finds its `endpoint` and `host`, `visit` sends requests
//! through `transport` (with `clients`) at the host's `pace`, meets a `challenge` (in `access`) with a login of `keychain` (or a `helper`)
//! or with a `token` that is the `exchange` of a login with a `realm` for `scopes`, and reads the answer in `manifest`, or says in `fault` what is wrong.

mod access;
mod attach;
mod challenge;
mod client;
mod clients;
mod content;
mod endpoint;
mod exchange;
mod fault;
mod forbidden;
mod helper;
mod host;
mod identity;
mod keychain;
mod manifest;
mod pace;
mod pages;
mod proxies;
mod push;
mod quota;
mod realm;
mod referral;
mod referrers;
mod scopes;
mod secret;
mod tags;
mod token;
mod transport;
mod visit;

use std::io;
use std::path::PathBuf;

pub use client::Client;
pub use content::{add_config, is_hash_of, read};
pub use endpoint::Endpoint;
pub use manifest::hex;
pub use tags::Tags;

/// Reads what a server may say in a header about a login and about a next page, for fuzzing.
#[cfg(fuzzing)]
pub fn read_headers(value: &[u8]) {
    let Ok(value) = reqwest::header::HeaderValue::from_bytes(value) else { return };
    challenge::read_any(value.clone());
    pages::read_any(value);
}

/// Why no registry can be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The file of certificate authorities is of no use.
    #[error("the certificate authorities in {}: the file {why}", file.display())]
    Authorities {
        /// The file.
        file: PathBuf,
        /// What is wrong: the end of a sentence about the file.
        why: String,
    },
    /// A file of logins is broken.
    #[error("the logins in {name}:{line}:{column}: {why}")]
    Logins {
        /// The file, or the variable that holds its text.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong with it. Never a quotation: the file holds secrets.
        why: &'static str,
    },
    /// A file of logins is there, or has to be, but cannot be read.
    #[error("the logins in {}{} cannot be read: {error}", file.display(), named(*named_by))]
    LoginsUnread {
        /// The file.
        file: PathBuf,
        /// The option or variable that names it, when it has to be there.
        named_by: Option<&'static str>,
        /// Why.
        error: io::Error,
    },
    /// A variable names no proxy that can be used.
    #[error(
        "{variable} holds no URL of a proxy: it is written http://HOST:PORT, with USER:PASSWORD@ before the host if need be"
    )]
    Proxy {
        /// The variable. What is in it may have a password.
        variable: &'static str,
    },
    /// A login is wanted from a variable that is not set.
    #[error("{variable} is to be used as a login, but it is empty or not set")]
    NoToken {
        /// The variable.
        variable: &'static str,
    },
    /// The machine gives no means to ask: no certificate authorities, no runtime.
    #[error("registries cannot be asked from here: {}", crate::discover::error_text(.0))]
    Setup(#[source] io::Error),
}

/// `, named by OPTION,`
fn named(by: Option<&str>) -> String {
    by.map(|by| format!(", named by {by},")).unwrap_or_default()
}
