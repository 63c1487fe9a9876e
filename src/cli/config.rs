//! Which configuration file holds: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use crate::settings::ConfigFile;

#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct ConfigArgs {
    /// The configuration file [default: the nearest kubepin.toml up to the root of the repository]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    isolated: bool,
}

impl ConfigArgs {
    pub(super) fn settings(self) -> ConfigFile {
        let Self { config, isolated } = self;
        match config {
            Some(file) => ConfigFile::Named(file),
            None if isolated => ConfigFile::None,
            None => ConfigFile::Nearest,
        }
    }
}
