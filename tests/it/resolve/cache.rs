//! The cache of answers.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::pod;
use crate::lying::{Lies, Registry, manifest};
use crate::sandbox::{Ran, Sandbox};

/// A sandbox with a pod of two images of a registry, and its cache.
struct World {
    registry: Registry,
    sandbox: Sandbox,
}

impl World {
    fn of(lies: Lies) -> Self {
        let (registry, sandbox) = (Registry::start(lies), Sandbox::empty());
        let images = [format!("{}/acme/web:v1", registry.host), format!("{}/acme/job:v2", registry.host)];
        sandbox.write("pod.yaml", pod(&images.each_ref().map(String::as_str)));
        Self { registry, sandbox }
    }

    /// Previews the change; returns the requests it took.
    fn diff(&self, arguments: &[&str]) -> (Ran, usize) {
        let before = self.registry.seen().len();
        let ran = self.sandbox.run(&[&["check", "--diff", "--cache-dir", "cache"], arguments].concat());
        (ran, self.registry.seen().len() - before)
    }

    fn entries(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.sandbox.path().join("cache/tags")).expect("a folder");
        let mut entries: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        entries
    }
}

#[test]
fn a_second_run_asks_nothing() {
    let world = World::of(Lies::default());
    let (first, asked) = world.diff(&[]);
    assert_eq!((first.status, asked), (1, 2), "{first:?}");
    let (second, asked) = world.diff(&[]);
    assert_eq!((&second.stdout, asked), (&first.stdout, 0));
    let told = "2 answers of an earlier run used again (--no-cache asks anew).\n";
    assert!(!first.stderr.contains(told) && second.stderr.contains(told), "{}", second.stderr);
    let (json, _) = world.diff(&["--format", "json"]);
    let json: Value = serde_json::from_str(&json.stderr).expect("JSON");
    assert_eq!(
        json["registry"],
        serde_json::json!({"requests": 0, "contents": 0, "cached": 2, "retried": 0})
    );
    let (fixed, asked) =
        (world.sandbox.run(&["check", "--fix", "--cache-dir", "cache"]), world.registry.seen());
    assert_eq!((fixed.status, asked.len()), (0, 2), "{fixed:?}");
    let text = String::from_utf8(world.sandbox.read("pod.yaml")).expect("UTF-8");
    assert!(text.contains(&format!("acme/web:v1@{}", manifest("acme/web", "v1").1)), "{text}");
}

#[test]
fn an_answer_is_used_for_as_long_as_it_may_be() {
    let world = World::of(Lies::default());
    world.diff(&[]);
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(world.diff(&["--cache-ttl", "50ms"]).1, 2);
    assert_eq!(world.diff(&["--cache-ttl", "1h"]).1, 0);
    assert_eq!(world.diff(&["--cache-ttl", "0s"]).1, 2);
    let (ran, asked) = world.diff(&["--cache-ttl", "soon"]);
    assert_eq!((ran.status, asked), (2, 0));
}

#[test]
fn no_cache_neither_uses_nor_keeps() {
    let world = World::of(Lies::default());
    assert_eq!(world.diff(&["--no-cache"]).1, 2);
    assert!(!world.sandbox.path().join("cache").exists());
    world.diff(&[]);
    assert_eq!(world.diff(&["--no-cache"]).1, 2);
}

#[test]
fn other_ways_to_ask_are_other_answers() {
    let (world, other) = (World::of(Lies::default()), Registry::start(Lies::default()));
    world.diff(&[]);
    let mirror = format!("*={}", other.host);
    assert_eq!(world.diff(&["--registry-mirror", &mirror]).1, 0);
    assert_eq!(other.seen().len(), 2);
    // The same server, but another scheme might have answered.
    let ca = world.sandbox.write("ca.pem", rcgen_ca());
    assert_eq!(world.diff(&["--ca-file", &ca.to_string_lossy()]).1, 2);
    assert_eq!(world.diff(&[]).1, 0);
}

fn rcgen_ca() -> String {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    key.cert.pem()
}

#[test]
fn only_digests_are_kept() {
    let world = World::of(Lies { missing: "job", ..Lies::default() });
    assert_eq!(world.diff(&[]).1, 2);
    assert_eq!(world.entries().len(), 1);
    assert_eq!(world.diff(&[]).1, 1);
}

#[test]
fn what_is_no_entry_is_asked_again_and_written_anew() {
    let world = World::of(Lies::default());
    let (first, _) = world.diff(&[]);
    let [a, b] = &world.entries()[..] else { panic!("two entries") };
    let (text, other) = (std::fs::read_to_string(a).expect("a"), std::fs::read_to_string(b).expect("b"));
    let mut entry: Value = serde_json::from_str(&text).expect("JSON");
    let at = entry["at"].as_u64().expect("a time");
    entry["at"] = (at + 3_600_000).into();
    let future = entry.to_string();
    entry["at"] = at.into();
    entry["digest"] = "sha256:abc".into();
    let wrong_digest = entry.to_string();
    entry["digest"] = format!("sha256:{}", "0".repeat(64)).into();
    entry["more"] = 1.into();
    let foreign = entry.to_string();
    let half = &text[..text.len() / 2];
    for spoiled in ["", "{}", "\u{0}\u{0}", half, &other, &future, &wrong_digest, &foreign] {
        std::fs::write(a, spoiled).expect("an entry");
        let (ran, asked) = world.diff(&[]);
        assert_eq!((ran.stdout, asked), (first.stdout.clone(), 1), "{spoiled}");
        assert_eq!(world.diff(&[]).1, 0, "{spoiled}");
    }
    std::fs::remove_file(a).expect("an entry");
    std::fs::create_dir(a).expect("a folder in its place");
    let (ran, asked) = world.diff(&["-v"]);
    assert_eq!((ran.status, ran.stdout, asked), (1, first.stdout, 1));
    assert!(ran.stderr.contains("note: answers are not kept in cache/tags: "), "{}", ran.stderr);
}

#[test]
fn runs_at_once_do_not_disturb_each_other() {
    let (registry, sandbox) = (Registry::start(Lies::default()), Sandbox::empty());
    let images: Vec<String> = (0..40).map(|n| format!("{}/acme/app:v{n}", registry.host)).collect();
    sandbox.write("pod.yaml", pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    let arguments = ["check", "--diff", "--cache-dir", "cache", "--cache-ttl", "1ms", "-v"];
    let runs: Vec<Ran> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| sandbox.run(&arguments))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a run")).collect()
    });
    for ran in &runs {
        assert_eq!((ran.status, &ran.stdout), (1, &runs[0].stdout), "{}", ran.stderr);
        assert!(!ran.stderr.contains("not kept"), "{}", ran.stderr);
    }
    let asked = registry.seen().len();
    let arguments = ["check", "--diff", "--cache-dir", "cache"];
    assert_eq!(sandbox.run(&arguments).stdout, runs[0].stdout);
    assert_eq!(registry.seen().len(), asked, "every entry is whole");
    let names = std::fs::read_dir(sandbox.path().join("cache/tags")).expect("a folder");
    assert_eq!(names.count(), 40, "no temp file is left");
}

#[test]
fn old_entries_go_and_foreign_files_stay() {
    let world = World::of(Lies::default());
    world.diff(&[]);
    let folder = world.sandbox.path().join("cache/tags");
    let (old, young, temp, foreign) =
        (format!("{}.json", "a".repeat(64)), format!("{}.json", "b".repeat(64)), ".tmpAbC", "notes.json");
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    for (name, aged) in [(&*old, true), (&*young, false), (temp, true), (foreign, true)] {
        let file = std::fs::File::create(folder.join(name)).expect("a file");
        file.set_modified(if aged { long_ago } else { std::time::SystemTime::now() }).expect("a time");
    }
    world.diff(&["--cache-ttl", "0s"]);
    let left = [&*old, &*young, temp, foreign].map(|name| folder.join(name).exists());
    assert_eq!(left, [false, true, false, true]);
}

#[cfg(unix)]
#[test]
fn what_others_may_write_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::of(Lies::default());
    world.diff(&[]);
    let folder = world.sandbox.path().join("cache/tags");
    let mode = |path: &std::path::Path| path.metadata().expect("an entry").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&world.entries()[0])), (0o700, 0o600));
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).expect("a mode");
    let (ran, asked) = world.diff(&["-v"]);
    assert_eq!((ran.status, asked), (1, 2));
    assert!(ran.stderr.contains("not kept in cache/tags: others may write to it"), "{}", ran.stderr);
}

#[test]
fn a_folder_that_cannot_be_written_is_a_note() {
    let world = World::of(Lies::default());
    world.sandbox.write("cache", "a file, no folder");
    let (quiet, asked) = world.diff(&[]);
    assert_eq!((quiet.status, asked), (1, 2));
    assert!(!quiet.stderr.contains("not kept"), "{}", quiet.stderr);
    let (ran, _) = world.diff(&["-v"]);
    assert!(ran.stderr.contains("note: answers are not kept in cache/tags: "), "{}", ran.stderr);
}
