//! What is printed: what can be typed, and what it means.

use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};

use crate::settings::{Format, Output};

/// Columns of a report that no terminal shows.
const WIDTH: usize = 100;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Form of the report
    #[arg(long, value_enum, default_value_t = FormatArg::Human, env = "KUBEPIN_FORMAT")]
    pub(super) format: FormatArg,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
    pub(super) color: ColorArg,
    /// Print findings only
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Also say what was passed over, and who asked each registry
    #[arg(short, long)]
    pub(super) verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FormatArg {
    /// Source, underline, why, what to do
    Human,
    /// One line for each finding
    Concise,
    /// One JSON document, of schema kubepin.check/1, kubepin.list/1, kubepin.resolve/1, kubepin.inspect/1
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
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
