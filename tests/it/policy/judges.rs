//! What is exported, before those that it is for: Gatekeeper and the API server.
//!
//! Variables name the programs; without them a test says that it did not run.

mod api_server;
mod gatekeeper;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::acceptance::pod;
use super::agreement::{own, workloads};
use super::engines::export;

/// The images of each object that are not let in, by the name of the object.
type Verdicts = BTreeMap<String, BTreeSet<String>>;

/// The configuration of the policies whose exemptions are judged.
const CONFIG: &str = r#"
exempt-images = ["registry.internal/*", "busybox:1", "a'b\"c\\:*"]
[policy]
excluded-namespaces = ["kube-system"]
"#;

/// Kinds of workloads, each with what the API server wants to be said beside the pods.
const KINDS: [(&str, &str, &str); 9] = [
    ("v1", "Pod", "{}"),
    ("v1", "PodTemplate", "{}"),
    ("v1", "ReplicationController", r#"{"selector":{"app":"a"}}"#),
    ("apps/v1", "DaemonSet", r#"{"selector":{"matchLabels":{"app":"a"}}}"#),
    ("apps/v1", "Deployment", r#"{"selector":{"matchLabels":{"app":"a"}}}"#),
    ("apps/v1", "ReplicaSet", r#"{"selector":{"matchLabels":{"app":"a"}}}"#),
    ("apps/v1", "StatefulSet", r#"{"selector":{"matchLabels":{"app":"a"}},"serviceName":"a"}"#),
    ("batch/v1", "Job", "{}"),
    ("batch/v1", "CronJob", r#"{"schedule":"* * * * *"}"#),
];

/// Objects, and the images of each that kubepin does not let pass.
#[derive(Default)]
struct Subjects {
    objects: Vec<Value>,
    expected: Verdicts,
}

impl Subjects {
    /// Adds an object in a namespace, under a name of its own.
    fn add(&mut self, mut object: Value, namespace: &str, denied: BTreeSet<String>) {
        let name = format!("n{}", self.objects.len());
        object["metadata"]["name"] = json!(name);
        object["metadata"]["namespace"] = json!(namespace);
        self.objects.push(object);
        self.expected.insert(name, denied);
    }

    /// All workloads of the fixtures that a cluster has today.
    fn of_fixtures() -> Self {
        let mut subjects = Self::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
        for file in files.filter(|file| file.path().extension().is_some_and(|e| e == "yaml" || e == "json")) {
            let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
            for piece in kubepin::yaml::split(&text) {
                let part = piece.span.slice(&text);
                // Of a list, nobody could tell whose images were denied.
                if let Some([object]) = workloads(part).as_deref()
                    && !object["apiVersion"]
                        .as_str()
                        .is_some_and(|version| version.starts_with("extensions/"))
                {
                    let own = own(part);
                    subjects.add(object.clone(), "shop", &own.denied | &own.open);
                }
            }
        }
        assert!(subjects.objects.len() > 100);
        subjects
    }

    /// Every kind with an image in each of the lists of its pods: pinned, not pinned, and exempt, where a policy
    /// holds and where it does not.
    fn of_every_kind() -> Self {
        let mut subjects = Self::default();
        let pinned = format!("nginx:1@sha256:{}", "0b5ba3f6".repeat(8));
        let images = [
            (pinned.as_str(), false),
            ("nginx", true),
            ("nginx@sha256:abc", true),
            ("registry.internal/team/app:1", false),
            ("registry.internal.evil/app", true),
            ("busybox:1", false),
            ("busybox:1.2", true),
            ("a'b\"c\\:1", false),
        ];
        for kind in &KINDS {
            for list in ["containers", "initContainers", "ephemeralContainers", "volumes"] {
                for (image, is_denied) in images {
                    let denied = Some(image.to_owned()).filter(|_| is_denied);
                    subjects.add(workload(kind, list, image, &pinned), "shop", denied.into_iter().collect());
                }
                subjects.add(workload(kind, list, "nginx", &pinned), "kube-system", BTreeSet::new());
            }
        }
        subjects
    }

    /// The objects as one text.
    fn text(&self) -> String {
        self.objects.iter().fold(String::new(), |mut text, object| {
            let _ = writeln!(text, "---\n{object}");
            text
        })
    }

    /// Holds what somebody says to what kubepin says. Who says nothing of an object lets it in, unless it was
    /// `refused` before any policy.
    fn hold(&self, judge: &str, said: &Verdicts, refused: &BTreeSet<String>) {
        let none = BTreeSet::new();
        let differs = |(name, expected): &(&String, &BTreeSet<String>)| {
            !refused.contains(*name) && said.get(*name).unwrap_or(&none) != *expected
        };
        let wrong: Vec<String> = self
            .expected
            .iter()
            .filter(differs)
            .map(|(name, expected)| {
                let object = self.objects.iter().find(|object| object["metadata"]["name"] == **name);
                format!("{judge} {:?}, kubepin {expected:?}: {object:?}", said.get(name))
            })
            .collect();
        assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), self.objects.len());
        let denied = said.values().filter(|images| !images.is_empty()).count();
        assert!(denied > 40, "{denied} are denied, {} refused", refused.len());
    }
}

/// A workload with a pinned container, and an image in one of its lists.
fn workload(
    (api_version, kind, stated): &(&str, &str, &str),
    list: &str,
    image: &str,
    pinned: &str,
) -> Value {
    let mut spec = pod("containers", &[pinned])["spec"].clone();
    match list {
        "volumes" => spec[list] = json!([{ "name": "v", "image": { "reference": image } }]),
        "containers" => spec[list] = pod(list, &[pinned, image])["spec"][list].clone(),
        _ => spec[list] = json!([{ "name": "more", "image": image }]),
    }
    if matches!(*kind, "Job" | "CronJob") {
        spec["restartPolicy"] = json!("Never");
    }
    let template = json!({ "metadata": { "labels": { "app": "a" } }, "spec": spec });
    let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": {} });
    let mut outer: Value = serde_json::from_str(stated).expect("JSON");
    match *kind {
        "Pod" => object["spec"] = spec,
        "PodTemplate" => object["template"] = template,
        "CronJob" => {
            outer["jobTemplate"] = json!({ "spec": { "template": template } });
            object["spec"] = outer;
        }
        _ => {
            outer["template"] = template;
            object["spec"] = outer;
        }
    }
    object
}
