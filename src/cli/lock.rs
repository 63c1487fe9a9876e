//! `kubepin lock`: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use super::output::{ColorArg, OutputArgs};
use super::{AskArgs, ReadArgs};
use crate::settings::{Ask, Builds, Read, Settings, Sources};

#[derive(Debug, Args)]
pub(super) struct LockArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    ask: AskArgs,
    /// The lock file [default: the nearest `kubepin.lock` up to the root of the repository, or a new one there]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    lock_file: Option<PathBuf>,
    /// Print problems only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,
    /// Also say what was passed over
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

impl LockArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, ask, lock_file, quiet, verbose } = self;
        let output = OutputArgs { color: ColorArg::Auto, quiet, verbose };
        let settings = read.settings(output.settings());
        let sources = Sources { lock_file, ..Sources::default() };
        let ask = Ask { sources, ..ask.settings() };
        Settings { read: Read { builds: Builds::Judged, ..settings.read }, ask, ..settings }
    }
}
