//! How a run ends.

use std::process::ExitCode;

/// The exit statuses. Ordered: the higher one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing to report, or everything was fixed.
    Clean,
    /// 1: findings remain; with `--diff`, something would change.
    Findings,
    /// 2: the job could not be done, or not all of it.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
