//! Rendering again: planned edits are held to what charts make of them.
//!
//! In: the charts that were looked at, what their files would be, what may become of an image. Out: what
//! would come out of charts and should not.
//! Invariant: what comes out of a chart differs in images alone; those whose values are edited become what
//! they were to, and others nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::change::Change;
use super::rebuild::{Right, Wrong};
use crate::helm::{self, Position, Subject, Variant};
use crate::render::Folder;
use crate::scan::{Charts, Install, Scanned, text_of};

/// What would come out of charts with these texts and should not.
pub(super) fn wrong(
    planned: &[Change],
    scanned: &Scanned,
    texts: &BTreeMap<&Path, String>,
    may_become: &Right<'_>,
) -> Vec<Wrong> {
    let wrong = scanned.charts.installs.par_iter().flat_map_iter(|install| {
        let files: Vec<Arc<Path>> =
            texts.keys().filter(|path| install.reads(path)).map(|path| Arc::from(*path)).collect();
        // Nothing is rendered, and nothing looked for, where nothing changes.
        let why = (!files.is_empty()).then(|| {
            let intended = intended(planned, scanned, install);
            let right = |position: &Position, old: &str, new: &str| {
                may_become(old, new) && (old != new || !intended.contains(position))
            };
            fault(&scanned.charts, install, texts, &right)
        });
        let why = why.flatten();
        files.into_iter().filter_map(move |file| Some(Wrong { file, span: None, why: why.clone()? }))
    });
    wrong.collect()
}

/// Where the images come out whose values are edited.
fn intended(planned: &[Change], scanned: &Scanned, install: &Install) -> BTreeSet<Position> {
    let mut intended = BTreeSet::new();
    for (change, file) in planned.iter().zip(&scanned.files) {
        let mended = change.mended.iter().filter_map(|finding| file.image(finding));
        let places = mended.map(|image| (file.target.absolute.clone(), image.span));
        intended.extend(places.filter_map(|place| install.comes_out.get(&place)).flatten().cloned());
    }
    intended
}

/// Why a chart would not come out as it should.
fn fault(
    charts: &Charts,
    install: &Install,
    texts: &BTreeMap<&Path, String>,
    right: &dyn Fn(&Position, &str, &str) -> bool,
) -> Option<String> {
    let folder = Folder::read(&install.folder, charts.program.as_ref());
    let render = |variant: &Variant| folder.render(variant);
    let before = install.variant(&text_of).ok()?;
    let subject = Subject { name: &install.name, render: &render, text: &|path| folder.text(path) };
    let before = helm::trace(subject, &before, &[], &[]);
    if before.images.is_empty() {
        return None;
    }
    let values = install.layers.last().and_then(|layer| layer.file.file_name());
    let values = values.map_or_else(String::new, |name| format!(" with {}", name.to_string_lossy()));
    let why = |why: String| format!("the chart `{}`{values} would come out wrong: {why}", install.name);
    let changed = |path: &Path| texts.get(path).cloned().map_or_else(|| text_of(path), Ok);
    match install.variant(&changed) {
        Err(error) => Some(why(error)),
        Ok(mut after) => {
            after.texts = below(&install.folder, texts);
            helm::difference(&before, &folder.render(&after), right).err().map(why)
        }
    }
}

/// The texts below a folder, by their paths in it.
fn below(folder: &Path, texts: &BTreeMap<&Path, String>) -> BTreeMap<String, String> {
    let inside = texts.iter().filter_map(|(path, text)| {
        let path = path.strip_prefix(folder).ok()?.to_str()?.replace('\\', "/");
        Some((path, text.clone()))
    });
    inside.collect()
}
