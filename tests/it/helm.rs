//! kubepin as a post-renderer of Helm, with a real helm where there is one on the PATH.

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
