//! What is found and not reported, because something beside the files says so.
//!
//! In: the findings of all files. Out: those that are left, how many were known, and what is to be said.
//! Invariant: what is taken out here is neither asked nor written.

use std::ops::RangeInclusive;
use std::path::Path;

use rayon::prelude::*;

use crate::baseline::{Baseline, BaselineError};
use crate::finding::{Finding, Problem};
use crate::git::{GitError, Repository};
use crate::report::diff;
use crate::rules::{self, Check};
use crate::scan::{Scanned, ScannedFile};
use crate::settings::{Settings, Task};

/// The baseline, where there is one.
pub(super) fn baseline(settings: &Settings) -> Result<Option<Baseline>, BaselineError> {
    settings.overlook.baseline.as_deref().map(Baseline::read).transpose()
}

/// Takes out what the baseline knows; how many those are.
pub(super) fn known(
    baseline: Option<&mut Baseline>,
    scanned: &Scanned,
    findings: &mut [Vec<Finding>],
) -> usize {
    let Some(baseline) = baseline else { return 0 };
    let mut known = 0;
    for (findings, file) in findings.iter_mut().zip(&scanned.files) {
        let before = findings.len();
        findings.retain(|finding| !baseline.take(finding, file));
        known += before - findings.len();
    }
    known
}

/// Says which entries of a baseline have no findings any more.
pub(super) fn tell_stale(scanned: &mut Scanned, baseline: Option<&Baseline>, settings: &Settings) {
    let Some((baseline, path)) = baseline.zip(settings.overlook.baseline.as_deref()) else { return };
    let stale = baseline.stale(&settings.read.paths, |rule| rules::is_judged(rule, settings.task));
    if stale.is_empty() {
        return;
    }
    let name = path.to_string_lossy();
    let message = format!("{} of its entries have no findings any more (-v names them)", stale.len());
    let command = if settings.task == Task::Verify { "verify" } else { "check" };
    let hint = format!("take them out: kubepin {command} --write-baseline {name}");
    scanned.problems.push(Problem::warning(&*name, message).hint(hint));
    scanned.problems.extend(stale.into_iter().map(|(file, words)| Problem::note(file, words)));
}

/// Takes out what is on lines that were not touched since a revision; how many those are.
pub(super) fn untouched(
    scanned: &Scanned,
    findings: &mut [Vec<Finding>],
    settings: &Settings,
) -> Result<usize, GitError> {
    let Some(revision) = &settings.overlook.diff_base else {
        return Ok(0);
    };
    let found = findings.iter_mut().zip(&scanned.files).filter(|(findings, _)| !findings.is_empty());
    let found: Vec<_> = found.collect();
    let paths: Vec<&Path> = found.iter().map(|(_, file)| &*file.target.absolute).collect();
    let texts = Repository::Own.texts(revision, &paths)?;
    let untouched = found.into_par_iter().zip(texts).map(|((findings, file), before)| {
        // A file that is new, or no longer what was read, is touched everywhere.
        let (Some(before), Ok(text)) = (before, file.text()) else {
            return 0;
        };
        let (all, touched) = (findings.len(), diff::touched(&before, &text));
        findings.retain(|finding| is_touched(finding, file, &touched));
        all - findings.len()
    });
    Ok(untouched.sum())
}

/// Whether a finding is about touched lines. What cannot be read may be due to any line of its file.
fn is_touched(finding: &Finding, file: &ScannedFile, touched: &[RangeInclusive<usize>]) -> bool {
    if rules::find(finding.rule).is_some_and(|rule| matches!(rule.check, Check::Fault(_))) {
        return !touched.is_empty();
    }
    let parts = file.image(finding).into_iter().flat_map(|image| &image.parts);
    let parts = parts.map(|part| (part.start.line, part.end.line));
    let mut places = [(finding.start.line, finding.end.line)].into_iter().chain(parts);
    places.any(|(first, last)| touched.iter().any(|lines| *lines.start() <= last && first <= *lines.end()))
}
