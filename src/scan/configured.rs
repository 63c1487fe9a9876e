//! Fields that kustomizations say state images, in what they are built from.
//!
//! In: the kustomization files of a run. Out: for each file that one with `configurations:` reaches, the fields
//! that count in it, those of the user among them.
//! Invariant: where no kustomization has configurations, nothing is read for it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::reach;
use crate::discover::Discovered;
use crate::extract::Fields;
use crate::kustomize::is_kustomization;
use crate::settings::Field;

/// The fields of files that count beside those of the user.
pub(super) fn fields(
    discovered: &Discovered,
    texts: &HashMap<PathBuf, String>,
    of_user: &[Field],
) -> HashMap<PathBuf, Fields> {
    let configures =
        |(path, text): &(&PathBuf, &String)| is_kustomization(path) && text.contains("configurations");
    let files: Vec<PathBuf> = texts.iter().filter(configures).map(|(path, _)| path.clone()).collect();
    if files.is_empty() {
        return HashMap::new();
    }
    // What configurations say holds for what is built from their kustomization, too.
    let sources = reach::sources_around(discovered, texts, &files);
    let mut fields: BTreeMap<PathBuf, Vec<Field>> = BTreeMap::new();
    for (file, field) in sources.configured() {
        fields.entry(file).or_insert_with(|| of_user.to_vec()).push(field);
    }
    fields.into_iter().map(|(file, fields)| (file, Fields::of(&fields))).collect()
}
