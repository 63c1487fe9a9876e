//! What charts make of the images in their values.
//!
//! In: image uses in values and templates of charts. Out: the uses with the references that come out of the
//! charts, and the form in which a digest gets through.
//! Invariants: a chart is rendered by kubepin itself, from the files of its folder alone, unless the helm
//! of this machine is asked for; what does not come out is not known, and that is said.

mod give;
mod install;
mod released;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Scanned;
use super::effective::Wanted;
use crate::discover::{error_text, name_from, read_text};
use crate::extract::REPOSITORY_KEYS;
use crate::finding::Problem;
use crate::helm::{self, Line, Place, Position, Subject, Trace, Trial, Variant};
use crate::image::{BuiltImage, Form};
use crate::reference::Reference;
use crate::render::{Folder, Program};
use crate::settings::{Builds, Read};
use crate::source::ByPath;
use give::{Made, Traced};
pub use install::Install;
use install::Spot;

/// The charts that were looked at, to be rendered again when files change.
#[derive(Debug, Default)]
pub struct Charts {
    /// With which values.
    pub installs: Vec<Install>,
    /// The helm that renders them; `None`: kubepin does it itself.
    pub program: Option<Program>,
}

impl Charts {
    /// Whether one of them reads a file.
    pub fn read(&self, path: &Path) -> bool {
        self.installs.iter().any(|install| install.reads(path))
    }
}

/// Adds what charts make of them to the image uses of values and templates.
pub(super) fn complete(scanned: &mut Scanned, wanted: &Wanted<'_>, read: &Read) {
    let program = match read.render.as_ref().map(Program::find).transpose() {
        Ok(program) => program,
        Err(problem) => return scanned.problems.push(problem),
    };
    let installs = match install::all(scanned, wanted, read.render.as_ref()) {
        Ok(installs) => installs,
        Err(problem) => return scanned.problems.push(problem),
    };
    let whole = program.is_some() || read.builds != Builds::Judged;
    let mut charts: BTreeMap<&Path, Vec<&Install>> = BTreeMap::new();
    for install in &installs {
        charts.entry(&install.folder).or_default().push(install);
    }
    let files = &*scanned;
    let numbers =
        files.files.iter().enumerate().map(|(number, file)| (file.target.absolute.as_os_str(), number));
    let numbers: ByPath<&OsStr, usize> = numbers.collect();
    let made: Vec<Made> = charts
        .par_iter()
        .flat_map_iter(|(folder, installs)| {
            let placed = installs.iter().map(|install| (install, install.places(files, &numbers)));
            let placed: Vec<_> = placed.filter(|(_, places)| whole || !places.is_empty()).collect();
            // The files of a chart are read only for what is looked at.
            let folder = (!placed.is_empty()).then(|| Folder::read(folder, program.as_ref()));
            let made = folder.iter().flat_map(|folder| {
                placed.iter().filter_map(|(install, places)| {
                    let (forms, tags) = (read.forms, read.tags);
                    let tracing = Tracing { folder, install, scanned: files, forms, tags };
                    tracing.made(places.clone(), whole)
                })
            });
            made.collect::<Vec<_>>()
        })
        .collect();
    let archives = charts.keys().filter(|_| program.is_none()).flat_map(|folder| unread(folder, wanted));
    let archives: Vec<Problem> = archives.collect();
    scanned.problems.extend(archives);
    let mut rendered = Vec::new();
    for made in made {
        rendered.push(give::give(scanned, made, wanted, read));
    }
    scanned.charts = Charts { installs: rendered, program };
    for file in &mut scanned.files {
        file.extracted.uses.sort_by_key(|image| (image.span, image.shadowed));
    }
    scanned.files.sort_by(|a, b| a.target.name.cmp(&b.target.name));
    scanned.problems.sort();
}

/// What tracing an install needs to know.
struct Tracing<'t> {
    folder: &'t Folder<'t>,
    install: &'t Install,
    scanned: &'t Scanned,
    /// Whether forms are tried.
    forms: bool,
    /// Whether tags are looked for that digests keep from coming out.
    tags: bool,
}

impl Tracing<'_> {
    /// What comes of the places of an install; `None` where nothing in it is looked at. `whole` tells whether
    /// its templates are, too.
    fn made(&self, mut places: Vec<(Spot, Place)>, whole: bool) -> Option<Made> {
        places.retain_mut(|(_, place)| self.complete(place));
        let lines = if whole { self.install.lines(self.scanned) } else { Vec::new() };
        if places.is_empty() && !whole {
            return None;
        }
        let app_version = self.folder.app_version();
        let mut made = Made { install: self.install.clone(), app_version, ..Made::default() };
        let spots = places.iter().map(|(spot, _)| *spot).collect();
        let variant = match self.install.variant(&text_of) {
            Ok(variant) => variant,
            Err(why) => return Some(Made { unknown: spots, fault: Some(why), ..made }),
        };
        let trace = self.trace(&variant, &places, &lines);
        if let Some(fault) = trace.fault().filter(|_| trace.images.is_empty()) {
            return Some(Made { unknown: spots, fault: Some(fault), ..made });
        }
        let mut claimed = BTreeSet::new();
        let mut values = Vec::new();
        for (number, (spot, place)) in places.iter().enumerate() {
            let positions = &trace.places[number];
            claimed.extend(positions.iter().cloned());
            let form = self.forms.then(|| self.form(&variant, &trace, place, positions));
            let file = &self.scanned.files[spot.file];
            let place_of = (file.target.absolute.clone(), file.extracted.uses[spot.image].span);
            made.install.comes_out.insert(place_of, positions.clone());
            let references = trace.references(positions);
            let elsewhere = trace.elsewhere(place, &references);
            let tag = self.tags.then(|| self.tag(&variant, place, &references)).flatten();
            values.push((*spot, Traced { images: images(&trace, positions), elsewhere, form, tag }));
        }
        let mut made_by_lines = Vec::new();
        for ((spot, _), positions) in lines.iter().zip(&trace.lines).filter(|(_, found)| !found.is_empty()) {
            let own = positions.difference(&claimed).cloned().collect();
            made_by_lines.push((*spot, images(&trace, &own)));
            claimed.extend(own);
        }
        let rest = trace.images.iter().filter(|(position, _)| !claimed.contains(*position));
        let rest = rest.map(|((template, ..), image)| (self.file_of(template), image.clone()));
        let rest = if whole { rest.collect() } else { Vec::new() };
        Some(Made { values, lines: made_by_lines, rest, fault: trace.fault(), ..made })
    }

    /// Completes a place that states no repository with the key that the chart has for it. Whether it is
    /// one of an image then.
    fn complete(&self, place: &mut Place) -> bool {
        if place.repository.is_none() && !place.whole {
            let values = self.folder.values(&place.path);
            let has = |key: &&str| values.as_ref().and_then(|values| values.way(key)).is_some();
            place.repository = REPOSITORY_KEYS.into_iter().find(has).map(str::to_owned);
        }
        place.whole || place.repository.is_some()
    }

    fn trace(&self, variant: &Variant, places: &[(Spot, Place)], lines: &[(Spot, Line)]) -> Trace {
        let places: Vec<Place> = places.iter().map(|(_, place)| place.clone()).collect();
        let lines: Vec<Line> = lines.iter().map(|(_, line)| line.clone()).collect();
        let render = |variant: &Variant| self.folder.render(variant);
        let text = |path: &str| self.folder.text(path);
        let subject = Subject { name: &self.install.name, render: &render, text: &text };
        helm::trace(subject, variant, &places, &lines)
    }

    /// In which form a digest gets through at a place.
    fn form(
        &self,
        variant: &Variant,
        trace: &Trace,
        place: &Place,
        positions: &BTreeSet<Position>,
    ) -> Result<Form, String> {
        if let Some(alone) = self.alone(variant, place) {
            let (alone, all) = (alone, trace.references(positions));
            if alone != all {
                let alone = alone.first().map_or("nothing", String::as_str);
                return Err(format!("without the values that are laid over it, it comes out as `{alone}`"));
            }
        }
        let render = |variant: &Variant| self.folder.render(variant);
        let trial = Trial { render: &render, variant, trace, reads: &|key| self.folder.reads(key) };
        trial.form(place, positions)
    }

    /// The tag that comes out for a place without its digest, where none does beside it.
    fn tag(&self, variant: &Variant, place: &Place, pinned: &BTreeSet<String>) -> Option<String> {
        let parsed = |text: &String| Reference::parse(text).ok();
        let is_bare = |reference: &Reference| reference.tag().is_none() && reference.digest().is_some();
        if pinned.is_empty()
            || !pinned.iter().all(|text| parsed(text).is_some_and(|reference| is_bare(&reference)))
        {
            return None;
        }
        let mut variant = variant.copy();
        variant.put(place, place.digest.as_ref()?, "");
        let trace = self.trace(&variant, &[(Spot::default(), place.clone())], &[]);
        let references = trace.references(&trace.places[0]);
        let tags: BTreeSet<Option<String>> =
            references.iter().map(|text| Some(parsed(text)?.tag()?.to_owned())).collect();
        if tags.len() == 1 { tags.into_iter().next().flatten() } else { None }
    }

    /// The references that come out for a place without the values that are laid over it, if there are any.
    fn alone(&self, variant: &Variant, place: &Place) -> Option<BTreeSet<String>> {
        let below = place.layer + 1;
        if below == variant.layers.len() && variant.sets.is_empty() {
            return None;
        }
        let layers = variant.layers[..below].to_vec();
        let variant = Variant { layers, sets: Vec::new(), ..variant.clone() };
        let place = (Spot::default(), place.clone());
        let trace = self.trace(&variant, &[place], &[]);
        Some(trace.references(&trace.places[0]))
    }

    /// The file of a template, as far as its name tells: that of a chart in an archive has none.
    fn file_of(&self, template: &str) -> Option<PathBuf> {
        let below = template.strip_prefix(self.folder.name())?.strip_prefix('/')?;
        self.folder.text(below).map(|_| self.install.folder.join(below))
    }
}

fn images(trace: &Trace, positions: &BTreeSet<Position>) -> Vec<BuiltImage> {
    positions.iter().filter_map(|position| trace.images.get(position).cloned()).collect()
}

/// The text of a file with values.
///
/// # Errors
/// Why it cannot be read.
pub fn text_of(path: &Path) -> Result<String, String> {
    read_text(path).map_err(|error| format!("{}: {}", path.display(), error_text(&error)))
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
            Problem::warning(name, message)
                .hint("unpack it beside the archive to have it read, or use --render")
        })
        .collect()
}
