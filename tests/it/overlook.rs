//! What is passed over, because a file says so, or a baseline.

mod baseline;
mod ignores;
