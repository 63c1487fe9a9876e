//! `kubepin lock`: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use super::output::{ColorArg, FormatArg, OutputArgs};
use super::{AskArgs, ReadArgs};
use crate::settings::{Ask, Builds, Demands, Judge, Mode, Read, Settings, Sources, Task, Write};

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
        let (read, threads, config) = read.settings();
        let sources = Sources { lock_file, ..Sources::default() };
        let output = OutputArgs { format: FormatArg::Human, color: ColorArg::Auto, quiet, verbose };
        Settings {
            read: Read { builds: Builds::Judged, ..read },
            task: Task::Pin,
            mode: Mode::Report,
            demands: Demands::default(),
            write: Write::default(),
            ask: Ask { sources, ..ask.settings() },
            output: output.settings(),
            strict: false,
            exit_zero: false,
            threads,
            judge: Judge::default(),
            config,
            show: false,
        }
    }
}
