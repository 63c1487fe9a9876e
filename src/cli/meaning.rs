//! What was typed, as settings.
//!
//! In: arguments and environment. Out: final values.
//! Invariant: every group of arguments is taken apart by name in one place, so that none is forgotten.

use std::io::IsTerminal as _;
use std::time::Duration;

use super::{
    AskArgs, BuildArgs, CheckArgs, ColorArg, FormatArg, HelmArgs, KustomizeFormArg, ListArgs, OutputArgs,
    ReadArgs, StyleArg, WriteArgs,
};
use crate::settings::{
    Ask, Builds, Format, KustomizeForm, Mode, Output, Overlook, Read, Render, Settings, Style, Write,
};

/// Columns of a report that no terminal shows.
const WIDTH: usize = 100;

impl CheckArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, helm, write, ask, pull_secrets, sources, overlook, output, strict, exit_zero } =
            self;
        let (read, threads) = read.settings();
        let (mode, write) = write.settings();
        let asks = mode != Mode::Report;
        let (render, pull_secrets) = (helm.settings(), asks && pull_secrets);
        let read = Read { builds: Builds::Judged, forms: asks, pull_secrets, render, ..read };
        let ask = Ask { sources: sources.settings(), ..ask.settings() };
        let (overlook, output) = (overlook.settings(), output.settings());
        Settings { read, mode, write, ask, output, overlook, strict, exit_zero, threads }
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
        let (ask, overlook) = (Ask::default(), Overlook::default());
        let (mode, strict, exit_zero) = (Mode::Report, false, false);
        Settings { read, mode, write, ask, output, overlook, strict, exit_zero, threads }
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

impl WriteArgs {
    pub(super) fn settings(self) -> (Mode, Write) {
        let Self { diff, fix, unsafe_fixes, style, kustomize_form, allow_unresolved } = self;
        let mode = match (diff, fix) {
            (true, _) => Mode::Diff,
            (_, true) => Mode::Fix,
            _ => Mode::Report,
        };
        let style = match style {
            StyleArg::TagAndDigest => Style::TagAndDigest,
            StyleArg::DigestOnly => Style::DigestOnly,
        };
        let kustomize_form = match kustomize_form {
            KustomizeFormArg::DigestKey => KustomizeForm::DigestKey,
            KustomizeFormArg::TagWithDigest => KustomizeForm::TagWithDigest,
        };
        (mode, Write { style, kustomize_form, unsafe_fixes, allow_unresolved })
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
