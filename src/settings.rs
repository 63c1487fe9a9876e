//! What a run means to do: final values, no options to interpret any more.
//!
//! In: filled by the command line. Out: read by every step, which takes the part it needs.
//! Invariant: plain data; nothing here reads files or the environment.

mod ask;
mod demands;
mod judge;
mod overlook;
mod referrers;
mod sources;

use std::path::PathBuf;
use std::time::Duration;

pub use ask::{Ask, LoginForm, LoginSource, Mirror, Proxy, Retry, TrustedRealm};
pub use demands::{Demands, Details, MISSING_PLATFORM, MISSING_REFERRER, RequiredReferrers, TOO_RECENT};
pub use judge::{Exemption, Judge, Level, Namespaces, Override};
pub use overlook::Overlook;
pub use referrers::{Attach, ShowReferrers};
pub use sources::{Cache, Daemon, Reach, Sources};

/// Everything a run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which files are read.
    pub read: Read,
    /// What it is about.
    pub task: Task,
    /// What becomes of the findings.
    pub mode: Mode,
    /// How a pin is written, and which ones may be.
    pub write: Write,
    /// How registries are asked.
    pub ask: Ask,
    /// What is demanded of pins.
    pub demands: Demands,
    /// What the lock file is to say of digests.
    pub details: Details,
    /// What is printed.
    pub output: Output,
    /// Which findings are not reported.
    pub overlook: Overlook,
    /// Warnings count for the exit status.
    pub strict: bool,
    /// Findings do not count for the exit status.
    pub exit_zero: bool,
    /// Findings weigh what Gatekeeper would give them.
    pub like_gatekeeper: bool,
    /// Number of threads that scan; `None`: one for each core.
    pub threads: Option<usize>,
    /// What counts, and how much.
    pub judge: Judge,
    /// Where the configuration file is.
    pub config: ConfigFile,
    /// Print the settings, and do nothing else.
    pub show: bool,
}

/// Where the configuration file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// The nearest one, up to the root of the repository.
    #[default]
    Nearest,
    /// This one.
    Named(PathBuf),
    /// None is read.
    None,
}

/// References to resolve.
#[derive(Clone, Debug)]
pub struct Resolve {
    /// As typed; `-` stands for the lines of standard input.
    pub references: Vec<String>,
    /// Print the whole references, not the digests alone.
    pub full: bool,
    /// How registries are asked.
    pub ask: Ask,
    /// Where the configuration file is.
    pub config: ConfigFile,
    /// What is printed.
    pub output: Output,
}

/// A reference to look into.
#[derive(Clone, Debug)]
pub struct Inspect {
    /// As typed.
    pub reference: String,
    /// Look for the tags that name the same.
    pub tags: bool,
    /// How registries are asked.
    pub ask: Ask,
    /// Where the configuration file is.
    pub config: ConfigFile,
    /// What is printed.
    pub output: Output,
}

/// Which files are read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Files and folders, as typed; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// Globs of files and folders that are left out.
    pub exclude: Vec<String>,
    /// More of them, seen from the folder of the configuration file.
    pub exclude_below: Option<(PathBuf, Vec<String>)>,
    /// Fields of resources that state images.
    pub fields: Vec<Field>,
    /// Leave out excluded and ignored files even when they are named.
    pub force_exclude: bool,
    /// Do not read ignore files.
    pub no_ignore: bool,
    /// Read hidden files and folders.
    pub hidden: bool,
    /// The name standard input goes by in reports.
    pub stdin_filename: Option<PathBuf>,
    /// Which builds are looked at.
    pub builds: Builds,
    /// Whether it is tried in which form charts take a digest.
    pub forms: bool,
    /// Whether it is tried which tags charts give to images without their digests.
    pub tags: bool,
    /// Whether it is told where pods say which machines they may come to.
    pub machines: bool,
    /// Whether strings are looked for that look like references and that nothing covers.
    pub unknown: bool,
    /// Whether Secrets with logins are looked for.
    pub pull_secrets: bool,
    /// How the helm of this machine renders charts; `None`: kubepin does it itself.
    pub render: Option<Render>,
}

/// Fields of resources that state images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `apiVersion` of the resources; `*` stands for any text.
    pub api_version: String,
    /// Their `kind`, likewise.
    pub kind: String,
    /// Paths of references.
    pub paths: Vec<String>,
    /// Paths of references behind `oci://`, `docker://` or `registry://`.
    pub urls: Vec<String>,
}

/// How the helm of this machine renders charts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Render {
    /// Files with values that are laid over those of the chart, the later over the earlier.
    pub values: Vec<PathBuf>,
    /// `key=value` laid over all.
    pub sets: Vec<String>,
    /// Further arguments of `helm template`.
    pub arguments: Vec<String>,
    /// Time for one run of helm.
    pub timeout: Duration,
}

/// Which builds of kustomizations are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Builds {
    /// None.
    #[default]
    None,
    /// For verdicts: those of every kustomization that no other includes and that reads a target.
    Judged,
    /// For the list: those of every kustomization that no other includes.
    Roots,
    /// That of the kustomization in one folder.
    Root(PathBuf),
}

/// What a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Images without a digest, and how to pin them.
    Pin,
    /// Pins, and what registries say of them.
    Verify,
    /// Pins, and what their tags point to now.
    Update,
    /// Pins, and how to take them off.
    Unpin,
}

/// What becomes of the findings of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Report them, offline.
    Report,
    /// Resolve, and show the change as a unified diff.
    Diff,
    /// Resolve, and rewrite the files.
    Fix,
}

/// How a pin is written, and which ones may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Write {
    /// The form of a pinned reference; `None`: the usual one.
    pub style: Option<Style>,
    /// Where the digest of a kustomization's entry goes; `None`: the usual place.
    pub kustomize_form: Option<KustomizeForm>,
    /// Write fixes that may change more than which bytes are pulled.
    pub unsafe_fixes: bool,
    /// In a filter, pass a reference through that got no answer.
    pub allow_unresolved: bool,
}

/// The form of a pinned reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `nginx:1.27@sha256:…`
    #[default]
    TagAndDigest,
    /// `nginx@sha256:…`
    DigestOnly,
    /// `nginx@sha256:… # 1.27`
    DigestWithComment,
}

/// Where the digest of an entry of `images:` goes that sets a tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KustomizeForm {
    /// `digest:` beside `newTag:`.
    #[default]
    DigestKey,
    /// `newTag: 1.27@sha256:…`, which other tools can follow.
    TagWithDigest,
}

/// What is printed.
#[derive(Clone, Debug)]
pub struct Output {
    /// Form of the report.
    pub format: Format,
    /// Files that get it, too.
    pub files: Vec<OutputFile>,
    /// The file for the summary of the step, where a GitHub workflow runs.
    pub step_summary: Option<PathBuf>,
    /// Whether standard output takes colour.
    pub color: bool,
    /// Columns of the human report.
    pub width: usize,
    /// Columns of the lines of source in it.
    pub source_width: usize,
    /// Box-drawing characters, not ASCII.
    pub unicode: bool,
    /// Say nothing but findings.
    pub quiet: bool,
    /// Say what was passed over, too, and who asked each registry.
    pub verbose: bool,
    /// Whether a progress line may be drawn on standard error.
    pub progress: bool,
}

/// A file that gets the report.
#[derive(Clone, Debug)]
pub struct OutputFile {
    /// In this form.
    pub format: Format,
    /// Where it is.
    pub path: PathBuf,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Human,
    /// One line for each finding.
    Concise,
    /// One document, of a schema for each command: `kubepin.check/1`.
    Json,
    /// A line of JSON for each finding.
    JsonLines,
    /// The Static Analysis Results Interchange Format, 2.1.0.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// `JUnit`'s XML.
    Junit,
    /// Reviewdog's diagnostics.
    Rdjson,
    /// A table in Markdown.
    Markdown,
}
