//! Where the places are that builds name, in lines and columns.
//!
//! In: places as bytes of files. Out: the same for people.
//! Invariant: a file is read once, and only where a place in it is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{Built, Wanted};
use crate::discover::{name_from, read_file};
use crate::image::Place;
use crate::kustomize::{Origin, Verdict};
use crate::settings::Builds;
use crate::source::{Lines, Position};
use crate::yaml::{self, Text};

/// Places that are shown.
pub(super) struct Places(BTreeMap<Origin, Place>);

impl Places {
    /// Locates what will be shown: where versions, dropped digests and machines are stated, and for a list
    /// the entries that images go through.
    pub(super) fn of(built: &Built, verdicts: &BTreeMap<Origin, Verdict>, wanted: &Wanted<'_>) -> Self {
        let mut shown: BTreeSet<&Origin> = BTreeSet::new();
        for reached in verdicts.values().flat_map(|verdict| &verdict.outcomes) {
            shown.extend(&reached.from);
            shown.extend(reached.dropped.as_ref().map(|(_, place)| place));
            let machines = reached.machines.iter().filter(|_| wanted.machines);
            shown.extend(machines.filter_map(|machine| machine.at.as_ref()));
        }
        if *wanted.builds != Builds::Judged {
            let steps = built.rows().flat_map(|row| &row.steps);
            shown.extend(steps.map(|step| &step.origin));
        }
        let mut places = BTreeMap::new();
        let shown: Vec<&Origin> = shown.into_iter().collect();
        for of_file in shown.chunk_by(|a, b| a.file == b.file) {
            let path = &of_file[0].file;
            let file: Arc<str> = name_from(wanted.working_folder, path).into();
            let text = text(path, wanted);
            let lines = Lines::new(&text);
            for origin in of_file {
                let at = lines.position(origin.span.start.min(text.len()));
                places.insert((*origin).clone(), Place { file: Arc::clone(&file), at });
            }
        }
        Self(places)
    }

    /// A place that was located.
    pub(super) fn get(&self, origin: &Origin) -> Place {
        let unknown = || Place { file: "".into(), at: Position { line: 1, column: 1 } };
        self.0.get(origin).cloned().unwrap_or_else(unknown)
    }
}

/// The text of a file as far as it can be had: a place in it was read before.
fn text(path: &Path, wanted: &Wanted<'_>) -> String {
    if let Some(text) = wanted.texts.get(path.as_os_str()) {
        return text.clone();
    }
    match yaml::decode(&read_file(path).unwrap_or_default()) {
        Text::Utf8(text) => text.to_owned(),
        Text::Other { .. } => String::new(),
    }
}
