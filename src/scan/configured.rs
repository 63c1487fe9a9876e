//! Fields that kustomizations say state images, in what they are built from.
//!
//! In: the kustomization files of a run. Out: for each file that one with `configurations:` reaches, the fields
//! that count in it, those of the user among them.
//! Invariant: where no kustomization has configurations, nothing is read for it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::reach;
use crate::discover::Discovered;
use crate::extract::Fields;
use crate::kustomize::FILE_NAMES;
use crate::settings::{Builds, Field};

/// The fields of files that count beside those of the user.
pub(super) fn fields(
    discovered: &Discovered,
    texts: &HashMap<PathBuf, String>,
    working_folder: &Path,
    of_user: &[Field],
) -> HashMap<PathBuf, Fields> {
    let configures = |(path, text): (&PathBuf, &String)| {
        FILE_NAMES.iter().any(|name| path.ends_with(name)) && text.contains("configurations")
    };
    if !texts.iter().any(configures) {
        return HashMap::new();
    }
    let sources = reach::sources(discovered, &Builds::Roots, working_folder, texts);
    let mut fields: BTreeMap<PathBuf, Vec<Field>> = BTreeMap::new();
    for (file, field) in sources.configured() {
        fields.entry(file).or_insert_with(|| of_user.to_vec()).push(field);
    }
    fields.into_iter().map(|(file, fields)| (file, Fields::of(&fields))).collect()
}
