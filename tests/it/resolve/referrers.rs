//! `kubepin referrers`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lying::listing::{Listing, entry, index};
use crate::lying::stock::Stock;
use crate::lying::{INDEX, Lies, Login, Registry, digest};
use crate::sandbox::{Ran, Sandbox};

const SBOM: &str = "application/spdx+json";
const SIGNATURE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// An image under the tag `1`, and its digest.
fn image() -> (Stock, String) {
    let mut stock = Stock::default();
    let image = stock.image("linux/amd64");
    stock.tag("1", &image);
    (stock, image)
}

/// Digests of things that are listed.
fn things(number: usize) -> Vec<String> {
    (0..number).map(|number| digest(format!("thing {number}").as_bytes())).collect()
}

fn referrers(registry: &Registry, arguments: &[&str]) -> Ran {
    let image = format!("{}/acme/web:1", registry.host);
    Sandbox::empty().run(&[&["referrers", &image], arguments].concat())
}

/// What was asked for beside the tag and cosign's tags, shortened.
fn asked(registry: &Registry) -> Vec<String> {
    let lines = registry.lines().into_iter().filter(|line| !line.starts_with("HEAD "));
    lines.map(|line| line.replace("/v2/acme/web/", "")).collect()
}

#[test]
fn a_tree_of_what_the_registry_lists() {
    let (stock, image) = image();
    let [bill, bundle, about] = &things(3)[..] else { panic!("three") };
    let entries = BTreeMap::from([
        (image.clone(), vec![entry(bill, SBOM), entry(bundle, SIGNATURE)]),
        (bill.clone(), vec![entry(about, SIGNATURE)]),
        // Whoever lists in a circle is not followed for ever.
        (about.clone(), vec![entry(bill, SBOM)]),
    ]);
    let listing = Listing { entries, ..Listing::default() };
    let registry = Registry::start(Lies { stock, referrers: Some(listing), ..Lies::default() });
    let ran = referrers(&registry, &[]);
    let host = &registry.host;
    let expected = format!(
        "{host}/acme/web@{image}\n\
         ├── {SBOM}\n\
         │   └── {bill}\n\
         │       └── {SIGNATURE}\n\
         │           └── {about}\n\
         │               └── {SBOM}\n\
         │                   └── {bill}\n\
         └── {SIGNATURE}\n    \
             └── {bundle}\n"
    );
    assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (0, &*expected, ""));
    // The tag, three tags of cosign, and a list for each digest.
    assert_eq!((registry.seen().len(), asked(&registry).len()), (1 + 3 + 4, 4));
    let ran = referrers(&registry, &["--format", "json"]);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&found["schema"], &found["scheme"]), (&"kubepin.referrers/1".into(), &"api".into()));
    let first = &found["referrers"][0];
    assert_eq!((&first["artifact_type"], &first["size"]), (&SBOM.into(), &7.into()));
    assert_eq!(first["claim"], "listed");
    assert_eq!(first["referrers"][0]["digest"], **about);
    assert_eq!(first["referrers"][0]["referrers"][0]["referrers"], Value::Null, "it is shown above");
    assert_eq!(found["registry"]["requests"], 8);
}

#[test]
fn twenty_five_over_several_pages_and_one_type_of_them() {
    let things = things(25);
    let of_type =
        |(number, thing): (usize, &String)| entry(thing, if number % 5 == 0 { SBOM } else { SIGNATURE });
    let entries: Vec<String> = things.iter().enumerate().map(of_type).collect();
    // A registry that filters sends one page; of one that does not, all are read and filtered here.
    for (filters, pages) in [(true, 1), (false, 3)] {
        let (stock, image) = image();
        let listing = Listing { page: 10, filters, ..Listing::of(&image, entries.clone()) };
        let registry = Registry::start(Lies { stock, referrers: Some(listing), ..Lies::default() });
        let ran = referrers(&registry, &["--format", "json"]);
        let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let list = found["referrers"].as_array().expect("a list");
        let digests: Vec<&str> = list.iter().filter_map(|node| node["digest"].as_str()).collect();
        assert_eq!(digests, things, "all, in order");
        assert_eq!(asked(&registry).len(), 3 + 25);
        let before = registry.seen().len();
        let ran = referrers(&registry, &["--format", "json", "--artifact-type", SBOM]);
        let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(found["referrers"].as_array().map(Vec::len), Some(5), "{ran:?}");
        let lines = registry.lines().split_off(before);
        assert_eq!(lines.len(), 1 + 3 + pages + 5, "{lines:?}");
        assert!(lines[1].ends_with("?artifactType=application%2Fspdx%2Bjson"), "{lines:?}");
    }
}

#[test]
fn a_registry_without_a_list_has_the_tag_schema() {
    for listing in [
        None,
        Some(Listing { status: Some((400, "UNSUPPORTED")), ..Listing::default() }),
        Some(Listing { status: Some((404, "MANIFEST_UNKNOWN")), ..Listing::default() }),
        Some(Listing { status: Some((405, "UNSUPPORTED")), ..Listing::default() }),
        Some(Listing { status: Some((406, "UNSUPPORTED")), ..Listing::default() }),
        Some(Listing { media_type: "text/html", body: "<html>", ..Listing::default() }),
    ] {
        let (mut stock, image) = image();
        let said = stock.image_with_config(&digest(b"config"));
        let list = stock.manifest(INDEX, index(&[entry(&said, ""), entry(&things(1)[0], SBOM)]));
        stock.tag(&image.replace(':', "-"), &list);
        let registry = Registry::start(Lies { stock, referrers: listing.clone(), ..Lies::default() });
        let ran = referrers(&registry, &[]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{listing:?}");
        // An index that does not say what it lists is no reason not to know.
        let config = "application/vnd.oci.image.config.v1+json";
        let line = format!("── {config}\n│   └── {said} (but its manifest refers to nothing)\n");
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
        assert!(ran.stdout.contains(&format!("└── {SBOM}\n    └── {}\n", things(1)[0])), "{}", ran.stdout);
        let forced = referrers(&registry, &["--distribution-spec", "v1.1-referrers-tag"]);
        assert_eq!(forced.stdout, ran.stdout);
    }
}

#[test]
fn that_there_is_no_list_is_found_out_once() {
    let (mut stock, image) = image();
    let list = stock.manifest(INDEX, index(&[entry(&things(1)[0], SBOM)]));
    stock.tag(&image.replace(':', "-"), &list);
    let registry = Registry::start(Lies { stock, login: Login::Token, ..Lies::default() });
    let ran = referrers(&registry, &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let tag = |digest: &str| format!("GET manifests/{}", digest.replace(':', "-"));
    let asked = asked(&registry);
    assert!(asked[0].starts_with("GET /token?"), "{asked:?}");
    assert_eq!(asked[1..], [format!("GET referrers/{image}"), tag(&image), tag(&things(1)[0])]);
    let ran = referrers(&registry, &["--distribution-spec", "v1.1-referrers-api"]);
    assert_eq!((ran.status, &*ran.stdout), (2, ""));
    assert!(ran.stderr.contains("keeps no list of referrers"), "{}", ran.stderr);
}

#[test]
fn what_is_no_answer_is_not_taken_for_an_empty_list() {
    let list = |listing| Listing { page: 1, ..listing };
    let two = || vec![entry(&things(1)[0], SBOM), entry(&things(2)[1], SBOM)];
    let image = image().1;
    let of = || Listing::of(&image, two());
    for (listing, why) in [
        (Listing { status: Some((403, "DENIED")), ..of() }, "no access"),
        (Listing { status: Some((404, "NAME_UNKNOWN")), ..of() }, "NAME_UNKNOWN"),
        (Listing { body: "{}", ..of() }, "neither an index nor a manifest"),
        (Listing { body: "[", ..of() }, "cannot be read"),
        (
            list(Listing { link: Some("http://localhost:1/v2/x"), ..of() }),
            "continues a list of referrers at another host",
        ),
        (list(Listing { link: Some("?from=0"), ..of() }), "without end"),
    ] {
        let (stock, _) = self::image();
        let registry = Registry::start(Lies { stock, referrers: Some(listing.clone()), ..Lies::default() });
        let ran = referrers(&registry, &[]);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{listing:?} {ran:?}");
        assert!(
            ran.stderr.contains("it is not known what refers to") && ran.stderr.contains(why),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn an_index_under_the_tag_that_is_none_is_told() {
    let (mut stock, image) = image();
    stock.tag(&image.replace(':', "-"), &image);
    let registry = Registry::start(Lies { stock, ..Lies::default() });
    let ran = referrers(&registry, &[]);
    assert_eq!((ran.status, &*ran.stdout), (2, ""));
    assert!(ran.stderr.contains("has a manifest where an index of referrers should be"), "{}", ran.stderr);
}

#[test]
fn what_cosign_keeps_under_its_tags_is_shown_as_that() {
    let (mut stock, image) = image();
    let signature = stock.image("linux/s390x");
    let tag = format!("{}.sig", image.replace(':', "-"));
    stock.tag(&tag, &signature);
    let registry = Registry::start(Lies { stock, ..Lies::default() });
    let ran = referrers(&registry, &[]);
    let line = format!(
        "└── application/vnd.dev.cosign.artifact.sig.v1+json\n    └── {signature} (tag of cosign: {tag})\n"
    );
    assert!(ran.status == 0 && ran.stdout.ends_with(&line), "{ran:?}");
    let nothing = referrers(&registry, &["--artifact-type", SBOM]);
    assert_eq!(nothing.status, 0);
    assert!(nothing.stdout.ends_with("\nnothing refers to it\n"), "{}", nothing.stdout);
}
