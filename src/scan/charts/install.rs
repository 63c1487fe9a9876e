//! Which charts are rendered with which values.
//!
//! In: the charts of a run and the files that hold values. Out: the ways in which charts are installed.
//! Invariants: a chart is installed with the values it comes with, and once more with each other file of
//! values in its folder; where values are named, one chart is installed with them, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::released;
use crate::discover::name_from;
use crate::finding::Problem;
use crate::helm::{self, Line, Place, Position, Value, Variant};
use crate::image::{ImageUse, PartKind, UseKind};
use crate::scan::Scanned;
use crate::scan::effective::Wanted;
use crate::settings::Render;
use crate::source::{ByPath, Paths, Span, normal};

/// The file with the values that a chart comes with.
const VALUES: &str = "values.yaml";

/// A chart with values over its own, as someone would install it.
#[derive(Clone, Debug, Default)]
pub struct Install {
    /// Its folder.
    pub folder: PathBuf,
    /// The folder's name in reports.
    pub name: Arc<str>,
    /// Where values are stated, the later over the earlier.
    pub layers: Vec<Layer>,
    /// The first of those whose images are judged by what comes out; others are judged by themselves.
    pub judged: usize,
    /// Why it may be another chart that is installed.
    pub doubt: Option<String>,
    /// `key=value` laid over all.
    pub sets: Vec<String>,
    /// Where the images in its values come out, by file and place.
    pub comes_out: BTreeMap<(PathBuf, Span), BTreeSet<Position>>,
}

/// An image use: the number of its file among the scanned ones, and its number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: usize,
    pub(super) image: usize,
}

/// Values in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    /// The file.
    pub file: PathBuf,
    /// The document in it.
    pub document: usize,
    /// The way to them from its root: `spec.values`.
    pub within: String,
}

impl Layer {
    pub(super) fn whole(file: PathBuf) -> Self {
        Self { file, document: 0, within: String::new() }
    }

    /// The values, given the text of the file.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn values(&self, text: &str) -> Result<Value, String> {
        let values = helm::document(text, self.document).map(|document| document.way(&self.within));
        let values = values.and_then(|values| match values.unwrap_or_default() {
            Value::Text(text) => helm::value(&text),
            values => Ok(values),
        });
        values.map_err(|why| format!("{}: {why}", self.file.display()))
    }

    /// The way of an image use from the root of the values, if it is stated in them.
    fn way(&self, image: &ImageUse) -> Option<String> {
        if image.kind != UseKind::HelmValue || image.document != self.document {
            return None;
        }
        let way = image.path.strip_prefix(&self.within)?;
        (self.within.is_empty() || way.starts_with('.')).then(|| way.trim_start_matches('.').to_owned())
    }
}

impl Install {
    /// What the chart is rendered with, given the texts of files.
    ///
    /// # Errors
    /// Why values cannot be read.
    pub fn variant(&self, text: &dyn Fn(&Path) -> Result<String, String>) -> Result<Variant, String> {
        let layers = self.layers.iter().map(|layer| layer.values(&text(&layer.file)?));
        Ok(Variant {
            layers: layers.collect::<Result<_, _>>()?,
            sets: self.sets.clone(),
            ..Variant::default()
        })
    }

    /// Whether it reads a file: one with values, or one of the chart.
    pub fn reads(&self, path: &Path) -> bool {
        path.starts_with(&self.folder) || self.layers.iter().any(|layer| layer.file == path)
    }

    /// The images in its values. `numbers` are those of the scanned files, by path.
    pub(super) fn places(&self, scanned: &Scanned, numbers: &ByPath<&OsStr, usize>) -> Vec<(Spot, Place)> {
        let mut places = Vec::new();
        for (layer, stated) in self.layers.iter().enumerate().skip(self.judged) {
            let Some(&number) = numbers.get(stated.file.as_os_str()) else {
                continue;
            };
            let file = &scanned.files[number];
            // Where the file cannot be read again, the edit will say so.
            let text = file.text().unwrap_or_default();
            let uses = file.extracted.uses.iter().enumerate();
            places.extend(uses.filter_map(|(at, image)| {
                let spot = Spot { file: number, image: at };
                Some((spot, place(image, layer, stated.way(image)?, &text)))
            }));
        }
        places
    }

    /// The lines of its templates that make images.
    pub(super) fn lines(&self, scanned: &Scanned) -> Vec<(Spot, Line)> {
        let mut lines = Vec::new();
        for (number, file) in scanned.files.iter().enumerate() {
            let below = file.target.absolute.strip_prefix(&self.folder).ok().and_then(Path::to_str);
            let Some(below) = below.map(|path| path.replace('\\', "/")) else {
                continue;
            };
            for (at, image) in file.extracted.uses.iter().enumerate() {
                if image.kind == UseKind::HelmTemplate {
                    let line = Line { file: below.clone(), span: image.span };
                    lines.push((Spot { file: number, image: at }, line));
                }
            }
        }
        lines
    }
}

/// All installs that bear on the files of a run.
///
/// # Errors
/// That values are named for more than one chart, or for none.
pub(super) fn all(
    scanned: &Scanned,
    wanted: &Wanted<'_>,
    render: Option<&Render>,
) -> Result<Vec<Install>, Problem> {
    if let Some(render) = render.filter(|render| !render.values.is_empty() || !render.sets.is_empty()) {
        return Ok(vec![named(wanted, render)?]);
    }
    let mut installs = Vec::new();
    for (folder, files) in folders(scanned, wanted) {
        let name: Arc<str> = name_from(wanted.working_folder, &folder).into();
        let own = folder.join(VALUES);
        let own = own.is_file().then_some(own);
        let others = files.into_iter().filter(|file| Some(file) != own.as_ref()).map(Some);
        for file in std::iter::once(own.clone()).chain(others) {
            let layers = file.into_iter().map(Layer::whole).collect();
            let (folder, name) = (folder.clone(), Arc::clone(&name));
            installs.push(Install { folder, name, layers, ..Install::default() });
        }
    }
    installs.extend(released::installs(scanned, wanted));
    Ok(installs)
}

/// The one chart of a run with the files of values that were named.
fn named(wanted: &Wanted<'_>, render: &Render) -> Result<Install, Problem> {
    let folders = charts(wanted);
    let target =
        |folder: &Path| wanted.discovered.targets.iter().any(|file| file.absolute.starts_with(folder));
    let inner = |folder: &Path| folder.ancestors().skip(1).any(|outer| folders.contains(outer.as_os_str()));
    let mut outermost: Vec<&Path> = folders.iter().map(|folder| Path::new(*folder)).collect();
    outermost.retain(|folder| target(folder) && !inner(folder));
    outermost.sort();
    let [folder] = outermost[..] else {
        let names: Vec<String> =
            outermost.iter().map(|folder| name_from(wanted.working_folder, folder)).collect();
        let found = if names.is_empty() { "none".to_owned() } else { crate::finding::named(&names) };
        let message = format!("--values and --set are for one chart, and in these paths there is: {found}");
        return Err(Problem::failure("", message).hint("name the folder of the chart"));
    };
    let own = folder.join(VALUES);
    let files = render.values.iter().map(|path| normal(&wanted.working_folder.join(path)));
    let layers = own.is_file().then_some(own).into_iter().chain(files).map(Layer::whole).collect();
    let name = name_from(wanted.working_folder, folder).into();
    let (folder, sets) = (folder.to_owned(), render.sets.clone());
    Ok(Install { folder, name, layers, sets, ..Install::default() })
}

/// The folders of charts.
pub(super) fn charts<'w>(wanted: &Wanted<'w>) -> Paths<&'w OsStr> {
    let files = wanted.discovered.context.iter().filter(|path| path.ends_with(helm::CHART_FILE));
    files.filter_map(|path| path.parent()).map(Path::as_os_str).collect()
}

/// The charts that are looked at, each with the files in its folder that hold images as values.
fn folders(scanned: &Scanned, wanted: &Wanted<'_>) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let charts = charts(wanted);
    let mut folders: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for file in &scanned.files {
        let has = |kind| file.extracted.uses.iter().any(|image| image.kind == kind);
        let (states, emits) = (has(UseKind::HelmValue), has(UseKind::HelmTemplate));
        if !states && !emits {
            continue;
        }
        let path = &file.target.absolute;
        let within = path.ancestors().skip(1).find(|folder| charts.contains(folder.as_os_str()));
        let Some(folder) = within else {
            continue;
        };
        if states && path.parent() == Some(folder) {
            folders.entry(folder.to_owned()).or_default().insert(path.clone());
        }
        if emits {
            folders.entry(folder.to_owned()).or_default();
        }
    }
    folders
}

/// An image use as a place in values.
fn place(image: &ImageUse, layer: usize, path: String, text: &str) -> Place {
    let key = |kind| {
        let sibling = image.part(kind)?.sibling.as_ref()?;
        Some(sibling.key.slice(text).trim_matches(['"', '\'']).to_owned())
    };
    let tag = image.part(PartKind::Tag).map(|tag| tag.text.clone());
    Place {
        layer,
        path,
        written: image.stated.written.clone(),
        whole: image.parts.is_empty(),
        repository: key(PartKind::Repository),
        tag: key(PartKind::Tag).zip(tag),
        digest: key(PartKind::Digest),
    }
}
