//! What has to refer to images, and what is done without it.

use super::{World, found};
use crate::lying::listing::{Listing, entry};
use crate::lying::stock::Stock;
use crate::lying::{Lies, Login, digest};

const SBOM: &str = "application/spdx+json";
const SIGNATURE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const OF_COSIGN: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";

/// `web:1` has a bill of materials, `web:2` a signature, too.
fn shelf() -> (Lies, [String; 2]) {
    let mut stock = Stock::default();
    let images = ["linux/amd64", "linux/arm64"].map(|platform| stock.image(platform));
    stock.tag("1", &images[0]);
    stock.tag("2", &images[1]);
    let mut of_type = |kind, image| entry(&stock.artifact(kind, image), kind);
    let mut listing = Listing::of(&images[0], vec![of_type(SBOM, &images[0])]);
    let both = vec![of_type(SBOM, &images[1]), of_type(SIGNATURE, &images[1])];
    listing.entries.insert(images[1].clone(), both);
    (Lies { stock, referrers: Some(listing), ..Lies::default() }, images)
}

fn require(world: &World, images: &str, types: &[&str]) {
    let config = format!("[[require-referrers]]\nimages = ['{images}']\nartifact-types = {types:?}\n");
    world.sandbox.write("kubepin.toml", config);
}

#[test]
fn a_pin_without_what_has_to_refer_to_it_is_found() {
    let (lies, [one, two]) = shelf();
    let world = World::lying(
        Lies { login: Login::Token, ..lies },
        &[&format!("web:1@{one}"), &format!("web:2@{two}")],
    );
    require(&world, "*/acme/*", &[SIGNATURE]);
    let ran = world.run(&["verify", "--format", "json"]);
    assert_eq!((ran.status, &*ran.stderr), (1, ""));
    assert_eq!(found(&ran), [("missing-referrer".to_owned(), "error".to_owned())]);
    let message = format!("web:1@{one}` has no {SIGNATURE}: what refers to it is {SBOM}");
    assert!(ran.stdout.contains(&message), "{}", ran.stdout);
    // A challenge, a token, a HEAD and a list for each, and the signature of the second.
    let asked = world.asked(0);
    assert_eq!(asked.len(), 1 + 1 + 2 + 2 + 1, "{asked:?}");
    let lists: Vec<&String> = asked.iter().filter(|line| line.contains("referrers")).collect();
    assert_eq!(lists, [&format!("GET web/referrers/{one}"), &format!("GET web/referrers/{two}")]);
    // Both types have to be there, by whichever entry.
    let more = format!("[[require-referrers]]\nimages = ['*']\nartifact-types = ['{SBOM}', 'a/b']\n");
    world.sandbox.write("kubepin.toml", more);
    let ran = world.run(&["verify", "--format", "concise"]);
    assert_eq!(ran.stdout.matches("has no a/b: ").count(), 2, "{}", ran.stdout);
}

#[test]
fn what_nothing_is_required_of_is_not_asked_about() {
    let (lies, [one, _]) = shelf();
    let world = World::lying(lies, &[&format!("web:1@{one}")]);
    for (images, rest, status, requests) in [
        ("ghcr.io/acme/*", "", 0, 1),
        ("*/acme/web", "", 1, 2),
        ("*/acme/we", "", 0, 1),
        ("*/web", "[rules]\nmissing-referrer = 'off'\n", 0, 1),
        ("*/web", "[rules]\nmissing-referrer = 'warning'\n", 0, 2),
    ] {
        let config =
            format!("{rest}[[require-referrers]]\nimages = ['{images}']\nartifact-types = ['{SIGNATURE}']\n");
        world.sandbox.write("kubepin.toml", config);
        let before = world.registry.seen().len();
        let ran = world.run(&["verify"]);
        assert_eq!((ran.status, world.asked(before).len()), (status, requests), "{images} {ran:?}");
    }
}

#[test]
fn a_digest_that_lacks_a_referrer_is_not_written() {
    let (lies, [_, two]) = shelf();
    let world = World::lying(lies, &["web:1", "web:2"]);
    require(&world, "*/acme/*", &[SIGNATURE]);
    let before = world.text();
    let after = world.pod(&["web:1", &format!("web:2@{two}")]);
    let ran = world.run(&["check", "--diff", "--no-cache"]);
    assert_eq!((ran.status, ran.stdout.contains("web:1@")), (1, false), "{ran:?}");
    assert_eq!(world.text(), before);
    let ran = world.run(&["check", "--fix", "--no-cache", "--format", "json"]);
    let rules: Vec<String> = found(&ran).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(
        (ran.status, rules),
        (1, vec!["missing-referrer".to_owned(), "tag-without-digest".to_owned()])
    );
    assert!(ran.stdout.contains("as the configuration requires"), "why it is not pinned: {}", ran.stdout);
    assert_eq!(world.text(), after);
    assert_eq!(world.asked(0).len(), 2 * (2 + 2 + 1));
    // A filter passes on all or nothing.
    let ran = world.sandbox.filter(&["check", "--fix", "--no-cache", "-"], &before);
    assert_eq!((ran.status, &*ran.stdout), (2, ""), "{}", ran.stderr);
    let ran = world.sandbox.filter(&["check", "--fix", "--no-cache", "--allow-unresolved", "-"], &before);
    assert_eq!((ran.status, &*ran.stdout), (1, &*after), "{}", ran.stderr);
    // Whoever says why may have it.
    let ignoring = before.replace(":1\n", ":1 # kubepin: ignore[missing-referrer] built before we signed\n");
    world.sandbox.write("pod.yaml", ignoring);
    assert_eq!(world.run(&["check", "--fix", "--no-cache"]).status, 0);
    assert!(world.text().contains("web:1@sha256:"), "{}", world.text());
}

#[test]
fn nothing_is_written_where_nobody_can_tell_what_refers_to_it() {
    let (lies, _) = shelf();
    let listing = Listing { status: Some((403, "DENIED")), ..Listing::default() };
    let world = World::lying(Lies { referrers: Some(listing), ..lies }, &["web:1"]);
    require(&world, "*", &[SIGNATURE]);
    let before = world.text();
    for arguments in [
        &["check", "--fix", "--no-cache"][..],
        &["check", "--fix", "--no-cache", "--platform", "linux/amd64"],
    ] {
        let ran = world.run(arguments);
        assert_eq!((ran.status, world.text()), (2, before.clone()), "{ran:?}");
        assert!(ran.stderr.contains("it is not known what refers to"), "{}", ran.stderr);
    }
    world.run(&["lock"]);
    let ran = world.run(&["check", "--fix", "--locked"]);
    assert_eq!((ran.status, world.text()), (2, before), "{ran:?}");
    assert!(ran.stderr.contains("nobody may be asked"), "{}", ran.stderr);
}

#[test]
fn no_pin_moves_to_what_lacks_a_referrer() {
    let (mut lies, [one, two]) = shelf();
    lies.stock.tag("unsigned", &one);
    lies.stock.tag("signed", &two);
    let gone = digest(b"before");
    let pins = ["unsigned", "signed"].map(|tag| format!("web:{tag}@{gone}"));
    let world = World::lying(lies, &[&pins[0], &pins[1]]);
    require(&world, "*/acme/*", &[SIGNATURE]);
    let ran = world.run(&["update"]);
    let why = format!("no {SIGNATURE} refers to {}/acme/web@{one}", world.registry.host);
    assert!(ran.status == 0 && ran.stderr.contains(&why), "{ran:?}");
    assert_eq!(world.text(), world.pod(&[&pins[0], &format!("web:signed@{two}")]));
    assert_eq!(world.asked(0).len(), 2 + 2 + 1);
}

#[test]
fn cosigns_own_tags_are_looked_at_where_they_are_required() {
    let (mut lies, [one, two]) = shelf();
    let signature = lies.stock.image("linux/s390x");
    lies.stock.tag(&format!("{}.sig", one.replace(':', "-")), &signature);
    let world = World::lying(lies, &[&format!("web:1@{one}"), &format!("web:2@{two}")]);
    require(&world, "*/acme/*", &[OF_COSIGN]);
    let ran = world.run(&["verify", "--format", "concise"]);
    assert_eq!((ran.status, ran.stdout.matches("missing-referrer").count()), (1, 1), "{ran:?}");
    assert!(ran.stdout.contains("web:2@"), "{}", ran.stdout);
    assert_eq!(world.asked(0).len(), 2 * (1 + 1 + 3));
}
