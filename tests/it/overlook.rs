//! What is passed over, because a file says so, a baseline, or git.

mod baseline;
mod git;
mod ignores;
