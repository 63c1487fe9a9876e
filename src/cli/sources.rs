//! Where answers come from beside registries: what can be typed, and what it means.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use etcetera::BaseStrategy as _;

use crate::settings::{Cache, Reach, Sources};

#[derive(Debug, Args)]
#[command(next_help_heading = "Other sources of digests")]
pub(super) struct SourceArgs {
    /// Believe what a build tool wrote down: lines of references with digests, or what Cloud Build,
    /// buildx, Skaffold or kbld say (repeatable)
    #[arg(long, value_name = "FILE")]
    digests: Vec<PathBuf>,
    /// Let `kubepin.lock` alone answer, and ask nobody
    #[arg(long, group = "reach", conflicts_with = "digests")]
    locked: bool,
    /// Ask nobody: let files of --digests, `kubepin.lock` and the cache answer
    #[arg(long, group = "reach")]
    offline: bool,
    /// The lock file [default: the nearest `kubepin.lock` up to the root of the repository]
    #[arg(long, value_name = "FILE", requires = "reach")]
    lock_file: Option<PathBuf>,
    /// Neither use answers of earlier runs nor keep those of this one
    #[arg(long)]
    no_cache: bool,
    /// Where answers are kept [default: `kubepin` where the platform keeps caches]
    #[arg(long, value_name = "DIR", env = "KUBEPIN_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
    /// For how long an answer is used again: `90s`, `10m`, `1h 30m`
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = humantime::parse_duration)]
    cache_ttl: Duration,
}

impl SourceArgs {
    pub(super) fn settings(self) -> Sources {
        let Self { digests, locked, offline, lock_file, no_cache, cache_dir, cache_ttl: ttl } = self;
        let reach = match (locked, offline) {
            (true, _) => Reach::Locked,
            (_, true) => Reach::Offline,
            _ => Reach::Registries,
        };
        let folder = cache_dir.or_else(platform_folder).filter(|_| !no_cache && !locked);
        let cache = folder.map(|folder| Cache { folder, ttl });
        Sources { digests, lock_file, cache, reach }
    }
}

/// Where the platform keeps caches; `None` for users without a home.
fn platform_folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("kubepin"))
}
