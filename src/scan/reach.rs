//! Reading what kustomizations reach.
//!
//! In: the kustomization files of a run, or the folder of one. Out: every file that the wanted builds
//! read.
//! Invariants: a file is read once, however many kustomizations share it; what no target depends on is
//! not read for verdicts; nothing outside of the folders that give context is read, also not through
//! links.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::discover::{Discovered, error_text, read_file};
use crate::kustomize::{FILE_NAMES, Source, Sources, is_kustomization};
use crate::settings::Builds;
use crate::source::{ByPath, Paths, normal};
use crate::yaml::{self, Text};

/// What is read for builds.
pub(super) struct Reach<'c> {
    discovered: &'c Discovered,
    /// Texts that were read before.
    known: &'c ByPath<OsString, String>,
    fences: Vec<PathBuf>,
    /// The kustomization files of the run, once they are asked for: by one thread, because all threads help to
    /// read them, and one that waits for them cannot.
    kustomizations: OnceLock<Vec<(PathBuf, Source)>>,
}

impl<'c> Reach<'c> {
    /// Nothing is read yet but these texts.
    pub(super) fn of(discovered: &'c Discovered, known: &'c ByPath<OsString, String>) -> Self {
        let canonical = |folder: &PathBuf| std::fs::canonicalize(folder).ok();
        let fences = discovered.fences.iter().filter_map(canonical).collect();
        Self { discovered, known, fences, kustomizations: OnceLock::new() }
    }

    /// Everything that the builds read, and the kustomization files that say nothing, because they cannot be
    /// read, with the reasons: phrases.
    pub(super) fn sources(
        &self,
        builds: &Builds,
        working_folder: &Path,
    ) -> (Sources, Vec<(PathBuf, String)>) {
        if let Builds::Root(folder) = builds {
            let folder = normal(&working_folder.join(folder)).into_os_string();
            let read = self.all(&[&*folder].into());
            let unread = unread(&read);
            return (self.below(read, [folder].into_iter().collect()), unread);
        }
        let all = self.kustomizations();
        let folders = match builds {
            Builds::Judged => bearing(all, self.discovered),
            _ => all.iter().map(|(file, _)| folder_of(file)).collect(),
        };
        (self.picked(&folders), unread(all))
    }

    /// What those kustomizations read that are built from one of these files, at first or second hand.
    pub(super) fn around(&self, files: &[&OsStr]) -> Sources {
        self.picked(&closure(files.to_vec(), &readers(self.kustomizations())))
    }

    fn kustomizations(&self) -> &[(PathBuf, Source)] {
        self.kustomizations.get_or_init(|| {
            let folders = folders(self.discovered);
            self.all(&folders.iter().map(|folder| &**folder).collect())
        })
    }

    /// Everything that the kustomizations of some folders lead to.
    fn picked(&self, folders: &Paths<&OsStr>) -> Sources {
        let picked = self.kustomizations().iter().filter(|(file, _)| folders.contains(folder_of(file)));
        // Others are read again where one of these builds from them.
        self.below(picked.cloned().collect(), folders.iter().map(|&folder| folder.to_owned()).collect())
    }

    /// Everything that these lead to, behind what was asked for already.
    fn below(&self, mut read: Vec<(PathBuf, Source)>, mut asked: Paths<OsString>) -> Sources {
        let mut sources = Sources::default();
        while !read.is_empty() {
            let reads = read.iter().flat_map(|(_, source)| source.reads()).map(|path| path.as_os_str());
            let next: BTreeSet<&OsStr> = reads.filter(|path| !asked.contains(*path)).collect();
            let found = self.all(&next);
            asked.extend(next.into_iter().map(OsStr::to_owned).collect::<Vec<_>>());
            for (path, source) in std::mem::replace(&mut read, found) {
                sources.insert(path, source);
            }
        }
        sources
    }

    fn all(&self, paths: &BTreeSet<&OsStr>) -> Vec<(PathBuf, Source)> {
        paths.par_iter().flat_map_iter(|path| self.read(Path::new(*path))).collect()
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
        if let Some(text) = self.known.get(path.as_os_str()) {
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

/// The folders that have a kustomization.
fn folders(discovered: &Discovered) -> BTreeSet<OsString> {
    let files = discovered.context.iter().filter(|path| is_kustomization(path));
    files.filter_map(|path| path.parent()).map(OsString::from).collect()
}

/// The kustomization files among what was read that say nothing.
fn unread(read: &[(PathBuf, Source)]) -> Vec<(PathBuf, String)> {
    let files = read.iter().filter(|(path, _)| is_kustomization(path));
    files.filter_map(|(path, source)| Some((path.clone(), source.trouble()?.to_owned()))).collect()
}

/// From files and folders to others.
type Leads<'r> = ByPath<&'r OsStr, Vec<&'r OsStr>>;

/// Which folders read a file or a folder; a folder reads its own kustomization.
fn readers(kustomizations: &[(PathBuf, Source)]) -> Leads<'_> {
    let mut readers = Leads::default();
    for (file, source) in kustomizations {
        for path in source.reads().chain([file]) {
            readers.entry(path.as_os_str()).or_default().push(folder_of(file));
        }
    }
    readers
}

fn folder_of(file: &Path) -> &OsStr {
    file.parent().unwrap_or(file).as_os_str()
}

/// The folders whose builds bear on a verdict about a target: those that read it, at first or second hand.
/// Where one of them gives images other names, what else is built from these images bears on it, too.
fn bearing<'r>(kustomizations: &'r [(PathBuf, Source)], discovered: &'r Discovered) -> Paths<&'r OsStr> {
    let readers = readers(kustomizations);
    let targets = discovered.targets.iter().map(|target| target.absolute.as_os_str()).collect();
    let mut bearing = closure(targets, &readers);
    let renames = |(file, source): &(PathBuf, Source)| source.renames() && bearing.contains(folder_of(file));
    if kustomizations.iter().any(renames) {
        let mut reads = Leads::default();
        for (file, source) in kustomizations {
            reads.entry(folder_of(file)).or_default().extend(source.reads().map(|path| path.as_os_str()));
        }
        let below = closure(bearing.iter().copied().collect(), &reads);
        bearing.extend(closure(below.into_iter().collect(), &readers));
    }
    bearing
}

/// Everything that these paths lead to.
fn closure<'r>(mut open: Vec<&'r OsStr>, leads: &Leads<'r>) -> Paths<&'r OsStr> {
    let mut found = Paths::default();
    while let Some(path) = open.pop() {
        open.extend(leads.get(path).into_iter().flatten().filter(|next| found.insert(**next)));
    }
    found
}
