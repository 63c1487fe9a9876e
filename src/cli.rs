//! The command line: what can be typed, and what it means.
//!
//! In: arguments. Out: a [`Command`] with final [`Settings`].
//! Invariant: what is typed is kept apart from what it means (`meaning`).

mod lock;
mod logins;
mod meaning;
mod overlook;
mod resolve;
mod sources;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::settings::{Mirror, Resolve, Settings};
use lock::LockArgs;
use logins::LoginArgs;
use overlook::OverlookArgs;
use resolve::ResolveArgs;
use sources::SourceArgs;

const AFTER_HELP: &str = "\
Exit status:
  0  clean, or everything was fixed
  1  findings remain (--diff: something would change)
  2  the job could not be done, or not all of it: usage, files, registries

Examples:
  kubepin check deploy/             what is not pinned, offline
  kubepin check --diff deploy/      the change that pins it
  kubepin check --fix deploy/       make that change
  helm template . | kubepin check - what a chart renders to";

/// Makes Kubernetes configuration say exactly which image runs.
#[derive(Debug, Parser)]
#[command(name = "kubepin", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Typed,
}

#[derive(Debug, Subcommand)]
enum Typed {
    /// Find images that are not pinned, and pin them
    Check(Box<CheckArgs>),
    /// List every image, pinned or not
    List(ListArgs),
    /// Write the digests of all images into kubepin.lock
    Lock(LockArgs),
    /// Print the digests of references
    Resolve(ResolveArgs),
    /// Explain a rule: what, why, how to fix it
    Explain {
        /// Id of the rule, as printed in brackets
        rule: String,
    },
    /// List all rules
    Rules,
}

#[derive(Debug, Args)]
struct CheckArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    helm: HelmArgs,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    ask: AskArgs,
    /// Use logins in Secrets for pulling among the files that are read, if nothing else has one
    #[arg(long, help_heading = "Logins")]
    pull_secrets: bool,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    overlook: OverlookArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Let warnings count for the exit status
    #[arg(long, help_heading = "Verdict")]
    strict: bool,
    /// Exit with 0 whatever is found (2 stays 2)
    #[arg(long, help_heading = "Verdict")]
    exit_zero: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    builds: BuildArgs,
    #[command(flatten)]
    helm: HelmArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What is read")]
struct ReadArgs {
    /// Files and folders; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".", help_heading = "Arguments")]
    paths: Vec<PathBuf>,
    /// Leave out files and folders that match (repeatable)
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Leave out excluded and ignored files even when they are named (for hooks)
    #[arg(long)]
    force_exclude: bool,
    /// Do not read .gitignore, .ignore and .kubepinignore
    #[arg(long)]
    no_ignore: bool,
    /// Read hidden files and folders, too
    #[arg(long)]
    hidden: bool,
    /// What standard input is called in reports
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Kustomize")]
struct BuildArgs {
    /// Also list what the builds of kustomizations make of each image
    #[arg(long)]
    effective: bool,
    /// Look at the build of this kustomization only [default: every one that no other includes]
    #[arg(long, value_name = "DIR", requires = "effective")]
    root: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Helm")]
struct HelmArgs {
    /// Render charts with the helm on the PATH (3 or 4), and judge all that comes out
    #[arg(long)]
    render: bool,
    /// Lay the values of this file over those of the chart (repeatable)
    #[arg(short = 'f', long = "values", value_name = "FILE", requires = "render")]
    values: Vec<PathBuf>,
    /// Set a value, as for helm (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "render")]
    sets: Vec<String>,
    /// Pass this argument to `helm template`, as in --helm-arg=--kube-version=1.31 (repeatable)
    #[arg(long = "helm-arg", value_name = "ARG", requires = "render", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// Seconds that one run of helm may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "render")]
    render_timeout: u64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Writing")]
struct WriteArgs {
    /// Resolve and show the change as a unified diff; write nothing
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Resolve and rewrite the files; with `-`, rewrite standard input to standard output
    #[arg(long)]
    fix: bool,
    /// Also write fixes that may change more than which bytes are pulled
    #[arg(long)]
    unsafe_fixes: bool,
    /// How a pinned reference is written
    #[arg(long, value_enum, default_value_t = StyleArg::TagAndDigest)]
    style: StyleArg,
    /// Where the digest goes in an entry of `images:` of a kustomization
    #[arg(long, value_enum, default_value_t = KustomizeFormArg::DigestKey, value_name = "FORM")]
    kustomize_form: KustomizeFormArg,
    /// With `--fix -`: pass references through that no registry answered for
    #[arg(long)]
    allow_unresolved: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Asking registries")]
struct AskArgs {
    /// Ask TO instead of registry FROM; `*=TO` for every registry (repeatable)
    #[arg(long, value_name = "FROM=TO", value_parser = mirror)]
    registry_mirror: Vec<Mirror>,
    /// Ask this registry over plain HTTP (loopback is anyway; repeatable)
    #[arg(long, value_name = "HOST")]
    plain_http: Vec<String>,
    /// Trust these certificate authorities (PEM), too
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    logins: LoginArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct OutputArgs {
    /// Form of the report
    #[arg(long, value_enum, default_value_t = FormatArg::Human, env = "KUBEPIN_FORMAT")]
    format: FormatArg,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
    color: ColorArg,
    /// Print findings only
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Also say what was passed over, and who asked each registry
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StyleArg {
    /// `nginx:1.27@sha256:…`
    TagAndDigest,
    /// `nginx@sha256:…`
    DigestOnly,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KustomizeFormArg {
    /// `digest:` beside `newTag:`
    DigestKey,
    /// `newTag: 1.27@sha256:…`
    TagWithDigest,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatArg {
    /// Source, underline, why, what to do
    Human,
    /// One line for each finding
    Concise,
    /// One JSON document, of schema kubepin.check/1, kubepin.list/1, kubepin.resolve/1
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What a run does.
#[derive(Debug)]
pub enum Command {
    /// Find, judge and mend.
    Check(Settings),
    /// Find.
    List(Settings),
    /// Find, ask and remember.
    Lock(Settings),
    /// Ask.
    Resolve(Resolve),
    /// Print the page of a rule.
    Explain(String),
    /// Print all rules.
    Rules,
}

impl Cli {
    /// What was typed, in final values.
    pub fn meaning(self) -> Command {
        match self.command {
            Typed::Check(args) => Command::Check(args.settings()),
            Typed::List(args) => Command::List(args.settings()),
            Typed::Lock(args) => Command::Lock(args.settings()),
            Typed::Resolve(args) => Command::Resolve(args.settings()),
            Typed::Explain { rule } => Command::Explain(rule),
            Typed::Rules => Command::Rules,
        }
    }
}

/// The two sides of `A=B`.
fn pair(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(left, right)| !left.is_empty() && !right.is_empty())
}

fn mirror(text: &str) -> Result<Mirror, String> {
    let (from, to) = pair(text).ok_or("expected FROM=TO, for example docker.io=mirror.internal/docker")?;
    if to.contains("://") {
        return Err(format!("`{to}` has a scheme: give host, port and path only (see --plain-http)"));
    }
    Ok(Mirror { from: from.to_owned(), to: to.trim_end_matches('/').to_owned() })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
