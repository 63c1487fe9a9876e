//! `kubepin referrers`: what can be typed, and what it means.

use clap::{Args, ValueEnum};

use super::LookupArgs;
use crate::referrer::{Scheme, Wanted};
use crate::settings::ShowReferrers;

#[derive(Debug, Args)]
pub(super) struct ReferrersArgs {
    /// Reference of an image, by tag or by digest
    #[arg(value_name = "REF")]
    reference: String,
    /// Show those of this artifact type only, and what refers to them
    #[arg(long, value_name = "TYPE", help_heading = "Output")]
    artifact_type: Option<String>,
    /// Where to look [default: the tag schema where the registry keeps no list]
    #[arg(long, value_enum, value_name = "SPEC", help_heading = "Asking registries")]
    distribution_spec: Option<SchemeArg>,
    #[command(flatten)]
    lookup: LookupArgs,
}

/// Named as `oras` does.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemeArg {
    /// The list that the registry keeps
    #[value(name = "v1.1-referrers-api")]
    Api,
    /// The index under the tag `sha256-…`
    #[value(name = "v1.1-referrers-tag")]
    Tag,
}

impl ReferrersArgs {
    pub(super) fn settings(self) -> ShowReferrers {
        let Self { reference, artifact_type, distribution_spec, lookup } = self;
        let scheme = distribution_spec.map(|scheme| match scheme {
            SchemeArg::Api => Scheme::Api,
            SchemeArg::Tag => Scheme::Tag,
        });
        let wanted = Wanted { scheme, artifact_type, cosign: true, ..Wanted::default() };
        let (ask, config, output) = lookup.settings();
        ShowReferrers { reference, wanted, ask, config, output }
    }
}
