//! What was typed, as settings.
//!
//! In: arguments and environment. Out: final values.
//! Invariant: every group of arguments is taken apart by name in one place, so that none is forgotten.

use super::{AskArgs, BuildArgs, CheckArgs, ListArgs, ReadArgs};
use crate::settings::{Ask, Builds, ConfigFile, Demands, Judge, Mode, Read, Settings, Task, Write};

impl CheckArgs {
    pub(super) fn settings(self) -> Settings {
        let show = self.show_settings;
        let Self {
            read, helm, write, ask, platform, pull_secrets, sources, output, strict, exit_zero, ..
        } = self;
        let (read, threads, config) = read.settings();
        let (mode, write) = write.settings();
        let asks = mode != Mode::Report;
        let (render, pull_secrets) = (helm.settings(), asks && pull_secrets);
        let read = Read { builds: Builds::Judged, forms: asks, pull_secrets, render, ..read };
        let ask = Ask { platform: platform.settings(), sources: sources.settings(), ..ask.settings() };
        let output = output.settings();
        let (task, demands, judge) = (Task::Pin, Demands::default(), Judge::default());
        Settings {
            read,
            task,
            mode,
            write,
            ask,
            demands,
            output,
            strict,
            exit_zero,
            threads,
            judge,
            config,
            show,
        }
    }
}

impl ListArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, builds, helm, output } = self;
        let (read, threads, config) = read.settings();
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
            judge: Judge::default(),
            config,
            show: false,
        }
    }
}

impl ReadArgs {
    pub(super) fn settings(self) -> (Read, Option<usize>, ConfigFile) {
        let Self {
            paths,
            exclude,
            force_exclude,
            no_ignore,
            hidden,
            stdin_filename,
            threads,
            config,
            isolated,
        } = self;
        let config = match config {
            Some(file) => ConfigFile::Named(file),
            None if isolated => ConfigFile::None,
            None => ConfigFile::Nearest,
        };
        let read =
            Read { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, ..Read::default() };
        (read, threads, config)
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

impl AskArgs {
    pub(super) fn settings(self) -> Ask {
        let Self { registry_mirror, plain_http, ca_file, logins } = self;
        Ask { mirrors: registry_mirror, plain_http, ca_file, ..logins.settings() }
    }
}
