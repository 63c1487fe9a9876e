//! What is demanded of platforms and ages, and who looks for it.

use super::{BOTH, World, found};
use crate::lying::stock::Stock;
use crate::lying::{Lies, Login};

/// Rules that fired, and the number of requests and of those about what digests name.
fn asked(world: &World, arguments: &[&str]) -> (Vec<String>, usize, usize) {
    let before = world.registry.seen().len();
    let ran = world.run(&[arguments, &["--format", "json", "--no-cache"]].concat());
    let rules = found(&ran).into_iter().map(|(rule, _)| rule).collect();
    let lines = world.registry.lines().split_off(before);
    let contents = lines.iter().filter(|line| line.starts_with("GET")).count();
    (rules, lines.len(), contents)
}

fn shelf() -> (Stock, [String; 2]) {
    let mut stock = Stock::default();
    let one = stock.image("linux/amd64");
    let one = stock.index(&[("linux/amd64", one.as_str())]);
    let (both, _) = stock.index_of(&BOTH);
    stock.tag("1", &one);
    stock.tag("2", &both);
    (stock, [one, both])
}

#[test]
fn the_configuration_requires_platforms_and_what_is_typed_wins() {
    let (stock, [one, both]) = shelf();
    let world = World::of(stock, &[&format!("web:1@{one}"), &format!("web:2@{both}")]);
    assert_eq!(asked(&world, &["verify"]), (vec![], 2, 0));
    world.sandbox.write("kubepin.toml", "platforms = ['linux/arm64']\n");
    let missing = vec!["missing-platform".to_owned()];
    assert_eq!(asked(&world, &["verify"]), (missing.clone(), 4, 2));
    assert_eq!(asked(&world, &["verify", "--require-platform", "linux/amd64"]), (vec![], 4, 2));
    // What is off is not looked for.
    world.sandbox.write("kubepin.toml", "platforms = ['linux/arm64']\n[rules]\nmissing-platform = 'off'\n");
    assert_eq!(asked(&world, &["verify"]), (vec![], 2, 0));
    let nothing = "platforms = ['linux/arm64']\n[[overrides]]\npaths = ['pod.yaml']\nplatforms = []\n";
    world.sandbox.write("kubepin.toml", nothing);
    assert_eq!(asked(&world, &["verify"]), (vec![], 2, 0));
    let only = "[[overrides]]\npaths = ['*.yaml']\nplatforms = ['linux/s390x']\n";
    world.sandbox.write("kubepin.toml", only);
    assert_eq!(asked(&world, &["verify"]), ([&missing[..], &missing].concat(), 4, 2));
    world.sandbox.write("kubepin.toml", "platforms = ['linux/arm64']\nexempt-images = ['*']\n");
    assert_eq!(asked(&world, &["verify"]), (vec![], 0, 0));
}

#[test]
fn a_pod_that_names_a_machine_costs_a_look_and_others_do_not() {
    let (stock, [one, _]) = shelf();
    let world = World::of(stock, &[&format!("web:1@{one}")]);
    let pod = world.text();
    let select = |label: &str| pod.replace("spec:\n", &format!("spec:\n  nodeSelector:\n    {label}\n"));
    for (label, rules, contents) in [
        ("example.com/disk: ssd", 0, 0),
        ("kubernetes.io/arch: amd64", 0, 1),
        ("kubernetes.io/os: linux", 0, 1),
        ("kubernetes.io/os: windows", 1, 1),
        ("kubernetes.io/arch: arm64", 1, 1),
        ("kubernetes.io/arch: $(ARCH)", 0, 0),
    ] {
        world.sandbox.write("pod.yaml", select(label));
        let (found, requests, looked) = asked(&world, &["verify"]);
        assert_eq!((found.len(), requests, looked), (rules, 1 + contents, contents), "{label}");
    }
    world.sandbox.write("pod.yaml", select("kubernetes.io/arch: arm64"));
    let ran = world.run(&["verify", "--format", "concise"]);
    assert!(
        ran.stdout.contains("is not made for arm64 (required by its pod: line 7): it is for linux/amd64"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_states_no_platform_is_not_judged_by_one() {
    let mut stock = Stock::default();
    let config = stock.blob("{}".to_owned());
    let artifact = stock.image_with_config(&config);
    let world = World::of(stock, &[&format!("chart@{artifact}")]);
    assert_eq!(asked(&world, &["verify", "--require-platform", "linux/arm64"]), (vec![], 3, 2));
    let ran = world.run(&["verify", "-v", "--require-platform", "linux/arm64"]);
    assert!(ran.stderr.contains("not judged by platforms, because nothing says"), "{}", ran.stderr);
}

#[test]
fn a_fix_pins_and_says_what_the_digest_lacks() {
    let (stock, [one, both]) = shelf();
    let world = World::of(stock, &["web:1", "web:2"]);
    let before = world.text();
    let selecting = before.replace("spec:\n", "spec:\n  nodeSelector: {kubernetes.io/arch: s390x}\n");
    // Pods alone are no reason to look further: a fix costs what it always did.
    world.sandbox.write("pod.yaml", &selecting);
    assert_eq!(asked(&world, &["check", "--fix"]), (vec![], 2, 0));
    world.sandbox.write("pod.yaml", &before);
    world.sandbox.write("kubepin.toml", "platforms = ['linux/arm64']\n");
    let ran = world.run(&["check", "--fix", "--no-cache", "--format", "concise"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("pod.yaml:8:14: error[missing-platform] "), "{}", ran.stdout);
    assert_eq!(world.text(), world.pod(&[&format!("web:1@{one}"), &format!("web:2@{both}")]));
    assert_eq!(world.registry.seen().len(), 2 + 4);
    // It can be ignored where it is, and be no error.
    let ignoring = before.replace(":1\n", ":1 # kubepin: ignore[missing-platform] amd64 only\n");
    world.sandbox.write("pod.yaml", &ignoring);
    let ran = world.run(&["check", "--fix", "--no-cache"]);
    assert_eq!(
        (ran.status, ran.stdout.contains("1 finding ignored")),
        (0, true),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert_eq!(world.run(&["check"]).status, 0, "an ignore of what only others find is none without use");
    // With --platform the digest is that of one machine anyway.
    world.sandbox.write("pod.yaml", &before);
    let ran = world.run(&["check", "--diff", "--no-cache", "--platform", "linux/amd64"]);
    assert!(
        ran.stderr.contains("warning: with --platform, what the configuration demands"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_fix_says_what_is_too_recent_and_of_what_nobody_knows() {
    let (stock, [one, both]) = shelf();
    let world = World::of(stock, &["web:1", "web:2"]);
    world.sandbox.write("kubepin.toml", "cooldown = '3d'\n");
    let entry = world.entry("web:1", &one, &kubepin::resolve::lock::now());
    world.sandbox.write("kubepin.lock", format!("version = 1\n{entry}"));
    let ran = world.run(&["check", "--fix", "--no-cache", "--format", "json"]);
    let rules: Vec<String> = found(&ran).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!((ran.status, rules), (1, vec!["too-recent".to_owned()]));
    let unknown = format!("warning: the age is not known of {}/acme/web@{both}", world.registry.host);
    assert!(ran.stderr.contains(&unknown), "{}", ran.stderr);
    assert_eq!(world.text(), world.pod(&[&format!("web:1@{one}"), &format!("web:2@{both}")]));
    // The age of what was just seen need not be looked for: the index and the first image of the other one.
    assert_eq!(world.asked(0).iter().filter(|line| line.starts_with("GET")).count(), 3);
    let diff = World::of(Stock::default(), &["web:1"]);
    diff.sandbox.write("kubepin.toml", "cooldown = '3d'\n");
    assert!(!diff.run(&["check", "--diff"]).stderr.contains("--cooldown"), "check has no such option");
}

#[test]
fn the_lock_file_says_what_a_locked_run_has_to_know() {
    let (stock, [_, _]) = shelf();
    let world = World::of(stock, &["web:1", "web:2"]);
    world.run(&["lock"]);
    assert_eq!(world.asked(0).iter().filter(|line| line.starts_with("GET")).count(), 0);
    let lock = || String::from_utf8(world.sandbox.read("kubepin.lock")).expect("UTF-8");
    let old = "2020-01-01T00:00:00Z";
    let time =
        lock().split("first-seen = \"").nth(1).and_then(|rest| rest.get(..20)).expect("a time").to_owned();
    world.sandbox.write("kubepin.lock", lock().replace(&time, old));
    world.sandbox.write("kubepin.toml", "platforms = ['linux/arm64']\ncooldown = '3d'\n");
    // What it does not say, it does not say silently.
    let ran = world.run(&["check", "--diff", "--locked"]);
    assert_eq!((ran.status, ran.stdout.contains("\n+")), (2, true), "{}", ran.stderr);
    assert!(ran.stderr.contains("write it down: `kubepin lock --platforms --created`"), "{}", ran.stderr);

    let ran = world.run(&["lock"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let text = lock();
    assert!(text.contains("platforms = [\"linux/amd64\", \"linux/arm64\"]\n"), "{text}");
    assert_eq!(text.matches("created = \"2026-01-02T03:04:05Z\"\n").count(), 2, "{text}");
    assert_eq!(
        (
            text.matches(&format!("first-seen = \"{old}\"")).count(),
            text.contains(&format!("resolved-at = \"{old}\""))
        ),
        (2, false)
    );
    let seen = world.registry.seen().len();
    assert_eq!(world.run(&["lock", "--platforms", "--created"]).status, 0);
    assert_eq!(
        (lock(), world.registry.seen().len() - seen),
        (text, 2),
        "a second run changes no byte and looks at no digest"
    );

    let seen = world.registry.seen().len();
    let ran = world.run(&["check", "--diff", "--locked", "--format", "json"]);
    assert_eq!((ran.status, world.registry.seen().len()), (1, seen), "{}", ran.stderr);
    assert!(ran.stderr.contains("missing-platform"), "{}", ran.stderr);
    let (rules, requests, contents) = asked(&world, &["verify"]);
    assert_eq!((rules, requests, contents), (vec![], 0, 0), "nothing is pinned");
    // What the lock file knows, `verify` does not look for.
    world.run(&["check", "--fix", "--locked"]);
    assert_eq!(asked(&world, &["verify"]), (vec!["missing-platform".to_owned()], 2, 0));
}

#[test]
fn a_lock_of_what_cannot_be_looked_into_is_told() {
    let (mut stock, _) = shelf();
    let one = stock.image_with_config(&crate::lying::digest(b"gone"));
    let world = World::of(stock, &["web:2", &format!("web@{one}")]);
    let ran = world.run(&["lock", "--platforms"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("it is not known what"), "{}", ran.stderr);
    let lock = String::from_utf8(world.sandbox.read("kubepin.lock")).expect("UTF-8");
    assert_eq!((lock.matches("[[image]]").count(), lock.matches("platforms").count()), (2, 1), "{lock}");
}

#[test]
fn what_is_looked_into_is_let_in_with_the_token_that_is_there() {
    let (stock, [one, both]) = shelf();
    let pins = [format!("web:1@{one}"), format!("web:2@{both}")];
    let world = World::lying(Lies { stock, login: Login::Token, ..Lies::default() }, &[&pins[0], &pins[1]]);
    let arguments = ["verify", "--require-platform", "linux/arm64"];
    // One 401, one token, a HEAD and a GET for each.
    assert_eq!(asked(&world, &arguments), (vec!["missing-platform".to_owned()], 1 + 1 + 2 + 2, 1 + 2));
}
