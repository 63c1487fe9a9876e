//! Machines that are short of something: of room, of rights, of descriptors, of a reader.

use std::process::Command;

use super::POD;
use super::files::ended;
use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

/// Runs `kubepin` as `$@` in a shell that does something before.
fn under(sandbox: &Sandbox, before: &str, arguments: &[&str]) -> Ran {
    ended(shell(sandbox, &format!("{before} exec \"$@\""), arguments))
}

fn shell(sandbox: &Sandbox, script: &str, arguments: &[&str]) -> Command {
    let kubepin = sandbox.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(kubepin.get_program()).args(kubepin.get_args());
    command.env_clear().envs(kubepin.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(sandbox.path());
    command
}

/// A pod in a file of some kilobytes.
fn long() -> String {
    format!("{POD}{}", "# a comment of some length\n".repeat(200))
}

/// Whether a file system can be mounted for one run. Some sandboxes do not let anyone.
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn can_mount() -> bool {
    let mounted = Command::new("unshare").args(["-rm", "true"]).output();
    let can = mounted.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: nothing can be mounted here");
    }
    can
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let fix = ["check", "--fix", "--format", "concise", "--no-cache", "--registry-mirror", &mirror, "full"];
    let sandbox = Sandbox::empty();
    let said = |ran: &Ran, why: &str| {
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(
            ran.stderr.contains(&format!(
                "not written, the old file is whole: the new text cannot be written: {why}"
            )),
            "{ran:?}"
        );
    };
    sandbox.write("full/pod.yaml", long());
    // Files may not grow beyond one block, which is how a quota looks.
    said(&under(&sandbox, "trap '' XFSZ; ulimit -f 1;", &fix), "file too large");
    assert_eq!(sandbox.read("full/pod.yaml"), long().as_bytes());
    assert_eq!(sandbox.files().len(), 1, "no temp file is left");
    if can_mount() {
        let script = "mount -t tmpfs -o size=8k none full && cp pod.yaml full && \"$@\"; status=$?; \
                      cmp pod.yaml full/pod.yaml && ls -A full; exit $status";
        sandbox.write("pod.yaml", long());
        let mut command = Command::new("unshare");
        let inner = shell(&sandbox, script, &fix);
        command.arg("-rm").arg(inner.get_program()).args(inner.get_args()).current_dir(sandbox.path());
        let ran = ended(command);
        said(&ran, "no space left on device");
        assert!(ran.stdout.ends_with("\npod.yaml\n"), "{ran:?}");
    }
}

#[test]
fn a_read_only_file_system_is_said() {
    if !can_mount() {
        return;
    }
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", POD);
    sandbox.write("ro/mount", "point");
    let script = "mount -t tmpfs none ro && cp pod.yaml ro && mount -o remount,ro ro && exec \"$@\"";
    let fix = ["check", "--fix", "--format", "concise", "--registry-mirror", &mirror, "ro"];
    let inner = shell(&sandbox, script, &fix);
    let mut command = Command::new("unshare");
    // Nothing else can be written either: no cache, no home.
    command.arg("-rm").arg(inner.get_program()).args(inner.get_args()).current_dir(sandbox.path());
    command.env("HOME", "/proc").env("XDG_CACHE_HOME", "/proc/none");
    let ran = ended(command);
    assert_eq!(ran.status, 2, "{ran:?}");
    let said = "error: ro/pod.yaml: not written, the old file is whole: no temp file can be made beside it: \
                read-only file system\n  hint: make the file and its folder writable\n";
    assert!(ran.stderr.ends_with(said), "{ran:?}");
}

#[test]
fn nothing_of_the_users_is_needed() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", POD);
    let mut command = sandbox.command(&["check", "--fix", "--registry-mirror", &mirror, "."]);
    command.env_clear();
    let ran = ended(command);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(sandbox.read("pod.yaml").len() > POD.len());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::empty();
    sandbox.write("pods.yaml", format!("---\n{POD}").repeat(5000));
    for arguments in
        [&["check", "--format", "concise"][..], &["check"], &["check", "--format", "json"], &["list"]]
    {
        let ran = ended(shell(&sandbox, "\"$@\" | head -c 1", arguments));
        assert_eq!((ran.status, ran.stdout.len(), &*ran.stderr), (0, 1, ""), "{arguments:?}");
    }
    let ran = under(&sandbox, "exec >&-;", &["check"]);
    assert_eq!((ran.status, &*ran.stderr), (1, ""), "what is found still counts");
    let ran = under(&sandbox, "exec >/dev/full;", &["check"]);
    assert_eq!((ran.status, &*ran.stderr), (2, "error: no space left on device\n"));
}

#[test]
fn few_descriptors_are_an_error_or_enough() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    for folder in 0..8 {
        sandbox.write(&format!("{folder}/pod.yaml"), POD);
        sandbox.write(&format!("{folder}/deep/pod.yaml"), POD);
    }
    let check = ["check", "--format", "concise", "--threads", "8"];
    let all = ended(sandbox.command(&check));
    for descriptors in 4..20 {
        let limit = format!("ulimit -n {descriptors};");
        let ran = under(&sandbox, &limit, &check);
        let told = ran.status == 2 && ran.stderr.contains("too many open files");
        assert!(told || ran == all, "{descriptors}: {ran:?}");
    }
    let (pinned, mut fixed) = (super::pinned(), 0);
    for descriptors in 4..20 {
        let limit = format!("ulimit -n {descriptors};");
        let fix = [&check[..], &["--fix", "--registry-mirror", &mirror]].concat();
        let ran = under(&sandbox, &limit, &fix);
        assert!(matches!(ran.status, 0 | 2) && !ran.stderr.contains("panicked"), "{descriptors}: {ran:?}");
        let files = sandbox.files();
        let whole = |bytes: &Vec<u8>| bytes == POD.as_bytes() || bytes == pinned.as_bytes();
        assert!(files.values().all(whole), "{descriptors}: {ran:?}");
        assert_eq!(files.len(), 16, "no temp file is left");
        let done = files.values().all(|bytes| bytes == pinned.as_bytes());
        assert!(done || ran.status == 2, "{descriptors}: {ran:?}");
        fixed += usize::from(done);
    }
    assert!(fixed > 0, "some number of descriptors is enough");
}
