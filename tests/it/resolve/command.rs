//! `kubepin resolve`.

use serde_json::{Value, json};

use super::digest_of;
use crate::lying::{INDEX, Lies, Registry, manifest};
use crate::sandbox::Sandbox;

#[test]
fn digests_come_in_the_order_of_the_references() {
    let (registry, sandbox) = (Registry::start(Lies::default()), Sandbox::empty());
    let reference = |name: &str| format!("{}/acme/{name}", registry.host);
    let (b, a, plain) = (reference("b:2"), reference("a:1"), reference("plain"));
    let of = |name: &str, tag: &str| manifest(&format!("acme/{name}"), tag).1;
    let ran = sandbox.run(&["resolve", &b, &a, &b, &plain]);
    let expected = [of("b", "2"), of("a", "1"), of("b", "2"), of("plain", "latest")];
    assert_eq!(
        (ran.status, ran.stdout, ran.stderr),
        (0, expected.map(|line| line + "\n").concat(), String::new())
    );
    assert_eq!(registry.seen().len(), 3);
    let ran = sandbox.filter(&["resolve", "--full", &plain, "-"], format!("\n  {a}\n{b}\n\n"));
    let [p, a, b] = [(&plain, ":latest", "plain", "latest"), (&a, "", "a", "1"), (&b, "", "b", "2")]
        .map(|(written, tag, name, of_tag)| format!("{written}{tag}@{}\n", of(name, of_tag)));
    assert_eq!((ran.status, ran.stdout), (0, [p, a, b].concat()));
    assert_eq!(registry.seen().len(), 3, "the rest was in the cache");
}

#[test]
fn a_digest_is_its_own_answer() {
    let sandbox = Sandbox::empty();
    let digest = digest_of("any");
    let pinned = format!("nowhere.invalid/a:1@{digest}");
    let run = |arguments: &[&str]| sandbox.run(arguments).stdout;
    assert_eq!(run(&["resolve", &pinned]), format!("{digest}\n"));
    assert_eq!(run(&["resolve", "--full", &pinned]), format!("{pinned}\n"));
}

#[test]
fn what_has_no_digest_leaves_its_line_empty_and_fails() {
    let (registry, sandbox) =
        (Registry::start(Lies { missing: "absent", ..Lies::default() }), Sandbox::empty());
    let (there, absent) = (format!("{}/a:1", registry.host), format!("{}/a:absent", registry.host));
    let ran = sandbox.run(&["resolve", &absent, "No Image", &there]);
    assert_eq!((ran.status, ran.stdout), (2, format!("\n\n{}\n", manifest("a", "1").1)));
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error")).collect();
    let [malformed, missing] = lines[..] else { panic!("{}", ran.stderr) };
    assert!(malformed.starts_with("error: `No Image` is no image reference: "), "{malformed}");
    assert!(missing.starts_with(&format!("error: no digest for {absent}: ")), "{missing}");
}

#[test]
fn json_says_everything() {
    let (registry, sandbox) =
        (Registry::start(Lies { missing: "absent", ..Lies::default() }), Sandbox::empty());
    let (there, absent) = (format!("{}/a:1", registry.host), format!("{}/a:absent", registry.host));
    let ran = sandbox.run(&["resolve", "--format", "json", &there, &absent]);
    let mut json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let error = json["images"][1]["error"].take();
    assert!(error.as_str().is_some_and(|error| !error.is_empty()), "{error}");
    let digest = manifest("a", "1").1;
    let expected = json!({
        "schema": "kubepin.resolve/1",
        "images": [
            {"reference": there, "digest": digest, "pinned": format!("{there}@{digest}"), "media_type": INDEX, "error": null},
            {"reference": absent, "digest": null, "pinned": null, "media_type": null, "error": null},
        ],
        "registry": {"requests": registry.seen().len(), "contents": 0, "cached": 0, "retried": 0},
    });
    assert_eq!((ran.status, json), (2, expected));
}
