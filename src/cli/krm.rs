//! `kubepin krm`: what can be typed, and what it means.
//!
//! What is pinned, and how, is in the `functionConfig`; what is typed is how this machine asks.

use clap::Args;

use super::meaning::plain;
use super::output::{ColorArg, OutputArgs};
use super::overlook::today;
use super::{AskArgs, PlatformArgs, SourceArgs};
use crate::settings::{Ask, Overlook, Read, Settings};

#[derive(Debug, Args)]
#[command(after_help = "The page docs/krm.md of the project says how kpt and kustomize call it.")]
pub(super) struct KrmArgs {
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    sources: SourceArgs,
    /// Also say what was passed over, and who asked each registry
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

impl KrmArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { ask, platform, sources, verbose } = self;
        let output = OutputArgs { color: ColorArg::Auto, quiet: false, verbose };
        let ask = Ask { platform: platform.settings(), sources: sources.settings(), ..ask.settings() };
        let overlook = Overlook { ignores: true, today: today(), ..Overlook::default() };
        Settings { ask, overlook, ..plain(Read::default(), output.settings()) }
    }
}
