//! What builds make of the image uses that were read.
//!
//! In: image uses by file, what kustomizations reach. Out: the uses with what builds come to by them,
//! places that only patches state among them.
//! Invariants: which uses there are depends on builds only where one is asked for by name, or where only
//! a patch states an image; verdicts do not depend on which files were named.

mod attach;
mod places;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::reach::Reach;
use super::{Scanned, ScannedFile};
use crate::discover::{Discovered, Target, name_from};
use crate::finding::{Problem, Weight};
use crate::image::{ImageUse, PartKind};
use crate::kustomize::{self, Builds as Kustomize, Row, Sources, Trouble};
use crate::settings::Builds;
use crate::source::{ByPath, normal, printable};
use attach::Found;
use places::Places;

/// What is wanted of the builds.
pub(super) struct Wanted<'w> {
    pub(super) discovered: &'w Discovered,
    pub(super) builds: &'w Builds,
    /// Whether it is told where pods say which machines they may come to: to say so, files are read again.
    pub(super) machines: bool,
    /// Whether builds may be made again, with other texts.
    pub(super) again: bool,
    pub(super) working_folder: &'w Path,
    pub(super) reach: &'w Reach<'w>,
    /// Texts that were read before.
    pub(super) texts: &'w ByPath<OsString, String>,
    /// Reads a file.
    pub(super) file: &'w (dyn Fn(&Target) -> Result<ScannedFile, Problem> + Sync),
}

/// Builds that were made, to be made again when files change.
#[derive(Debug, Default)]
pub struct Built {
    /// What they read, as long as they may be made again.
    pub sources: Option<Sources>,
    /// What was built.
    pub roots: Vec<Root>,
}

/// A kustomization that was built.
#[derive(Debug)]
pub struct Root {
    /// Its folder.
    pub folder: PathBuf,
    /// The folder's name in reports.
    pub name: String,
    /// The images of the build.
    pub rows: Vec<Row>,
}

impl Built {
    /// Whether one of them reads a file.
    pub fn reads(&self, path: &Path) -> bool {
        self.sources.as_ref().is_some_and(|sources| sources.holds(path))
    }

    /// The images of all builds.
    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.roots.iter().flat_map(|root| &root.rows)
    }
}

/// Adds what builds make of them to the image uses of a scan.
pub(super) fn complete(scanned: &mut Scanned, mut made: Made, wanted: &Wanted<'_>) {
    let targets = wanted.discovered.targets.iter().map(|target| (target.absolute.as_os_str(), target));
    let targets: ByPath<&OsStr, &Target> = targets.collect();
    let mut found = std::mem::take(&mut made.found);
    for file in &mut scanned.files {
        if let Some(found) = found.remove(file.target.absolute.as_os_str()) {
            attach::attach(file, found);
        }
    }
    let by_name = matches!(wanted.builds, Builds::Root(_));
    let mut rest: Vec<_> = found.into_iter().filter(|(_, found)| found.needs_a_file()).collect();
    rest.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (path, found) in rest {
        let target = match targets.get(&*path) {
            Some(target) => (*target).clone(),
            None if by_name => elsewhere(path.as_ref(), wanted),
            None => continue,
        };
        match (wanted.file)(&target) {
            Err(problem) => scanned.problems.push(problem),
            Ok(mut file) => {
                attach::attach(&mut file, found);
                let named = targets.contains_key(&*path);
                file.extracted.uses.retain(|image| named || !image.effective.is_empty());
                file.extracted.faults.clear();
                scanned.files.push(file);
            }
        }
    }
    scanned.files.sort_by(|a, b| a.target.name.cmp(&b.target.name));
    let told =
        made.troubles.iter().filter(|trouble| by_name || targets.contains_key(trouble.file.as_os_str()));
    scanned.problems.extend(told.map(|trouble| problem(trouble, wanted)));
    let unread = made.unread.iter();
    scanned
        .problems
        .extend(unread.map(|(file, why)| unread_problem(file, why, targets.get(file.as_os_str()), wanted)));
    let patterns = scanned
        .files
        .iter()
        .flat_map(|file| file.extracted.uses.iter().filter_map(|image| pattern(&file.target.name, image)));
    scanned.problems.extend(patterns.collect::<Vec<_>>());
    scanned.problems.sort();
    scanned.built = made.built;
}

/// What came of the builds.
pub(super) struct Made {
    built: Built,
    /// What builds say of files.
    found: ByPath<OsString, Found>,
    troubles: BTreeSet<Trouble>,
    /// Kustomization files that cannot be read, with the reasons: phrases.
    unread: Vec<(PathBuf, String)>,
}

/// Builds what is wanted.
pub(super) fn make(wanted: &Wanted<'_>) -> Made {
    let (sources, unread) = wanted.reach.sources(wanted.builds, wanted.working_folder);
    let folders = match wanted.builds {
        Builds::Root(folder) => vec![normal(&wanted.working_folder.join(folder))],
        Builds::None | Builds::Judged | Builds::Roots => sources.roots(),
    };
    let mut builds = Kustomize::of(&sources);
    let (mut roots, mut sure) = (Vec::new(), Vec::new());
    for folder in folders {
        let name = name_from(wanted.working_folder, &folder);
        let build = builds.make(&folder, &name);
        sure.extend(build.sure.then(|| folder.clone()));
        roots.push(Root { folder, name, rows: build.rows });
    }
    if !matches!(wanted.builds, Builds::Root(_)) {
        builds.build_rest();
    }
    let (ran, troubles) = builds.end();
    let stated = sources.stated(&sure);
    let mut built = Built { sources: Some(sources), roots };
    let verdicts = kustomize::verdicts(built.rows());
    let places = Places::of(&built, &verdicts, wanted);
    let mut found = attach::by_file(&built, verdicts, &places, *wanted.builds != Builds::Judged);
    attach::add(&mut found, ran, stated);
    if !wanted.again {
        built.sources = None;
    }
    Made { built, found, troubles, unread }
}

/// A file outside of the paths that were named.
fn elsewhere(path: &Path, wanted: &Wanted<'_>) -> Target {
    Target {
        name: name_from(wanted.working_folder, path),
        path: Some(path.to_owned()),
        absolute: path.to_owned(),
    }
}

fn problem(trouble: &Trouble, wanted: &Wanted<'_>) -> Problem {
    let name = name_from(wanted.working_folder, &trouble.file);
    let problem = Problem::failure(name, trouble.message.clone());
    let weight = if trouble.fatal { Weight::Failure } else { Weight::Warning };
    Problem { weight, ..problem }
}

/// A kustomization that is passed over. Of one that is not looked at itself, it is told with `-v` only.
fn unread_problem(file: &Path, why: &str, target: Option<&&Target>, wanted: &Wanted<'_>) -> Problem {
    let message = format!("not read as a kustomization, and what it builds is not known: {why}");
    match target {
        Some(target) => Problem::warning(&target.name, message),
        None => Problem::note(name_from(wanted.working_folder, file), message),
    }
}

/// An entry whose name matched another image, because it is a regular expression. One that is plainly
/// meant to be a pattern is told with `-v` only.
fn pattern(file: &str, image: &ImageUse) -> Option<Problem> {
    let other = image.ran.as_ref()?.other.as_ref()?;
    let name = image.part(PartKind::Name)?;
    let message = format!(
        "kustomize reads the name `{}` as a regular expression, and it matches `{}`, too",
        printable(&name.text),
        printable(other)
    );
    let meant = name.text.contains(|c: char| !(c.is_ascii_alphanumeric() || "._-/:@".contains(c)));
    let weight = if meant { Weight::Note } else { Weight::Warning };
    let problem = Problem::note(file, message).at(name.start).hint("write `\\.` for a dot that is one");
    Some(Problem { weight, ..problem })
}
