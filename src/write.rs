//! Files replaced whole or not at all.
//!
//! In: a file, what it was when it was read, and its new text. Out: the file with the new text and its
//! old mode and owner, or the old file and why.
//! Invariants: what is at the path is the old file or the new one at any moment; a file that changed
//! since it was read is left alone; a link stays a link. Temp files are `.kubepin-PID-RANDOM.tmp`, locked
//! while owned; what is found unlocked was left by a run that was killed, and is removed.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::source::Fingerprint;

/// How often a temp file is made anew after another run took it for a left-over.
const TRIES: usize = 5;

/// Why a file was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Someone else wrote it in the meantime.
    #[error("the file changed since it was read")]
    Changed,
    /// Its permissions say that it is not to be written.
    #[error("the file is read-only")]
    ReadOnly,
    /// The operating system refused.
    #[error("{doing}: {}", crate::discover::error_text(source))]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: io::Error,
    },
}

/// Replaces the content of a file.
///
/// # Errors
/// Why the file was left as it is.
pub fn replace(path: &Path, read: Fingerprint, after: &str) -> Result<(), WriteError> {
    let path = fs::canonicalize(path).map_err(io("cannot be found"))?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let metadata = fs::metadata(&path).map_err(io("cannot be read"))?;
    if metadata.permissions().readonly() {
        return Err(WriteError::ReadOnly);
    }
    let mut temp = locked_temp(folder, Readers::Owner).map_err(io("no temp file can be made beside it"))?;
    temp.write_all(after.as_bytes()).map_err(io("the new text cannot be written"))?;
    keep(&metadata, temp.as_file(), temp.path()).map_err(io("mode and owner cannot be kept"))?;
    temp.as_file().sync_all().map_err(io("the new text cannot be written"))?;
    let now = fs::read(&path).map_err(io("cannot be read"))?;
    if Fingerprint::of(&now) != read {
        return Err(WriteError::Changed);
    }
    temp.persist(&path).map_err(|error| io("cannot be replaced")(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// Writes a file that is not there yet.
///
/// # Errors
/// Why there is none, or why another one is there by now.
pub fn create(path: &Path, text: &str) -> Result<(), WriteError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temp = locked_temp(folder, Readers::All).map_err(io("no temp file can be made beside it"))?;
    temp.write_all(text.as_bytes()).map_err(io("the text cannot be written"))?;
    temp.as_file().sync_all().map_err(io("the text cannot be written"))?;
    temp.persist_noclobber(path).map_err(|error| io("it cannot be put in its place")(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// Gives a file a text, where it had this one before, or was not there.
///
/// # Errors
/// Why it is as it was.
pub fn put(path: &Path, before: Option<&str>, after: &str) -> Result<(), WriteError> {
    match before {
        Some(before) if before == after => Ok(()),
        Some(before) => replace(path, Fingerprint::of(before.as_bytes()), after),
        None => create(path, after),
    }
}

/// Gives a file a text, whatever it had before. What is no file, a pipe or a device, gets it as it is.
///
/// # Errors
/// Why it is as it was.
pub fn overwrite(path: &Path, text: &str) -> Result<(), WriteError> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            let old = fs::read(path).map_err(io("cannot be read"))?;
            replace(path, Fingerprint::of(&old), text)
        }
        Ok(_) => {
            let mut there = File::options().write(true).open(path).map_err(io("cannot be written"))?;
            there.write_all(text.as_bytes()).map_err(io("cannot be written"))
        }
        Err(_) => create(path, text),
    }
}

/// Adds a text to the end of a file, which is made where there is none.
///
/// # Errors
/// That it is not there, or only a part of it.
pub fn append(path: &Path, text: &str) -> Result<(), WriteError> {
    let mut file = File::options().append(true).create(true).open(path).map_err(io("cannot be written"))?;
    file.write_all(text.as_bytes()).map_err(io("cannot be written"))
}

/// Removes what killed runs left in the folders of these files.
pub fn remove_leftovers<'p>(files: impl Iterator<Item = &'p Path>) {
    let folders: BTreeSet<PathBuf> =
        files.filter_map(|file| fs::canonicalize(file).ok()?.parent().map(Path::to_owned)).collect();
    for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".kubepin-") && name.ends_with(".tmp") {
            // The lock is held until the file is gone, so that an owner who was about to lock it notices.
            let Ok(file) = File::open(entry.path()) else {
                continue;
            };
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Who may read a temp file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Nobody else, until it has the mode of the file that it replaces.
    Owner,
    /// Whom the user lets read new files.
    All,
}

fn locked_temp(folder: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let prefix = format!(".kubepin-{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp").rand_bytes(8);
    #[cfg(unix)]
    if readers == Readers::All {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    for _ in 0..TRIES {
        let temp = builder.tempfile_in(folder)?;
        temp.as_file().lock()?;
        if temp.path().exists() {
            return Ok(temp);
        }
    }
    Err(io::Error::other("another run removes temp files as they are made"))
}

#[cfg(unix)]
fn keep(metadata: &Metadata, file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (metadata.uid(), metadata.gid()) {
        chown(path, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    file.set_permissions(metadata.permissions())
}

#[cfg(not(unix))]
fn keep(metadata: &Metadata, file: &File, _: &Path) -> io::Result<()> {
    file.set_permissions(metadata.permissions())
}

/// Makes the rename last through a power cut, where the system lets folders be synced.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn io(doing: &'static str) -> impl Fn(io::Error) -> WriteError {
    move |source| WriteError::Io { doing, source }
}
