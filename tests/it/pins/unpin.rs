//! `kubepin unpin`.

use super::World;
use crate::lying::{Lies, digest};

#[test]
fn a_bare_digest_gets_the_tag_that_the_lock_file_knows() {
    let digests = ["a", "b", "c", "d"].map(|name| digest(name.as_bytes()));
    let images = digests.each_ref().map(|digest| format!("web@{digest} # 1.9"));
    let bare = format!("web@{}", digests[3]);
    let world = World::lying(Lies::default(), &[&images[0], &images[1], &images[2], &bare]);
    let at = "2026-01-31T12:00:00Z";
    let entries = [
        world.entry("web:1", &digests[0], at),
        world.entry("web:2", &digests[1], at),
        world.entry("web:latest", &digests[1], at),
    ];
    world.sandbox.write("kubepin.lock", format!("version = 1\n{}", entries.concat()));
    let ran = world.run(&["unpin"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "2 of 4 pins taken off in 1 file.\n"));
    assert_eq!(world.text(), world.pod(&["web:1 # 1.9", &images[1], "web:1.9", &bare]));
    assert!(ran.stderr.contains("the lock file knows several: 2, latest"), "{}", ran.stderr);
    assert!(ran.stderr.contains("and the lock file knows none"), "{}", ran.stderr);
    assert!(world.registry.seen().is_empty(), "nobody is asked");
}

#[test]
fn what_was_locked_and_pinned_without_tags_comes_back() {
    let world = World::lying(Lies::default(), &["web:1.20", "db:2"]);
    let before = world.text();
    world.run(&["lock"]);
    world.run(&["check", "--fix", "--locked", "--style", "digest-only"]);
    assert!(!world.text().contains("web:1.20"));
    // The lock file keeps the tags of digests that are in use.
    world.run(&["lock"]);
    let ran = world.run(&["unpin"]);
    assert_eq!((ran.status, world.text()), (0, before), "{}", ran.stderr);
}

#[test]
fn standard_input_is_passed_through_without_digests() {
    let world = World::lying(Lies::default(), &[]);
    let pinned = world.pod(&[&format!("web:1@{}", digest(b"a")), &format!("web@{}", digest(b"b"))]);
    let ran = world.sandbox.filter(&["unpin", "-"], &pinned);
    assert_eq!((ran.status, ran.stdout), (0, pinned.replace(&format!(":1@{}", digest(b"a")), ":1")));
}
