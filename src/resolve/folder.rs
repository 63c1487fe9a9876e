//! A folder in which runs keep things for each other.
//!
//! In: names and bytes. Out: the bytes under a name.
//! Invariants: a file is whole or not there, because it is renamed into its place, so that any number of
//! runs may share a folder; nothing is believed where others may write; what nobody has written for long
//! is removed.

use std::fs::{self, DirEntry};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many files one run looks at to find those that are to be removed.
const LOOKED_AT: usize = 2000;

/// A folder, which need not be there.
pub(super) struct Folder {
    path: PathBuf,
    /// The end of the names of its files.
    suffix: &'static str,
    /// Files that nobody has written for so long are removed.
    kept: Duration,
}

impl Folder {
    pub(super) fn new(path: PathBuf, suffix: &'static str, kept: Duration) -> Self {
        Self { path, suffix, kept }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether what is in it may be believed.
    pub(super) fn is_private(&self) -> bool {
        !others_may_write(&self.path)
    }

    /// What is kept under a name, no more of it than `limit` bytes.
    pub(super) fn read(&self, name: &str, limit: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(self.file(name)).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Makes the folder ready to keep something.
    pub(super) fn prepare(&self) -> io::Result<()> {
        make_private(&self.path)?;
        if others_may_write(&self.path) {
            return Err(io::Error::other("others may write to it, and what they write would be believed"));
        }
        self.remove_old();
        Ok(())
    }

    /// Keeps bytes under a name. Not synced to the disk: a file that a power cut spoils is none.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut temp = tempfile::NamedTempFile::new_in(&self.path)?;
        temp.write_all(bytes)?;
        temp.persist(self.file(name)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes what is old, and the temp files of runs that were killed.
    fn remove_old(&self) {
        let is_old = |entry: &DirEntry| {
            let modified = entry.metadata().ok()?.modified().ok()?;
            Some(modified.elapsed().ok()? > self.kept)
        };
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten().take(LOOKED_AT);
        for entry in entries.filter(|entry| self.is_own(&entry.file_name()) && is_old(entry) == Some(true)) {
            let _ = fs::remove_file(entry.path());
        }
    }

    /// Whether a file of this name was kept here, or was to be. Names are hashes.
    fn is_own(&self, name: &std::ffi::OsStr) -> bool {
        let name = name.to_string_lossy();
        name.starts_with(".tmp") || name.len() >= 64 && name.ends_with(self.suffix)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{}", self.suffix))
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn others_may_write(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn others_may_write(_: &Path) -> bool {
    false
}
