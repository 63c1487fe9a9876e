//! Which files a run reads.
//!
//! In: paths as typed, and what is left out. Out: the targets, sorted by name; the files that give
//! context (kustomizations, charts, skaffold files) from the repository root; problems.
//! Invariants: what cannot be read is a problem, never passed over; verdicts do not depend on which
//! files were named, because context is found from the root of the repository; links are not followed.

mod name;
mod read;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};
use rayon::slice::ParallelSliceMut as _;

use crate::context;
use crate::finding::Problem;
use crate::helm;
use crate::settings::{Builds, Read};
use crate::source::normal;
use name::{describe, display};
pub use name::{error_text, name_from};
pub(crate) use read::read_walked;
pub use read::{hint, read_file, read_stdin, read_text};
pub use walk::chart_files;
use walk::{Met, walk};

/// What standard input goes by when it has no name.
pub const STDIN: &str = "<stdin>";

/// What a run reads.
#[derive(Clone, Debug, Default)]
pub struct Discovered {
    /// Files to report on and to write, by name.
    pub targets: Vec<Target>,
    /// Files that say what becomes of others, as absolute paths.
    pub context: Vec<PathBuf>,
    /// Where context may be read; nothing outside of these folders is.
    pub fences: Vec<PathBuf>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A file to report on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name in reports: as the user would type it, with `/` between folders.
    pub name: String,
    /// The file; `None` for standard input.
    pub path: Option<PathBuf>,
    /// The absolute path, `.` and `..` taken out; for standard input that of its given name.
    pub absolute: PathBuf,
}

impl Target {
    /// A file as it was typed or walked to from the working folder.
    fn of(working_folder: &Path, path: &Path) -> Self {
        let absolute = absolute(working_folder, path);
        Self { name: display(path), path: Some(working_folder.join(path)), absolute }
    }
}

/// Finds what a run reads, seen from the working folder.
pub fn discover(read: &Read, working_folder: &Path) -> Discovered {
    let mut walk = Walk { read, working_folder, found: Discovered::default(), left_out: left_out(read) };
    let mut roots: Vec<PathBuf> = Vec::new();
    match walk.excludes() {
        Ok(excludes) => {
            let named = walk.named_that_stay(&excludes);
            for path in &named {
                walk.path(path, &excludes);
                roots.extend(walk.context_root(path));
            }
        }
        Err(error) => walk.problem(&error),
    }
    roots.sort();
    roots.dedup();
    let walked: Vec<PathBuf> = read.paths.iter().map(|path| absolute(working_folder, path)).collect();
    for root in roots.iter().filter(|root| !walked.contains(root)) {
        walk.context_below(root);
    }
    if let Builds::Root(folder) = &read.builds {
        roots.extend(walk.context_root(folder));
    }
    let mut found = walk.found;
    found.fences = roots;
    // What stands for a file goes before it, and what was named first before what was walked to later.
    found.targets.par_sort_by(|a, b| (&a.name, a.path.is_some()).cmp(&(&b.name, b.path.is_some())));
    found.targets.dedup_by(|later, first| later.name == first.name);
    found.context.sort();
    found.context.dedup();
    found.problems.sort();
    found
}

/// The globs of the configuration, which are read like lines of an ignore file in its folder.
fn left_out(read: &Read) -> Option<Gitignore> {
    let (folder, globs) = read.exclude_below.as_ref()?;
    let mut builder = GitignoreBuilder::new(folder);
    for glob in globs {
        // What is no glob was refused with the configuration.
        let _ = builder.add_line(None, glob);
    }
    builder.build().ok()
}

/// A path from the root on. The walker gives what is below `.` a `./`.
fn absolute(working_folder: &Path, path: &Path) -> PathBuf {
    normal(&working_folder.join(path.strip_prefix(".").unwrap_or(path)))
}

/// The part of the walk that grows while paths are followed.
struct Walk<'r> {
    read: &'r Read,
    working_folder: &'r Path,
    found: Discovered,
    /// What the configuration leaves out.
    left_out: Option<Gitignore>,
}

impl Walk<'_> {
    fn excludes(&self) -> Result<Override, ignore::Error> {
        let mut builder = OverrideBuilder::new(self.working_folder);
        for glob in &self.read.exclude {
            builder.add(&format!("!{glob}"))?;
        }
        builder.build()
    }

    fn walker(&self, root: &Path) -> WalkBuilder {
        let mut builder = WalkBuilder::new(root);
        builder
            .standard_filters(!self.read.no_ignore)
            .hidden(!self.read.hidden)
            .require_git(false)
            .follow_links(false)
            .threads(rayon::current_num_threads())
            .current_dir(self.working_folder);
        if !self.read.no_ignore {
            builder.add_custom_ignore_filename(".kubepinignore");
        }
        builder
    }

    /// Whether the configuration leaves an entry in. Context is read wherever it is.
    fn keeps(&self) -> impl Fn(&DirEntry) -> bool + Send + Sync + 'static {
        let (left_out, working_folder) = (self.left_out.clone(), self.working_folder.to_owned());
        move |entry| {
            let Some(rules) = &left_out else { return true };
            let path = absolute(&working_folder, entry.path());
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let below = path.starts_with(rules.path()) && path != rules.path();
            !(below && rules.matched(&path, folder).is_ignore())
        }
    }

    /// The paths that were typed, without the files that `--force-exclude` leaves out.
    fn named_that_stay(&self, excludes: &Override) -> Vec<PathBuf> {
        let absolute = |path: &Path| absolute(self.working_folder, path);
        let inside =
            |path: &PathBuf| absolute(path).is_file() && absolute(path).starts_with(self.working_folder);
        if !self.read.force_exclude || !self.read.paths.iter().any(inside) {
            return self.read.paths.clone();
        }
        let files = self.read.paths.iter().filter(|path| inside(path)).map(|path| absolute(path));
        let way: BTreeSet<PathBuf> =
            files.flat_map(|file| file.ancestors().map(Path::to_owned).collect::<Vec<_>>()).collect();
        // Walking down to the named files, and nowhere else, asks every rule on the way.
        let mut builder = self.walker(self.working_folder);
        builder.hidden(false).overrides(excludes.clone());
        let keeps = self.keeps();
        builder.filter_entry(move |entry| way.contains(entry.path()) && keeps(entry));
        let stay: BTreeSet<PathBuf> = builder.build().flatten().map(DirEntry::into_path).collect();
        let stays = |path: &&PathBuf| !inside(path) || stay.contains(&absolute(path));
        self.read.paths.iter().filter(stays).cloned().collect()
    }

    fn path(&mut self, path: &Path, excludes: &Override) {
        if path == Path::new("-") {
            let name = self.read.stdin_filename.as_deref().map_or_else(|| STDIN.into(), display);
            let absolute = absolute(self.working_folder, Path::new(&name));
            return self.found.targets.push(Target { name, path: None, absolute });
        }
        let metadata = std::fs::metadata(self.working_folder.join(path));
        if metadata.as_ref().is_ok_and(std::fs::Metadata::is_dir) {
            return self.folder(path, excludes);
        }
        match metadata.and_then(|metadata| read::is_file(&metadata)) {
            Ok(()) => self.found.targets.push(Target::of(self.working_folder, path)),
            Err(error) => {
                let missing = error.kind() == std::io::ErrorKind::NotFound;
                let hint = if missing { Some("check the spelling of the path") } else { hint(&error) };
                let problem = Problem::failure(display(path), error_text(&error));
                self.found.problems.push(Problem { hint: hint.map(str::to_owned), ..problem });
            }
        }
    }

    fn folder(&mut self, folder: &Path, excludes: &Override) {
        let mut builder = self.walker(folder);
        builder.overrides(excludes.clone()).filter_entry(self.keeps());
        let working_folder = self.working_folder;
        let made = |path: &Path| {
            let context = is_context(path).then(|| absolute(working_folder, path));
            let target = is_target(path).then(|| Target::of(working_folder, path));
            (context.is_some() || target.is_some()).then_some((context, target))
        };
        for met in walk(&builder, made) {
            match met {
                Met::File((context, target)) => {
                    self.found.context.extend(context);
                    self.found.targets.extend(target);
                }
                Met::Error(error) => self.problem(&error),
            }
        }
    }

    /// Context is read as far as it can be: what is wrong with it is said where it is a target.
    fn context_below(&mut self, root: &Path) {
        let files = walk(&self.walker(root), |path| is_context(path).then(|| normal(path)));
        self.found.context.extend(files.into_iter().filter_map(|met| match met {
            Met::File(path) => Some(path),
            Met::Error(_) => None,
        }));
    }

    /// Where the files that bear on a path are looked for: its repository, else the working folder, else
    /// the folder that was named. Beside a file that is elsewhere nothing is read.
    fn context_root(&self, path: &Path) -> Option<PathBuf> {
        let absolute = absolute(self.working_folder, path);
        let repository = absolute.ancestors().find(|folder| folder.join(".git").exists());
        let in_working_folder = absolute.starts_with(self.working_folder).then_some(self.working_folder);
        let found = repository.or(in_working_folder).or_else(|| absolute.is_dir().then_some(&absolute));
        found.map(Path::to_owned)
    }

    fn problem(&mut self, error: &ignore::Error) {
        let (name, message) = describe(error);
        self.found.problems.push(Problem::failure(name, message));
    }
}

fn is_target(path: &Path) -> bool {
    let extension = path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json");
    let partial = || helm::is_partial(path) && path.components().any(|part| part.as_os_str() == "templates");
    extension || path.file_name().is_some_and(|name| name == "Kustomization") || partial()
}

fn is_context(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(context::is_context)
}
