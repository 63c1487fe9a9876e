//! `kubepin verify`, `update` and `unpin`: what can be typed, and what it means.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::platform::PlatformArgs;
use super::sources::{CacheArgs, WrittenArgs};
use super::{AskArgs, HelmArgs, OverlookArgs, ReadArgs, ReportArgs, VerdictArgs};
use crate::platform::Platform;
use crate::settings::{Ask, Builds, Demands, Mode, Read, Settings, Sources, Task, Write};

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    helm: HelmArgs,
    /// Report images that are not made for this machine, as `linux/arm64`; what the configuration says of
    /// platforms does not count then (repeatable)
    #[arg(long, value_name = "OS/ARCH", value_parser = Platform::parse, help_heading = "Verdict")]
    require_platform: Vec<Platform>,
    /// Report digests that are known for less than this: `3d`, `12h`
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Verdict")]
    cooldown: Option<Duration>,
    #[command(flatten)]
    verdict: VerdictArgs,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    overlook: OverlookArgs,
    #[command(flatten)]
    output: ReportArgs,
}

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    helm: HelmArgs,
    #[command(flatten)]
    change: ChangeArgs,
    /// Leave a pin as it is while the new digest is known for less than this: `3d`, `12h`
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        help_heading = "Writing"
    )]
    cooldown: Option<Duration>,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    written: WrittenArgs,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    output: ReportArgs,
}

#[derive(Debug, Args)]
pub(super) struct UnpinArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    helm: HelmArgs,
    #[command(flatten)]
    change: ChangeArgs,
    /// The lock file, which knows the tags of bare digests [default: the nearest `kubepin.lock`]
    #[arg(long, value_name = "FILE", help_heading = "Writing")]
    lock_file: Option<PathBuf>,
    #[command(flatten)]
    output: ReportArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Writing")]
struct ChangeArgs {
    /// Show the change as a unified diff; write nothing
    #[arg(long)]
    diff: bool,
    /// Also change places where that may do more than change which bytes are pulled
    #[arg(long)]
    unsafe_fixes: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Asking registries")]
struct KnownArgs {
    /// Use logins in Secrets for pulling among the files that are read, if nothing else has one
    #[arg(long, help_heading = "Logins")]
    pull_secrets: bool,
    /// The lock file, which remembers digests [default: the nearest `kubepin.lock` up to the root of the
    /// repository]
    #[arg(long, value_name = "FILE")]
    lock_file: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
}

impl VerifyArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, helm, require_platform: platforms, cooldown, verdict, ask, known, overlook, output } =
            self;
        let VerdictArgs { strict, exit_zero } = verdict;
        let demands = Demands { platforms, machines: true, cooldown, ..Demands::default() };
        let settings = known.settings(ask, about(Task::Verify, read, helm, output));
        Settings { demands, overlook: overlook.settings(), strict, exit_zero, ..settings }
    }
}

impl UpdateArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, helm, change, cooldown, platform, written, ask, known, output } = self;
        let demands = Demands { cooldown, ..Demands::default() };
        let settings = known.settings(ask, change.settings(about(Task::Update, read, helm, output)));
        let sources = written.settings(settings.ask.sources);
        let ask = Ask { platform: platform.settings(), sources, ..settings.ask };
        Settings { ask, demands, ..settings }
    }
}

impl UnpinArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, helm, change, lock_file, output } = self;
        let sources = Sources { lock_file, ..Sources::default() };
        let ask = Ask { sources, ..Ask::default() };
        Settings { ask, ..change.settings(about(Task::Unpin, read, helm, output)) }
    }
}

impl ChangeArgs {
    fn settings(self, settings: Settings) -> Settings {
        let Self { diff, unsafe_fixes } = self;
        let mode = if diff { Mode::Diff } else { Mode::Fix };
        Settings { mode, write: Write { unsafe_fixes, ..Write::default() }, ..settings }
    }
}

impl KnownArgs {
    /// Registries alone are asked: what they said of tags before is of no use about what they say now.
    fn settings(self, ask: AskArgs, settings: Settings) -> Settings {
        let Self { pull_secrets, lock_file, cache } = self;
        let cache = cache.settings(Duration::ZERO);
        let sources = Sources { lock_file, cache, ..Sources::default() };
        let read = Read { pull_secrets, ..settings.read };
        Settings { read, ask: Ask { sources, ..ask.settings() }, ..settings }
    }
}

fn about(task: Task, read: ReadArgs, helm: HelmArgs, output: ReportArgs) -> Settings {
    let settings = read.settings(output.settings());
    let read = Read {
        builds: Builds::Judged,
        tags: true,
        machines: task == Task::Verify,
        render: helm.settings(),
        ..settings.read
    };
    Settings { read, task, ..settings }
}
