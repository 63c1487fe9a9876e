//! What pages that people write say of the command line: every option and every call is one that is there.

use std::collections::BTreeSet;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Arg, CommandFactory as _};
use kubepin::cli::Cli;
use regex::Regex;

use super::commands::{PAGE, commands, options};

/// Options of other programs that pages name.
const FOREIGN: [&str; 20] = [
    "--allow-exec",
    "--depth",
    "--enable-alpha-plugins",
    "--enable-exec",
    "--exec",
    "--expose-token",
    "--file-output",
    "--help",
    "--image",
    "--imgpkg-lock-output",
    "--kube-version",
    "--lock-output",
    "--metadata-file",
    "--network",
    "--path",
    "--post-renderer",
    "--post-renderer-args",
    "--push",
    "--release",
    "--tag",
];

/// The pages that people write: names and texts.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = walkdir::WalkDir::new(root.join("docs")).sort_by_file_name().into_iter().flatten();
    let found = found.map(walkdir::DirEntry::into_path).chain([root.join("README.md")]);
    let written =
        found.filter(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with(PAGE));
    let read = |path| std::fs::read_to_string(path).expect("a page");
    written.map(|path| (path.display().to_string(), read(path))).collect()
}

/// The long options of all commands.
fn known() -> BTreeSet<String> {
    let commands = commands();
    let long = commands.values().flat_map(options).filter_map(Arg::get_long);
    long.map(|long| format!("--{long}")).collect()
}

/// The options that a page names.
fn named(text: &str) -> BTreeSet<String> {
    let option = Regex::new(r"(?:^|[\s`(=])(--[a-z][a-z-]+)").expect("a regex");
    option.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_option_in_a_page_is_one() {
    let known = known();
    let mut foreign = BTreeSet::new();
    for (page, text) in pages() {
        for option in named(&text).difference(&known) {
            assert!(FOREIGN.contains(&&**option), "{page} names {option}, which there is not");
            foreign.insert(option.clone());
        }
    }
    assert_eq!(foreign, FOREIGN.map(str::to_owned).into(), "what no page names has no place in the list");
}

#[test]
fn every_option_is_in_a_page() {
    let named: BTreeSet<String> = pages().iter().flat_map(|(_, text)| named(text)).collect();
    let unnamed: Vec<String> = known().difference(&named).cloned().collect();
    assert_eq!(unnamed, [""; 0], "no page says what these are for");
}

/// Calls of kubepin in a page: those in blocks of code, and those in a line of text.
fn calls(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            let line = line.trim_start().trim_start_matches("- run: ").trim_start_matches("$ ");
            let call = line.rsplit_once("| ").map_or(line, |(_, call)| call);
            found.extend(call.starts_with("kubepin ").then(|| call.to_owned()));
        } else {
            let code = line.split('`').skip(1).step_by(2);
            found.extend(code.filter(|code| code.starts_with("kubepin ")).map(str::to_owned));
        }
    }
    found
}

/// The words of a call, up to a comment or another program.
fn words(call: &str) -> Vec<String> {
    let word = Regex::new(r#"'[^']*'|"[^"]*"|\S+"#).expect("a regex");
    let words = word.find_iter(call).map(|found| found.as_str().trim_matches(['\'', '"']).to_owned());
    words.take_while(|word| !word.starts_with(['#', '|', '>', '<', '…'])).collect()
}

#[test]
fn every_call_in_a_page_is_understood() {
    let mut count = 0;
    for (page, text) in pages() {
        for call in calls(&text) {
            count += 1;
            let Err(error) = Cli::command().try_get_matches_from(words(&call)) else {
                continue;
            };
            // A line of text may name a command without what it takes.
            let unfinished = matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            );
            assert!(unfinished || error.kind() == ErrorKind::DisplayHelp, "{page}: {call}\n{error}");
        }
    }
    assert!(count > 50, "calls are found: {count}");
}
