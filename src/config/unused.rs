//! What a configuration file states and nothing needs.
//!
//! In: settings, what a run read. Out: problems that point into the file.
//! Invariant: nothing is said of a run that did not look at all that the file is for.

use std::path::Path;

use crate::finding::Problem;
use crate::scan::Scanned;
use crate::settings::Settings;
use crate::source::normal;

/// Exemptions that are about no image, where a run looked below the whole folder of the file.
pub fn unused(settings: &Settings, scanned: &Scanned, file: &Path, working_folder: &Path) -> Vec<Problem> {
    let folder = file.parent().unwrap_or(file);
    let mut paths = settings.read.paths.iter().map(|path| normal(&working_folder.join(path)));
    if !paths.any(|path| folder.starts_with(&path)) {
        return Vec::new();
    }
    let judged = || scanned.uses().flat_map(|image| image.judged().chain([&image.stated]));
    let idle = settings
        .judge
        .exempt
        .iter()
        .filter(|exemption| !judged().any(|stated| exemption.is_about(&stated.written)));
    idle.map(|exemption| {
        let message = format!("the exemption `{}` is about no image", exemption.pattern);
        Problem::warning(&exemption.place, message).hint("take it out, or correct it")
    })
    .collect()
}
