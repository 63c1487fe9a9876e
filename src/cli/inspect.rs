//! `kubepin inspect`: what can be typed, and what it means.

use clap::Args;

use super::LookupArgs;
use crate::settings::Inspect;

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Reference of an image, by tag or by digest
    #[arg(value_name = "REF")]
    reference: String,
    /// Also look for the tags that name the same
    #[arg(long, help_heading = "Output")]
    tags: bool,
    #[command(flatten)]
    lookup: LookupArgs,
}

impl InspectArgs {
    pub(super) fn settings(self) -> Inspect {
        let Self { reference, tags, lookup } = self;
        let (ask, config, output) = lookup.settings();
        Inspect { reference, tags, ask, config, output }
    }
}
