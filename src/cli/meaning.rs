//! What was typed, as settings.
//!
//! In: arguments and environment. Out: final values.
//! Invariant: every group of arguments is taken apart by name in one place, so that none is forgotten.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::{
    AskArgs, BuildArgs, CheckArgs, ColorArg, FormatArg, KustomizeFormArg, ListArgs, OutputArgs, ReadArgs,
    StyleArg, WriteArgs,
};
use crate::settings::{Ask, Builds, Format, KustomizeForm, Mode, Output, Read, Settings, Style, Write};

/// Columns of a report that no terminal shows.
const WIDTH: usize = 100;

impl CheckArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, write, ask, sources, output, strict, exit_zero } = self;
        let (read, threads) = read.settings();
        let (mode, write) = write.settings();
        let read = Read { builds: Builds::Judged, forms: mode != Mode::Report, ..read };
        Settings {
            read,
            mode,
            write,
            ask: Ask { sources: sources.settings(), ..ask.settings() },
            output: output.settings(),
            strict,
            exit_zero,
            threads,
        }
    }
}

impl ListArgs {
    pub(super) fn settings(self) -> Settings {
        let Self { read, builds, output } = self;
        let (read, threads) = read.settings();
        let read = Read { builds: builds.settings(), ..read };
        let write = Write::default();
        let output = output.settings();
        let ask = Ask::default();
        Settings { read, mode: Mode::Report, write, ask, output, strict: false, exit_zero: false, threads }
    }
}

impl ReadArgs {
    pub(super) fn settings(self) -> (Read, Option<usize>) {
        let Self { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, threads } = self;
        let (builds, forms) = (Builds::None, false);
        let read = Read { paths, exclude, force_exclude, no_ignore, hidden, stdin_filename, builds, forms };
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
        let Self { registry_mirror, plain_http, ca_file } = self;
        let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
        let folder = folder.or_else(|| Some(std::env::home_dir()?.join(".docker")));
        Ask {
            mirrors: registry_mirror,
            plain_http,
            ca_file,
            docker_config: folder.map(|folder| folder.join("config.json")),
            ..Ask::default()
        }
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
