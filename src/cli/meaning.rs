//! What was typed, as settings.
//!
//! In: arguments and environment. Out: final values.
//! Invariant: every group of arguments is taken apart by name in one place, so that none is forgotten.

use std::io::IsTerminal as _;
use std::time::Duration;

use super::{AskArgs, BuildArgs, CheckArgs, ColorArg, FormatArg, HelmArgs, ListArgs, OutputArgs, ReadArgs};
use crate::settings::{Ask, Builds, Demands, Format, Mode, Output, Read, Render, Settings, Task, Write};

/// Columns of a report that no terminal shows.
const WIDTH: usize = 100;

impl CheckArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, helm, write, ask, platform, pull_secrets, sources, output, strict, exit_zero } =
            self;
        let (read, threads) = read.settings();
        let (mode, write) = write.settings();
        let asks = mode != Mode::Report;
        let (render, pull_secrets) = (helm.settings(), asks && pull_secrets);
        let read = Read { builds: Builds::Judged, forms: asks, pull_secrets, render, ..read };
        let ask = Ask { platform: platform.settings(), sources: sources.settings(), ..ask.settings() };
        let output = output.settings();
        let (task, demands) = (Task::Pin, Demands::default());
        Settings { read, task, mode, write, ask, demands, output, strict, exit_zero, threads }
    }
}

impl ListArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, builds, helm, output } = self;
        let (read, threads) = read.settings();
        let render = helm.settings();
        // What helm renders is listed as what builds make is.
        let builds = match builds.settings() {
            Builds::None if render.is_some() => Builds::Roots,
            builds => builds,
        };
        let read = Read { builds, render, ..read };
        let write = Write::default();
        let output = output.settings();
        let ask = Ask::default();
        Settings {
            read,
            task: Task::Pin,
            mode: Mode::Report,
            demands: Demands::default(),
            write,
            ask,
            output,
            strict: false,
            exit_zero: false,
            threads,
        }
    }
}

impl ReadArgs {
    pub(super) fn settings(self) -> (Read, Option<usize>) {
        let Self { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, threads } = self;
        let read =
            Read { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, ..Read::default() };
        (read, threads)
    }
}

impl BuildArgs {
    pub(super) fn settings(self) -> Builds {
        let Self { effective, root } = self;
        match root {
            _ if !effective => Builds::None,
            None => Builds::Roots,
            Some(folder) => Builds::Root(folder),
        }
    }
}

impl HelmArgs {
    pub(super) fn settings(self) -> Option<Render> {
        let Self { render, values, sets, arguments, render_timeout } = self;
        render.then(|| Render { values, sets, arguments, timeout: Duration::from_secs(render_timeout) })
    }
}

impl AskArgs {
    pub(super) fn settings(self) -> Ask {
        let Self { registry_mirror, plain_http, ca_file, logins } = self;
        Ask { mirrors: registry_mirror, plain_http, ca_file, ..logins.settings() }
    }
}

impl OutputArgs {
    pub(super) fn settings(self) -> Output {
        let Self { format, color, quiet, verbose } = self;
        let format = match format {
            FormatArg::Human => Format::Human,
            FormatArg::Concise => Format::Concise,
            FormatArg::Json => Format::Json,
            FormatArg::Github => Format::Github,
        };
        let stdout = std::io::stdout();
        let color = match color {
            ColorArg::Auto => anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
            ColorArg::Always => true,
            ColorArg::Never => false,
        };
        let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).max(40));
        let unicode = !std::env::var("TERM").is_ok_and(|term| term == "dumb" || term == "linux");
        let progress = std::io::stderr().is_terminal() && !quiet;
        Output { format, color, width, unicode, quiet, verbose, progress }
    }
}
