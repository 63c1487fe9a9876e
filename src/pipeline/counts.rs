//! What of the findings counts, by the configuration.
//!
//! In: a finding of a rule. Out: whether it is one, at the level that it has here.
//! Invariant: an exempt image is no finding, so that it is neither asked for nor written.

use crate::finding::{Finding, Severity};
use crate::image::ImageUse;
use crate::scan::ScannedFile;
use crate::settings::{Level, Settings};

/// Whether a finding counts. It gets the level that the settings give it.
pub(super) fn counts(finding: &mut Finding, file: &ScannedFile, settings: &Settings) -> bool {
    let exempt = |image: &ImageUse| image.judged().all(|stated| settings.judge.is_exempt(&stated.written));
    if file.image(finding).is_some_and(|image| image.judged().next().is_some() && exempt(image)) {
        return false;
    }
    match settings.judge.level(finding.rule, &file.target.absolute) {
        Some(Level::Off) => return false,
        Some(Level::Warning) => finding.severity = Severity::Warning,
        Some(Level::Error) => finding.severity = Severity::Error,
        None => {}
    }
    true
}
