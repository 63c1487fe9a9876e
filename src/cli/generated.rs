//! What is made from the description of the command line: completions for shells, pages for man.
//!
//! In: nothing but the description. Out: text.

use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;

/// What a shell reads to complete commands and options.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "kubepin", &mut text);
    text
}

/// The page for man.
///
/// # Errors
/// None that a text in memory has.
pub fn manual() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    Ok(page)
}

/// Writes the page, and one for each command, into a folder.
///
/// # Errors
/// Those of the folder.
pub fn write_manuals(folder: &Path) -> io::Result<()> {
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), folder)
}
