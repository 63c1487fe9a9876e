//! `kubepin resolve`: what can be typed, and what it means.

use clap::Args;

use super::platform::PlatformArgs;
use super::sources::SourceArgs;
use super::{AskArgs, ConfigArgs, ListingArgs};
use crate::settings::{Ask, Resolve};

#[derive(Debug, Args)]
pub(super) struct ResolveArgs {
    /// References of images; `-` stands for the lines of standard input
    #[arg(value_name = "REF", required = true)]
    references: Vec<String>,
    /// Print references with their digests: `nginx:1.27@sha256:…`
    #[arg(long, help_heading = "Output")]
    full: bool,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    output: ListingArgs,
}

impl ResolveArgs {
    pub(super) fn settings(self) -> Resolve {
        let Self { references, full, ask, platform, sources, config, output } = self;
        let ask = Ask { platform: platform.settings(), sources: sources.settings(), ..ask.settings() };
        Resolve { references, full, ask, config: config.settings(), output: output.settings() }
    }
}
