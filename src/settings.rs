//! What a run means to do: final values, no options to interpret any more.
//!
//! In: filled by the command line. Out: read by every step, which takes the part it needs.
//! Invariant: plain data; nothing here reads files or the environment.

use std::path::PathBuf;
use std::time::Duration;

/// Everything a run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which files are read.
    pub read: Read,
    /// What becomes of the findings.
    pub mode: Mode,
    /// How a pin is written, and which ones may be.
    pub write: Write,
    /// How registries are asked.
    pub ask: Ask,
    /// What is printed.
    pub output: Output,
    /// Warnings count for the exit status.
    pub strict: bool,
    /// Findings do not count for the exit status.
    pub exit_zero: bool,
    /// Number of threads that scan; `None`: one for each core.
    pub threads: Option<usize>,
}

/// Which files are read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Files and folders, as typed; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// Globs of files and folders that are left out.
    pub exclude: Vec<String>,
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
    /// The form of a pinned reference.
    pub style: Style,
    /// Where the digest of a kustomization's entry goes.
    pub kustomize_form: KustomizeForm,
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

/// How registries are asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Ask another registry instead: the name as people know it (`docker.io`, `*` for all) and the
    /// host, optionally with a path, that is asked.
    pub mirrors: Vec<Mirror>,
    /// Hosts (with port, when they have one) that are asked over plain HTTP. Loopback always may be.
    pub plain_http: Vec<String>,
    /// PEM file of certificate authorities trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Docker's configuration file, where credentials come from. It need not exist.
    pub docker_config: Option<PathBuf>,
    /// Requests in flight for one host.
    pub concurrency: usize,
    /// Time for a connection to stand.
    pub connect_timeout: Duration,
    /// Time for one request, from sending it to the last byte of the answer.
    pub request_timeout: Duration,
    /// Time for a credential helper.
    pub helper_timeout: Duration,
    /// Time for all questions of a run.
    pub run_timeout: Duration,
    /// How failures are met.
    pub retry: Retry,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            mirrors: Vec::new(),
            plain_http: Vec::new(),
            ca_file: None,
            docker_config: None,
            concurrency: 16,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            helper_timeout: Duration::from_secs(20),
            run_timeout: Duration::from_secs(15 * 60),
            retry: Retry::default(),
        }
    }
}

/// How failures of a host are met.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often one request is sent at most while the host fails.
    pub attempts: usize,
    /// Upper bound of the wait after the first failure. It doubles with each further one.
    pub first_wait: Duration,
    /// Longest wait. A host that wants to be left alone for longer is left alone.
    pub longest_wait: Duration,
    /// Time that the failures of one host may cost a run in all.
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(60),
            patience: Duration::from_secs(120),
        }
    }
}

/// Asks `to` whenever a reference names `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry as people know it, or `*` for every registry.
    pub from: String,
    /// Host, optional port, optional path prefix of repositories.
    pub to: String,
}

/// What is printed.
#[derive(Clone, Debug)]
pub struct Output {
    /// Form of the report.
    pub format: Format,
    /// Whether standard output takes colour.
    pub color: bool,
    /// Columns of the human report.
    pub width: usize,
    /// Box-drawing characters, not ASCII.
    pub unicode: bool,
    /// Say nothing but findings.
    pub quiet: bool,
    /// Say what was passed over, too.
    pub verbose: bool,
    /// Whether a progress line may be drawn on standard error.
    pub progress: bool,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Human,
    /// One line for each finding.
    Concise,
    /// Schema `kubepin.check/1` or `kubepin.list/1`.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
}
