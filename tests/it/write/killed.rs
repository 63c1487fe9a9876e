//! Runs that are killed while they write.

#[cfg(unix)]
use std::process::Command;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{POD, pinned};
use crate::lying::{Lies, Registry};
use crate::sandbox::Sandbox;

const FILES: usize = 200;
const KILLS: usize = 10;

fn name(number: usize) -> String {
    format!("folder{}/pod{number}.yaml", number % 8)
}

/// Kills a run, or presses Ctrl-C.
fn stop(run: &mut Child, kill: usize) {
    #[cfg(unix)]
    if kill.is_multiple_of(2) {
        // It may have ended by now.
        let _ = Command::new("kill").args(["-INT", &run.id().to_string()]).stderr(Stdio::null()).status();
        return;
    }
    // Elsewhere than on Unix it has another name, and is as sudden.
    run.kill().expect("a child");
}

/// How many files are new, and how many temp files are left. Everything else is as it was.
fn state(sandbox: &Sandbox, new: &str) -> (usize, usize) {
    let (mut replaced, mut left) = (0, 0);
    for (name, bytes) in sandbox.files() {
        if name.contains("/.kubepin-") {
            left += 1;
        } else if bytes == new.as_bytes() {
            replaced += 1;
        } else {
            assert_eq!(bytes, POD.as_bytes(), "{name} is neither old nor new");
        }
    }
    (replaced, left)
}

#[test]
fn a_run_that_is_killed_leaves_old_files_and_new_ones() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let arguments = ["check", "--fix", "--registry-mirror", &mirror, "."];
    let (sandbox, new) = (Sandbox::empty(), pinned(POD));
    let (mut hits, mut leftovers) = (0, 0);
    for kill in 0..KILLS {
        for number in 0..FILES {
            sandbox.write(&name(number), POD);
        }
        let mut command = sandbox.command(&arguments);
        let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("kubepin runs");
        // Each at another file, so that the kills spread over the time of writing.
        let watched = name(kill * FILES / KILLS + kill % 8);
        let came = || sandbox.read(&watched) == new.as_bytes();
        let began = Instant::now();
        while run.try_wait().expect("a child").is_none() && !came() {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing is written");
            std::thread::sleep(Duration::from_micros(200));
        }
        stop(&mut run, kill);
        let ended = run.wait().expect("a child");
        let (replaced, left) = state(&sandbox, &new);
        hits += usize::from(!ended.success() && (1..FILES).contains(&replaced));
        leftovers += left;
    }
    assert!(hits * 2 > KILLS, "only {hits} of {KILLS} runs were killed while they wrote");
    sandbox.write(&name(0), POD);
    assert_eq!(sandbox.run(&arguments).status, 0);
    assert_eq!(state(&sandbox, &new), (FILES, 0), "{leftovers} temp files were left before");
}
