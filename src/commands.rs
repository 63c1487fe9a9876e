//! The commands: ways to run the pipeline, or to look at what it finds.
//!
//! In: what was typed. Out: text on standard output, problems on standard error, an exit status.
//! Invariant: where standard output carries a diff or a filtered text, the report goes to standard error.

mod attach;
mod check;
mod files;
mod init;
mod inspect;
mod krm;
mod lock;
mod lookup;
mod policy;
mod referrers;
mod resolve;
mod unanswered;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::answer::Answers;
use crate::cli::{self, Command};
use crate::config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Problem, Weight};
use crate::pipeline;
use crate::report::{list, problem};
use crate::rules;
use crate::settings::{Ask, ConfigFile, Output, Settings};

/// Runs a command.
///
/// # Errors
/// What keeps it from doing its job at all.
pub fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(settings) => {
            let (settings, file) = configured(settings)?;
            if settings.show {
                return show(&settings, file.as_deref());
            }
            check::run(&settings, file.as_deref())
        }
        Command::List(settings) => run_list(&configured(settings)?.0),
        Command::Lock(settings) => lock::run(&configured(settings)?.0),
        Command::Resolve(mut settings) => {
            configure(&mut settings.ask, &settings.config)?;
            resolve::run(&settings)
        }
        Command::Inspect(mut settings) => {
            configure(&mut settings.ask, &settings.config)?;
            inspect::run(&settings)
        }
        Command::Referrers(mut settings) => {
            configure(&mut settings.ask, &settings.config)?;
            referrers::run(&settings)
        }
        Command::Attach(mut settings) => {
            // What is attached goes to the registry that is named, unless a mirror was typed.
            let typed = settings.ask.mirrors.clone();
            configure(&mut settings.ask, &settings.config)?;
            settings.ask.mirrors = typed;
            attach::run(&settings)
        }
        Command::Krm(settings) => krm::run(settings),
        Command::Explain(id) => explain(&id),
        Command::Rules => print_rules(),
        Command::Init => init::run(),
        Command::Completions(shell) => print_text(&cli::completions(shell)),
        Command::Man(None) => print_text(&cli::manual()?),
        Command::Man(Some(folder)) => {
            cli::write_manuals(&folder)?;
            Ok(Exit::Clean)
        }
        Command::ExportPolicy(form, config) => policy::export(form, &config),
        Command::ImportPolicy(paths) => policy::import(paths),
    }
}

/// Settings with what the configuration file adds, and the file.
fn configured(settings: Settings) -> Result<(Settings, Option<PathBuf>), Failure> {
    Ok(config::complete(settings, &std::env::current_dir()?)?)
}

/// Adds what the configuration file says of registries.
fn configure(ask: &mut Ask, config: &ConfigFile) -> Result<(), Failure> {
    Ok(config::complete_ask(ask, config, &std::env::current_dir()?)?)
}

/// Prints the settings that hold.
fn show(settings: &Settings, file: Option<&Path>) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    match file {
        Some(file) => writeln!(out, "# from {}, and what was typed", file.display())?,
        None => writeln!(out, "# there is no configuration file")?,
    }
    out.write_all(config::show(settings).as_bytes())?;
    Ok(Exit::Clean)
}

fn print_text(text: &[u8]) -> Result<Exit, Failure> {
    std::io::stdout().write_all(text)?;
    Ok(Exit::Clean)
}

fn run_list(settings: &Settings) -> Result<Exit, Failure> {
    start_threads(settings);
    let scanned = pipeline::scan(settings, &std::env::current_dir()?)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    list::print(&mut out, &scanned, settings)?;
    out.flush()?;
    print_problems(&scanned.problems, &settings.output)
}

fn explain(id: &str) -> Result<Exit, Failure> {
    let Some(rule) = rules::find(id) else {
        let message = format!("there is no rule `{id}`");
        return Err(Failure::usage(message, "`kubepin rules` lists all rules"));
    };
    print_text(rule.page.as_bytes())
}

fn print_rules() -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    let width = rules::RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules::RULES {
        writeln!(out, "{:width$}  {:7}  {}", rule.id, rule.severity.as_str(), rule.summary)?;
    }
    Ok(Exit::Clean)
}

/// What is said of how questions were answered, the notes with `-v` only.
fn notes(answers: &Answers) -> impl Iterator<Item = Problem> {
    told(&answers.warnings, &answers.notes)
}

fn told<'t>(warnings: &'t [String], notes: &'t [String]) -> impl Iterator<Item = Problem> + 't {
    let warnings = warnings.iter().map(|warning| Problem::warning("", warning));
    warnings.chain(notes.iter().map(|note| Problem::note("", note)))
}

/// Prints problems to standard error; failures make the run one that did not do its job whole.
fn print_problems(problems: &[Problem], output: &Output) -> Result<Exit, Failure> {
    tell(problems, output.verbose)
}

fn tell(problems: &[Problem], verbose: bool) -> Result<Exit, Failure> {
    problem::print(&mut anstream::stderr().lock(), problems, verbose)?;
    let failed = problems.iter().any(|problem| problem.weight == Weight::Failure);
    Ok(if failed { Exit::Failed } else { Exit::Clean })
}

/// Bytes of stack of a thread that scans, as main threads have: one that waits for a part of a chart takes on
/// other charts meanwhile.
const STACK: usize = 8 << 20;

fn start_threads(settings: &Settings) {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(settings.threads.unwrap_or(0));
    // It fails only where the pool stands already, and then that one serves.
    let _ = threads.stack_size(STACK).build_global();
}
