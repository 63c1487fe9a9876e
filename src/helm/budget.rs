//! What rendering may cost.
//!
//! In: steps and depths. Out: an error when they are used up.
//! Invariant: a chart that never ends is told from one that does by these bounds alone, so that the same
//! chart always comes to the same.

use std::cell::Cell;

/// Nodes of templates that are executed for one chart: the largest charts come to some 100,000.
const STEPS: u32 = 5_000_000;

/// Rounds of loops for one chart.
const ROUNDS: u32 = 100_000;

/// How deep `include` and `tpl` may nest.
const DEPTH: u32 = 100;

/// What is left.
pub(super) struct Budget {
    steps: Cell<u32>,
    rounds: Cell<u32>,
    depth: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: Cell::new(STEPS), rounds: Cell::new(ROUNDS), depth: Cell::new(DEPTH) }
    }
}

impl Budget {
    /// A node is executed.
    pub(super) fn step(&self) -> Result<(), String> {
        take(&self.steps, "the templates take too many steps")
    }

    /// A loop goes round.
    pub(super) fn round(&self) -> Result<(), String> {
        take(&self.rounds, "the loops of the templates are too long")
    }

    /// Does something one level deeper.
    pub(super) fn deeper<T>(&self, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        take(&self.depth, "the templates include each other too deeply")?;
        let done = work();
        self.depth.set(self.depth.get() + 1);
        done
    }
}

fn take(left: &Cell<u32>, message: &str) -> Result<(), String> {
    left.set(left.get().checked_sub(1).ok_or(message)?);
    Ok(())
}
