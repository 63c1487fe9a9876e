//! Kustomize trees: what kustomizations make of the files they build from.
//!
//! In: the texts of kustomization files and of what they reach. Out: which entries rewrite which files
//! ([`Overrides`]), and the images of every build with the places that state them ([`Builds`]).
//! Invariants: no I/O; what is not followed is said; a build never hangs and never grows without end.

mod build;
mod file;
mod images;
mod json_patch;
mod merge;
mod overrides;
mod resource;
mod select;
mod sources;
mod stated;
mod uses;
mod value;

pub use build::{Builds, Row, Trouble};
pub use file::Kustomization;
pub use overrides::{Entries, Overrides};
pub use sources::{Source, Sources};
pub use stated::stated;

use regex::Regex;

/// The names a kustomization file may have.
/// Source: kustomize `api/konfig/general.go`.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The name of an entry as kustomize matches it: an anchored regular expression on the raw value, with
/// digests of an algorithm.
/// Source: kustomize `api/internal/image/image.go`, `IsImageMatched`.
fn pattern(name: &str, algorithm: &str) -> Option<Regex> {
    Regex::new(&format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@{algorithm}:[a-zA-Z0-9_.{{}}-]*)?$")).ok()
}
