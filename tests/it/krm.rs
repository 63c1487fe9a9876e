//! `kubepin krm` as kpt and kustomize call it.

#[cfg(unix)]
use std::process::Command;

use crate::lying::{Lies, Registry, manifest};
use crate::sandbox::{Ran, Sandbox};

const ITEMS: &str = "items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web # the shop
    namespace: shop
    annotations:
      internal.config.kubernetes.io/index: '1'
      internal.config.kubernetes.io/path: app/web.yaml
  spec:
    template:
      spec:
        containers:
        - {name: side, image: 'side:2'} # beside it
        - name: web
          image: nginx:1 # what sells
";

fn list(config: &str) -> String {
    let data = if config.is_empty() {
        String::new()
    } else {
        format!("functionConfig: {{apiVersion: v1, kind: ConfigMap, data: {{{config}}}}}\n")
    };
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{ITEMS}{data}")
}

fn pinned(text: &str) -> String {
    let digest = |name: &str, tag| manifest(&format!("library/{name}"), tag).1;
    let side = text.replace("'side:2'", &format!("'side:2@{}'", digest("side", "2")));
    side.replace("nginx:1 ", &format!("nginx:1@{} ", digest("nginx", "1")))
}

fn run(registry: &Registry, input: &str) -> Ran {
    let mirror = format!("*={}", registry.host);
    Sandbox::empty().filter(&["krm", "--registry-mirror", &mirror], input)
}

/// A result about a container of the deployment.
fn result(message: &str, severity: &str, at: usize, values: &str) -> String {
    format!(
        "- message: '{message}'\n  severity: {severity}\n  resourceRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n    namespace: shop\n  field:\n    path: spec.template.spec.containers[{at}].image\n{values}  file:\n    path: app/web.yaml\n    index: 1\n  tags:\n    rule: tag-without-digest\n"
    )
}

#[test]
fn what_has_no_digest_is_an_error_and_nobody_is_asked() {
    let registry = Registry::start(Lies::default());
    let ran = run(&registry, &list(""));
    let open =
        |name: &str| format!("`{name}` has no digest: what runs is whatever the tag points to by then");
    let results = result(&open("side:2"), "error", 0, "    currentValue: side:2\n")
        + &result(&open("nginx:1"), "error", 1, "    currentValue: nginx:1\n");
    assert_eq!(ran.stdout, format!("{}results:\n{results}", list("")));
    assert_eq!(
        ran.stderr.lines().next(),
        Some(&*format!(
            "error: app/web.yaml: Deployment/web spec.template.spec.containers[0].image: {}",
            open("side:2")
        ))
    );
    assert_eq!(ran.status, 1);
    assert_eq!(registry.lines(), [""; 0]);
}

#[test]
fn a_fix_changes_the_bytes_of_images_and_says_what_it_wrote() {
    let registry = Registry::start(Lies::default());
    let before = list("fix: 'true'");
    let ran = run(&registry, &before);
    let after = pinned(&before);
    let (items, results) = ran.stdout.split_at(after.len());
    assert_eq!(items, after);
    let digest = manifest("library/nginx", "1").1;
    let values = format!("    currentValue: nginx:1\n    proposedValue: nginx:1@{digest}\n");
    let message = format!("- message: 'pinned now: `nginx:1@{digest}`'\n  severity: info\n");
    assert!(results.contains(&message) && results.contains(&values), "{results}");
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    // What is pinned passes, byte for byte.
    let again = run(&registry, &after);
    assert_eq!((again.status, &*again.stdout), (0, &*after));
}

#[test]
fn without_every_answer_the_items_stay_and_the_function_fails() {
    let registry = Registry::start(Lies { missing: "side", ..Lies::default() });
    let before = list("fix: 'true'");
    let ran = run(&registry, &before);
    assert!(ran.stdout.starts_with(&format!("{before}results:\n")), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("severity: error").count(), 2, "both are without a digest still");
    assert!(ran.stderr.contains("the items are passed on as they came"), "{}", ran.stderr);
    assert_eq!(ran.status, 2);

    let before = list("fix: 'true', allow-unresolved: 'true'");
    let ran = run(&registry, &before);
    assert!(ran.stdout.contains("nginx:1@sha256:") && ran.stdout.contains("'side:2'"), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("severity: error").count(), 0);
    assert_eq!(ran.status, 0);
}

#[test]
fn settings_come_from_the_list() {
    let registry = Registry::start(Lies::default());
    let style = run(&registry, &list("fix: 'true', style: digest-only"));
    assert!(style.stdout.contains("image: nginx@sha256:"), "{}", style.stdout);
    let exempt = list(r#"kubepin.toml: 'exempt-images = ["nginx:*", "side:2"]'"#);
    assert_eq!(run(&registry, &exempt), Ran { status: 0, stdout: exempt, stderr: String::new() });
    for (config, why) in [
        ("style: short", "functionConfig: `style`: unknown variant `short`"),
        ("fix: maybe", "functionConfig: `fix`: `maybe` is neither true nor false"),
        ("ca-file: /etc/passwd", "functionConfig: `ca-file`: there is no such setting"),
        (
            "kubepin.toml: 'exclude = [\"a/**\"]'",
            "functionConfig: `kubepin.toml`: `exclude` and `overrides` are about",
        ),
        ("kubepin.toml: 'stile = 1'", "kubepin.toml:1:1: unknown field"),
    ] {
        let ran = run(&registry, &list(config));
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{config}");
        assert!(ran.stderr.contains(why), "{config}: {}", ran.stderr);
    }
}

#[test]
fn nothing_beside_the_list_is_read() {
    let sandbox = Sandbox::empty();
    sandbox.write("kubepin.toml", "exempt-images = [\"*\"]");
    sandbox.write("kustomization.yaml", "resources: [missing.yaml]");
    let ran = sandbox.filter(&["krm"], list(""));
    assert_eq!(ran.status, 1);
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
    let refused = sandbox.filter(&["krm"], "apiVersion: v1\nkind: Pod\n");
    assert_eq!((refused.status, &*refused.stdout), (2, ""));
    assert!(refused.stderr.contains("what was passed in is no ResourceList"), "{}", refused.stderr);
}

/// A package with a pod, and kubepin as a program that kustomize may run.
#[cfg(unix)]
fn package(registry: &Registry, spec: &str) -> Sandbox {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::empty();
    sandbox.write("kustomization.yaml", "resources: [web.yaml]\ntransformers: [pin.yaml]\n");
    sandbox.write("web.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - image: nginx:1 # kept\n    name: web\n");
    sandbox.write("pin.yaml", format!("apiVersion: kubepin.dev/v1alpha1\nkind: Kubepin\nmetadata:\n  name: pin\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./kubepin-krm\nspec: {spec}\n"));
    let (program, host) = (env!("CARGO_BIN_EXE_kubepin"), &registry.host);
    let script = format!("#!/bin/sh\nexec '{program}' krm --no-cache --registry-mirror '*={host}'\n");
    let script = sandbox.write("kubepin-krm", script);
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    sandbox
}

/// Runs a program of the machine in a package; `None` where there is none.
#[cfg(unix)]
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn call(sandbox: &Sandbox, program: &str, arguments: &[&str]) -> Option<Ran> {
    if Command::new(program).arg("version").output().is_err() {
        println!("skipped: there is no {program}");
        return None;
    }
    let mut command = Command::new(program);
    command.args(arguments).current_dir(sandbox.path()).env("HOME", sandbox.path());
    Some(Ran::of(command.output().expect("it runs")))
}

#[cfg(unix)]
#[test]
fn kustomize_runs_it() {
    const ARGUMENTS: [&str; 4] = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
    let registry = Registry::start(Lies::default());
    let Some(fixed) = call(&package(&registry, "{fix: true}"), "kustomize", &ARGUMENTS) else {
        return;
    };
    let digest = manifest("library/nginx", "1").1;
    // Comments get lost before the function sees them.
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - image: nginx:1@{digest}\n    name: web\n"
    );
    assert_eq!(fixed, Ran { status: 0, stdout: pod, stderr: String::new() });

    let checked = call(&package(&registry, "{}"), "kustomize", &ARGUMENTS).expect("it is there");
    assert_eq!((checked.status, &*checked.stdout), (1, ""));
    assert!(checked.stderr.contains("Pod/web spec.containers[0].image: `nginx:1` has no digest"));
}

#[cfg(unix)]
#[test]
fn kpt_runs_it() {
    let registry = Registry::start(Lies::default());
    let sandbox = package(&registry, "{}");
    let exec = sandbox.path().join("kubepin-krm");
    let before = String::from_utf8(sandbox.read("web.yaml")).expect("UTF-8");
    let arguments = ["fn", "eval", ".", "--exec", exec.to_str().expect("UTF-8")];
    let Some(checked) = call(&sandbox, "kpt", &arguments) else {
        return;
    };
    assert_eq!(checked.status, 1);
    assert!(checked.stderr.contains("[error] v1/Pod/web spec.containers[0].image: `nginx:1` has no digest"));
    let fixed = call(&sandbox, "kpt", &[&arguments[..], &["--", "fix=true"]].concat()).expect("it is there");
    assert_eq!(fixed.status, 0, "{}", fixed.stderr);
    let after = before.replace("nginx:1 ", &format!("nginx:1@{} ", manifest("library/nginx", "1").1));
    assert_eq!(String::from_utf8(sandbox.read("web.yaml")).expect("UTF-8"), after);
}
