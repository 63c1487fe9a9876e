//! The line that tells a waiting person how far asking is.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How long a run may be silent.
const PATIENCE: Duration = Duration::from_secs(1);

/// A progress line on standard error, drawn once asking takes longer than a second.
pub struct Progress {
    wanted: bool,
    begun: Instant,
    line: RefCell<Option<ProgressBar>>,
}

impl Progress {
    /// A line that is drawn only if it is wanted.
    pub fn new(wanted: bool) -> Self {
        Self { wanted, begun: Instant::now(), line: RefCell::new(None) }
    }

    /// Tells that `done` of `all` questions are answered.
    pub fn tell(&self, done: usize, all: usize) {
        if !self.wanted || self.begun.elapsed() < PATIENCE {
            return;
        }
        let mut line = self.line.borrow_mut();
        let bar = line.get_or_insert_with(|| {
            let bar = ProgressBar::new(all as u64);
            let style =
                ProgressStyle::with_template("{spinner} asking registries: {pos} of {len} images, {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        bar.set_position(done as u64);
        if done == all {
            bar.finish_and_clear();
        }
    }
}
