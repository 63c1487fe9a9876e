//! `kubepin lock`: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use super::output::{ColorArg, OutputArgs};
use super::{AskArgs, ReadArgs};
use crate::settings::{Ask, Builds, Details, Read, Settings, Sources};

#[derive(Debug, Args)]
pub(super) struct LockArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    ask: AskArgs,
    /// The lock file [default: the nearest `kubepin.lock` up to the root of the repository, or a new one there]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    lock_file: Option<PathBuf>,
    /// Also write for which platforms images are, as is done where the configuration requires some
    #[arg(long, help_heading = "Output")]
    platforms: bool,
    /// Also write when images say that they were made, as is done where the configuration has a cooldown
    #[arg(long, help_heading = "Output")]
    created: bool,
    /// Print problems only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,
    /// Also say what was passed over
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

impl LockArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, ask, lock_file, platforms, created, quiet, verbose } = self;
        let output = OutputArgs { color: ColorArg::Auto, quiet, verbose };
        let settings = read.settings(output.settings());
        let sources = Sources { lock_file, ..Sources::default() };
        let ask = Ask { sources, ..ask.settings() };
        let details = Details { platforms, created };
        Settings { read: Read { builds: Builds::Judged, ..settings.read }, ask, details, ..settings }
    }
}
