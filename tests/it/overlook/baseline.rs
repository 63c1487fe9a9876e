//! Baselines: what was there before is not reported, and what is new is.

use crate::lying::{Lies, Registry};
use crate::sandbox::Sandbox;

fn pod(name: &str, images: &[&str]) -> String {
    let containers = images.iter().map(|image| format!("    - name: x\n      image: {image}\n"));
    let containers: String = containers.collect();
    format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n{containers}")
}

/// The lines of a concise report against the baseline.
fn new_findings(sandbox: &Sandbox, arguments: &[&str]) -> (i32, Vec<String>, String) {
    let check = ["check", "--format", "concise", "--baseline", "known.json"];
    let ran = sandbox.run(&[&check, arguments].concat());
    let place = |line: &str| line.split(": ").next().unwrap_or_default().to_owned();
    (ran.status, ran.stdout.lines().map(place).collect(), ran.stderr)
}

#[test]
fn ten_thousand_findings_and_one_new_image() {
    let sandbox = Sandbox::empty();
    for file in 0..100 {
        let images: Vec<String> = (0..10).map(|image| format!("nginx:{image}")).collect();
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let pods: Vec<String> = (0..10).map(|number| pod(&format!("p{number}"), &images)).collect();
        sandbox.write(&format!("apps/{file}.yaml"), pods.join("---\n"));
    }
    let ran = sandbox.run(&["check", "--write-baseline", "known.json"]);
    let told =
        "10000 findings written to known.json.\nReport what is new: kubepin check --baseline known.json\n";
    assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (0, told, ""));
    assert_eq!(new_findings(&sandbox, &[]), (0, vec![], String::new()));
    let old = String::from_utf8(sandbox.read("apps/7.yaml")).expect("UTF-8");
    sandbox.write("apps/7.yaml", format!("# one more line\n{}---\n{old}", pod("new", &["nginx:new"])));
    assert_eq!(new_findings(&sandbox, &[]), (1, vec!["apps/7.yaml:9:14".to_owned()], String::new()));
}

#[test]
fn entries_hold_while_files_change_around_them() {
    let sandbox = Sandbox::empty();
    let digest = format!("nginx:1@sha256:{}", "a".repeat(64));
    sandbox.write("a.yaml", pod("a", &["nginx:1", "nginx:1", "redis:7"]));
    sandbox.run(&["check", "--write-baseline", "known.json"]);
    let expected = r#"{
  "schema": "kubepin.baseline/1",
  "findings": [
    {"file":"a.yaml","rule":"tag-without-digest","object":"Pod/a","field":"spec.containers[].image","image":"nginx:1","count":2},
    {"file":"a.yaml","rule":"tag-without-digest","object":"Pod/a","field":"spec.containers[].image","image":"redis:7","count":1}
  ]
}
"#;
    assert_eq!(String::from_utf8(sandbox.read("known.json")).expect("UTF-8"), expected);
    sandbox.write("a.yaml", pod("a", &["x:2", &digest, "redis:7", "nginx:1", "nginx:1", "nginx:1"]));
    let (_, places, _) = new_findings(&sandbox, &[]);
    assert_eq!(places, ["a.yaml:8:14", "a.yaml:18:14"], "another image, and one more of the same");
    sandbox.write("a.yaml", pod("b", &["nginx:1"]));
    assert_eq!(new_findings(&sandbox, &[]).1, ["a.yaml:8:14"], "another object");
}

#[test]
fn stale_entries_are_told_and_never_fail() {
    let sandbox = Sandbox::empty();
    sandbox.write("a/a.yaml", pod("a", &["nginx:1", "nginx:2"]));
    sandbox.write("b/b.yaml", pod("b", &["nginx:1"]));
    sandbox.run(&["check", "--write-baseline", "known.json"]);
    sandbox.write("a/a.yaml", pod("a", &["nginx:2"]));
    std::fs::remove_file(sandbox.path().join("b/b.yaml")).expect("a file");
    let (status, places, said) = new_findings(&sandbox, &["-v", "--strict"]);
    assert_eq!((status, places), (0, vec![]));
    let gone = "gone since the baseline: tag-without-digest Pod";
    for told in [
        "warning: known.json: 2 of its entries have no findings any more (-v names them)",
        &format!("note: a/a.yaml: {gone}/a spec.containers[].image nginx:1"),
        &format!("note: b/b.yaml: {gone}/b spec.containers[].image nginx:1"),
    ] {
        assert!(said.contains(told), "{told}\n{said}");
    }
    let (_, _, said) = new_findings(&sandbox, &["a"]);
    assert!(said.contains("known.json: 1 of its entries"), "only of what is looked at: {said}");
}

#[test]
fn what_is_known_is_not_asked_and_a_baseline_is_seen_from_its_folder() {
    let (sandbox, registry) = (Sandbox::empty(), Registry::start(Lies::default()));
    let old = pod("a", &["nginx:1"]);
    sandbox.write("apps/a.yaml", &old);
    sandbox.write("ci/none", "");
    sandbox.run(&["check", "--write-baseline", "ci/known.json"]);
    let mirror = format!("*={}", registry.host);
    let mut fix =
        sandbox.command(&["check", "--fix", "--baseline", "../ci/known.json", "--registry-mirror", &mirror]);
    let status = fix.current_dir(sandbox.path().join("apps")).status().expect("kubepin runs");
    assert!(status.success());
    assert_eq!(registry.lines(), [""; 0]);
    assert_eq!(sandbox.read("apps/a.yaml"), old.as_bytes());
}

#[test]
fn a_baseline_that_is_none_stops_the_run() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.yaml", pod("a", &["nginx:1"]));
    for (content, why) in [
        (None, "No such file"),
        (Some("<<<<<<< ours\n"), "expected value at line 1"),
        (
            Some(r#"{"schema": "kubepin.baseline/2", "findings": []}"#),
            "its schema is not `kubepin.baseline/1`",
        ),
    ] {
        if let Some(content) = content {
            sandbox.write("known.json", content);
        }
        let (status, places, said) = new_findings(&sandbox, &[]);
        assert_eq!((status, places.len()), (2, 0), "{said}");
        assert!(
            said.contains("the baseline `known.json` cannot be used:") && said.contains("--write-baseline"),
            "{said}"
        );
        assert!(said.contains(why) || content.is_none(), "{why}: {said}");
    }
}
