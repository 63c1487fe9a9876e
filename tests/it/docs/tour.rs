//! The README, followed: its files are written, its commands are run in their order, and what they print
//! is what stands there. `UPDATE=1 cargo test docs` writes it.

use std::path::Path;
use std::process::Command;

use regex::Regex;

use super::root_file;
use crate::lying::{Lies, Registry};
use crate::sandbox::Sandbox;

/// A machine with nothing but kubepin, and a registry in the place of all that the tour asks.
struct Newcomer {
    sandbox: Sandbox,
    _registry: Registry,
}

impl Newcomer {
    fn new() -> Self {
        let registry = Registry::start(Lies::default());
        let sandbox = Sandbox::empty();
        sandbox
            .write(".kubepin.toml", format!("[registries.\"docker.io\"]\nmirror = \"{}\"\n", registry.host));
        Self { sandbox, _registry: registry }
    }

    /// What a shell prints for a line, with digests and times as the README has them.
    fn types(&self, line: &str) -> String {
        let bin = Path::new(env!("CARGO_BIN_EXE_kubepin")).parent().expect("a folder");
        let path = std::env::var("PATH").expect("a PATH");
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("exec 2>&1\n{line}")]).current_dir(self.sandbox.path()).env_clear();
        shell.env("PATH", format!("{}:{path}", bin.display())).env("LC_ALL", "C.UTF-8").env("COLUMNS", "90");
        shell.env("HOME", self.sandbox.path()).env("XDG_CACHE_HOME", self.sandbox.path().join(".cache"));
        let printed = String::from_utf8(shell.output().expect("bash runs").stdout).expect("UTF-8");
        let digest = Regex::new("sha256:[0-9a-f]{64}").expect("a regex");
        digest.replace_all(&printed, "sha256:…").trim_end().to_owned() + "\n"
    }

    /// A block of a terminal, with what is printed now.
    fn follows(&self, block: &str) -> String {
        let lines = block.lines().filter_map(|line| line.strip_prefix("$ "));
        let ran: Vec<String> = lines.map(|line| format!("$ {line}\n{}", self.types(line))).collect();
        ran.join("\n").replace("\n\n$ ", "\n$ ")
    }
}

#[test]
fn the_readme_says_what_happens() {
    let readme = root_file("README.md");
    let newcomer = Newcomer::new();
    let block = Regex::new("(?s)```(yaml|console)\n(.*?)```").expect("a regex");
    let mut commands = 0;
    let now = block.replace_all(&readme, |found: &regex::Captures| {
        if &found[1] == "console" {
            commands += found[2].matches("$ kubepin").count();
            return format!("```console\n{}```", newcomer.follows(&found[2]));
        }
        // A file has its name in its first line.
        if let Some((name, _)) = found[2].strip_prefix("# ").and_then(|text| text.split_once('\n')) {
            newcomer.sandbox.write(name, &found[2]);
        }
        found[0].to_owned()
    });
    assert!(commands > 5, "the tour is a tour: {commands}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"), &*now).expect("a README");
        return;
    }
    assert_eq!(readme, now, "UPDATE=1 cargo test docs   writes what is now");
}

#[test]
fn the_first_command_shows_what_the_readme_shows() {
    let readme = root_file("README.md");
    let shown =
        readme.split_once("```text\n").and_then(|(_, rest)| rest.split_once("```")).expect("a block").0;
    let mut first = Command::new(env!("CARGO_BIN_EXE_kubepin"));
    first.args(["check", "fixtures/tour/shop/input"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    first.env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1").env_remove("COLUMNS");
    let ran = first.output().expect("kubepin runs");
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ran.stdout).contains(shown), "{shown}");
    assert!(readme.contains("cargo run --release -- check fixtures/tour/shop/input\n"));
}
