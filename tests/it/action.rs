//! The action's script, run as a runner would: inputs and outputs through the environment.

use std::path::Path;
use std::process::Command;

use crate::sandbox::Sandbox;

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: nginx:1\n";

/// What a step of the action came to.
struct Step {
    status: Option<i32>,
    log: String,
    outputs: String,
    summary: String,
}

fn step(sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Step {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runner = Sandbox::empty();
    let (output, summary) = (runner.write("output", ""), runner.write("summary", ""));
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(root.join("action/run.sh"));
    command.current_dir(sandbox.path()).env_clear();
    command.env("PATH", std::env::var_os("PATH").expect("a PATH"));
    command.env("GITHUB_ACTION_PATH", root).env("RUNNER_TEMP", runner.path());
    command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
    command.env("INPUT_BINARY", env!("CARGO_BIN_EXE_kubepin"));
    for (name, value) in inputs {
        command.env(name, value);
    }
    let ran = command.output().expect("bash runs");
    let text = |name: &str| String::from_utf8(runner.read(name)).expect("UTF-8");
    let log = String::from_utf8(ran.stdout).expect("UTF-8") + &String::from_utf8_lossy(&ran.stderr);
    Step { status: ran.status.code(), log, outputs: text("output"), summary: text("summary") }
}

#[test]
fn findings_are_annotations_and_fail_the_step() {
    let sandbox = Sandbox::empty();
    sandbox.write("deploy/pod.yaml", POD);
    let step = step(&sandbox, &[("INPUT_PATHS", "deploy")]);
    assert_eq!(step.status, Some(1));
    assert!(step.log.starts_with("::error title=kubepin tag-without-digest,file=deploy/pod.yaml,line=6,"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(step.outputs, format!("exit-code=1\nfindings=1\nversion={version}\n"));
    // Behind what kubepin itself says of its findings.
    let verdict = format!("### kubepin\n\nFindings remain: 1.\n\nVersion {version}, exit status 1.\n");
    assert!(step.summary.ends_with(&verdict), "{}", step.summary);
}

#[test]
fn fail_on_never_forgives_findings_but_not_an_incomplete_check() {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", POD);
    assert_eq!(step(&sandbox, &[("INPUT_FAIL_ON", "never")]).status, Some(0));
    let missing = step(&sandbox, &[("INPUT_FAIL_ON", "never"), ("INPUT_PATHS", "pod.yaml\nmissing.yaml")]);
    assert_eq!(missing.status, Some(2));
    assert!(missing.outputs.starts_with("exit-code=2\nfindings=1\n"), "{}", missing.outputs);
}

#[test]
fn inputs_are_data() {
    let sandbox = Sandbox::empty();
    sandbox.write("$(touch pwned); echo `x`/pod.yaml", POD);
    let step = step(&sandbox, &[("INPUT_PATHS", "$(touch pwned); echo `x`"), ("INPUT_ARGS", "--threads 1")]);
    assert_eq!(step.status, Some(1), "{}", step.log);
    assert_eq!(sandbox.files().len(), 1, "nothing was run");
}
