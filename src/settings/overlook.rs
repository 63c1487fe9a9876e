//! Which findings are not reported.

/// Which findings are not reported, beside those of rules that are off.
#[derive(Clone, Debug, Default)]
pub struct Overlook {
    /// Heed ignores in files.
    pub ignores: bool,
    /// The day of the run, as in `2026-12-31`: ignores may have a last one.
    pub today: String,
}
