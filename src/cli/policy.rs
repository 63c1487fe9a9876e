//! `kubepin policy`: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Subcommand;

use super::Command;

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Print the exemptions of a Gatekeeper constraint (`K8sImageDigests`) as lines of kubepin.toml
    Import {
        /// The file of the constraint
        file: PathBuf,
    },
}

impl PolicyCommand {
    pub(super) fn meaning(self) -> Command {
        match self {
            Self::Import { file } => Command::ImportPolicy(file),
        }
    }
}
