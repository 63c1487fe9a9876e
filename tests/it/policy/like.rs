//! `--like gatekeeper` and `policy import`, as users meet them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::acceptance::{deployment, pod};
use super::engines::Rego;
use crate::sandbox::Sandbox;

const CONSTRAINT: &str = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sImageDigests\nmetadata: {name: digests}\nspec:\n  match:\n    kinds: [{apiGroups: [''], kinds: [Pod]}]\n    excludedNamespaces: [kube-*]\n  parameters: {exemptImages: ['registry.internal/*']}\n";

/// What a check says, in lines without the places, and its status.
fn predicted(sandbox: &Sandbox, arguments: &[&str]) -> (Vec<String>, String, i32) {
    let ran = sandbox.run(&[&["check", "--like", "gatekeeper", "--format", "concise"], arguments].concat());
    let line = |line: &str| line.splitn(4, ':').last().unwrap_or_default().trim().to_owned();
    (ran.stdout.lines().map(line).collect(), ran.stderr, ran.status)
}

#[test]
fn pods_and_their_makers_are_predicted_and_where_kubepin_is_stricter() {
    let sandbox = Sandbox::empty();
    sandbox.write("policies/digests.yaml", CONSTRAINT);
    let bare = pod("containers", &["nginx:1"]);
    sandbox.write("a-pod.yaml", bare.to_string());
    sandbox.write("b-deployment.yaml", deployment(&bare).to_string());
    sandbox.write("c-short.yaml", pod("containers", &["nginx@sha256:abc"]).to_string());
    let mut elsewhere = bare.clone();
    elsewhere["metadata"]["namespace"] = json!("kube-system");
    sandbox.write("d-elsewhere.yaml", elsewhere.to_string());
    sandbox.write("e-exempt.yaml", pod("containers", &["registry.internal/a:1"]).to_string());
    let mut volume = pod("containers", &[]);
    volume["spec"]["volumes"] = json!([{ "name": "v", "image": { "reference": "models:1" } }]);
    sandbox.write("f-volume.yaml", volume.to_string());
    let mut rollout = deployment(&bare);
    (rollout["apiVersion"], rollout["kind"]) = (json!("argoproj.io/v1alpha1"), json!("Rollout"));
    sandbox.write("g-rollout.yaml", rollout.to_string());
    // What kubepin is told to pass over, Gatekeeper does not know.
    sandbox.write("kubepin.toml", "exempt-images = ['nginx:*']\n[rules]\ntag-without-digest = 'off'\n");
    let (lines, stderr, status) = predicted(&sandbox, &["."]);
    let words: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (line.split('[').next().unwrap_or_default(), line.split_once(" (").expect("a prediction").1)
        })
        .collect();
    let expected = [
        ("error", "Gatekeeper denies it)"),
        ("error", "Gatekeeper lets the Deployment in, and denies the Pods that come of it)"),
        (
            "warning",
            "kubepin is stricter; Gatekeeper lets it in: its regular expression is not anchored, and finds something like a digest)",
        ),
        (
            "warning",
            "kubepin is stricter; Gatekeeper lets it in: constraint `digests` is not about namespace `kube-system`)",
        ),
        ("warning", "kubepin is stricter; Gatekeeper lets it in: constraint `digests` exempts it)"),
        ("warning", "kubepin is stricter; Gatekeeper lets it in: it looks at containers, and at no volumes)"),
        (
            "warning",
            "kubepin is stricter; Gatekeeper lets it in: it sees no Rollout, only Pods that may come of it)",
        ),
    ];
    assert_eq!((words.as_slice(), stderr.as_str(), status), (&expected[..], "", 1), "{lines:#?}");
    // Warnings alone are what Gatekeeper lets in; --strict is kubepin's own verdict.
    let rest = ["policies", "c-short.yaml", "e-exempt.yaml"];
    assert_eq!(predicted(&sandbox, &rest).2, 0);
    assert_eq!(predicted(&sandbox, &[&["--strict"], &rest[..]].concat()).2, 1);
}

#[test]
fn what_is_not_known_of_the_cluster_is_told() {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", pod("containers", &["nginx:1"]).to_string());
    let (_, stderr, status) = predicted(&sandbox, &["."]);
    assert!(
        stderr.starts_with("warning: there is no constraint K8sImageDigests among the files"),
        "{stderr}"
    );
    assert_eq!(status, 1);
    sandbox.write("digests.yaml", CONSTRAINT.replace("kinds: [{", "labelSelector: {}\n    kinds: [{"));
    let (_, stderr, _) = predicted(&sandbox, &["."]);
    assert_eq!(stderr, "warning: constraint `digests` selects by labels: they are taken to fit\n");
    sandbox.write("digests.yaml", format!("{CONSTRAINT}  enforcementAction: dryrun\n"));
    assert_eq!(predicted(&sandbox, &["."]).2, 0);
    sandbox.write("digests.yaml", CONSTRAINT.replace("spec:", "spec: {{ x }}"));
    let (_, stderr, status) = predicted(&sandbox, &["."]);
    assert!(
        stderr.starts_with("error: digests.yaml: cannot be read for constraints of Gatekeeper"),
        "{stderr}"
    );
    assert_eq!(status, 2);
}

#[test]
fn predictions_are_what_rego_says_of_the_pods() {
    let mut library = Rego::of("");
    library.parameters = json!({ "exemptImages": ["registry.internal/*"] });
    let digest = format!("nginx@sha256:{}", "a".repeat(64));
    let images = [
        "nginx",
        "nginx:1",
        "nginx@sha256:abc",
        "x@y:z/../evil",
        "registry.internal/a:1",
        "Nginx:1",
        "nginx@",
        &digest,
        "allowed/unreg@sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNC",
    ];
    let sandbox = Sandbox::empty();
    sandbox.write("digests.yaml", CONSTRAINT);
    for image in images {
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let pod = pod(list, &[image]);
            let denied = !library.denied(&pod).is_empty();
            for object in [pod.clone(), deployment(&pod)] {
                sandbox.write("object.yaml", object.to_string());
                assert_eq!(predicted(&sandbox, &["."]).2, i32::from(denied), "{image} {list}");
            }
        }
    }
}

#[test]
fn constraints_are_found_in_the_tree_and_in_lists() {
    let sandbox = Sandbox::empty();
    sandbox.write("policies/digests.yaml", CONSTRAINT);
    let other: Value = serde_yaml::from_str(
        &CONSTRAINT.replace("registry.internal/*", "busybox:1").replace("digests}", "more}"),
    )
    .expect("YAML");
    sandbox.write(
        "policies/list.json",
        json!({ "apiVersion": "v1", "kind": "List", "items": [other] }).to_string(),
    );
    let ran = sandbox.run(&["policy", "import"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let names: BTreeSet<&str> = ran.stdout.lines().filter(|line| line.starts_with("# K8s")).collect();
    assert_eq!(names, BTreeSet::from(["# K8sImageDigests/digests", "# K8sImageDigests/more"]));
    // Each denies what it does not exempt itself.
    let exempt =
        "exempt-images = [\n  \"busybox:1\", # not in digests\n  \"registry.internal/*\", # not in more\n]\n";
    assert!(ran.stdout.ends_with(exempt), "{}", ran.stdout);
    sandbox.write("kubepin.toml", ran.stdout);
    assert_eq!(sandbox.run(&["check"]).status, 0);
}

#[test]
fn what_is_exported_is_predicted_as_kubepin_judges() {
    let sandbox = Sandbox::empty();
    sandbox.write("policy.yaml", super::engines::export("gatekeeper", ""));
    sandbox.write("b.yaml", deployment(&pod("containers", &["nginx@sha256:abc"])).to_string());
    let (lines, stderr, status) = predicted(&sandbox, &["."]);
    assert_eq!((lines.len(), stderr.as_str(), status), (1, "", 1), "{lines:?}");
    assert!(lines[0].ends_with("(Gatekeeper denies it)"), "{lines:?}");
}
