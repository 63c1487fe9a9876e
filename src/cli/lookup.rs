//! How one image is asked about, whatever it is asked: what can be typed, and what it means.

use std::time::Duration;

use clap::Args;

use super::sources::CacheArgs;
use super::{AskArgs, ConfigArgs, ListingArgs};
use crate::settings::{Ask, ConfigFile, Output, Sources};

#[derive(Debug, Args)]
pub(super) struct LookupArgs {
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    output: ListingArgs,
}

impl LookupArgs {
    /// It is about what tags name now: only what digests name is used again.
    pub(super) fn settings(self) -> (Ask, ConfigFile, Output) {
        let Self { ask, cache, config, output } = self;
        let sources = Sources { cache: cache.settings(Duration::ZERO), ..Sources::default() };
        (Ask { sources, ..ask.settings() }, config.settings(), output.settings())
    }
}
