//! What a list says of referrers, and what those say themselves.

use super::{World, found};
use crate::lying::listing::{Listing, entry, index};
use crate::lying::stock::{CONFIG, Stock};
use crate::lying::{INDEX, Lies, Trouble, digest};

const SIGNATURE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What makes a referrer of an image. Returns its digest.
type Make = fn(&mut Stock, &str) -> String;

/// A pod with `web:1`, which needs a signature; `listed` says what its registry lists, by its own list and
/// by the tag schema.
fn worlds(listed: impl Fn(&mut Stock, &str) -> Vec<String>) -> [World; 2] {
    [true, false].map(|api| world(api, &listed, Vec::new()))
}

fn world(api: bool, listed: impl Fn(&mut Stock, &str) -> Vec<String>, troubles: Vec<Trouble>) -> World {
    let mut stock = Stock::default();
    let image = stock.image("linux/amd64");
    stock.tag("1", &image);
    let entries = listed(&mut stock, &image);
    let list = stock.manifest(INDEX, index(&entries));
    stock.tag(&image.replace(':', "-"), &list);
    let listing = Listing::of(&image, entries);
    let referrers = Some(listing).filter(|_| api);
    let world =
        World::lying(Lies { troubles, stock, referrers, ..Lies::default() }, &[&format!("web:1@{image}")]);
    let config = format!("[[require-referrers]]\nimages = ['*']\nartifact-types = ['{SIGNATURE}']\n");
    world.sandbox.write("kubepin.toml", config);
    world
}

/// The member of JSON that says which image something is about.
fn about(image: &str) -> String {
    format!(r#","subject":{{"mediaType":"{INDEX}","digest":"{image}","size":7}}"#)
}

/// The tag, the list, and the index where there is no list.
fn before(api: bool) -> usize {
    if api { 2 } else { 3 }
}

#[test]
fn what_a_list_claims_does_not_count_unless_it_says_so_itself() {
    let other = digest(b"another image");
    let refers = format!("its manifest refers to {other}");
    let lies: [(Make, &str); 5] = [
        (|stock, _| stock.artifact(SIGNATURE, &digest(b"another image")), &refers),
        (
            |stock, _| stock.referring(&format!(r#""artifactType":"{SIGNATURE}","#), ""),
            "its manifest refers to nothing",
        ),
        (|stock, image| stock.artifact("a/b", image), "its manifest says that it is a/b"),
        (|_, _| digest(b"absent"), "it is not there"),
        (
            |stock, image| {
                let artifact = stock.artifact(SIGNATURE, image);
                let honest = stock.body(&format!("manifests/{artifact}"));
                stock.spoil(&format!("manifests/{artifact}"), &honest.replace(":2,", ": 2,"));
                artifact
            },
            "that it is not the hash of",
        ),
    ];
    for (make, why) in lies {
        for (world, api) in
            worlds(|stock, image| vec![entry(&make(stock, image), SIGNATURE)]).iter().zip([true, false])
        {
            let ran = world.run(&["verify", "--format", "json"]);
            assert_eq!((ran.status, found(&ran).len()), (1, 1), "{why} {ran:?}");
            assert!(ran.stdout.contains(": nothing refers to it; sha256:"), "{}", ran.stdout);
            assert!(ran.stdout.contains(&format!("is listed as {SIGNATURE}, but ")), "{}", ran.stdout);
            assert!(ran.stdout.contains(why), "{}", ran.stdout);
            assert_eq!(world.asked(0).len(), before(api) + 1, "{why} {:?}", world.asked(0));
            // Nor does it get into files.
            let tagged = world.pod(&["web:1"]);
            world.sandbox.write("pod.yaml", &tagged);
            let ran = world.run(&["check", "--fix", "--no-cache"]);
            assert_eq!((ran.status, world.text()), (1, tagged), "{ran:?}");
        }
    }
}

#[test]
fn the_first_that_holds_is_enough() {
    let listed = |stock: &mut Stock, image: &str| {
        let lie = entry(&digest(b"absent"), SIGNATURE);
        // What is of another type is not looked at.
        let bill = entry(&digest(b"bill"), "application/spdx+json");
        let mut things = vec![bill, lie];
        for note in ["", r#","annotations":{"a":"b"}"#] {
            let artifact =
                stock.referring(&format!(r#""artifactType":"{SIGNATURE}","#), &(about(image) + note));
            things.push(entry(&artifact, SIGNATURE));
        }
        things
    };
    for (world, api) in worlds(listed).iter().zip([true, false]) {
        let ran = world.run(&["verify"]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
        assert_eq!(world.asked(0).len(), before(api) + 2, "{:?}", world.asked(0));
    }
}

#[test]
fn what_no_list_states_the_type_of_says_it_itself() {
    let makes: [Make; 3] = [
        |stock, image| stock.artifact(SIGNATURE, image),
        // The type of the config is that of the whole where it has none.
        |stock, image| {
            let artifact = stock.referring("", &about(image));
            let body = stock.body(&format!("manifests/{artifact}")).replace(CONFIG, SIGNATURE);
            stock.manifest(crate::lying::stock::MANIFEST, body)
        },
        |stock, image| {
            let own = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","artifactType":"{SIGNATURE}""#);
            stock.manifest(INDEX, format!(r#"{own},"manifests":[]{}}}"#, about(image)))
        },
    ];
    for make in makes {
        for stated in ["", SIGNATURE] {
            let listed = |stock: &mut Stock, image: &str| {
                // What is gone is no reason not to look at the rest.
                vec![entry(&digest(b"absent"), stated), entry(&make(stock, image), stated)]
            };
            let world = world(true, listed, Vec::new());
            let ran = world.run(&["verify"]);
            assert_eq!(
                (ran.status, &*ran.stderr, world.asked(0).len()),
                (0, "", before(true) + 2),
                "{ran:?}"
            );
        }
    }
}

#[test]
fn nobody_is_found_wanting_where_nobody_can_tell() {
    let listed = |stock: &mut Stock, image: &str| vec![entry(&stock.artifact(SIGNATURE, image), SIGNATURE)];
    let world = world(true, listed, vec![Trouble::None, Trouble::None, Trouble::Status(403)]);
    let ran = world.run(&["verify", "--format", "json"]);
    assert_eq!((ran.status, found(&ran).len()), (2, 0), "{ran:?}");
    assert!(ran.stderr.contains("it is not known what refers to"), "{}", ran.stderr);
}

#[test]
fn no_list_makes_more_than_a_hundred_requests() {
    for stated in [SIGNATURE, ""] {
        let lies = |_: &mut Stock, _: &str| {
            (0..150).map(|number| entry(&digest(format!("lie {number}").as_bytes()), stated)).collect()
        };
        let world = world(true, lies, Vec::new());
        let ran = world.run(&["verify", "--format", "json"]);
        assert_eq!((ran.status, found(&ran).len()), (2, 0), "{ran:?}");
        assert!(ran.stderr.contains("than is read, so it is not judged"), "{}", ran.stderr);
        assert_eq!(world.asked(0).len(), before(true) + 100);
    }
}
