//! `kubepin verify`.

use serde_json::Value;

use super::{BOTH, World, found};
use crate::lying::stock::Stock;
use crate::lying::{Lies, digest};

#[test]
fn a_pin_that_is_right_is_one_question() {
    let mut stock = Stock::default();
    let (index, _) = stock.index_of(&BOTH);
    stock.tag("1", &index);
    let pin = format!("web:1@{index}");
    let world = World::of(stock, &[&pin, &pin, &format!("web@{index}")]);
    let ran = world.run(&["verify"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "All is well: 3 pins in 1 file.\n"));
    // What has no tag is asked for by its digest.
    let mut asked = world.asked(0);
    asked.sort();
    assert_eq!(asked, ["HEAD web/1".to_owned(), format!("HEAD web/{index}")]);
    // Nothing of it is kept: what was said before is of no use.
    world.run(&["verify"]);
    assert_eq!(world.registry.seen().len(), 4);
}

#[test]
fn a_digest_is_asked_for_where_its_tag_has_another() {
    let mut stock = Stock::default();
    let old = stock.index_of(&["linux/amd64"]).0;
    let new = stock.index_of(&BOTH).0;
    stock.tag("1", &new);
    let gone = digest(b"gone");
    let world = World::of(stock, &[&format!("web:1@{old}"), &format!("web:1@{gone}")]);
    let ran = world.run(&["verify", "--format", "json"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    let expected = [("tag-moved", "warning"), ("digest-gone", "error")];
    assert_eq!(found(&ran), expected.map(|(rule, severity)| (rule.to_owned(), severity.to_owned())));
    let mut asked = world.asked(0);
    assert_eq!(asked.remove(0), "HEAD web/1");
    asked.sort();
    let mut expected = [format!("HEAD web/{old}"), format!("HEAD web/{gone}")];
    expected.sort();
    assert_eq!(asked, expected);
}

#[test]
fn the_index_is_offered_only_where_it_lists_the_pin() {
    let mut stock = Stock::default();
    let (index, children) = stock.index_of(&BOTH);
    let other = stock.image("linux/s390x");
    stock.tag("1", &index);
    let world = World::of(stock, &[&format!("web:1@{}", children[1]), &format!("web:1@{other}")]);
    let ran = world.run(&["verify", "--format", "json"]);
    assert_eq!(ran.status, 0, "warnings only");
    let rules: Vec<String> = found(&ran).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["single-platform-pin", "tag-moved"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let fix = &report["findings"][0]["fix"];
    assert_eq!(fix["applicability"], "safe");
    assert!(fix["edits"][0]["text"].as_str().expect("a text").ends_with(&format!("web:1@{index}")));
    assert_eq!(report["findings"][1]["fix"], Value::Null);
    // Tag, both digests, and the index once.
    let asked = world.asked(0);
    assert_eq!((asked.len(), asked.last()), (4, Some(&format!("GET web/{index}"))));
    assert_eq!(
        (report["registry"]["requests"].as_u64(), report["registry"]["contents"].as_u64()),
        (Some(3), Some(1))
    );
    // What a digest names is true for ever.
    world.run(&["verify"]);
    assert_eq!(world.registry.seen().len(), 7);
    assert_eq!(world.run(&["verify", "--strict"]).status, 1);
    assert_eq!(world.run(&["verify", "--strict", "--exit-zero"]).status, 0);
}

#[test]
fn platforms_are_looked_for_where_one_is_required() {
    let mut stock = Stock::default();
    let one = stock.image("linux/amd64");
    let (both, children) = stock.index_of(&BOTH);
    stock.tag("1", &both);
    let images = [format!("web:1@{both}"), format!("web@{one}"), format!("web:1@{}", children[1])];
    let world = World::of(stock, &[&images[0], &images[1], &images[2]]);
    let required = ["verify", "--format", "json", "--require-platform", "linux/arm64/v8"];
    let ran = world.run(&required);
    let rules: Vec<String> = found(&ran).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(
        (ran.status, rules),
        (1, vec!["missing-platform".to_owned(), "single-platform-pin".to_owned()])
    );
    // One by tag and two by digest; the index, and manifest and config of the one that no index is known for.
    let gets = world.asked(0).into_iter().filter(|line| line.starts_with("GET")).count();
    assert_eq!((world.registry.seen().len(), gets), (6, 3));
}

#[test]
fn the_lock_file_tells_moved_from_never() {
    let mut stock = Stock::default();
    let old = stock.index_of(&["linux/amd64"]).0;
    let new = stock.index_of(&BOTH).0;
    stock.tag("2", &new);
    let world =
        World::of(stock, &[&format!("moved:2@{old}"), &format!("bumped:2@{old}"), &format!("other:2@{old}")]);
    let at = "2026-01-31T12:00:00Z";
    let entries = [
        world.entry("moved:1", &old, at),
        world.entry("moved:2", &old, at),
        world.entry("bumped:1", &old, at),
    ];
    world.sandbox.write("kubepin.lock", format!("version = 1\n{}", entries.concat()));
    let ran = world.run(&["verify", "--format", "concise"]);
    assert_eq!(ran.status, 1);
    let lines: Vec<&str> = ran.stdout.lines().map(|line| line.split_once(' ').expect("words").1).collect();
    assert!(
        lines[0].starts_with("warning[tag-moved]") && lines[0].contains("its own on 2026-01-31"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("error[tag-moved]") && lines[1].contains("that of `1` alone"), "{lines:?}");
    assert!(
        lines[2].starts_with("warning[tag-moved]") && lines[2].contains("another image by now"),
        "{lines:?}"
    );

    world.sandbox.write("kubepin.lock", "<<<<<<< mine\n");
    assert_eq!(world.run(&["verify"]).status, 2);
}

#[test]
fn ages_that_nobody_knows_are_told() {
    let mut stock = Stock::default();
    let (index, _) = stock.index_of(&BOTH);
    let other = stock.image("linux/amd64");
    stock.tag("1", &index);
    stock.tag("2", &other);
    let world = World::of(stock, &[&format!("web:1@{index}"), &format!("web:2@{other}")]);
    world.sandbox.write(
        "kubepin.lock",
        format!("version = 1\n{}", world.entry("web:1", &index, "2026-01-31T12:00:00Z")),
    );
    let ran = world.run(&["verify", "--cooldown", "3d"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains(&format!("warning: the age is not known of {}/acme/web@{other}", world.registry.host))
    );
    let ran = world.run(&["verify", "--cooldown", "9000d", "--format", "json"]);
    let rules: Vec<String> = found(&ran).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(
        (ran.status, rules),
        (1, vec!["too-recent".to_owned(); 2]),
        "its own date makes an image younger"
    );
}

#[test]
fn what_is_not_answered_is_a_problem_and_no_finding() {
    let pin = format!("web:1@{}", digest(b"any"));
    let denied = Lies { status: Some((403, "no")), ..Lies::default() };
    let world = World::lying(denied, &[&pin]);
    let ran = world.run(&["verify"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stdout, "Nothing found about 1 pin in 1 file, as far as registries answered.\n");
    assert!(ran.stderr.starts_with("error: no answer about"), "{}", ran.stderr);
    // The registry says that there is no such tag, and does not say what is with the digest.
    let world = World::lying(Lies { missing: "web", ..Lies::default() }, &[&pin, "open:1"]);
    let ran = world.run(&["verify"]);
    assert_eq!(ran.status, 1);
    let next = "Read what to do: kubepin explain digest-gone\n";
    let open = "1 image is not pinned: `kubepin check` says which.\n";
    let last = format!("1 finding about 1 pin in 1 file.\n{open}{next}");
    assert!(ran.stdout.ends_with(&last), "{}", ran.stdout);
}

#[test]
fn contents_that_cannot_be_had_are_a_problem() {
    let mut stock = Stock::default();
    let (index, children) = stock.index_of(&BOTH);
    stock.tag("1", &index);
    stock.spoil(&format!("manifests/{index}"), "{}");
    let world = World::of(stock, &[&format!("web:1@{}", children[0])]);
    let ran = world.run(&["verify"]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("it is not known what"), "{}", ran.stderr);
}
