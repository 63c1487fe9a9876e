//! kubepin, Rego and CEL say the same of every pod, but for what is listed here.

use std::collections::BTreeSet;
use std::path::Path;

use kubepin::extract::{Role, extract};
use kubepin::image::{ImageUse, State};
use kubepin::rules;
use serde_json::Value;

use super::engines::{Cel, Rego};

/// The kinds that run pods, with their groups.
const WORKLOADS: [(&str, &[&str]); 4] = [
    ("", &["Pod", "PodTemplate", "ReplicationController"]),
    ("apps", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("extensions", &["DaemonSet", "Deployment", "ReplicaSet"]),
    ("batch", &["CronJob", "Job"]),
];

fn is_workload(api_version: Option<&str>, kind: Option<&str>) -> bool {
    let group = api_version.map(|version| version.split_once('/').map_or("", |(group, _)| group));
    WORKLOADS.iter().any(|(known, kinds)| group == Some(known) && kinds.iter().any(|name| kind == Some(name)))
}

/// What kubepin says of the images of a text.
#[derive(Default)]
pub(super) struct Own {
    pub(super) denied: BTreeSet<String>,
    /// What is filled in later, and not judged until then: a cluster that gets it like that refuses it.
    pub(super) open: BTreeSet<String>,
}

pub(super) fn own(text: &str) -> Own {
    let extracted = extract(text, || Role::Manifest);
    let mut own = Own::default();
    let of_pods = |image: &&ImageUse| {
        is_workload(image.object.api_version.as_deref(), image.object.kind.as_deref()) && !image.shadowed
    };
    for image in extracted.uses.iter().filter(of_pods) {
        if matches!(image.stated.state, State::Templated | State::Placeholder | State::Empty) {
            own.open.insert(image.stated.written.clone());
        }
    }
    for finding in rules::judge(0, &extracted).iter().filter(|f| rules::ABOUT_DIGESTS.contains(&f.rule)) {
        let image = finding.image.map(|number| &extracted.uses[number]).filter(of_pods);
        own.denied.extend(image.map(|image| image.stated.written.clone()));
    }
    own
}

/// The workloads of a text, items of lists included, as an API server gets them; `None` where it would get none.
pub(super) fn workloads(text: &str) -> Option<Vec<Value>> {
    let mut value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    value.apply_merge().ok()?;
    let (mut open, mut found) = (vec![serde_json::to_value(value).ok()?], Vec::new());
    while let Some(object) = open.pop() {
        let word = |key: &str| object.get(key).and_then(Value::as_str);
        if word("kind").is_some_and(|kind| kind.ends_with("List")) {
            open.extend(object["items"].as_array().cloned().unwrap_or_default());
        } else if is_workload(word("apiVersion"), word("kind")) && pod_spec(&object).is_some() {
            found.push(object);
        }
    }
    found.iter().all(is_typed).then_some(found)
}

fn pod_spec(object: &Value) -> Option<&Value> {
    let places = ["/spec/jobTemplate/spec/template/spec", "/spec/template/spec", "/template/spec", "/spec"];
    let place = match object["kind"].as_str()? {
        "CronJob" => places[0],
        "PodTemplate" => places[2],
        "Pod" => places[3],
        _ => places[1],
    };
    object.pointer(place).filter(|spec| spec.is_object())
}

/// Whether lists are lists and images are texts: an API server refuses everything else before any policy.
fn is_typed(object: &Value) -> bool {
    let spec = pod_spec(object).expect("a pod");
    let lists = ["containers", "initContainers", "ephemeralContainers", "volumes"];
    lists.iter().filter_map(|key| spec.get(key)).all(|list| {
        list.as_array().is_some_and(|elements| {
            elements.iter().all(|element| {
                let image = element.get("image").map(|image| image.get("reference").unwrap_or(image));
                element.is_object() && image.is_none_or(Value::is_string)
            })
        })
    })
}

/// What was compared.
#[derive(Debug, Default)]
struct Compared {
    pods: usize,
    images_denied: usize,
    /// Documents that no API server would take.
    refused: usize,
    disagreements: Vec<String>,
}

/// Compares the verdicts on every workload below a folder.
fn compare(folder: &Path) -> Compared {
    let (mut rego, vap, kyverno) = (Rego::of(""), Cel::of("vap", ""), Cel::of("kyverno", ""));
    let mut compared = Compared::default();
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let yaml = |path: &Path| path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json");
    for file in files.filter(|file| file.file_type().is_file() && yaml(file.path())) {
        let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
        for piece in kubepin::yaml::split(&text) {
            let part = piece.span.slice(&text);
            let Some(pods) = workloads(part) else {
                compared.refused += 1;
                continue;
            };
            if pods.is_empty() {
                continue;
            }
            compared.pods += pods.len();
            let own = own(part);
            let expected: BTreeSet<String> = own.denied.union(&own.open).cloned().collect();
            compared.images_denied += expected.len();
            let by_rego: BTreeSet<String> = pods.iter().flat_map(|pod| rego.denied(pod)).collect();
            let by_cel =
                |cel: &Cel| -> BTreeSet<String> { pods.iter().flat_map(|pod| cel.denied(pod)).collect() };
            for (engine, denied) in [("Rego", by_rego), ("VAP", by_cel(&vap)), ("Kyverno", by_cel(&kyverno))]
            {
                if denied != expected {
                    let place = file.path().display();
                    compared
                        .disagreements
                        .push(format!("{place}: kubepin {expected:?}, {engine} {denied:?}"));
                }
            }
        }
    }
    compared
}

#[test]
fn all_engines_agree_on_the_fixtures() {
    let compared = compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    assert!(compared.disagreements.is_empty(), "{:#?}", compared.disagreements);
    assert!(compared.pods > 100 && compared.images_denied > 100, "{compared:?}");
}

/// `KUBEPIN_TEST_MANIFESTS=FOLDER cargo test --test it all_engines_agree_on_a_folder -- --ignored --nocapture`
#[test]
#[ignore = "takes a folder of manifests in KUBEPIN_TEST_MANIFESTS"]
fn all_engines_agree_on_a_folder() {
    let folder = std::env::var_os("KUBEPIN_TEST_MANIFESTS").expect("KUBEPIN_TEST_MANIFESTS");
    let compared = compare(Path::new(&folder));
    println!("{compared:#?}");
    assert!(compared.disagreements.is_empty() && compared.pods > 0);
}

/// What no regular expression can tell, and kubepin can. A kubelet refuses all of them.
#[test]
fn the_listed_differences_are_all_that_policies_let_pass() {
    let digest = format!("@sha256:{}", "a".repeat(64));
    let names = ["a.io:65536/b".to_owned(), "a".repeat(256), "b".repeat(64), "[:::]/b".to_owned()];
    let (mut rego, vap) = (Rego::of(""), Cel::of("vap", ""));
    for name in names {
        let pod = super::acceptance::pod("containers", &[&format!("{name}{digest}")]);
        assert_eq!(own(&pod.to_string()).denied.len(), 1, "{name}");
        assert_eq!((rego.denied(&pod).len(), vap.denied(&pod).len()), (0, 0), "{name}");
    }
}

/// Names and tags at the edges of the grammar.
const EDGES: [&str; 41] = [
    "a",
    "a:1",
    "a/b",
    "a/b:1",
    "A/b",
    "a.io/b",
    "a.io:5000/b:1",
    "a.io:/b",
    "a.io:x/b",
    "localhost/a",
    "localhost:1/a",
    "[::1]/a",
    "[::1]:5000/a",
    "[::1/a",
    "a_b.c/d",
    "a__b/c",
    "a___b/c",
    "a--b/c",
    "a-/b",
    "-a/b",
    "a..b/c",
    "a.b/c.d/e",
    "a/b_c.d",
    "a/B",
    "Nginx",
    "a:",
    "a:-1",
    "a:_",
    "a//b",
    "/a",
    "a/",
    "a b",
    "a\n",
    "\na",
    "a:1:2",
    "a@b",
    "é/a",
    "a:é",
    "a.io",
    "a.io:80",
    "x.y:1",
];

#[test]
fn all_engines_read_the_same_grammar() {
    let (sha256, sha512) = (format!("@sha256:{}", "a".repeat(64)), format!("@sha512:{}", "0".repeat(128)));
    let long = [format!("a:{}", "t".repeat(128)), format!("a:{}", "t".repeat(129))];
    let ends = ["", "@", "@sha256:", "@sha256:abc", "@sha1:abc", "@multihash+base58:Qm", " ", "\n"];
    let (mut rego, vap) = (Rego::of(""), Cel::of("vap", ""));
    let names = EDGES.map(str::to_owned).into_iter().chain(long);
    for name in names {
        let whole = ends.map(|end| format!("{name}{end}")).into_iter();
        let upper = sha256.replace('a', "A");
        let digests = [&sha256, &sha512, &upper].map(|digest| format!("{name}{digest}")).into_iter();
        let more =
            [format!("{name}{sha256}a"), format!("{name}{sha256}\n"), format!("{name}{sha256}{sha256}")];
        for image in whole.chain(digests).chain(more) {
            let pod = super::acceptance::pod("containers", &[&image]);
            let denied = [
                own(&pod.to_string()).denied.len(),
                rego.denied(&pod).len(),
                vap.message(&pod, &Value::Null).iter().len(),
            ];
            assert!(denied == [0; 3] || denied == [1; 3], "{image:?}: {denied:?}");
        }
    }
}
