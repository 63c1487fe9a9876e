//! Files read whole, as long as they are files of a size that can be meant.
//!
//! In: a path, or a stream. Out: its bytes, or why not.
//! Invariants: nothing is opened that may never end or never answer, like a pipe or a device; no more than
//! [`LIMIT`] is kept in memory of one input.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// Most bytes of one input. GitHub takes no larger file, and an object of Kubernetes has a few megabytes at
/// most: what is larger is no configuration.
const LIMIT: u64 = 100 << 20;

/// The bytes of a file.
///
/// # Errors
/// Why they cannot be had, or that it is no file.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    is_file(&std::fs::metadata(path)?)?;
    let mut bytes = Vec::new();
    read_walked(path, &mut bytes)?;
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// Why it cannot be had, or that it is no file of UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let not_text = |_| Error::new(ErrorKind::InvalidData, "it is not UTF-8");
    String::from_utf8(read_file(path)?).map_err(not_text)
}

/// The bytes of what is known to be a file, behind those that are there: it was walked over or looked at.
pub(crate) fn read_walked(path: &Path, bytes: &mut Vec<u8>) -> Result<()> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > LIMIT {
        return Err(too_large());
    }
    // One more, so that the end is seen without a larger buffer.
    bytes.reserve(usize::try_from(length).unwrap_or_default() + 1);
    read_stream(file, bytes)
}

/// The bytes of a stream, behind those that are there.
///
/// # Errors
/// Why they cannot be had, or that there are too many of them.
fn read_stream(stream: impl Read, bytes: &mut Vec<u8>) -> Result<()> {
    let read = stream.take(LIMIT + 1).read_to_end(bytes)?;
    if read as u64 > LIMIT { Err(too_large()) } else { Ok(()) }
}

/// What standard input has.
///
/// # Errors
/// That it cannot be had, or that there is too much of it: in words that tell what they are about.
pub fn read_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_stream(std::io::stdin().lock(), &mut bytes).map_err(|error| {
        let message = format!("standard input cannot be read: {}", super::error_text(&error));
        Error::new(error.kind(), message)
    })?;
    Ok(bytes)
}

/// Refuses what is neither file nor folder.
pub(super) fn is_file(metadata: &std::fs::Metadata) -> Result<()> {
    match metadata.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(ErrorKind::IsADirectory.into()),
        _ => Err(Error::new(ErrorKind::InvalidInput, "it is no file, but a pipe or a device")),
    }
}

/// What to do about a file that cannot be read, where there is something.
pub fn hint(error: &Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::InvalidInput => Some("what a program writes is checked with `… | kubepin check -`"),
        ErrorKind::FileTooLarge => Some("leave it out with `--exclude`, or cut it into several"),
        _ => None,
    }
}

fn too_large() -> Error {
    Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MiB", LIMIT >> 20))
}
