//! `kubepin inspect`: what can be typed, and what it means.

use std::time::Duration;

use clap::Args;

use super::sources::CacheArgs;
use super::{AskArgs, ConfigArgs, ListingArgs};
use crate::settings::{Ask, Inspect, Sources};

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Reference of an image, by tag or by digest
    #[arg(value_name = "REF")]
    reference: String,
    /// Also look for the tags that name the same
    #[arg(long, help_heading = "Output")]
    tags: bool,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    output: ListingArgs,
}

impl InspectArgs {
    pub(super) fn settings(self) -> Inspect {
        let Self { reference, tags, ask, cache, config, output } = self;
        // It is about what tags name now: only what digests name is used again.
        let sources = Sources { cache: cache.settings(Duration::ZERO), ..Sources::default() };
        let ask = Ask { sources, ..ask.settings() };
        Inspect { reference, tags, ask, config: config.settings(), output: output.settings() }
    }
}
