//! Where answers come from beside registries: what can be typed, and what it means.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use etcetera::BaseStrategy as _;

use crate::settings::{Cache, Daemon, Reach, Sources};

#[derive(Debug, Args)]
#[command(next_help_heading = "Other sources of digests")]
pub(super) struct SourceArgs {
    #[command(flatten)]
    written: WrittenArgs,
    /// Who is asked. What the Docker or Podman of this machine has pulled is confirmed by the registry
    #[arg(long, value_enum, default_value_t = SourceArg::Registry, conflicts_with = "locked")]
    source: SourceArg,
    /// Ask nobody: let files of --digests, `kubepin.lock` and the cache answer
    #[arg(long, group = "reach")]
    offline: bool,
    /// The lock file [default: the nearest `kubepin.lock` up to the root of the repository]
    #[arg(long, value_name = "FILE", requires = "reach")]
    lock_file: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
    /// For how long an answer is used again: `90s`, `10m`, `1h 30m`
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = humantime::parse_duration)]
    cache_ttl: Duration,
}

/// What was written down.
#[derive(Debug, Args)]
#[command(next_help_heading = "Other sources of digests")]
pub(super) struct WrittenArgs {
    /// Believe what a build tool wrote down: lines of references with digests, or what Cloud Build,
    /// buildx, Skaffold or kbld say (repeatable)
    #[arg(long, value_name = "FILE")]
    digests: Vec<PathBuf>,
    /// Let `kubepin.lock` alone answer, and ask nobody
    #[arg(long, group = "reach", conflicts_with = "digests")]
    locked: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Other sources of digests")]
pub(super) struct CacheArgs {
    /// Neither use answers of earlier runs nor keep those of this one
    #[arg(long)]
    no_cache: bool,
    /// Where answers are kept [default: `kubepin` where the platform keeps caches]
    #[arg(long, value_name = "DIR", env = "KUBEPIN_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SourceArg {
    /// The registries
    Registry,
    /// The daemon at `DOCKER_HOST` or at the usual sockets
    Daemon,
}

impl SourceArgs {
    pub(super) fn settings(self) -> Sources {
        let Self { written, source, offline, lock_file, cache, cache_ttl } = self;
        let reach = if offline { Reach::Offline } else { Reach::Registries };
        let daemon = matches!(source, SourceArg::Daemon).then(|| Daemon {
            host: std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()),
            runtime_folder: std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
        });
        // What a daemon has is not what the registry said, nor the other way round.
        let cache = cache.settings(cache_ttl).filter(|_| daemon.is_none());
        written.settings(Sources { digests: Vec::new(), lock_file, cache, reach, daemon })
    }
}

impl WrittenArgs {
    /// The sources, with what was written down before them.
    pub(super) fn settings(self, sources: Sources) -> Sources {
        let Self { digests, locked } = self;
        if locked {
            return Sources { cache: None, reach: Reach::Locked, ..sources };
        }
        Sources { digests, ..sources }
    }
}

impl CacheArgs {
    /// The cache, with answers that are used again for `ttl`, and what digests name for ever.
    pub(super) fn settings(self, ttl: Duration) -> Option<Cache> {
        let Self { no_cache, cache_dir } = self;
        let folder = cache_dir.or_else(platform_folder).filter(|_| !no_cache);
        folder.map(|folder| Cache { folder, ttl })
    }
}

/// Where the platform keeps caches; `None` for users without a home.
fn platform_folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("kubepin"))
}
