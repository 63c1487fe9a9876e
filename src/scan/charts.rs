//! What charts make of the images in their values.
//!
//! In: image uses in values files of charts that are targets. Out: the uses with the references that come
//! out of the chart, and the form in which a digest gets through.
//! Invariants: a chart is rendered by kubepin itself, from the files of its folder alone; what does not
//! come out is not known, and that is said.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::effective::Wanted;
use super::{Scanned, ScannedFile};
use crate::discover::name_from;
use crate::finding::{Problem, Weight};
use crate::helm::{self, Chart, Place, Traced};
use crate::image::{Form, ImageUse, Outcome, PartKind, Stated, UseKind};

/// Bytes of a file of a chart that are read: no template and no values come near.
const FILE: u64 = 4 << 20;

const NOT_MADE: &str = "rendered with these values, the chart makes no image of it";
const IMPLIED: &str = "its version is that of the chart (`appVersion`), and a digest would hold it there while the chart moves on";
const NO_KEY: &str =
    "the values have no key for the digest, and adding one changes what users of the chart see";
const IN_TAG: &str =
    "the chart has no key for the digest, so it goes behind the tag, where all that reads the tag finds it";

/// Adds what charts make of them to the image uses of values files.
pub(super) fn complete(scanned: &mut Scanned, wanted: &Wanted<'_>, forms: bool) {
    let mut charts: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    let folders = wanted.discovered.context.iter().filter(|path| path.ends_with(helm::CHART_FILE));
    let folders: HashSet<&Path> = folders.filter_map(|path| path.parent()).collect();
    for (number, file) in scanned.files.iter().enumerate() {
        let folder = file.target.absolute.parent().filter(|folder| folders.contains(folder));
        let values = file.extracted.uses.iter().any(|image| image.kind == UseKind::HelmValue);
        if let Some(folder) = folder.filter(|_| values) {
            charts.entry(folder.to_owned()).or_default().push(number);
        }
    }
    let unread = charts.keys().flat_map(|folder| unread(folder, wanted));
    scanned.problems.extend(unread);
    let files = &scanned.files;
    let traced: Vec<Made> = charts
        .par_iter()
        .flat_map_iter(|(folder, numbers)| {
            let chart = Chart::read(&texts(folder));
            let app_version = chart.as_ref().map(Chart::app_version).unwrap_or_default();
            let name = Named { folder: name_from(wanted.working_folder, folder).into(), app_version };
            let name = Arc::new(name);
            numbers
                .iter()
                .map(|&number| {
                    let chart = chart.as_ref().map_err(Clone::clone);
                    let traced = chart.and_then(|chart| of_file(chart, &files[number], forms));
                    (number, traced, Arc::clone(&name))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    for (number, traced, chart) in traced {
        let file = &mut scanned.files[number];
        match traced {
            Ok(traced) => {
                let uses = file.extracted.uses.iter_mut().filter(|image| image.kind == UseKind::HelmValue);
                uses.zip(traced).for_each(|(image, traced)| give(image, traced, &chart, forms));
            }
            Err(why) => {
                let message =
                    format!("its chart is not rendered, so what becomes of its images is unknown: {why}");
                scanned.problems.push(Problem::note(&file.target.name, message));
            }
        }
    }
    scanned.problems.sort();
}

/// The number of a values file, what comes of its images, and the folder of its chart.
type Made = (usize, Result<Vec<Traced>, String>, Arc<Named>);

/// A chart as reports name it.
struct Named {
    folder: Arc<str>,
    app_version: String,
}

/// What a chart has that is not read: charts in archives.
fn unread(folder: &Path, wanted: &Wanted<'_>) -> Vec<Problem> {
    let entries = walkdir::WalkDir::new(folder.join("charts")).max_depth(1).sort_by_file_name();
    let archives = entries.into_iter().flatten().map(walkdir::DirEntry::into_path);
    let archives = archives.filter(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    archives
        .map(|path| {
            let name = name_from(wanted.working_folder, &path);
            let message = "an archive is not read: what it makes of the values of its chart is not known";
            let problem = Problem::note(name, message);
            Problem { weight: Weight::Warning, ..problem }
                .hint("unpack it beside the archive to have it read")
        })
        .collect()
}

/// The texts below the folder of a chart.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| {
        entry.file_type().is_file() && entry.metadata().is_ok_and(|metadata| metadata.len() <= FILE)
    });
    files
        .filter_map(|file| {
            let path = file.path().strip_prefix(folder).ok()?.to_str()?.replace('\\', "/");
            Some((path, std::fs::read_to_string(file.path()).ok()?))
        })
        .collect()
}

/// What comes of the images of a values file, in their order.
fn of_file(chart: &Chart, file: &ScannedFile, forms: bool) -> Result<Vec<Traced>, String> {
    let text = file.text().map_err(|problem| problem.message)?;
    let uses = file.extracted.uses.iter().filter(|image| image.kind == UseKind::HelmValue);
    let places: Vec<Place> = uses.map(|image| place(image, &text)).collect();
    helm::trace(chart, &helm::value(&text)?, &places, forms)
}

fn place(image: &ImageUse, text: &str) -> Place {
    let key = |kind| {
        let sibling = image.part(kind)?.sibling.as_ref()?;
        Some(sibling.key.slice(text).trim_matches(['"', '\'']).to_owned())
    };
    let tag = image.part(PartKind::Tag).map(|tag| tag.text.clone());
    Place {
        path: image.path.clone(),
        written: image.stated.written.clone(),
        repository: key(PartKind::Repository),
        tag: key(PartKind::Tag).zip(tag),
        digest: key(PartKind::Digest),
    }
}

/// Gives an image use what comes of it.
fn give(image: &mut ImageUse, traced: Traced, chart: &Named, forms: bool) {
    if traced.references.is_empty() {
        image.caution = Some(NOT_MADE.to_owned());
        return;
    }
    let outcome = |reference| Outcome {
        stated: Stated::of(reference),
        roots: vec![Arc::clone(&chart.folder)],
        dropped: None,
        elsewhere: traced.elsewhere.clone(),
    };
    image.outcomes = Some(traced.references.iter().cloned().map(outcome).collect());
    image.caution = None;
    let pinned_for = image.part(PartKind::Digest).and_then(|digest| digest.pinned_for.clone());
    let left_behind = pinned_for.filter(|version| *version != chart.app_version);
    image.stale = left_behind.map(|version| (version, chart.app_version.clone()));
    if !forms {
        return;
    }
    let states_tag =
        image.parts.is_empty() || image.part(PartKind::Tag).is_some_and(|tag| !tag.text.is_empty());
    match traced.form {
        Err(reason) => {
            let reason = if states_tag { reason } else { IMPLIED.to_owned() };
            image.hold = image.hold.take().or(Some(reason));
        }
        Ok(form) => {
            image.caution = match form {
                _ if !states_tag => Some(IMPLIED.to_owned()),
                Form::Whole | Form::DigestKey { .. } => None,
                Form::NewKey { .. } => Some(NO_KEY.to_owned()),
                Form::Tag => Some(IN_TAG.to_owned()),
            };
            image.implied = (!states_tag).then(|| chart.app_version.clone());
            image.form = Some(form);
        }
    }
}
