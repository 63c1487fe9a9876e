//! Reading what kustomizations reach.
//!
//! In: the kustomization files of a run, or the folder of one. Out: every file that the wanted builds
//! read.
//! Invariants: a file is read once, however many kustomizations share it; what no target depends on is
//! not read for verdicts; nothing outside of the folders that give context is read, also not through
//! links.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::discover::{Discovered, error_text, read_file};
use crate::kustomize::{FILE_NAMES, Source, Sources, is_kustomization};
use crate::settings::Builds;
use crate::source::normal;
use crate::yaml::{self, Text};

/// Everything that the builds read.
pub(super) fn sources(
    discovered: &Discovered,
    builds: &Builds,
    working_folder: &Path,
    texts: &HashMap<PathBuf, String>,
) -> Sources {
    let reach = Reach::of(discovered, texts);
    match builds {
        Builds::Root(folder) => reach.below([normal(&working_folder.join(folder))].into(), None),
        Builds::None | Builds::Roots => reach.below(folders(discovered), None),
        Builds::Judged => reach.below(folders(discovered), Some(&|read| bearing(read, discovered))),
    }
}

/// What those kustomizations read that are built from one of these files, at first or second hand.
pub(super) fn sources_around(
    discovered: &Discovered,
    texts: &HashMap<PathBuf, String>,
    files: &[PathBuf],
) -> Sources {
    let around = |read: &[(PathBuf, Source)]| closure(files.to_vec(), &readers(read));
    Reach::of(discovered, texts).below(folders(discovered), Some(&around))
}

/// The folders that have a kustomization.
fn folders(discovered: &Discovered) -> BTreeSet<PathBuf> {
    let files = discovered.context.iter().filter(|path| is_kustomization(path));
    files.filter_map(|path| path.parent()).map(Path::to_owned).collect()
}

/// The kustomization files among what was read that say nothing, because they cannot be read.
fn unread(read: &[(PathBuf, Source)]) -> Vec<(PathBuf, String)> {
    let files = read.iter().filter(|(path, _)| is_kustomization(path));
    files.filter_map(|(path, source)| Some((path.clone(), source.trouble()?.to_owned()))).collect()
}

/// Which folders read a file or a folder; a folder reads its own kustomization.
fn readers(kustomizations: &[(PathBuf, Source)]) -> HashMap<PathBuf, Vec<PathBuf>> {
    let mut readers: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
    for (file, source) in kustomizations {
        let folder = file.parent().unwrap_or(file);
        for path in source.reads().iter().chain([file]) {
            readers.entry(path.clone()).or_default().push(folder.to_owned());
        }
    }
    readers
}

/// The folders whose builds bear on a verdict about a target: those that read it, at first or second hand.
/// Where one of them gives images other names, what else is built from these images bears on it, too.
fn bearing(kustomizations: &[(PathBuf, Source)], discovered: &Discovered) -> HashSet<PathBuf> {
    let folder = |file: &Path| file.parent().unwrap_or(file).to_owned();
    let readers = readers(kustomizations);
    let mut reads: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
    for (file, source) in kustomizations {
        reads.entry(folder(file)).or_default().extend(source.reads());
    }
    let targets = discovered.targets.iter().map(|target| target.absolute.clone()).collect();
    let mut bearing = closure(targets, &readers);
    let renames = |(file, source): &(PathBuf, Source)| source.renames() && bearing.contains(&folder(file));
    if kustomizations.iter().any(renames) {
        let below = closure(bearing.iter().cloned().collect(), &reads);
        bearing.extend(closure(below.into_iter().collect(), &readers));
    }
    bearing
}

/// Everything that these paths lead to.
fn closure(mut open: Vec<PathBuf>, leads: &HashMap<PathBuf, Vec<PathBuf>>) -> HashSet<PathBuf> {
    let mut found = HashSet::new();
    while let Some(path) = open.pop() {
        for next in leads.get(&path).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// What reading needs to know.
struct Reach<'c> {
    /// Texts that were read before.
    known: &'c HashMap<PathBuf, String>,
    fences: Vec<PathBuf>,
}

/// Tells which folders of kustomizations to read on from.
type Pick<'p> = &'p dyn Fn(&[(PathBuf, Source)]) -> HashSet<PathBuf>;

impl<'c> Reach<'c> {
    fn of(discovered: &Discovered, known: &'c HashMap<PathBuf, String>) -> Self {
        let canonical = |folder: &PathBuf| std::fs::canonicalize(folder).ok();
        Self { known, fences: discovered.fences.iter().filter_map(canonical).collect() }
    }

    /// Everything that these folders lead to; where some are picked, what those lead to.
    fn below(&self, folders: BTreeSet<PathBuf>, pick: Option<Pick<'_>>) -> Sources {
        let mut read = self.all(&folders);
        let mut sources = Sources::default();
        sources.unread = unread(&read);
        let mut asked = HashSet::from_iter(folders);
        if let Some(pick) = pick {
            let picked = pick(&read);
            read.retain(|(path, _)| path.parent().is_some_and(|folder| picked.contains(folder)));
            // Others are read again where one of these builds from them.
            asked = picked;
        }
        while !read.is_empty() {
            let reads = read.iter().flat_map(|(_, source)| source.reads());
            let next: BTreeSet<PathBuf> = reads.filter(|path| !asked.contains(path)).collect();
            for (path, source) in read {
                sources.insert(path, source);
            }
            read = self.all(&next);
            asked.extend(next);
        }
        sources
    }

    fn all(&self, paths: &BTreeSet<PathBuf>) -> Vec<(PathBuf, Source)> {
        paths.par_iter().flat_map_iter(|path| self.read(path)).collect()
    }

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
        match read_file(path) {
            Err(error) => Source::unreadable(error_text(&error)),
            Ok(bytes) => match yaml::decode(&bytes) {
                Text::Utf8(text) => Source::read(path, text),
                Text::Other { problem, .. } => Source::unreadable(problem),
            },
        }
    }
}
