//! Kustomize trees: what kustomizations make of the files they build from.
//!
//! In: the texts of kustomization files and of what they reach. Out: the images of every build with the
//! places that state them ([`Builds`]), and which place answers for which version ([`verdicts`]).
//! Invariants: no I/O; what is not followed is said; a build never hangs and never grows without end.

mod build;
mod entry;
mod file;
mod images;
mod json_patch;
mod machines;
mod merge;
mod replacement;
mod resource;
mod select;
mod sources;
mod stated;
mod uses;
mod value;
mod verdict;

use std::path::Path;

pub use build::{Build, Builds, Passed, Row, Trouble};
pub use file::Kustomization;
pub use sources::{Source, Sources};
pub use stated::stated;
pub use value::Origin;
pub use verdict::{Reached, Verdict, verdicts};

/// The names a kustomization file may have.
/// Source: kustomize `api/konfig/general.go`.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a file is a kustomization by its name.
pub fn is_kustomization(file: &Path) -> bool {
    file.file_name().and_then(|name| name.to_str()).is_some_and(|name| FILE_NAMES.contains(&name))
}
