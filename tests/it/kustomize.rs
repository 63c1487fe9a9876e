//! Builds of Kustomize: what `list --effective` says is what kustomize builds, case by case, and a fix
//! adds digests to it and nothing else.
//!
//! Where there is neither kubectl nor kustomize the comparison says so and passes: the fixtures hold what
//! was built before.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::lying::{Lies, Registry};
use crate::sandbox::Sandbox;

/// Kind, name, path and reference of an image.
type Image = (String, String, String, String);

#[test]
fn builds_are_those_of_kustomize_before_and_after_a_fix() {
    if kustomize().is_none() {
        println!("skipped: there is no kubectl and no kustomize on the PATH to compare with");
        return;
    }
    let registry = Registry::start(Lies { missing: "absent", ..Lies::default() });
    let mirror = format!("*={}", registry.host);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize");
    let mut compared = 0;
    for case in std::fs::read_dir(root).expect("cases").map(|case| case.expect("a case").path()) {
        let sandbox = Sandbox::copy_of(&case.join("input"));
        let before = compare(&sandbox, &case);
        sandbox.run(&["check", "--fix", "--registry-mirror", &mirror]);
        let safe = compare(&sandbox, &case);
        sandbox.run(&["check", "--fix", "--unsafe-fixes", "--registry-mirror", &mirror]);
        let all = compare(&sandbox, &case);
        for after in [safe, all] {
            assert_eq!(without_new_digests(&before, &after), before, "{}", case.display());
        }
        compared += before.len();
    }
    assert!(compared > 0, "there is nothing to compare");
}

/// The program that builds, with the word for it.
fn kustomize() -> Option<Command> {
    let program = |(name, build): (&str, &str)| {
        let there = Command::new(name).arg("version").arg("--help").output().is_ok();
        let mut command = Command::new(name);
        command.arg(build);
        there.then_some(command)
    };
    [("kubectl", "kustomize"), ("kustomize", "build")].into_iter().find_map(program)
}

/// Holds every build of a case against kustomize's, and returns the images by folder.
fn compare(sandbox: &Sandbox, case: &Path) -> BTreeMap<String, Option<Vec<Image>>> {
    let mut builds = BTreeMap::new();
    for folder in kustomizations(sandbox) {
        let (found, whole) = effective(sandbox, &folder);
        // What kubepin does not follow is not to be fetched or run by kustomize either.
        if whole {
            let built = built(sandbox, &folder);
            assert_eq!(found, built, "{} of {}", folder, case.display());
            builds.insert(folder, built);
        }
    }
    builds
}

/// Builds after a fix, without what it may add: a digest, and the tag that stands for none.
fn without_new_digests(
    before: &BTreeMap<String, Option<Vec<Image>>>,
    after: &BTreeMap<String, Option<Vec<Image>>>,
) -> BTreeMap<String, Option<Vec<Image>>> {
    let bare = |(old, new): (&Image, &Image)| {
        let name = new.3.split('@').next().unwrap_or_default();
        let same = new.3 == old.3 || name == old.3 || name.strip_suffix(":latest") == Some(&old.3);
        if same { old.clone() } else { new.clone() }
    };
    let build = |(folder, images): (&String, &Option<Vec<Image>>)| {
        let old = before[folder].as_ref();
        let images = images.as_ref().map(|images| old.into_iter().flatten().zip(images).map(bare).collect());
        (folder.clone(), images)
    };
    after.iter().map(build).collect()
}

/// Every folder with a kustomization.
fn kustomizations(sandbox: &Sandbox) -> Vec<String> {
    let files = sandbox.files();
    let folders = files.keys().map(|name| name.rsplit_once('/').unwrap_or((".", name)));
    let is_one = |name: &str| name == "Kustomization" || name.starts_with("kustomization.");
    folders.filter(|(_, name)| is_one(name)).map(|(folder, _)| folder.to_owned()).collect()
}

/// The images of a build as kubepin sees them, `None` where it says that there is no build; and whether
/// it follows all of it.
fn effective(sandbox: &Sandbox, folder: &str) -> (Option<Vec<Image>>, bool) {
    let ran = sandbox.run(&["list", "--effective", "--root", folder, "--format", "json", folder]);
    let listed: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let rows = listed["images"].as_array().expect("images").iter();
    let rows = rows.flat_map(|image| image["effective"].as_array().expect("effective rows"));
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let images =
        rows.map(|row| (text(row, "kind"), text(row, "name"), text(row, "path"), text(row, "reference")));
    let mut images: Vec<Image> = images.collect();
    images.sort();
    let whole = !["is remote", "is not followed"].iter().any(|words| ran.stderr.contains(words));
    ((ran.status == 0).then_some(images), whole)
}

/// The images of a build as kustomize makes it; `None` where it does not.
fn built(sandbox: &Sandbox, folder: &str) -> Option<Vec<Image>> {
    let mut build = kustomize().expect("it was there");
    let ran = build.arg(folder).current_dir(sandbox.path()).output().expect("kustomize runs");
    let output = String::from_utf8(ran.stdout).expect("UTF-8");
    let mut images = Vec::new();
    for document in output.split("\n---\n") {
        let object: Value = serde_yaml::from_str(document).expect("YAML");
        let mut found = Vec::new();
        collect(&object, "", &mut found);
        let kind = object["kind"].as_str().unwrap_or_default();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        images.extend(found.into_iter().map(|(path, image)| (kind.into(), name.into(), path, image)));
    }
    images.sort();
    ran.status.success().then_some(images)
}

/// Every text under the key of an image.
fn collect(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    if let Some(list) = value.as_array() {
        for (at, element) in list.iter().enumerate() {
            collect(element, &format!("{path}[{at}]"), found);
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match value.as_str() {
            Some(image) if key == "image" || key == "reference" => {
                found.push((path.trim_start_matches('.').to_owned(), image.to_owned()));
            }
            _ => collect(value, &path, found),
        }
    }
}

#[test]
fn nothing_outside_of_the_repository_is_read() {
    let sandbox = Sandbox::empty();
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{image: nginx}]}}";
    sandbox.write("outside/pod.yaml", pod);
    sandbox.write("inside/.git/HEAD", "");
    sandbox.write("inside/app/kustomization.yaml", "resources: [../../outside/pod.yaml, pod.yaml]");
    sandbox.write("inside/app/pod.yaml", pod);
    let ran = sandbox.run(&["list", "--effective", "inside"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stdout, "inside/app/pod.yaml:1  Pod/p  untagged  nginx\n    nginx in inside/app\n");
    assert!(ran.stderr.contains("outside of the repository"), "{}", ran.stderr);
}

#[test]
fn a_root_lists_places_outside_of_the_paths() {
    let sandbox = Sandbox::empty();
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{image: nginx}]}}";
    sandbox.write("base/kustomization.yaml", "resources: [pod.yaml]");
    sandbox.write("base/pod.yaml", pod);
    sandbox.write("prod/kustomization.yaml", "resources: [../base]\nimages: [{name: nginx, newTag: '2'}]");
    let roots = sandbox.run(&["list", "--effective", "prod"]);
    let entry = "prod/kustomization.yaml:2  Kustomization  tagged  nginx:2\n";
    assert_eq!((roots.status, roots.stdout.as_str()), (0, entry));
    let root = sandbox.run(&["list", "--effective", "--root", "prod", "prod"]);
    let base = "base/pod.yaml:1            Pod/p          untagged  nginx\n    nginx:2 in prod, through prod/kustomization.yaml:2\n";
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&root.stdout), words(&format!("{base}{entry}")));
    for (folder, reason) in
        [("none", "no such file or directory"), ("empty", "the folder has no kustomization")]
    {
        sandbox.write("empty/pod.yaml", pod);
        let ran = sandbox.run(&["list", "--effective", "--root", folder, "prod"]);
        assert_eq!(ran.status, 2);
        assert!(
            ran.stderr.starts_with(&format!("error: {folder}: cannot be built: {reason}")),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_build_ends_however_often_it_includes_the_same() {
    let sandbox = Sandbox::empty();
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{image: nginx}]}}";
    sandbox.write("k0/kustomization.yaml", "resources: [pod.yaml]");
    sandbox.write("k0/pod.yaml", pod);
    for level in 1..40 {
        let below = level - 1;
        let text = format!("resources: [../k{below}, ../k{below}]");
        sandbox.write(&format!("k{level}/kustomization.yaml"), text);
    }
    let ran = sandbox.run(&["list", "--effective"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("too many objects"), "{}", ran.stderr);
}

#[test]
fn verdicts_do_not_depend_on_the_paths_that_are_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize");
    let lines = |sandbox: &Sandbox, path: &str| -> Vec<String> {
        let ran = sandbox.run(&["check", "--format", "concise", path]);
        ran.stdout.lines().chain(ran.stderr.lines()).map(str::to_owned).collect()
    };
    for case in std::fs::read_dir(root).expect("cases").map(|case| case.expect("a case").path()) {
        let sandbox = Sandbox::copy_of(&case.join("input"));
        let mut all = lines(&sandbox, ".");
        let mut one_by_one: Vec<String> =
            sandbox.files().keys().flat_map(|file| lines(&sandbox, file)).collect();
        all.sort();
        one_by_one.sort();
        assert_eq!(one_by_one, all, "{}", case.display());
    }
}

#[test]
fn what_is_not_named_is_not_written() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize/two-overlays");
    let sandbox = Sandbox::copy_of(&case.join("input"));
    let before = sandbox.files();
    sandbox.run(&["check", "--fix", "--registry-mirror", &mirror, "staging"]);
    let after = sandbox.files();
    let changed: Vec<&String> = after.keys().filter(|name| after[*name] != before[*name]).collect();
    assert_eq!(changed, ["staging/kustomization.yml"]);
}

#[test]
fn fields_of_configurations_count_where_their_kustomization_reaches() {
    let sandbox = Sandbox::empty();
    let object = |kind: &str| {
        format!(
            "apiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{steps: [{{use: 'nginx:1'}}]}}\n"
        )
    };
    for folder in ["base", "other"] {
        sandbox.write(&format!("{folder}/a.yaml"), object("Widget"));
        sandbox.write(&format!("{folder}/kustomization.yaml"), "resources: [a.yaml]");
    }
    sandbox.write("app/b.yaml", object("Gadget"));
    let configuration = "images: [{kind: Widget, path: spec/steps/use}]";
    sandbox.write("app/fields.yaml", configuration);
    sandbox.write("app/kustomization.yaml", "resources: [../base, b.yaml]\nconfigurations: [fields.yaml]");
    let listed = sandbox.run(&["list"]).stdout;
    assert_eq!(listed, "base/a.yaml:4  Widget/a  tagged  nginx:1\n");
    let unknown = sandbox.run(&["list", "--unknown", "base"]).stdout;
    assert_eq!(unknown, "", "whichever files are named");
    let found = sandbox.run(&["check", "--format", "concise", "base/a.yaml"]).stdout;
    assert!(found.starts_with("base/a.yaml:4:22: error[tag-without-digest]"), "{found}");
    sandbox
        .write("app/kustomization.yaml", "resources: [../base, b.yaml]\nconfigurations: [../../fields.yaml]");
    assert_eq!(sandbox.run(&["list"]).stdout, "", "a configuration outside is not read");
}

#[test]
fn a_kustomization_that_cannot_be_read_is_told() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize/renamed-in-one-build");
    let sandbox = Sandbox::copy_of(&case.join("input"));
    let quiet = sandbox.run(&["check", "-v", "base"]).stderr;
    for broken in [&b"resources: [../base\n"[..], b"resources: \xff\n"] {
        std::fs::write(sandbox.path().join("prod/kustomization.yaml"), broken).expect("a file");
        let told = "prod/kustomization.yaml: not read as a kustomization, and what it builds is not known: ";
        let ran = sandbox.run(&["check", "."]);
        assert!(ran.stderr.contains(&format!("warning: {told}")), "{}", ran.stderr);
        assert!(sandbox.run(&["check", "-v", "base"]).stderr.contains(told));
    }
    assert!(!quiet.contains("not read"));
}
