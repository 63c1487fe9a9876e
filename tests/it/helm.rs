//! kubepin as a post-renderer of Helm, with a real helm where there is one on the PATH.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::lying::{Lies, Registry};
use crate::sandbox::Sandbox;

const CHART: &str = "apiVersion: v2\nname: demo\nversion: 1.0.0\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }} # a comment\nspec:\n  containers:\n    - name: web\n      image: \"nginx:1.27\"\n";

/// `helm`, if it is there, with the folder of the program under test on its PATH.
fn helm(sandbox: &Sandbox) -> Option<Command> {
    let bin = Path::new(env!("CARGO_BIN_EXE_kubepin")).parent()?.to_owned();
    let path = std::env::var_os("PATH")?;
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).ok()?;
    let mut helm = Command::new("helm");
    helm.current_dir(sandbox.path()).env("PATH", path).env("HOME", sandbox.path());
    Command::new("helm").args(["version", "--short"]).output().ok().map(|_| helm)
}

fn chart() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("demo/Chart.yaml", CHART);
    sandbox.write("demo/templates/pod.yaml", POD);
    sandbox
}

/// Whether the helm on the PATH takes plugins for post-renderers.
fn takes_plugins() -> bool {
    let version = Command::new("helm").args(["version", "--short"]).output().expect("helm runs");
    String::from_utf8_lossy(&version.stdout).starts_with("v4")
}

#[test]
fn helm_3_calls_it_as_a_program() {
    let sandbox = chart();
    let Some(mut helm) = helm(&sandbox).filter(|_| !takes_plugins()) else {
        println!("skipped: there is no helm 3 on the PATH to be called by");
        return;
    };
    let registry = Registry::start(Lies::default());
    let mut arguments = vec!["template", "shop", "demo", "--post-renderer", "kubepin"];
    let mirror = format!("*={}", registry.host);
    for argument in ["check", "--fix", "-", "--registry-mirror", &mirror] {
        arguments.extend(["--post-renderer-args", argument]);
    }
    let ran = helm.args(&arguments).output().expect("helm runs");
    let rendered = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(rendered.contains("name: shop # a comment\n"), "{rendered}");
    assert!(rendered.contains("# Source: demo/templates/pod.yaml\n"), "{rendered}");
    assert!(rendered.contains("image: \"nginx:1.27@sha256:"), "{rendered}");
}

#[test]
fn helm_4_calls_it_as_a_plugin() {
    let sandbox = chart();
    let Some(mut helm) = helm(&sandbox).filter(|_| takes_plugins()) else {
        println!("skipped: there is no helm 4 on the PATH to be called by");
        return;
    };
    let registry = Registry::start(Lies::default());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plugin = std::fs::read_to_string(root.join("plugin.yaml")).expect("plugin.yaml");
    let mirror = format!("\"-\", --registry-mirror, \"*={}\"", registry.host);
    sandbox.write("plugins/kubepin/plugin.yaml", plugin.replace("\"-\"", &mirror));
    helm.env("HELM_PLUGINS", sandbox.path().join("plugins"));
    let ran = helm.args(["template", "shop", "demo", "--post-renderer", "kubepin"]).output();
    let ran = ran.expect("helm runs");
    let rendered = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(rendered.contains("nginx:1.27@sha256:"), "{rendered}");
}

/// What helm makes of every chart below a folder: text, or its error.
fn rendered(sandbox: &Sandbox) -> BTreeMap<String, Result<String, String>> {
    let files = sandbox.files();
    let charts = files.keys().filter_map(|name| name.strip_suffix("/Chart.yaml"));
    let mut rendered = BTreeMap::new();
    for chart in charts {
        let ran = helm(sandbox).expect("helm").args(["template", chart]).output().expect("helm runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let result = if ran.status.success() { Ok(text(ran.stdout)) } else { Err(text(ran.stderr)) };
        rendered.insert(chart.to_owned(), result);
    }
    rendered
}

#[test]
fn a_fix_of_values_adds_digests_to_what_helm_renders_and_nothing_else() {
    if helm(&Sandbox::empty()).is_none() {
        println!("skipped: there is no helm on the PATH to compare with");
        return;
    }
    let digest = regex::Regex::new("@sha256:[0-9a-f]{64}").expect("a pattern");
    let tag_goes = regex::Regex::new(r"image: (\S+?)(:\S+)?@sha256:[0-9a-f]{64}").expect("a pattern");
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/helm/value-shapes");
    let sandbox = Sandbox::copy_of(&case.join("input"));
    let before = rendered(&sandbox);
    let mut pinned = 0;
    for flags in [&[][..], &["--unsafe-fixes"]] {
        sandbox.run(&[&["check", "--fix", "--registry-mirror", &mirror], flags].concat());
        for (chart, after) in rendered(&sandbox) {
            let (old, new) = (before[&chart].as_ref().expect("it renders"), after.expect("it still renders"));
            pinned += digest.find_iter(&new).count();
            for (old, new) in old.lines().zip(new.lines()).filter(|(old, new)| old != new) {
                let kept = digest.replace_all(new, "") == old;
                let dropped = tag_goes.captures(new).is_some_and(|found| old.contains(&found[1]));
                assert!(kept || dropped, "{chart}: {old} became {new}");
            }
            assert_eq!(old.lines().count(), new.lines().count(), "{chart}");
        }
    }
    assert!(pinned > 15, "{pinned} images are pinned");
}

#[test]
fn fixture_charts_render_as_helm_renders_them() {
    if helm(&Sandbox::empty()).is_none() {
        println!("skipped: there is no helm on the PATH to compare with");
        return;
    }
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/helm/value-shapes/input");
    let sandbox = Sandbox::copy_of(&case);
    let files = sandbox.files();
    for (chart, helms) in rendered(&sandbox) {
        let prefix = format!("{chart}/");
        let own = files.iter().filter_map(|(name, bytes)| {
            let text = String::from_utf8(bytes.clone()).expect("UTF-8");
            Some((name.strip_prefix(&prefix)?.to_owned(), text.into()))
        });
        let read = kubepin::helm::Chart::read(&own.collect()).expect("a chart");
        let ours = kubepin::helm::render(&read, &kubepin::helm::Value::Nil);
        let helms = helms.expect("it renders");
        for (path, text) in ours {
            let text = text.expect("it renders here, too");
            assert!(helms.contains(text.trim()), "{path}:\n{text}\nis not in\n{helms}");
        }
    }
}
