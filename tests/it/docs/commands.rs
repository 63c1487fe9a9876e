//! `docs/commands.md`, which is made from the program. `UPDATE=1 cargo test docs` writes it.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};
use kubepin::cli::Cli;

use super::root_file;

pub(super) const PAGE: &str = "docs/commands.md";

const INTRODUCTION: &str = "# Commands and options

This page is made from the program. `kubepin help COMMAND` says the same of one command.

| command | does |
|---|---|
";

/// Commands that do something, by the words that call them.
pub(super) fn commands() -> BTreeMap<String, Command> {
    let mut whole = Cli::command();
    whole.build();
    let mut found = BTreeMap::new();
    for command in own(&whole) {
        let name = command.get_name();
        for inner in own(command) {
            found.insert(format!("{name} {}", inner.get_name()), inner.clone());
        }
        if !command.has_subcommands() {
            found.insert(name.to_owned(), command.clone());
        }
    }
    found
}

/// What is below a command, but for clap's own.
fn own(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| command.get_name() != "help")
}

/// The options of a command, but for clap's own.
pub(super) fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_opts().chain(command.get_arguments().filter(|argument| is_flag(argument)))
}

fn is_flag(argument: &Arg) -> bool {
    let takes = argument.get_action().takes_values();
    !takes && !matches!(argument.get_id().as_str(), "help" | "version")
}

/// An option as it is typed.
fn typed(option: &Arg) -> String {
    let short = option.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let long = option.get_long().expect("every option has a long name");
    let name = option.get_value_names().and_then(|names| names.first()).filter(|_| !is_flag(option));
    format!("`{short}--{long}{}`", name.map(|name| format!(" {name}")).unwrap_or_default())
}

/// What an option does, what it takes, and what holds without it.
fn meaning(option: &Arg) -> String {
    let help = option.get_help().expect("every option has a help").to_string().replace('|', "\\|");
    if is_flag(option) {
        return help;
    }
    let values: Vec<String> =
        option.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
    let default = option.get_default_values().first();
    let default = default.map(|value| format!(" [default: {}]", value.to_string_lossy()));
    let variable = option.get_env().map(|name| format!(" [variable: `{}`]", name.to_string_lossy()));
    [help, values, default.unwrap_or_default(), variable.unwrap_or_default()].concat()
}

fn page() -> String {
    let commands = commands();
    let mut page = vec![INTRODUCTION.to_owned()];
    let mut sections: BTreeMap<&str, BTreeMap<(String, String), Vec<&str>>> = BTreeMap::new();
    for (name, command) in &commands {
        let places: Vec<String> = command.get_positionals().map(ToString::to_string).collect();
        let called = [name.clone(), places.join(" ")].join(" ");
        let about = command.get_about().expect("every command says what it does");
        page.push(format!("| `kubepin {}` | {about} |\n", called.trim_end()));
        for option in options(command) {
            let section = sections.entry(option.get_help_heading().unwrap_or("Options")).or_default();
            section.entry((typed(option), meaning(option))).or_default().push(name);
        }
    }
    for (heading, options) in sections {
        page.push(format!("\n## {heading}\n\n| option | does | of |\n|---|---|---|\n"));
        let row = |((option, does), of): ((String, String), Vec<&str>)| {
            format!("| {option} | {does} | {} |\n", of.join(", "))
        };
        page.extend(options.into_iter().map(row));
    }
    page.concat()
}

#[test]
fn the_page_of_commands_is_the_program() {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), page()).expect("a page");
    }
    assert_eq!(root_file(PAGE), page(), "UPDATE=1 cargo test docs   writes what is now");
}
