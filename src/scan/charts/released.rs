//! Charts of this tree that objects of Flux and Argo CD install.
//!
//! In: the objects with values for charts. Out: the installs that they state.
//! Invariant: an object names its chart by a path in a repository that may be another one than this, so what
//! comes out is told, and writing on the strength of it needs to be asked for.
//! Source: `HelmRelease` v2 of Flux' helm controller, `Application` v1alpha1 of Argo CD.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::install::{Install, Layer, charts};
use crate::discover::name_from;
use crate::helm::{self, Value};
use crate::image::UseKind;
use crate::scan::effective::Wanted;
use crate::scan::{Scanned, ScannedFile};
use crate::source::normal;

/// A chart that an object installs.
struct Release {
    /// The path of the chart in its repository.
    chart: String,
    /// Files with values, by their paths from the chart.
    files: Vec<String>,
    /// The way to the values in the object.
    within: String,
}

/// The installs that objects state, of charts that are in the tree.
pub(super) fn installs(scanned: &Scanned, wanted: &Wanted<'_>) -> Vec<Install> {
    let charts = charts(wanted);
    let stated = scanned.files.par_iter().map(|file| (file, releases(file)));
    let stated: Vec<(&ScannedFile, Vec<(usize, Release)>)> = stated.collect();
    let mut installs = Vec::new();
    for (file, releases) in stated {
        for (document, release) in releases {
            let roots = wanted.discovered.fences.iter();
            let folder = roots.map(|root| (root, normal(&root.join(&release.chart))));
            let Some((root, folder)) =
                folder.into_iter().find(|(_, folder)| charts.contains(folder.as_os_str()))
            else {
                continue;
            };
            let files: Vec<_> = release.files.iter().map(|path| normal(&folder.join(path))).collect();
            if !files.iter().all(|path| path.starts_with(root)) {
                continue;
            }
            let own = Layer { file: file.target.absolute.clone(), document, within: release.within };
            let layers: Vec<Layer> = files.into_iter().map(Layer::whole).chain([own]).collect();
            let name: Arc<str> = name_from(wanted.working_folder, &folder).into();
            let doubt =
                Some(format!("`{name}` is taken for the chart that it installs, because it has its path"));
            installs.push(Install {
                judged: layers.len() - 1,
                folder,
                name,
                layers,
                doubt,
                ..Install::default()
            });
        }
    }
    installs
}

/// What the objects of a file release, each with the number of its document.
fn releases(file: &ScannedFile) -> Vec<(usize, Release)> {
    let installs = |kind: &str| matches!(kind, "HelmRelease" | "Application" | "ApplicationSet");
    let values = file.extracted.uses.iter().filter(|image| image.kind == UseKind::HelmValue);
    let values = values.filter(|image| image.object.kind.as_deref().is_some_and(installs));
    let documents: BTreeSet<usize> = values.map(|image| image.document).collect();
    let text = if documents.is_empty() { String::new() } else { file.text().unwrap_or_default() };
    let read = |&number: &usize| {
        let object = helm::document(&text, number).ok()?;
        Some(of(&object).into_iter().map(move |release| (number, release)).collect::<Vec<_>>())
    };
    documents.iter().filter_map(read).flatten().collect()
}

fn of(object: &Value) -> Vec<Release> {
    let kind = object.way("kind");
    match kind.as_ref().and_then(Value::as_text) {
        Some("HelmRelease") => helm_release(object).into_iter().collect(),
        Some("Application") => sources(object, "spec"),
        Some("ApplicationSet") => sources(object, "spec.template.spec"),
        _ => Vec::new(),
    }
}

fn helm_release(object: &Value) -> Option<Release> {
    let chart = object.way("spec.chart.spec")?;
    let in_git = chart.way("sourceRef.kind")?.as_text()? == "GitRepository";
    // Files that are named take the place of the chart's own values, which is not followed.
    let whole = chart.way("valuesFiles").is_none_or(|files| files.elements().is_empty());
    let chart = chart.way("chart")?.as_text()?.to_owned();
    (in_git && whole).then(|| Release { chart, files: Vec::new(), within: "spec.values".to_owned() })
}

fn sources(object: &Value, spec: &str) -> Vec<Release> {
    let several = object.way(&format!("{spec}.sources")).map_or(0, |list| list.elements().len());
    let ways = std::iter::once(format!("{spec}.source"));
    let ways = ways.chain((0..several).map(|number| format!("{spec}.sources[{number}]")));
    ways.filter_map(|way| source(&object.way(&way)?, &way)).collect()
}

fn source(source: &Value, way: &str) -> Option<Release> {
    let chart = source.way("path")?.as_text()?.to_owned();
    let files = source.way("helm.valueFiles").unwrap_or_default();
    let files: Option<Vec<String>> =
        files.elements().iter().map(|file| Some(file.as_text()?.to_owned())).collect();
    // A file of another source is named by a reference to it.
    let files = files
        .filter(|files| files.iter().all(|file| !file.starts_with('$') && !Path::new(file).has_root()))?;
    let key =
        ["valuesObject", "values"].into_iter().find(|key| source.way(&format!("helm.{key}")).is_some())?;
    Some(Release { chart, files, within: format!("{way}.helm.{key}") })
}
