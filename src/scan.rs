//! Reading files: from targets to the image uses in them.
//!
//! In: what discovery found. Out: every file that has image uses or faults, in the order of the
//! targets, and what could not be read.
//! Invariants: a text is dropped when its uses are known, and a fingerprint is kept, so that a later
//! look at the file knows whether it is still the same; the result does not depend on threads.

mod charts;
mod configured;
mod constraints;
mod effective;
mod logins;
mod reach;
mod unknown;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::context::Context;
use crate::discover::{Discovered, Target, error_text, hint, read_file, read_text, read_walked};
use crate::extract::{self, Extracted, FaultKind, Fields, Unknown};
use crate::finding::{Finding, Problem};
use crate::image::ImageUse;
use crate::policy::Constraint;
use crate::settings::{Builds, LoginSource, Mode, Settings};
use crate::source::{ByPath, Fingerprint};
use crate::yaml::{self, Text};
pub use charts::{Charts, Install, text_of};
pub use constraints::constraints;
use effective::Wanted;
pub use effective::{Built, Root};
use reach::Reach;
pub use unknown::unknown;

/// What a run has read.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Files with image uses or faults, by name.
    pub files: Vec<ScannedFile>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Number of files read.
    pub read: usize,
    /// Number of documents in them, as far as they were looked into.
    pub documents: usize,
    /// The builds that were looked at.
    pub built: Built,
    /// The charts that were.
    pub charts: Charts,
    /// Logins that were found in what was read, where they were looked for.
    pub logins: Vec<LoginSource>,
    /// Strings that look like references and that nothing covers, with the names of their files; `None` where
    /// they were not looked for.
    pub unknown: Option<Vec<(String, Unknown)>>,
    /// Constraints of Gatekeeper; `None` where they were not looked for.
    pub constraints: Option<Vec<Constraint>>,
}

/// A file that has something to report.
#[derive(Debug)]
pub struct ScannedFile {
    /// The file.
    pub target: Target,
    /// What its bytes were.
    pub fingerprint: Fingerprint,
    /// Its bytes, kept only where they cannot be read again: standard input.
    pub kept: Option<Vec<u8>>,
    /// What it holds.
    pub extracted: Extracted,
}

impl Scanned {
    /// The image use that a finding is about.
    pub fn image(&self, finding: &Finding) -> Option<&ImageUse> {
        self.files.get(finding.file)?.image(finding)
    }

    /// All image uses.
    pub fn uses(&self) -> impl Iterator<Item = &ImageUse> {
        self.files.iter().flat_map(|file| &file.extracted.uses)
    }
}

impl ScannedFile {
    /// The image use that a finding of this file is about.
    pub fn image(&self, finding: &Finding) -> Option<&ImageUse> {
        self.extracted.uses.get(finding.image?)
    }

    /// The file's text to show, as far as it can be had: decoded, and maybe changed since.
    pub fn shown(&self) -> String {
        match yaml::decode(&self.bytes().unwrap_or_default()) {
            Text::Utf8(text) => text.to_owned(),
            Text::Other { sample, .. } => sample,
        }
    }

    /// The file's text, as long as it is still what was scanned.
    ///
    /// # Errors
    /// That the file changed, is no text, or can no longer be read.
    pub fn text(&self) -> Result<String, Problem> {
        let bytes = self.bytes().map_err(|error| unreadable(&self.target, &error))?;
        let name = &self.target.name;
        if Fingerprint::of(&bytes) != self.fingerprint {
            return Err(Problem::failure(name, "the file changed while it was looked at").hint("run again"));
        }
        String::from_utf8(bytes).map_err(|_| Problem::failure(name, "it is not UTF-8, and is not written"))
    }

    fn bytes(&self) -> std::io::Result<Vec<u8>> {
        match &self.target.path {
            Some(path) => read_file(path),
            None => Ok(self.kept.clone().unwrap_or_default()),
        }
    }
}

/// Reads every target and finds its image uses. `stdin` is the content of standard input, when a
/// target stands for it. Where builds are looked at, image uses carry what those come to.
pub fn scan(mut discovered: Discovered, stdin: &[u8], settings: &Settings, working_folder: &Path) -> Scanned {
    let read = &settings.read;
    let builds = &read.builds;
    let texts = context_files(&discovered.context);
    let context = Context::of(&texts);
    let texts = texts.into_iter().chain(in_place_of_files(&discovered, stdin));
    let texts: ByPath<OsString, String> = texts.map(|(path, text)| (path.into(), text)).collect();
    let problems = std::mem::take(&mut discovered.problems);
    let fields = Fields::of(&read.fields);
    let reach = Reach::of(&discovered, &texts);
    let configured = configured::fields(&reach, &texts, &read.fields);
    let look = |target: &Target, bytes: &mut Vec<u8>| {
        read_whole(target, stdin, bytes)?;
        let fields = configured.get(target.absolute.as_os_str()).unwrap_or(&fields);
        Ok(look(target, bytes, &context, fields))
    };
    let file = |target: &Target| {
        let mut bytes = Vec::new();
        Ok(look(target, &mut bytes)?.keep(target, &bytes))
    };
    let machines = read.machines;
    let again = settings.mode != Mode::Report;
    let (discovered, texts, reach, file) = (&discovered, &texts, &reach, &file);
    let wanted = Wanted { discovered, builds, machines, again, working_folder, reach, texts, file };
    let see = || {
        // One buffer serves all files that a thread reads in a row.
        let see = |bytes: &mut Vec<u8>, target| {
            let looked = look(target, bytes);
            see(target, bytes, looked, read.pull_secrets)
        };
        discovered.targets.par_iter().map_init(Vec::new, see).collect()
    };
    let build = || (*builds != Builds::None).then(|| effective::make(&wanted));
    let (seen, made): (Vec<Seen>, _) = rayon::join(see, build);
    let mut scanned = Scanned { problems, ..Scanned::default() };
    for seen in seen {
        scanned.problems.extend(seen.problems);
        scanned.logins.extend(seen.logins);
        scanned.read += usize::from(seen.read);
        scanned.documents += seen.documents;
        scanned.files.extend(seen.file);
    }
    if let Some(made) = made {
        effective::complete(&mut scanned, made, &wanted);
        charts::complete(&mut scanned, &wanted, read);
    }
    leave_versions_alone(&mut scanned);
    scanned
}

/// Takes out versions of images that no chart at hand completes, and says so: they are no references, and
/// may be why one that is checked comes out otherwise.
fn leave_versions_alone(scanned: &mut Scanned) {
    let mut told = Vec::new();
    for file in &mut scanned.files {
        let name = &file.target.name;
        for image in file.extracted.uses.extract_if(.., |image| image.is_version_alone()) {
            let message =
                format!("`{}` is a version for an image that is stated elsewhere", image.stated.written);
            told.push(Problem::note(name, message).at(image.start));
        }
    }
    if let Some(first) = told.first() {
        let message = match told.len() {
            1 => "a version is stated for an image whose repository is not: not checked".to_owned(),
            many => format!(
                "versions are stated in {many} places for images whose repositories are not: not checked"
            ),
        };
        let problem = Problem { at: first.at, ..Problem::warning(&first.file, message) };
        let hint =
            "-v names all of them; check what the chart renders to: `helm template … | kubepin check -`";
        scanned.problems.push(problem.hint(hint));
        scanned.problems.extend(told);
        scanned.problems.sort();
    }
}

/// Standard input as the text of the file that it was named after.
fn in_place_of_files(discovered: &Discovered, stdin: &[u8]) -> Option<(PathBuf, String)> {
    let target = discovered.targets.iter().find(|target| target.path.is_none())?;
    Some((target.absolute.clone(), String::from_utf8(stdin.to_vec()).ok()?))
}

/// What came of one target.
#[derive(Default)]
struct Seen {
    file: Option<ScannedFile>,
    problems: Vec<Problem>,
    logins: Vec<LoginSource>,
    read: bool,
    documents: usize,
}

fn see(target: &Target, bytes: &[u8], looked: Result<Looked, Problem>, pull_secrets: bool) -> Seen {
    let mut looked = match looked {
        Ok(looked) => looked,
        Err(problem) => return Seen { problems: vec![problem], ..Seen::default() },
    };
    let mut seen = Seen { read: true, documents: looked.extracted.documents, ..Seen::default() };
    seen.problems.extend(looked.problem.take());
    if pull_secrets && let Text::Utf8(text) = yaml::decode(bytes) {
        for found in logins::find(target, text) {
            match found {
                Ok(login) => seen.logins.push(login),
                Err(problem) => seen.problems.push(problem),
            }
        }
    }
    let Extracted { uses, faults, ignores, .. } = &looked.extracted;
    let worth_keeping =
        !uses.is_empty() || !faults.is_empty() || !ignores.is_empty() || target.path.is_none();
    seen.file = worth_keeping.then(|| looked.keep(target, bytes));
    seen
}

/// What was found in a file.
struct Looked {
    extracted: Extracted,
    /// What is to be said of it when it is no Kubernetes YAML.
    problem: Option<Problem>,
}

impl Looked {
    fn keep(self, target: &Target, bytes: &[u8]) -> ScannedFile {
        ScannedFile {
            target: target.clone(),
            fingerprint: Fingerprint::of(bytes),
            kept: target.path.is_none().then(|| bytes.to_vec()),
            extracted: self.extracted,
        }
    }
}

/// Reads a file in place of what `bytes` held.
fn read_whole(target: &Target, stdin: &[u8], bytes: &mut Vec<u8>) -> Result<(), Problem> {
    bytes.clear();
    let Some(path) = &target.path else {
        bytes.extend_from_slice(stdin);
        return Ok(());
    };
    read_walked(path, bytes).map_err(|error| unreadable(target, &error))
}

/// Looks at the bytes of a file.
fn look(target: &Target, bytes: &[u8], context: &Context, fields: &Fields) -> Looked {
    let mut extracted = match yaml::decode(bytes) {
        Text::Utf8(text) => extract::extract_with(text, fields, || context.role(&target.absolute)),
        Text::Other { problem, sample, offset } => {
            Extracted { faults: vec![extract::unreadable(problem, &sample, offset)], ..Extracted::default() }
        }
    };
    context.complete(&target.absolute, &mut extracted.uses);
    let problem = extracted.faults.iter().find(|fault| fault.kind == FaultKind::Foreign).map(|fault| {
        let message = format!("not read as Kubernetes YAML: {}", fault.message);
        Problem::note(&target.name, message).at(fault.start)
    });
    extracted.faults.retain(|fault| fault.kind != FaultKind::Foreign);
    Looked { extracted, problem }
}

/// The texts of the files that give context. One that cannot be read says nothing here; it is a target
/// of its own wherever it is reported on.
fn context_files(paths: &[PathBuf]) -> Vec<(PathBuf, String)> {
    paths.par_iter().filter_map(|path| Some((path.clone(), read_text(path).ok()?))).collect()
}

fn unreadable(target: &Target, error: &std::io::Error) -> Problem {
    let problem = Problem::failure(&target.name, format!("cannot be read: {}", error_text(error)));
    Problem { hint: hint(error).map(str::to_owned), ..problem }
}
