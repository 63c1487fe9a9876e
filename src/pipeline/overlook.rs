//! What is found and not reported, because something beside the files says so.
//!
//! In: the findings of all files. Out: those that are left, how many were known, and what is to be said.
//! Invariant: what is taken out here is neither asked nor written.

use std::path::Path;

use crate::baseline::{Baseline, BaselineError};
use crate::finding::{Finding, Problem};
use crate::scan::Scanned;
use crate::settings::Settings;

/// Takes out what the baseline knows; how many those are.
pub(super) fn known(
    scanned: &mut Scanned,
    findings: &mut [Vec<Finding>],
    settings: &Settings,
) -> Result<usize, BaselineError> {
    let Some(path) = &settings.overlook.baseline else {
        return Ok(0);
    };
    let mut baseline = Baseline::read(path)?;
    let mut known = 0;
    for (findings, file) in findings.iter_mut().zip(&scanned.files) {
        let before = findings.len();
        findings.retain(|finding| !baseline.take(finding, file));
        known += before - findings.len();
    }
    tell_stale(scanned, &baseline, path, settings);
    Ok(known)
}

/// Says which entries of a baseline have no findings any more.
fn tell_stale(scanned: &mut Scanned, baseline: &Baseline, path: &Path, settings: &Settings) {
    let stale = baseline.stale(&settings.read.paths);
    if stale.is_empty() {
        return;
    }
    let name = path.to_string_lossy();
    let message = format!("{} of its entries have no findings any more (-v names them)", stale.len());
    let hint = format!("take them out: kubepin check --write-baseline {name}");
    scanned.problems.push(Problem::warning(&*name, message).hint(hint));
    scanned.problems.extend(stale.into_iter().map(|(file, words)| Problem::note(file, words)));
}
