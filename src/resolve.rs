//! From a set of questions to their answers.
//!
//! In: the questions of a run. Out: an answer for each, and what they cost.
//! Invariant: a question is asked once, because a set goes in; nothing above this module is async.

mod ask;

pub use crate::registry::AskError;
pub use ask::ask;
