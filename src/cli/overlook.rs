//! Which findings are not reported: what can be typed, and what it means.
//!
//! In: arguments and the clock. Out: final values.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;

use crate::settings::Overlook;

#[derive(Debug, Args)]
#[command(next_help_heading = "What is reported")]
pub(super) struct OverlookArgs {
    /// Report what comments and annotations say is to be ignored, too
    #[arg(long)]
    no_inline_ignores: bool,
    /// Leave out what this file says was found before
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found into this file, for --baseline, and report nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "output_file"])]
    write_baseline: Option<PathBuf>,
    /// Leave out what is on lines that were not touched since this git revision
    #[arg(long, value_name = "REV", conflicts_with = "write_baseline")]
    diff_base: Option<String>,
}

impl OverlookArgs {
    pub(super) fn settings(self) -> Overlook {
        let Self { no_inline_ignores, baseline, write_baseline, diff_base } = self;
        Overlook { ignores: !no_inline_ignores, today: today(), baseline, write_baseline, diff_base }
    }
}

/// The day as ignores write it: `2026-03-01`.
pub(super) fn today() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}
