//! What is ignored or known of pins.

use super::{World, found};
use crate::lying::{Lies, digest};

/// Two pins that their tags have left behind, and one image that is not pinned.
fn world(comment: &str) -> World {
    let old = digest(b"old");
    let world =
        World::lying(Lies::default(), &[&format!("web:1@{old}{comment}"), &format!("web:2@{old}"), "web:3"]);
    assert_eq!(world.registry.seen().len(), 0);
    world
}

fn rules(world: &World, arguments: &[&str]) -> Vec<String> {
    let ran = world.run(&[arguments, &["--format", "json", "--no-cache"]].concat());
    found(&ran).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn an_ignore_holds_for_the_command_that_its_rule_is_of() {
    let world = world(" # kubepin: ignore[tag-moved] a fork");
    assert_eq!(rules(&world, &["verify"]), ["tag-moved"]);
    assert_eq!(rules(&world, &["verify", "--no-inline-ignores"]), ["tag-moved", "tag-moved"]);
    let ran = world.run(&["verify", "-v"]);
    assert!(ran.stdout.contains("1 finding ignored, as files say"), "{}", ran.stdout);
    assert!(ran.stderr.contains("tag-moved is ignored here: a fork"), "{}", ran.stderr);
    // `check` does not ask, so it cannot know whether it is of use; nor can `verify` of the rules of `check`.
    assert_eq!(rules(&world, &["check"]), ["tag-without-digest"]);
    let world = self::world(" # kubepin: ignore[tag-moved, latest-tag, digest-gone] a fork");
    assert_eq!(rules(&world, &["check"]), ["unused-ignore", "tag-without-digest"]);
    let ran = world.run(&["verify", "--format", "concise"]);
    let unused = ran.stdout.lines().find(|line| line.contains("[unused-ignore]")).expect("a finding");
    assert!(unused.contains("nothing to ignore: `digest-gone` finds nothing here"), "{unused}");
    // One without a reason, or past its day, holds for nobody.
    let world = self::world(" # kubepin: ignore[tag-moved, until=2020-01-01] a fork");
    assert_eq!(rules(&world, &["verify"]), ["tag-moved", "expired-ignore", "tag-moved"]);
}

#[test]
fn what_could_not_be_asked_makes_no_ignore_useless() {
    let old = digest(b"old");
    let ignoring = format!("web:1@{old} # kubepin: ignore[tag-moved, too-recent, missing-platform] a fork");
    let denied = World::lying(Lies { status: Some((403, "no")), ..Lies::default() }, &[&ignoring]);
    assert_eq!(rules(&denied, &["verify"]), [""; 0]);
    // Nor is a rule judged that nothing is demanded for.
    let open = World::lying(Lies::default(), &[&ignoring]);
    assert_eq!(rules(&open, &["verify"]), [""; 0]);
}

#[test]
fn one_baseline_serves_both_commands() {
    let world = world("");
    for command in ["check", "verify"] {
        let ran = world.run(&[command, "--write-baseline", "known.json"]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{}", ran.stdout);
    }
    let text = String::from_utf8(world.sandbox.read("known.json")).expect("UTF-8");
    assert_eq!(
        (text.matches("tag-moved").count(), text.matches("tag-without-digest").count()),
        (2, 1),
        "{text}"
    );
    for command in ["check", "verify", "check"] {
        let ran = world.run(&[command, "--baseline", "known.json"]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{}", ran.stdout);
        assert!(ran.stdout.contains("known before, and left out."), "{}", ran.stdout);
    }
    // What is gone is told by the command that would find it.
    world.sandbox.write("pod.yaml", world.pod(&["web:3"]));
    assert_eq!(world.run(&["check", "--baseline", "known.json"]).stderr, "");
    let ran = world.run(&["verify", "--baseline", "known.json"]);
    assert!(ran.stderr.contains("2 of its entries have no findings any more"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("take them out: kubepin verify --write-baseline known.json"),
        "{}",
        ran.stderr
    );
    // A baseline of what is not answered is not made silently.
    let denied = World::lying(
        Lies { status: Some((403, "no")), ..Lies::default() },
        &[&format!("web@{}", digest(b"a"))],
    );
    assert_eq!(denied.run(&["verify", "--write-baseline", "known.json"]).status, 2);
    denied.sandbox.write("known.json", "not one");
    let ran = denied.run(&["verify", "--write-baseline", "known.json"]);
    assert_eq!((ran.status, denied.sandbox.read("known.json")), (2, b"not one".to_vec()), "{}", ran.stderr);
}
