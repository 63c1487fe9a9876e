//! Fields that kustomizations say state images, in what they are built from.
//!
//! In: the kustomization files of a run. Out: for each file that one with `configurations:` reaches, the fields
//! that count in it, those of the user among them.
//! Invariant: where no kustomization has configurations, nothing is read for it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::reach::Reach;
use crate::extract::Fields;
use crate::kustomize::is_kustomization;
use crate::settings::Field;
use crate::source::ByPath;

/// The fields of files that count beside those of the user.
pub(super) fn fields(
    reach: &Reach<'_>,
    texts: &ByPath<OsString, String>,
    of_user: &[Field],
) -> ByPath<OsString, Fields> {
    let configures = |(path, text): &(&OsString, &String)| {
        is_kustomization(path.as_ref()) && text.contains("configurations")
    };
    let files: Vec<&OsStr> = texts.iter().filter(configures).map(|(path, _)| &**path).collect();
    if files.is_empty() {
        return ByPath::default();
    }
    // What configurations say holds for what is built from their kustomization, too.
    let sources = reach.around(&files);
    let mut fields: BTreeMap<PathBuf, Vec<Field>> = BTreeMap::new();
    for (file, field) in sources.configured() {
        fields.entry(file).or_insert_with(|| of_user.to_vec()).push(field);
    }
    fields.into_iter().map(|(file, fields)| (file.into(), Fields::of(&fields))).collect()
}
