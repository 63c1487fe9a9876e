//! What the policies of others are tested with, in shapes of our own.
//! Sources: gatekeeper-library, `library/general/imagedigests` (suite.yaml and its samples, `src_test.rego`);
//! kyverno/policies, `other/require-image-checksum` (`.chainsaw-test`, `.kyverno-test`).

use serde_json::{Value, json};

use super::agreement::own;
use super::engines::{Cel, Rego};

/// A pod with these images in one of its lists.
pub(super) fn pod(list: &str, images: &[&str]) -> Value {
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(number, image)| json!({ "name": format!("c{number}"), "image": image }))
        .collect();
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": { list: containers } })
}

fn pinned(name: &str) -> String {
    format!("{name}@sha256:{}", "b0ad43f7".repeat(8))
}

/// The template as the library has it.
fn upstream() -> Rego {
    let mut rego = Rego::of("");
    rego.parameters = json!({});
    rego
}

#[test]
fn the_samples_of_gatekeeper() {
    let allowed = pod("containers", &[&pinned("openpolicyagent/opa:0.9.2")]);
    let mut disallowed = pod("containers", &["openpolicyagent/opa:0.9.2"]);
    disallowed["spec"]["initContainers"] = json!([{ "name": "opainit", "image": "openpolicyagent/init:v1" }]);
    let mut all = disallowed.clone();
    all["spec"]["ephemeralContainers"] = json!([{ "name": "debug", "image": "openpolicyagent/monitor:v1" }]);
    let (mut lax, mut strict, vap) = (upstream(), Rego::of(""), Cel::of("vap", ""));
    for (pod, count) in [(allowed, 0), (disallowed, 2), (all, 3)] {
        let counts = [lax.denied(&pod), strict.denied(&pod), vap.denied(&pod), own(&pod.to_string()).denied];
        assert_eq!(counts.map(|denied| denied.len()), [count; 4], "{pod}");
    }
}

#[test]
fn the_unit_tests_of_gatekeeper() {
    let (digest, tagged) = (pinned("allowed/nginx"), pinned("allowed/nginx:1.19.2"));
    let sha512 = format!("allowed/nginx@sha512:{}", "4b8bea0e".repeat(16));
    let unregistered = [
        "allowed/unreg@multihash+base58:QmRZxt2b1FVZPNqd8hsiy",
        "allowed/unreg@sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNC",
    ];
    let (denied, other) = ("denied/nginx:1.19.2", "denied/other");
    // Images, exemptions, what the library says, what is said with `strict`.
    let table: [(&[&str], &[&str], usize, usize); 8] = [
        (&[&digest], &[], 0, 0),
        (&[&tagged], &[], 0, 0),
        (&[&digest, &sha512], &[], 0, 0),
        // No image is named with such digests.
        (&unregistered, &[], 0, 2),
        (&[denied], &[], 1, 1),
        (&[denied, other], &[], 2, 2),
        (&[&digest, denied], &[], 1, 1),
        (&[&digest, denied], &["denied/*"], 0, 0),
    ];
    for list in ["containers", "initContainers"] {
        for (images, exempt, lax, strict) in table {
            let config = format!("exempt-images = {exempt:?}");
            let mut rego = Rego::of(&config);
            assert_eq!(rego.denied(&pod(list, images)).len(), strict, "{list} {images:?}");
            assert_eq!(Cel::of("vap", &config).denied(&pod(list, images)).len(), strict, "{list} {images:?}");
            rego.parameters["strict"] = json!(false);
            assert_eq!(rego.denied(&pod(list, images)).len(), lax, "{list} {images:?}");
        }
    }
}

#[test]
fn the_library_is_laxer_where_it_is_known_to_be() {
    let (mut lax, mut strict) = (upstream(), Rego::of(""));
    for image in ["nginx@sha256:abc", "x@y:z/../evil", &format!("{}0", pinned("nginx"))] {
        let pod = pod("containers", &[image]);
        assert_eq!((lax.denied(&pod).len(), strict.denied(&pod).len()), (0, 1), "{image}");
    }
    let deployment = deployment(&pod("containers", &["nginx:1"]));
    assert_eq!((lax.denied(&deployment).len(), strict.denied(&deployment).len()), (0, 1));
    let mut volume = pod("containers", &[]);
    volume["spec"]["volumes"] =
        json!([{ "name": "v", "image": { "reference": "models:1" } }, { "name": "e", "emptyDir": {} }]);
    assert_eq!((lax.denied(&volume).len(), strict.denied(&volume).len()), (0, 1));
}

pub(super) fn deployment(pod: &Value) -> Value {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d" }, "spec": { "template": { "spec": pod["spec"] } } })
}

fn cron_job(pod: &Value) -> Value {
    let spec = json!({ "jobTemplate": { "spec": { "template": { "spec": pod["spec"] } } } });
    json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "c" }, "spec": spec })
}

fn pod_template(pod: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "PodTemplate", "metadata": { "name": "t" }, "template": { "spec": pod["spec"] } })
}

#[test]
fn the_pods_of_kyverno() {
    let (good, bad) = (pinned("ghcr.io/kyverno/test-busybox"), "ghcr.io/kyverno/test-busybox:1.35");
    let with = |containers: &[&str], more: &str, images: &[&str]| {
        let mut made = pod("containers", containers);
        made["spec"][more] = pod(more, images)["spec"][more].clone();
        made
    };
    // The policies that look at `containers` alone let the second pass.
    let denied = [
        pod("containers", &[bad, &good]),
        with(&[&good], "initContainers", &["busybox"]),
        pod("containers", &["ghcr.io/kyverno/test-busybox", "ghcr.io/kyverno/test-busybox:latest"]),
        with(&[bad, &good], "initContainers", &[bad, "alpine:3.16"]),
        // The file that upstream calls bad is a good pod until a debug container is added to it.
        with(&[&good], "ephemeralContainers", &[bad]),
    ];
    let allowed = [
        pod("containers", &[&good, &good]),
        with(&[&good], "initContainers", &[&good]),
        with(&[&good], "ephemeralContainers", &[&good]),
    ];
    let (mut rego, vap, kyverno) = (Rego::of(""), Cel::of("vap", ""), Cel::of("kyverno", ""));
    for (pods, is_denied) in [(&denied[..], true), (&allowed[..], false)] {
        for object in pods.iter().flat_map(|pod| [pod.clone(), deployment(pod), cron_job(pod)]) {
            let denied = [
                rego.denied(&object),
                vap.denied(&object),
                kyverno.denied(&object),
                own(&object.to_string()).denied,
            ];
            assert_eq!(denied.map(|denied| !denied.is_empty()), [is_denied; 4], "{object}");
        }
    }
}

#[test]
fn what_runs_already_can_be_changed_in_all_but_its_images() {
    let (mut rego, vap, kyverno) = (Rego::of(""), Cel::of("vap", ""), Cel::of("kyverno", ""));
    let old = pod("containers", &["nginx:1"]);
    let mut labelled = old.clone();
    labelled["metadata"]["labels"] = json!({ "a": "b" });
    let mut debugged = old.clone();
    debugged["spec"]["ephemeralContainers"] = json!([{ "name": "debug", "image": "busybox" }]);
    let with = |object: &Value, change: fn(&mut Value)| {
        let mut changed = object.clone();
        change(&mut changed);
        changed
    };
    let (deployment, job, template) = (deployment(&old), cron_job(&old), pod_template(&old));
    // A rollout scales down what was there before.
    let scaled = with(&deployment, |object| object["spec"]["replicas"] = json!(0));
    let restarted = with(&deployment, |object| object["spec"]["template"]["metadata"] = json!({}));
    let suspended = with(&job, |object| object["spec"]["suspend"] = json!(true));
    let kept = with(&template, |object| object["metadata"]["labels"] = json!({ "a": "b" }));
    for (object, old, count) in [
        (&labelled, &old, 0),
        (&debugged, &old, 2),
        (&old, &Value::Null, 1),
        (&scaled, &deployment, 0),
        (&restarted, &deployment, 1),
        (&suspended, &job, 0),
        (&kept, &template, 0),
        (&template, &Value::Null, 1),
    ] {
        assert_eq!(rego.violations(object, old).len(), count, "{object}");
        for cel in [&vap, &kyverno] {
            assert_eq!(cel.message(object, old).is_some(), count > 0, "{object}");
        }
    }
}
