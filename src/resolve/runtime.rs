//! The runtime that async code runs in.
//!
//! In: nothing. Out: a runtime, or why the machine gives none.
//! Invariant: a machine that is short of something is an error, never a panic.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime of this thread.
pub(super) fn runtime() -> io::Result<Runtime> {
    #[cfg(unix)]
    drop(spare_descriptors()?);
    Builder::new_current_thread().enable_all().build()
}

/// As many file descriptors as a runtime takes: tokio panics where it finds none for signals.
#[cfg(unix)]
fn spare_descriptors() -> io::Result<Vec<(std::os::unix::net::UnixStream, std::os::unix::net::UnixStream)>> {
    (0..4).map(|_| std::os::unix::net::UnixStream::pair()).collect()
}
