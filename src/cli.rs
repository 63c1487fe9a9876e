//! The command line: what can be typed, and what it means.
//!
//! In: arguments. Out: a [`Command`] with final [`Settings`].
//! Invariant: what is typed is kept apart from what it means (`meaning`).

mod ask;
mod attach;
mod config;
mod generated;
mod helm;
mod inspect;
mod krm;
mod lock;
mod logins;
mod lookup;
mod meaning;
mod output;
mod overlook;
mod pins;
mod platform;
mod policy;
mod referrers;
mod resolve;
mod sources;
mod write;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::policy::Form;
use crate::settings::{Attach, ConfigFile, Inspect, Resolve, Settings, ShowReferrers};
use ask::AskArgs;
use attach::AttachArgs;
use config::ConfigArgs;
pub use generated::{completions, manual, write_manuals};
use helm::HelmArgs;
use inspect::InspectArgs;
use krm::KrmArgs;
use lock::LockArgs;
use logins::LoginArgs;
use lookup::LookupArgs;
use output::{ListingArgs, ReportArgs};
use overlook::OverlookArgs;
use pins::{UnpinArgs, UpdateArgs, VerifyArgs};
use platform::PlatformArgs;
use policy::{LikeArg, PolicyCommand};
use referrers::ReferrersArgs;
use resolve::ResolveArgs;
use sources::SourceArgs;
use write::WriteArgs;

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
    /// Ask registries about what is pinned
    Verify(VerifyArgs),
    /// Move pins to what their tags point to now
    Update(UpdateArgs),
    /// Take digests off again
    Unpin(UnpinArgs),
    /// List every image, pinned or not
    List(ListArgs),
    /// Write the digests of all images into kubepin.lock
    Lock(LockArgs),
    /// Print the digests of references
    Resolve(ResolveArgs),
    /// Show what a reference names, down to its layers
    Inspect(InspectArgs),
    /// Show what refers to an image: signatures, attestations, bills of materials
    Referrers(ReferrersArgs),
    /// Attach files to an image, such as a bill of materials
    Attach(AttachArgs),
    /// Judge and pin resources for kpt and kustomize, as a KRM function
    Krm(KrmArgs),
    /// Explain a rule: what, why, how to fix it
    Explain {
        /// Id of the rule, as printed in brackets
        rule: String,
    },
    /// List all rules
    Rules,
    /// Write a configuration file to begin with
    Init,
    /// Print what a shell needs to complete commands and options
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the page for man
    Man {
        /// Write it into this folder, and one for each command beside it
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Give admission policies what is demanded here, and take over what they say
    #[command(subcommand)]
    Policy(PolicyCommand),
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
    #[command(flatten)]
    platform: PlatformArgs,
    /// Use logins in Secrets for pulling among the files that are read, if nothing else has one
    #[arg(long, help_heading = "Logins")]
    pull_secrets: bool,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    overlook: OverlookArgs,
    #[command(flatten)]
    output: ReportArgs,
    #[command(flatten)]
    verdict: VerdictArgs,
    /// Predict what the constraints of Gatekeeper among the files say; what they would let pass only warns
    #[arg(long, value_name = "POLICY", help_heading = "Verdict")]
    #[arg(conflicts_with_all = ["fix", "diff", "baseline", "write_baseline"])]
    like: Option<LikeArg>,
    /// Print the settings that hold, as a configuration file, and do nothing else
    #[arg(long, help_heading = "Settings")]
    show_settings: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Verdict")]
struct VerdictArgs {
    /// Let warnings count for the exit status
    #[arg(long)]
    strict: bool,
    /// Exit with 0 whatever is found (2 stays 2)
    #[arg(long)]
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
    /// List strings that look like references in fields that no rule covers, with their paths for
    /// `[[fields]]` of the configuration
    #[arg(long, help_heading = "Arguments")]
    unknown: bool,
    #[command(flatten)]
    output: ListingArgs,
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
    #[command(flatten)]
    config: ConfigArgs,
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

/// What a run does.
#[derive(Debug)]
pub enum Command {
    /// Find, judge and mend, as the task of the settings is.
    Check(Settings),
    /// Find.
    List(Settings),
    /// Find, ask and remember.
    Lock(Settings),
    /// Ask.
    Resolve(Resolve),
    /// Ask, and look into the answer.
    Inspect(Inspect),
    /// Ask for what refers to an image.
    Referrers(ShowReferrers),
    /// Attach files to an image.
    Attach(Attach),
    /// Judge and mend a list of resources.
    Krm(Settings),
    /// Print the page of a rule.
    Explain(String),
    /// Print all rules.
    Rules,
    /// Print completions for the shell of this name.
    Completions(clap_complete::Shell),
    /// Print the page for man, or write all pages into a folder.
    Man(Option<PathBuf>),
    /// Write a configuration file.
    Init,
    /// Print a policy of this form.
    ExportPolicy(Form, ConfigFile),
    /// Print what constraints in these files and folders exempt.
    ImportPolicy(Vec<PathBuf>),
}

impl Cli {
    /// What was typed, in final values.
    pub fn meaning(self) -> Command {
        match self.command {
            Typed::Check(args) => Command::Check(args.settings()),
            Typed::Verify(args) => Command::Check(args.settings()),
            Typed::Update(args) => Command::Check(args.settings()),
            Typed::Unpin(args) => Command::Check(args.settings()),
            Typed::List(args) => Command::List(args.settings()),
            Typed::Lock(args) => Command::Lock(args.settings()),
            Typed::Resolve(args) => Command::Resolve(args.settings()),
            Typed::Inspect(args) => Command::Inspect(args.settings()),
            Typed::Referrers(args) => Command::Referrers(args.settings()),
            Typed::Attach(args) => Command::Attach(args.settings()),
            Typed::Krm(args) => Command::Krm(args.settings()),
            Typed::Explain { rule } => Command::Explain(rule),
            Typed::Rules => Command::Rules,
            Typed::Init => Command::Init,
            Typed::Completions { shell } => Command::Completions(shell),
            Typed::Man { dir } => Command::Man(dir),
            Typed::Policy(command) => command.meaning(),
        }
    }
}

/// The two sides of `A=B`.
fn pair(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(left, right)| !left.is_empty() && !right.is_empty())
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
