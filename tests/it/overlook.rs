//! What is passed over, because a file says so.

mod ignores;
