//! Trees with things in them that are no files, files of no sane size, and files that do not stay.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser as _;
use kubepin::cli::{self, Cli};
use kubepin::finding::Problem;
use kubepin::settings::Settings;
use kubepin::{discover, pipeline, scan};

use super::POD;
use crate::sandbox::{Ran, Sandbox};

/// Far above what a run takes, and no reason to wait for one that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run comes to that may hang.
pub(super) fn ended(mut command: Command) -> Ran {
    let begun = Instant::now();
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("kubepin runs");
    while run.try_wait().expect("a child").is_none() {
        if begun.elapsed() > PATIENCE {
            run.kill().expect("a child");
            panic!("{command:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ran::of(run.wait_with_output().expect("its output"))
}

fn checked(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    ended(sandbox.command(&[&["check", "--format", "concise"], arguments].concat()))
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

/// What is said of `nginx:1` at a place.
fn open(place: &str) -> String {
    format!(
        "{place}: error[tag-without-digest] `nginx:1` has no digest: what runs is whatever the tag points to by then\n"
    )
}

#[test]
fn pipes_and_devices_are_not_read() {
    let sandbox = Sandbox::empty();
    sandbox.write("tree/pod.yaml", POD);
    for name in ["x.yaml", "kustomization.yaml", "Chart.yaml", "kubepin.toml"] {
        pipe(&sandbox.path().join("tree").join(name));
    }
    symlink("/dev/zero", sandbox.path().join("tree/zero.yaml")).expect("a link");
    let ran = checked(&sandbox, &["tree"]);
    assert_eq!((ran.status, ran.stdout), (1, open("tree/pod.yaml:5:12")));
    for name in ["tree/x.yaml", "tree/zero.yaml", "/dev/zero"] {
        let said = format!(
            "error: {name}: it is no file, but a pipe or a device\n  \
             hint: what a program writes is checked with `… | kubepin check -`\n"
        );
        let ran = checked(&sandbox, &[name, "tree/pod.yaml"]);
        assert_eq!((ran.status, ran.stderr), (2, said));
        assert_eq!(ran.stdout, open("tree/pod.yaml:5:12"), "the other file is checked");
    }
}

#[test]
fn nothing_that_a_file_names_is_waited_for() {
    let sandbox = Sandbox::empty();
    sandbox.write("base/kustomization.yaml", "resources: [pod.yaml, x.yaml]\n");
    sandbox.write("base/pod.yaml", POD);
    pipe(&sandbox.path().join("base/x.yaml"));
    pipe(&sandbox.path().join("kubepin.lock"));
    let ran = checked(&sandbox, &["base"]);
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.stderr,
        "error: base/kustomization.yaml: `x.yaml` cannot be read: it is no file, but a pipe or a device\n"
    );
    let ran = checked(&sandbox, &["--diff", "--locked", "base"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("kubepin.lock") && ran.stderr.contains("no file, but a pipe"), "{ran:?}");
}

#[test]
fn links_that_go_round_end() {
    let sandbox = Sandbox::empty();
    sandbox.write("tree/pod.yaml", POD);
    symlink("b.yaml", sandbox.path().join("tree/a.yaml")).expect("a link");
    symlink("a.yaml", sandbox.path().join("tree/b.yaml")).expect("a link");
    symlink("..", sandbox.path().join("tree/up")).expect("a link");
    let ran = checked(&sandbox, &["tree"]);
    assert_eq!((ran.status, ran.stdout), (1, open("tree/pod.yaml:5:12")));
    let ran = checked(&sandbox, &["tree/a.yaml"]);
    assert_eq!((ran.status, &*ran.stderr), (2, "error: tree/a.yaml: too many levels of symbolic links\n"));
}

#[test]
fn a_file_without_measure_is_left_and_said() {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", POD);
    // It takes no room on disk, and would a gigabyte in memory.
    File::create(sandbox.path().join("x.yaml")).expect("a file").set_len(1 << 30).expect("a length");
    let ran = checked(&sandbox, &["."]);
    assert_eq!((ran.status, ran.stdout), (2, open("pod.yaml:5:12")));
    assert_eq!(
        ran.stderr,
        "error: x.yaml: cannot be read: it is larger than 100 MiB\n  \
         hint: leave it out with `--exclude`, or cut it into several\n"
    );
    assert_eq!(checked(&sandbox, &["--exclude", "x.yaml", "."]).status, 1);
    for command in [&["check", "-"][..], &["resolve", "-"], &["krm"]] {
        let mut endless = sandbox.command(command);
        endless.stdin(File::open("/dev/zero").expect("a device"));
        let ran = ended(endless);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{command:?}");
        let error = "error: standard input cannot be read: it is larger than 100 MiB\n";
        assert_eq!(ran.stderr, error, "{command:?}");
    }
}

/// Settings of a check of a folder, which the working folder of the tests is not.
fn settings(sandbox: &Sandbox, arguments: &[&str]) -> Settings {
    let folder = sandbox.path().to_str().expect("a path of UTF-8");
    let cli = Cli::parse_from([&["kubepin", "check"], arguments, &[folder]].concat());
    let cli::Command::Check(settings) = cli.meaning() else { unreachable!("it is a check") };
    settings
}

/// What is said of which file.
fn said(problems: &[Problem]) -> Vec<String> {
    let name = |problem: &Problem| problem.file.rsplit('/').next().unwrap_or_default().to_owned();
    problems.iter().map(|problem| format!("{}: {}", name(problem), problem.message)).collect()
}

#[test]
fn a_file_that_goes_away_is_said() {
    let sandbox = Sandbox::empty();
    let settings = settings(&sandbox, &[]);
    let gone = sandbox.write("gone.yaml", POD);
    sandbox.write("pod.yaml", POD);
    let discovered = discover::discover(&settings.read, sandbox.path());
    std::fs::remove_file(gone).expect("a file");
    let scanned = scan::scan(discovered, &[], &settings, sandbox.path());
    assert_eq!(said(&scanned.problems), ["gone.yaml: cannot be read: no such file or directory"]);
    assert_eq!(scanned.files.len(), 1);
}

#[test]
fn a_file_that_changes_or_goes_is_not_written() {
    let registry = crate::lying::Registry::start(crate::lying::Lies::default());
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    let settings = settings(&sandbox, &["--fix", "--no-cache", "--registry-mirror", &mirror]);
    for name in ["changed.yaml", "gone.yaml", "pipe.yaml"] {
        sandbox.write(name, POD);
    }
    let scanned = pipeline::scan(&settings, sandbox.path()).expect("files to read");
    sandbox.write("changed.yaml", "another: text\n");
    for name in ["gone.yaml", "pipe.yaml"] {
        std::fs::remove_file(sandbox.path().join(name)).expect("a file");
    }
    pipe(&sandbox.path().join("pipe.yaml"));
    let report = pipeline::run(scanned, &settings, &|_, _| {}).expect("a report");
    assert_eq!(
        said(&report.scanned.problems),
        [
            "changed.yaml: the file changed while it was looked at",
            "gone.yaml: cannot be read: no such file or directory",
            "pipe.yaml: cannot be read: it is no file, but a pipe or a device",
        ]
    );
    assert_eq!(report.fixed, 0);
    assert_eq!(sandbox.read("changed.yaml"), b"another: text\n");
}
