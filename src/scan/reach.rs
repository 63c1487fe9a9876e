//! Reading what kustomizations reach.
//!
//! In: the kustomization files of a run, or the folder of one. Out: every file that their builds read.
//! Invariants: a file is read once, however many kustomizations share it; nothing outside of the folders
//! that give context is read, also not through links.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::discover::{Discovered, error_text};
use crate::kustomize::{FILE_NAMES, Source, Sources};
use crate::settings::Builds;
use crate::source::normal;
use crate::yaml::{self, Text};

/// Everything that the builds read.
pub(super) fn sources(
    discovered: &Discovered,
    context: &[(PathBuf, String)],
    builds: &Builds,
    working_folder: &Path,
) -> Sources {
    let canonical = |folder: &PathBuf| std::fs::canonicalize(folder).ok();
    let fences: Vec<PathBuf> = discovered.fences.iter().filter_map(canonical).collect();
    let reach = Reach { known: context.iter().map(|(path, text)| (&**path, &**text)).collect(), fences };
    let is_kustomization = |path: &Path| FILE_NAMES.iter().any(|name| path.ends_with(name));
    let mut wanted: BTreeSet<PathBuf> = match builds {
        Builds::Root(folder) => [normal(&working_folder.join(folder))].into(),
        Builds::None | Builds::Roots => {
            let files = discovered.context.iter().filter(|path| is_kustomization(path));
            files.filter_map(|path| path.parent()).map(Path::to_owned).collect()
        }
    };
    let mut asked = wanted.clone();
    let mut sources = Sources::default();
    while !wanted.is_empty() {
        let read: Vec<(PathBuf, Source)> = wanted.par_iter().flat_map_iter(|path| reach.read(path)).collect();
        let next: BTreeSet<PathBuf> = read.iter().flat_map(|(_, source)| source.reads()).collect();
        wanted = next.difference(&asked).cloned().collect();
        asked.extend(wanted.iter().cloned());
        for (path, source) in read {
            sources.insert(path, source);
        }
    }
    sources
}

/// What reading needs to know.
struct Reach<'c> {
    /// Texts that were read before.
    known: BTreeMap<&'c Path, &'c str>,
    fences: Vec<PathBuf>,
}

impl Reach<'_> {
    /// A file, or the kustomization files of a folder.
    fn read(&self, path: &Path) -> Vec<(PathBuf, Source)> {
        if !path.is_dir() {
            return vec![(path.to_owned(), self.file(path))];
        }
        let names = FILE_NAMES.iter().map(|name| path.join(name));
        let found: Vec<PathBuf> = names.filter(|file| file.is_file()).collect();
        if found.is_empty() {
            let reason = "the folder has no kustomization file".to_owned();
            return vec![(path.to_owned(), Source::unreadable(reason))];
        }
        found.into_iter().map(|file| (file.clone(), self.file(&file))).collect()
    }

    fn file(&self, path: &Path) -> Source {
        if let Some(text) = self.known.get(path) {
            return Source::read(path, text);
        }
        let real = match std::fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => return Source::unreadable(error_text(&error)),
        };
        if !self.fences.iter().any(|fence| real.starts_with(fence)) {
            return Source::unreadable("it is outside of the repository and is not read".to_owned());
        }
        match std::fs::read(path) {
            Err(error) => Source::unreadable(error_text(&error)),
            Ok(bytes) => match yaml::decode(&bytes) {
                Text::Utf8(text) => Source::read(path, text),
                Text::Other { problem, .. } => Source::unreadable(problem),
            },
        }
    }
}
