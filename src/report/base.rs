//! Names of files as seen from the root of the repository, for those who look at all of it.
//!
//! In: the working folder; names as the user would type them there. Out: names with `/`, for services
//! that know the repository and not the folder that kubepin ran in.
//! Invariant: without a repository, names stay as they are.

use std::path::{Path, PathBuf};

use crate::discover::{STDIN, name_from};
use crate::source::normal;

/// Where names of files count from.
#[derive(Debug, Default)]
pub struct Base {
    working_folder: PathBuf,
    root: PathBuf,
}

impl Base {
    /// The root of the repository that a folder is in; the folder itself where there is none.
    pub fn of(working_folder: &Path) -> Self {
        let root = working_folder.ancestors().find(|folder| folder.join(".git").exists());
        let root = root.unwrap_or(working_folder).to_owned();
        Self { working_folder: working_folder.to_owned(), root }
    }

    /// The name of a file, given the one that it has in the working folder.
    pub(super) fn name(&self, name: &str) -> String {
        if name == STDIN || name.is_empty() {
            return name.to_owned();
        }
        name_from(&self.root, &normal(&self.working_folder.join(name)))
    }
}
