//! What is exported: its words, and where they come from.
//!
//! `UPDATE=1 cargo test --test it exported` writes the expectations.

use std::path::Path;

use serde_json::json;

use super::acceptance::pod;
use super::engines::{Cel, Rego, documents, export};
use crate::sandbox::Sandbox;

const FORMS: [&str; 3] = ["gatekeeper", "vap", "kyverno"];

const CONFIG: &str = r#"
exempt-images = ["registry.internal/*", "a'b\"c\\:<<actions>>", "busybox:1"]
[rules]
tag-without-digest = "warning"
untagged = "warning"
[[overrides]]
paths = ["dev/**"]
style = "digest-only"
[policy]
namespaces = ["shop", "pay"]
excluded-namespaces = ["kube-system"]
"#;

#[test]
fn exported_policies_read_as_expected() {
    for form in FORMS {
        for (name, config) in [("plain", ""), ("configured", CONFIG)] {
            let file = format!("{}/tests/it/policy/{form}-{name}.yaml", env!("CARGO_MANIFEST_DIR"));
            let exported = export(form, config);
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&file, &exported).expect("a file");
            }
            let expected = std::fs::read_to_string(Path::new(&file)).unwrap_or_default();
            assert_eq!(exported, expected, "{form} {name}");
            assert_eq!(documents(&exported).len(), if form == "kyverno" { 1 } else { 2 });
        }
    }
}

#[test]
fn what_the_configuration_says_reaches_every_form() {
    let [gatekeeper, vap, kyverno] = FORMS.map(|form| documents(&export(form, CONFIG)));
    let constraint = &gatekeeper[1]["spec"];
    let names = (json!(["shop", "pay"]), json!(["kube-system"]));
    assert_eq!(
        (&constraint["match"]["namespaces"], &constraint["match"]["excludedNamespaces"]),
        (&names.0, &names.1)
    );
    assert_eq!(constraint["enforcementAction"], "warn");
    assert_eq!(vap[1]["spec"]["validationActions"], json!(["Warn", "Audit"]));
    assert_eq!(kyverno[0]["spec"]["validationActions"], json!(["Warn", "Audit"]));
    let label = "kubernetes.io/metadata.name";
    let selected = json!([
        { "key": label, "operator": "In", "values": names.0 },
        { "key": label, "operator": "NotIn", "values": names.1 },
    ]);
    for policy in [&vap[0], &kyverno[0]] {
        assert_eq!(policy["spec"]["matchConstraints"]["namespaceSelector"]["matchExpressions"], selected);
    }
}

#[test]
fn exemptions_mean_the_same_in_every_form() {
    let (mut rego, vap, kyverno) = (Rego::of(CONFIG), Cel::of("vap", CONFIG), Cel::of("kyverno", CONFIG));
    let table = [
        ("registry.internal/team/app:1", 0),
        ("registry.internal", 1),
        ("docker.io/registry.internal/app:1", 1),
        ("busybox:1", 0),
        ("busybox:1.2", 1),
        ("a'b\"c\\:<<actions>>", 0),
    ];
    for (image, count) in table {
        let pod = pod("containers", &[image]);
        let denied = [rego.denied(&pod), vap.denied(&pod), kyverno.denied(&pod)];
        assert_eq!(denied.map(|denied| denied.len()), [count; 3], "{image}");
    }
}

#[test]
fn workloads_and_debug_containers_come_to_the_policy() {
    for form in ["vap", "kyverno"] {
        let policy = documents(&export(form, "")).remove(0);
        let rules = policy["spec"]["matchConstraints"]["resourceRules"].as_array().expect("rules").clone();
        let resources: Vec<&str> = rules
            .iter()
            .flat_map(|rule| rule["resources"].as_array().expect("resources"))
            .filter_map(serde_json::Value::as_str)
            .collect();
        let expected = [
            "pods",
            "pods/ephemeralcontainers",
            "podtemplates",
            "replicationcontrollers",
            "daemonsets",
            "deployments",
            "replicasets",
            "statefulsets",
            "cronjobs",
            "jobs",
        ];
        assert_eq!(resources, expected, "{form}");
        // Clusters before 1.29 have no optional syntax.
        assert!(!export(form, "").contains(".?"), "{form}");
    }
}

#[test]
fn no_configuration_is_guessed() {
    let sandbox = Sandbox::empty();
    sandbox.write("kubepin.toml", "[policy]\nnamespaces = ['a*']\n");
    let ran = sandbox.run(&["policy", "export", "--format", "vap"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.starts_with("error: kubepin.toml:2:15: `a*` is no namespace"), "{}", ran.stderr);
    assert_eq!(sandbox.run(&["policy", "export", "--format", "vap", "--isolated"]).stdout, export("vap", ""));
}
