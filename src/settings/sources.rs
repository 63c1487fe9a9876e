//! Where answers come from beside registries.

use std::path::PathBuf;
use std::time::Duration;

/// What may answer before a registry is asked, and whether one may be.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Files in which build tools say what they have made.
    pub digests: Vec<PathBuf>,
    /// The lock file, where one was named. Else it is looked for.
    pub lock_file: Option<PathBuf>,
    /// Answers of earlier runs; `None`: they are neither used nor kept.
    pub cache: Option<Cache>,
    /// What is left is put to whom.
    pub reach: Reach,
    /// The daemon that is asked in place of registries, which only confirm what it says.
    pub daemon: Option<Daemon>,
}

/// Where the daemon of this machine may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daemon {
    /// What `DOCKER_HOST` says.
    pub host: Option<String>,
    /// The folder of the user's own sockets.
    pub runtime_folder: Option<PathBuf>,
}

/// The answers of earlier runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The folder they are in.
    pub folder: PathBuf,
    /// How old one may be.
    pub ttl: Duration,
}

/// How far a question may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To the registries.
    #[default]
    Registries,
    /// Nowhere: files of build tools, the lock file and the cache are all there is.
    Offline,
    /// To the lock file alone.
    Locked,
}
