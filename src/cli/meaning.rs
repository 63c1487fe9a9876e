//! What was typed, as settings.
//!
//! In: arguments and environment. Out: final values.
//! Invariant: every group of arguments is taken apart by name in one place, so that none is forgotten.

use super::{BuildArgs, CheckArgs, ListArgs, ReadArgs, VerdictArgs};
use crate::settings::{
    Ask, Builds, ConfigFile, Demands, Details, Judge, Mode, Output, Overlook, Read, Settings, Task, Write,
};

impl CheckArgs {
    pub(super) fn settings(self) -> Settings {
        let Self {
            read,
            helm,
            write,
            ask,
            platform,
            pull_secrets,
            sources,
            overlook,
            output,
            verdict: VerdictArgs { strict, exit_zero },
            like,
            show_settings: show,
        } = self;
        let settings = read.settings(output.settings());
        let (mode, write) = write.settings();
        let asks = mode != Mode::Report;
        let (render, pull_secrets) = (helm.settings(), asks && pull_secrets);
        let read = Read {
            builds: Builds::Judged,
            forms: asks,
            machines: asks,
            pull_secrets,
            render,
            ..settings.read
        };
        let ask = Ask { platform: platform.settings(), sources: sources.settings(), ..ask.settings() };
        let like_gatekeeper = like.is_some();
        let overlook = overlook.settings();
        let overlook = Overlook { ignores: overlook.ignores && !like_gatekeeper, ..overlook };
        Settings { read, mode, write, ask, overlook, strict, exit_zero, like_gatekeeper, show, ..settings }
    }
}

impl ListArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, builds, helm, unknown, output } = self;
        let settings = read.settings(output.settings());
        let render = helm.settings();
        // What helm renders is listed as what builds make is.
        let builds = match builds.settings() {
            Builds::None if render.is_some() => Builds::Roots,
            builds => builds,
        };
        Settings { read: Read { builds, unknown, render, ..settings.read }, ..settings }
    }
}

impl ReadArgs {
    /// Settings to read, and to report on standard output; nothing is asked or written.
    pub(super) fn settings(self, output: Output) -> Settings {
        let Self { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, threads, config } = self;
        let read =
            Read { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, ..Read::default() };
        Settings { threads, config: config.settings(), ..plain(read, output) }
    }
}

/// Settings to read, and to report; nothing is asked or written.
pub(super) fn plain(read: Read, output: Output) -> Settings {
    Settings {
        read,
        task: Task::Pin,
        mode: Mode::Report,
        write: Write::default(),
        ask: Ask::default(),
        demands: Demands::default(),
        details: Details::default(),
        output,
        overlook: Overlook::default(),
        strict: false,
        exit_zero: false,
        like_gatekeeper: false,
        threads: None,
        judge: Judge::default(),
        config: ConfigFile::None,
        show: false,
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
