//! Asking registries: a thin client of the OCI distribution API that reads digests of tags.
//!
//! In: a question, and the settings of how to ask. Out: an answer, always.
//! Invariants: as few requests as the protocol allows; no credentials to anyone but their registry;
//! no digest that the registry did not state plainly or that is not the hash of what it sent; no
//! input of a server is trusted in length or content.
//!
//! The way of a question: `client` finds its `endpoint` and `host`, `visit` sends requests
//! through `transport` at the host's `pace`, meets a `challenge` (in `access`) with a login of `keychain` (or a `helper`)
//! or with a `token` that is the `exchange` of a login with a `realm` for `scopes`, and reads the answer in `manifest`, or says in `fault` what is wrong.

mod access;
mod challenge;
mod client;
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
mod quota;
mod realm;
mod scopes;
mod secret;
mod token;
mod transport;
mod visit;

use std::io;
use std::path::PathBuf;

pub use client::Client;
pub use endpoint::Endpoint;

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
    /// Docker's configuration is broken.
    #[error("Docker's configuration {}:{line}:{column}: {why}", file.display())]
    DockerConfig {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong with it. Never a quotation: the file holds secrets.
        why: &'static str,
    },
    /// Docker's configuration is there, but cannot be read.
    #[error("Docker's configuration {} cannot be read: {error}", file.display())]
    DockerConfigUnread {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The machine gives no means to ask: no certificate authorities, no runtime.
    #[error("registries cannot be asked from here: {0}")]
    Setup(#[source] io::Error),
}
