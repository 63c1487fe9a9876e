//! Walking down a folder.
//!
//! In: a folder, with the rules that say what is left out. Out: its files.
//! Invariant: what cannot be walked into is told, and what is made of a file does not depend on the order.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};

/// What the walker of a folder met, and what was made of a file.
pub(super) enum Met<T> {
    File(T),
    Error(ignore::Error),
}

/// Walks a folder on several threads and returns what they make of the files that are wanted, in no order.
pub(super) fn walk<T: Send>(builder: &WalkBuilder, made: impl Fn(&Path) -> Option<T> + Sync) -> Vec<Met<T>> {
    let (sender, receiver) = mpsc::channel();
    builder.build_parallel().run(|| {
        let sender = sender.clone();
        let made = &made;
        Box::new(move |entry| {
            let met = match entry {
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                    if is_file { made(entry.path()).map(Met::File) } else { None }
                }
                Err(error) => Some(Met::Error(error)),
            };
            match met.map_or(Ok(()), |met| sender.send(met)) {
                Ok(()) => WalkState::Continue,
                Err(_) => WalkState::Quit,
            }
        })
    });
    drop(sender);
    receiver.into_iter().collect()
}

/// The files of a chart's folder that Helm would read: its `.helmignore` says which it would not.
pub fn chart_files(folder: &Path) -> Vec<PathBuf> {
    let mut builder = WalkBuilder::new(folder);
    builder.standard_filters(false).add_custom_ignore_filename(".helmignore");
    builder.sort_by_file_name(std::ffi::OsStr::cmp);
    let entries = builder.build().flatten();
    let files = entries.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files.map(DirEntry::into_path).collect()
}
