//! The hooks of `.pre-commit-hooks.yaml`, run by pre-commit and prek where `.ci/run` installed them.
//!
//! They run as they are published, but for the program: that of this build is in the place of one that
//! the runner would build.

use std::process::Command;

use serde_yaml::Value;

use crate::lying::{Lies, Registry, manifest};
use crate::peer::program;
use crate::sandbox::{Ran, Sandbox};

const RUNNERS: [&str; 2] = ["KUBEPIN_TEST_PRE_COMMIT", "KUBEPIN_TEST_PREK"];

fn pod(image: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: {image}\n")
}

/// The hook of this name, with the program of this build and these arguments, as a configuration.
fn configuration(id: &str, arguments: &[&str]) -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml"));
    let hooks: Vec<Value> = serde_yaml::from_str(&text.expect("the hooks")).expect("YAML");
    let mut hook = hooks.into_iter().find(|hook| hook["id"] == id).expect("a hook");
    let entry = hook["entry"].as_str().expect("an entry").to_owned();
    let entry = entry.strip_prefix("kubepin ").expect("a command of kubepin");
    hook["entry"] = format!("'{}' {entry}", env!("CARGO_BIN_EXE_kubepin")).into();
    hook["language"] = "system".into();
    hook["args"] = arguments.iter().map(|argument| Value::from(*argument)).collect::<Vec<_>>().into();
    let hook = serde_yaml::to_string(&[hook]).expect("YAML").replace('\n', "\n      ");
    format!("repos:\n  - repo: local\n    hooks:\n      {}\n", hook.trim_end())
}

/// Runs all hooks on all files that git knows.
fn run(runner: &str, sandbox: &Sandbox) -> Ran {
    let call = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(sandbox.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("a PATH"));
        // Outside of what is committed.
        let home = sandbox.path().join(".git");
        command.env("HOME", &home).env("XDG_CACHE_HOME", home.join("cache")).env("LC_ALL", "C.UTF-8");
        Ran::of(command.output().expect("it runs"))
    };
    call("git", &["init", "--quiet"]);
    call("git", &["add", "--all", "--force"]);
    call(runner, &["run", "--all-files", "--color", "never"])
}

#[test]
fn the_check_sees_what_it_should_and_no_more() {
    for runner in RUNNERS.iter().filter_map(|variable| program(variable)) {
        let sandbox = Sandbox::empty();
        sandbox.write(".pre-commit-config.yaml", configuration("kubepin", &["--format", "concise"]));
        sandbox.write("kubepin.toml", "exclude = [\"vendor/\"]\n");
        sandbox.write(".kubepinignore", "generated.yaml\n");
        sandbox.write("app/Kustomization", "resources: [web.yaml]\nimages: [{name: web, newTag: '2'}]\n");
        sandbox.write("app/web.yaml", pod("web:1"));
        sandbox.write("vendor/pod.yaml", pod("vendored:1"));
        sandbox.write("generated.yaml", pod("generated:1"));
        sandbox.write(
            "with space.json",
            r#"{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"json:1"}]}}"#,
        );
        // More than one process, each with some of the files.
        for number in 0..40 {
            sandbox.write(&format!("many/{number}.yaml"), pod(&format!("many:{number}")));
        }
        let ran = run(&runner, &sandbox);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        let found: Vec<&str> = ran.stdout.lines().filter(|line| line.contains(": error[")).collect();
        assert_eq!(found.len(), 42, "{}", ran.stdout);
        let told = |file: &str| found.iter().filter(|line| line.trim_start().starts_with(file)).count();
        assert_eq!((told("app/Kustomization:"), told("app/web.yaml:")), (1, 0), "the build is judged");
        assert_eq!((told("with space.json:"), told("many/")), (1, 40));
    }
}

#[test]
fn the_fix_fails_once_and_then_passes() {
    for runner in RUNNERS.iter().filter_map(|variable| program(variable)) {
        let registry = Registry::start(Lies::default());
        let mirror = format!("*={}", registry.host);
        let sandbox = Sandbox::empty();
        sandbox
            .write(".pre-commit-config.yaml", configuration("kubepin-fix", &["--registry-mirror", &mirror]));
        sandbox.write("a.yaml", pod("nginx:1 # kept"));
        sandbox.write("b/c.yaml", pod("nginx:1"));
        let first = run(&runner, &sandbox);
        assert_eq!(first.status, 1);
        assert!(first.stdout.contains("files were modified by this hook"), "{}", first.stdout);
        let digest = manifest("library/nginx", "1").1;
        assert_eq!(sandbox.read("a.yaml"), pod(&format!("nginx:1@{digest} # kept")).as_bytes());
        assert_eq!(sandbox.read("b/c.yaml"), pod(&format!("nginx:1@{digest}")).as_bytes());
        assert_eq!(run(&runner, &sandbox).status, 0);
        assert_eq!(registry.lines(), ["HEAD /v2/library/nginx/manifests/1"], "asked once for all");
    }
}
