//! What files and errors are called in reports.
//!
//! In: paths and errors of the system. Out: words.
//! Invariant: no file name speaks to a terminal.

use std::path::{Path, PathBuf};

use crate::source::printable;

/// An absolute path as the user would type it in the working folder.
pub fn name_from(working_folder: &Path, absolute: &Path) -> String {
    let shared = working_folder.components().zip(absolute.components()).take_while(|(a, b)| a == b).count();
    let up = working_folder.components().skip(shared).map(|_| PathBuf::from(".."));
    let path: PathBuf = up.chain([absolute.components().skip(shared).collect()]).collect();
    if path.as_os_str().is_empty() { ".".to_owned() } else { display(&path) }
}

/// A path as reports name it: control characters escaped, so that no file name speaks to a terminal.
pub(super) fn display(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() };
    printable(text.strip_prefix("./").unwrap_or(&text))
}

pub(super) fn describe(error: &ignore::Error) -> (String, String) {
    match error {
        ignore::Error::WithPath { path, err } => (display(path), describe(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => describe(err),
        ignore::Error::Io(error) => (String::new(), error_text(error)),
        ignore::Error::Glob { glob: Some(glob), err } => {
            (String::new(), format!("`{}` is not a glob: {err}", glob.trim_start_matches('!')))
        }
        other => (String::new(), other.to_string()),
    }
}

/// An I/O error without the number of the operating system.
pub fn error_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect()
}
