//! For which machine images are wanted: what can be typed, and what it means.

use clap::Args;

use crate::platform::Platform;

#[derive(Debug, Args)]
#[command(next_help_heading = "Asking registries")]
pub(super) struct PlatformArgs {
    /// Take what an image has for this machine (`linux/arm64`, `linux/arm/v6`), not the index for all
    #[arg(long, value_name = "OS/ARCH", value_parser = Platform::parse, conflicts_with = "locked")]
    platform: Option<Platform>,
}

impl PlatformArgs {
    pub(super) fn settings(self) -> Option<Platform> {
        self.platform
    }
}
