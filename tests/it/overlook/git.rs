//! `--diff-base`: only what is on touched lines, in real repositories, without running what they configure.

use std::process::Command;

use crate::repository::{commit, git, repository};
use crate::sandbox::Sandbox;

fn pod(images: &[&str]) -> String {
    let containers: Vec<String> = images.iter().map(|image| format!("    - image: {image}\n")).collect();
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}", containers.concat())
}

/// The places of findings, and what is said on standard error.
fn check(sandbox: &Sandbox, folder: &str, arguments: &[&str]) -> (i32, Vec<String>, String) {
    let mut command = sandbox.command(&[&["check", "--format", "concise"], arguments].concat());
    let ran =
        crate::sandbox::Ran::of(command.current_dir(sandbox.path().join(folder)).output().expect("a run"));
    let place = |line: &str| line.split(": ").next().unwrap_or_default().to_owned();
    (ran.status, ran.stdout.lines().map(place).collect(), ran.stderr)
}

fn touched(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let (status, places, said) = check(sandbox, folder, &["--diff-base", "HEAD"]);
    assert!(status < 2 && said.is_empty(), "{said}");
    places
}

#[test]
fn only_touched_lines_count() {
    let old = pod(&["a:1", "b:1", "c:1"]);
    let odd = "odd \"name\"\t\u{e4}.yaml";
    let sandbox = repository(&[("x/a.yaml", &old), ("moved.yaml", &old), (odd, &old), ("crlf.yaml", &old)]);
    assert_eq!(touched(&sandbox, ""), [""; 0]);
    sandbox.write("x/a.yaml", pod(&["new:1", "a:1", "b:2", "c:1"]));
    sandbox.write(odd, pod(&["a:1", "b:1", "c:2"]));
    sandbox.write("crlf.yaml", old.replace('\n', "\r\n"));
    sandbox.write("x/untracked.yaml", pod(&["a:1"]));
    git(sandbox.path(), &["mv", "moved.yaml", "x/there.yaml"]);
    sandbox.write("x/there.yaml", pod(&["a:1", "b:1", "c:3"]));
    let in_x = ["a.yaml:5:14", "a.yaml:7:14", "there.yaml:7:14", "untracked.yaml:5:14"];
    let mut all: Vec<String> = in_x.iter().map(|place| format!("x/{place}")).collect();
    all.insert(0, format!("{}:7:14", odd.replace('\t', "\\t")));
    assert_eq!(touched(&sandbox, ""), all);
    assert_eq!(touched(&sandbox, "x"), in_x, "seen from a folder of the repository");
    commit(&sandbox);
    assert_eq!(touched(&sandbox, ""), [""; 0]);
    let (_, since, _) = check(&sandbox, "", &["--diff-base", "HEAD~1"]);
    assert_eq!(since, all, "committed changes count, too");
}

#[test]
fn a_digest_that_is_taken_away_touches_its_neighbours() {
    let digest = format!("    digest: sha256:{}\n", "a".repeat(64));
    let values = "image:\n    repository: registry.example.com/a\n    tag: \"1\"\n";
    let chart = [("Chart.yaml", "name: a\nversion: 1.0.0\n"), ("values.yaml", &*format!("{values}{digest}"))];
    let sandbox = repository(&chart);
    sandbox.write("values.yaml", values);
    assert_eq!(touched(&sandbox, ""), ["values.yaml:3:10"]);
}

#[test]
fn a_revision_that_is_not_there_is_told() {
    let sandbox = repository(&[("a.yaml", &pod(&["a:1"]))]);
    for (revision, word) in
        [("nowhere", "no commit `nowhere`"), ("--all", "no commit `--all`"), ("HEAD..HEAD", "no commit")]
    {
        let (status, _, said) = check(&sandbox, "", &[&format!("--diff-base={revision}")]);
        assert!(status == 2 && said.contains(word) && said.contains("hint: "), "{said}");
    }
    sandbox.write("b.yaml", "");
    commit(&sandbox);
    let from = format!("file://{}", sandbox.path().display());
    let clone = Sandbox::empty();
    git(clone.path(), &["clone", "-q", "--depth=1", &from, "."]);
    let (status, _, said) = check(&clone, "", &["--diff-base", "HEAD~1"]);
    assert!(status == 2 && said.contains("this clone is shallow and does not have `HEAD~1`"), "{said}");
    assert!(said.contains("fetch-depth: 0") && said.contains("git fetch --depth=1 origin"), "{said}");
    let none = Sandbox::empty();
    none.write("a.yaml", pod(&["a:1"]));
    let (status, _, said) = check(&none, "", &["--diff-base", "HEAD"]);
    assert!(status == 2 && said.contains("not a git repository"), "{said}");
}

/// Everything that can be configured to run a program when git compares or reads files.
#[cfg(unix)]
#[test]
fn nothing_that_a_repository_configures_is_run() {
    let attributes = "*.yaml filter=evil diff=evil\n";
    let sandbox = repository(&[(".gitattributes", attributes), ("a.yaml", &pod(&["a:1"]))]);
    let ran = sandbox.path().join("ran");
    let evil = format!("touch {}; cat", ran.display());
    for key in [
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
        "pager.diff-index",
        "core.sshCommand",
        "alias.cat-file",
    ] {
        let alias = if key.starts_with("alias") { format!("!{evil}") } else { evil.clone() };
        git(sandbox.path(), &["config", key, &alias]);
    }
    let hook = sandbox.write(".git/hooks/post-index-change", format!("#!/bin/sh\n{evil}\n"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(hook, mode).expect("an executable hook");
    sandbox.write("a.yaml", pod(&["a:1", "b:1"]));
    sandbox.write("new.yaml", pod(&["a:1"]));
    assert_eq!(touched(&sandbox, ""), ["a.yaml:6:14", "new.yaml:5:14"]);
    assert!(!ran.exists());
    // The trap works.
    let _ = Command::new("git").args(["status"]).current_dir(sandbox.path()).output();
    assert!(ran.exists());
}
