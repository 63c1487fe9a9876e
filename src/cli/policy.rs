//! `kubepin policy`: what can be typed, and what it means.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Command;
use super::config::ConfigArgs;
use crate::policy::Form;

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Print a policy that demands of a cluster what the configuration demands of files
    Export {
        /// Who holds the cluster to it
        #[arg(long, value_enum)]
        format: FormArg,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Print the exemptions of Gatekeeper constraints (`K8sImageDigests`) as lines of kubepin.toml
    Import {
        /// Files, and folders whose files are looked through
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
    },
}

/// Whose verdicts are predicted.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LikeArg {
    /// `K8sImageDigests` of Gatekeeper's library
    Gatekeeper,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FormArg {
    /// A `ConstraintTemplate` and a constraint (`K8sImageDigests`)
    Gatekeeper,
    /// A `ValidatingAdmissionPolicy` with its binding, for the API server itself
    Vap,
    /// A `ValidatingPolicy` of Kyverno
    Kyverno,
}

impl PolicyCommand {
    pub(super) fn meaning(self) -> Command {
        match self {
            Self::Export { format, config } => Command::ExportPolicy(format.form(), config.settings()),
            Self::Import { paths } => Command::ImportPolicy(paths),
        }
    }
}

impl FormArg {
    fn form(self) -> Form {
        match self {
            Self::Gatekeeper => Form::Gatekeeper,
            Self::Vap => Form::Vap,
            Self::Kyverno => Form::Kyverno,
        }
    }
}
