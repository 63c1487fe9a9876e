//! `kubepin update`.

use super::{BOTH, World};
use crate::lying::stock::Stock;
use crate::lying::{Lies, digest, manifest};

#[test]
fn a_tag_is_one_question_and_nothing_else_is_asked() {
    let old = digest(b"old");
    let pin = format!("web:1@{old}");
    let world = World::lying(Lies::default(), &[&pin, &pin, &format!("web@{old}"), "web:2"]);
    let new = manifest("acme/web", "1").1;
    let ran = world.run(&["update", "--diff"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.starts_with("2 of 3 pins would move in 1 file.\nWrite it: kubepin update\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.asked(0), ["HEAD web/1"]);
    let ran = world.run(&["update"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "2 of 3 pins moved in 1 file.\n"));
    assert_eq!(
        world.text(),
        world.pod(&[&format!("web:1@{new}"), &format!("web:1@{new}"), &format!("web@{old}"), "web:2"])
    );
    assert_eq!(world.asked(1), ["HEAD web/1"], "an answer of an earlier run is not used");
    let ran = world.run(&["update"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "Nothing to change: 3 pins looked at.\n"));
}

#[test]
fn what_is_not_answered_stays_and_ends_with_2() {
    let pin = format!("web:1@{}", digest(b"old"));
    let world = World::lying(Lies { status: Some((403, "no")), ..Lies::default() }, &[&pin]);
    let before = world.text();
    assert_eq!(world.run(&["update"]).status, 2);
    assert_eq!(world.text(), before);
    let ran = world.sandbox.filter(&["update", "-"], &before);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    let world = World::lying(Lies { missing: "web", ..Lies::default() }, &[&pin]);
    let ran = world.run(&["update"]);
    assert_eq!((ran.status, world.text()), (0, world.pod(&[&pin])));
    assert!(ran.stderr.contains("is left as it is: the registry has no"), "{}", ran.stderr);
}

#[test]
fn a_platform_is_kept_to() {
    let mut stock = Stock::default();
    let (index, children) = stock.index_of(&BOTH);
    stock.tag("1", &index);
    let pin = format!("web:1@{}", digest(b"old"));
    let world = World::of(stock, &[&pin]);
    world.run(&["update", "--platform", "linux/arm64"]);
    assert_eq!(world.text(), world.pod(&[&format!("web:1@{}", children[1])]));
    world.run(&["update"]);
    assert_eq!(world.text(), world.pod(&[&format!("web:1@{index}")]));
}

#[test]
fn what_is_too_young_waits_and_is_remembered() {
    let old = digest(b"old");
    let mut stock = Stock::default();
    let (new, _) = stock.index_of(&BOTH);
    stock.tag("1", &new);
    let pin = format!("web:1@{old}");
    let world = World::of(stock, &[&pin]);
    let ran = world.run(&["update", "--cooldown", "3d", "--diff"]);
    assert_eq!((ran.status, world.text()), (0, world.pod(&[&pin])));
    assert!(ran.stderr.contains("its age is not known"), "{}", ran.stderr);
    assert!(!world.sandbox.path().join("kubepin.lock").exists(), "a preview writes nothing");

    world.run(&["update", "--cooldown", "3d"]);
    let lock = String::from_utf8(world.sandbox.read("kubepin.lock")).expect("UTF-8");
    assert!(lock.contains(&format!("web:1\"\ndigest = \"{new}\"")), "{lock}");
    let ran = world.run(&["update", "--cooldown", "3d"]);
    assert!(ran.stderr.contains("known for less than 3d"), "{}", ran.stderr);
    assert_eq!(world.text(), world.pod(&[&pin]));

    // Three days later.
    let at = lock.lines().find_map(|line| line.strip_prefix("first-seen = ")).expect("a time");
    world.sandbox.write("kubepin.lock", lock.replace(at, "\"2026-01-31T12:00:00Z\""));
    let ran = world.run(&["update", "--cooldown", "3d"]);
    assert_eq!((ran.status, world.text()), (0, world.pod(&[&format!("web:1@{new}")])), "{}", ran.stderr);
}

#[test]
fn what_was_written_down_moves_pins_without_a_question() {
    let (old, locked, built) = (digest(b"old"), digest(b"locked"), digest(b"built"));
    let world = World::lying(Lies::default(), &[&format!("web:1@{old}"), &format!("web:2@{old}")]);
    let host = &world.registry.host;
    let at = "2026-01-31T12:00:00Z";
    world.sandbox.write("kubepin.lock", format!("version = 1\n{}", world.entry("web:1", &locked, at)));
    let ran = world.run(&["update", "--locked"]);
    assert_eq!(
        (ran.status, world.text()),
        (2, world.pod(&[&format!("web:1@{locked}"), &format!("web:2@{old}")]))
    );
    assert!(ran.stderr.contains("web:2: the lock file has no entry for it"), "{}", ran.stderr);
    // The age is that of the lock file, and a date that it does not have is not guessed.
    let ran = world.run(&["update", "--locked", "--cooldown", "3d"]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    world.sandbox.write("built.txt", format!("{host}/acme/web:2@{built}\n"));
    assert_eq!(world.registry.seen().len(), 0);
    let ran = world.run(&["update", "--digests", "built.txt"]);
    let new = manifest("acme/web", "1").1;
    assert_eq!(
        (ran.status, world.text()),
        (0, world.pod(&[&format!("web:1@{new}"), &format!("web:2@{built}")]))
    );
    assert_eq!(world.asked(0), ["HEAD web/1"]);
    assert_eq!(world.run(&["update", "--locked", "--digests", "built.txt"]).status, 2);
    assert_eq!(world.run(&["update", "--locked", "--platform", "linux/arm64"]).status, 2);
}

#[test]
fn the_configuration_has_a_cooldown_and_what_is_typed_wins() {
    let mut stock = Stock::default();
    let (new, _) = stock.index_of(&BOTH);
    stock.tag("1", &new);
    let pin = format!("web:1@{}", digest(b"old"));
    let world = World::of(stock, &[&pin]);
    world.sandbox.write("kubepin.toml", "cooldown = '3d'\n");
    let ran = world.run(&["update"]);
    assert!(ran.stderr.contains("its age is not known"), "{}", ran.stderr);
    assert_eq!(world.text(), world.pod(&[&pin]));
    let ran = world.run(&["update", "--platform", "linux/arm64"]);
    let refused =
        "error: --platform does not go with a cooldown: ages are known of whole images, not of parts\n";
    assert_eq!((ran.status, ran.stderr.starts_with(refused)), (2, true), "{}", ran.stderr);
    let ran = world.run(&["update", "--diff", "--platform", "linux/arm64", "--cooldown", "0s"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let ran = world.run(&["update", "--cooldown", "0s"]);
    assert_eq!((ran.status, world.text()), (0, world.pod(&[&format!("web:1@{new}")])), "{}", ran.stderr);
}
