//! What is printed: what can be typed, and what it means.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::settings::{Format, Output, OutputFile};

/// Columns of a report that no terminal shows, and of the lines of source in it.
const WIDTH: usize = 100;
const SOURCE_WIDTH: usize = 200;
/// Columns that a report is not made narrower than.
const NARROW: usize = 40;

/// What is printed of findings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportArgs {
    /// Form of the report
    #[arg(long, value_enum, default_value_t = FormatArg::Human, env = "KUBEPIN_FORMAT")]
    format: FormatArg,
    /// Also write the report into a file, in any form (repeatable)
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output_file)]
    output_file: Vec<OutputFile>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed of images.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ListingArgs {
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = ListingArg::Human)]
    format: ListingArg,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed by every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
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
enum FormatArg {
    /// Source, underline, why, what to do
    Human,
    /// One line for each finding
    Concise,
    /// One JSON document, of schema kubepin.check/1
    Json,
    /// The same, a line of JSON for each finding
    JsonLines,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow, and the summary of its step
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// XML of `JUnit`: images are tests
    Junit,
    /// Reviewdog's diagnostics, with suggestions
    Rdjson,
    /// A table of findings
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ListingArg {
    /// Text for people
    Human,
    /// The same
    #[value(hide = true)]
    Concise,
    /// One JSON document, of schema kubepin.list/1, kubepin.resolve/1, kubepin.inspect/1
    Json,
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

impl ReportArgs {
    pub(super) fn settings(self) -> Output {
        let Self { format, output_file: files, output } = self;
        let step_summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        Output {
            format: format.meaning(),
            files,
            step_summary: step_summary.map(PathBuf::from),
            ..output.settings()
        }
    }
}

impl ListingArgs {
    pub(super) fn settings(self) -> Output {
        let Self { format, output } = self;
        let format = match format {
            ListingArg::Human | ListingArg::Concise => Format::Human,
            ListingArg::Json => Format::Json,
        };
        Output { format, ..output.settings() }
    }
}

impl OutputArgs {
    pub(super) fn settings(self) -> Output {
        let Self { color, quiet, verbose } = self;
        match color {
            ColorArg::Auto => {}
            // Standard error, too.
            ColorArg::Always => anstream::ColorChoice::Always.write_global(),
            ColorArg::Never => anstream::ColorChoice::Never.write_global(),
        }
        let color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
        let progress = std::io::stderr().is_terminal() && !quiet;
        let width = width();
        Output {
            format: Format::Human,
            files: Vec::new(),
            step_summary: None,
            color,
            width: width.unwrap_or(WIDTH),
            source_width: width.unwrap_or(SOURCE_WIDTH),
            unicode: unicode(),
            quiet,
            verbose,
            progress,
        }
    }
}

impl FormatArg {
    fn meaning(self) -> Format {
        match self {
            Self::Human => Format::Human,
            Self::Concise => Format::Concise,
            Self::Json => Format::Json,
            Self::JsonLines => Format::JsonLines,
            Self::Sarif => Format::Sarif,
            Self::Github => Format::Github,
            Self::Gitlab => Format::Gitlab,
            Self::Junit => Format::Junit,
            Self::Rdjson => Format::Rdjson,
            Self::Markdown => Format::Markdown,
        }
    }
}

fn output_file(text: &str) -> Result<OutputFile, String> {
    let (form, path) = super::pair(text).ok_or("expected FORMAT=PATH, for example sarif=kubepin.sarif")?;
    let format = FormatArg::from_str(form, false).map_err(|_| {
        let forms = FormatArg::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let forms: Vec<String> = forms.map(|form| form.get_name().to_owned()).collect();
        format!("there is no form `{form}`: it is one of {}", forms.join(", "))
    })?;
    if path == "-" {
        return Err(format!("standard output takes the form of --format: type --format {form}"));
    }
    Ok(OutputFile { format: format.meaning(), path: PathBuf::from(path) })
}

/// Columns of the human report: what the user says, else those of the terminal, if there is one.
fn width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let shown = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(shown).map(|width: usize| width.max(NARROW))
}

/// Whether the terminal shows more than ASCII: where nothing says no.
fn unicode() -> bool {
    let plain = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term == "linux");
    let set = |name| std::env::var(name).ok().filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let utf_8 = |locale: String| locale.to_lowercase().replace('-', "").ends_with("utf8");
    !plain && locale.is_none_or(utf_8)
}
