//! Which findings are not reported.

use std::path::PathBuf;

/// Which findings are not reported, beside those of rules that are off.
#[derive(Clone, Debug, Default)]
pub struct Overlook {
    /// Heed ignores in files.
    pub ignores: bool,
    /// The day of the run, as in `2026-12-31`: ignores may have a last one.
    pub today: String,
    /// Leave out what this file says was found before.
    pub baseline: Option<PathBuf>,
    /// Report nothing, and write what is found into this file.
    pub write_baseline: Option<PathBuf>,
    /// Leave out what is on lines that are as they were at this revision.
    pub diff_base: Option<String>,
}
