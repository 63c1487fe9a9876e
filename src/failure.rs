//! What stops a whole run, in the words that people read.
//!
//! In: errors of the steps. Out: a message, its cause and a hint on standard error.

use std::io::{self, Write};

use crate::config::ConfigError;
use crate::krm::NoList;
use crate::pipeline::CheckError;
use crate::resolve::AskError;

/// Why a run could not do its job at all.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    /// The reader of standard output went away: nothing is wrong and nobody listens.
    silent: bool,
}

impl Failure {
    /// A failure that people can mend by calling differently.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()), silent: false }
    }

    /// Whether nothing is to be said.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Prints the failure.
    pub fn print(&self, out: &mut dyn Write) {
        // Nothing can be done where standard error is gone, too.
        let _ = writeln!(out, "error: {}", self.message);
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "  hint: {hint}");
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let silent = error.kind() == io::ErrorKind::BrokenPipe;
        Self { message: crate::discover::error_text(&error), hint: None, silent }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { message: error.to_string(), hint: None, silent: false }
    }
}

impl From<NoList> for Failure {
    fn from(error: NoList) -> Self {
        let hint = "kpt and kustomize call `kubepin krm`; manifests go through `kubepin check --fix -`";
        Self::usage(error.to_string(), hint)
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        Self { message: error.to_string(), hint: None, silent: false }
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Ask(error) => error.into(),
            CheckError::Git(error) => Self::usage(error.to_string(), error.hint),
            CheckError::Baseline(error) => {
                Self::usage(error.to_string(), "`kubepin check --write-baseline FILE` writes one")
            }
        }
    }
}
