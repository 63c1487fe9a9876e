//! The action, run as a runner would: `action.yml` is read, its expressions are filled in, its steps run.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::sandbox::Sandbox;

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: nginx:1\n";
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Value>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    default: String,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    id: String,
    shell: String,
    run: String,
    env: BTreeMap<String, String>,
}

/// What the action came to.
struct Done {
    status: Option<i32>,
    log: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

/// A machine that runs actions.
struct Runner {
    /// The folder of the action.
    action: PathBuf,
    /// Variables of the machine.
    variables: Vec<(&'static str, String)>,
}

impl Runner {
    fn new() -> Self {
        let path = std::env::var("PATH").expect("a PATH");
        Self { action: env!("CARGO_MANIFEST_DIR").into(), variables: vec![("PATH", path)] }
    }

    /// Runs the action with these inputs and the kubepin of this build.
    fn run(&self, sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Done {
        self.run_any(sandbox, &[&[("binary", env!("CARGO_BIN_EXE_kubepin"))], inputs].concat())
    }

    fn run_any(&self, sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Done {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml"));
        let action: Action = serde_yaml::from_str(&text.expect("action.yml")).expect("an action");
        let mut known: BTreeMap<String, String> = action
            .inputs
            .iter()
            .map(|(name, input)| (format!("inputs.{name}"), input.default.clone()))
            .collect();
        for (name, value) in inputs {
            let old = known.insert(format!("inputs.{name}"), (*value).to_owned());
            assert!(old.is_some(), "there is no input {name}");
        }
        let [step] = &action.runs.steps[..] else { panic!("one step is expected") };
        assert_eq!(step.shell, "bash");
        assert!(!step.run.contains("${{"), "an input in a script is a program");

        let files = Sandbox::empty();
        let (output, summary) = (files.write("output", ""), files.write("summary", ""));
        let script = files.write("script.sh", &step.run);
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script);
        command.current_dir(sandbox.path()).env_clear().envs(self.variables.iter().cloned());
        command.env("GITHUB_ACTION_PATH", &self.action).env("RUNNER_TEMP", files.path());
        command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
        command.envs(step.env.iter().map(|(name, value)| (name, filled(value, &known))));
        let ran = command.output().expect("bash runs");

        let text = |name: &str| String::from_utf8(files.read(name)).expect("UTF-8");
        for line in text("output").lines() {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            known.insert(format!("steps.{}.outputs.{name}", step.id), value.to_owned());
        }
        let outputs =
            action.outputs.iter().map(|(name, Value { value })| (name.clone(), filled(value, &known)));
        let log = String::from_utf8(ran.stdout).expect("UTF-8") + &String::from_utf8_lossy(&ran.stderr);
        Done { status: ran.status.code(), log, outputs: outputs.collect(), summary: text("summary") }
    }
}

/// A text with its expressions filled in; what is not known is empty.
fn filled(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").expect("a whole expression");
        filled.push_str(known.get(name.trim()).map_or("", String::as_str));
        filled.push_str(rest);
    }
    filled
}

/// A program in the place of kubepin that says what it was told.
fn stub(sandbox: &Sandbox, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let text =
        format!("#!/bin/bash\nif [[ $1 = --version ]]; then echo 'kubepin {VERSION}'; exit; fi\n{script}");
    let path = sandbox.write("bin/kubepin", text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    path.to_string_lossy().into_owned()
}

const TELLS: &str = r#"if [[ $2 = --help ]]; then echo '      --output-file <FORMAT=PATH>'; exit; fi
for word in "$@"; do
  printf '<%s>\n' "$word"
  if [[ $word = json=* ]]; then
    printf '{\n  "findings": [\n    {\n      "rule": "untagged"\n    }\n  ],\n  "summary": {\n    "fixed": 3,\n    "ignored": 0\n  }\n}\n' > "${word#json=}"
  fi
done
echo "summary: ${GITHUB_STEP_SUMMARY+yes}"
exit 1
"#;

#[test]
fn findings_are_annotations_and_fail_the_step() {
    let sandbox = Sandbox::empty();
    sandbox.write("deploy/pod.yaml", POD);
    let done = Runner::new().run(&sandbox, &[("paths", "deploy")]);
    assert_eq!(done.status, Some(1));
    assert!(
        done.log.starts_with("::error title=kubepin tag-without-digest,file=deploy/pod.yaml,line=6,"),
        "{}",
        done.log
    );
    assert_eq!(done.outputs["exit-code"], "1");
    assert_eq!(done.outputs["findings"], "1");
    assert_eq!(done.outputs["version"], VERSION);
    assert_eq!(done.outputs["sarif-file"], "");
    assert!(done.summary.contains("kubepin"), "{}", done.summary);
}

#[test]
fn fail_on_never_forgives_findings_but_not_an_incomplete_check() {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", POD);
    let runner = Runner::new();
    assert_eq!(runner.run(&sandbox, &[("fail-on", "never")]).status, Some(0));
    let missing = runner.run(&sandbox, &[("fail-on", "never"), ("paths", "pod.yaml\nmissing.yaml")]);
    assert_eq!(missing.status, Some(2));
    assert_eq!((&*missing.outputs["exit-code"], &*missing.outputs["findings"]), ("2", "1"));
}

#[test]
fn warnings_fail_the_step_where_that_is_wanted() {
    let sandbox = Sandbox::empty();
    let pin = format!("nginx@sha256:{}", "0".repeat(64));
    sandbox.write("pod.yaml", POD.replace("nginx:1", &format!("{pin}\n      image: {pin}")));
    let runner = Runner::new();
    assert_eq!(runner.run(&sandbox, &[]).status, Some(0));
    assert_eq!(runner.run(&sandbox, &[("fail-on", "warnings")]).status, Some(1));
}

#[test]
fn inputs_are_data() {
    let sandbox = Sandbox::empty();
    let hostile = "$(touch pwned); echo `touch pwned` *";
    sandbox.write(&format!("{hostile}/pod.yaml"), POD);
    sandbox.write("other/pod.yaml", POD);
    let done = Runner::new().run(&sandbox, &[("paths", hostile), ("args", "--threads 1")]);
    assert_eq!(done.status, Some(1), "{}", done.log);
    assert_eq!(done.outputs["findings"], "1", "a glob is the name of one folder");
    for (input, value) in [
        ("version", "1.0; touch pwned"),
        ("fix", "$(touch pwned)"),
        ("format", "a`touch pwned`"),
        ("fail-on", "never; touch pwned"),
        ("summary", "yes\ntouch pwned"),
    ] {
        let done = Runner::new().run(&sandbox, &[(input, value)]);
        assert_eq!((done.status, &*done.outputs["exit-code"]), (Some(2), "2"), "{input}");
        assert!(done.log.starts_with("::error title=kubepin::input "), "{}", done.log);
        assert!(!done.log.contains("pwned"), "a value that is no value is not repeated: {}", done.log);
    }
    assert_eq!(sandbox.files().len(), 2, "nothing was run");
}

#[test]
fn every_input_reaches_kubepin() {
    let sandbox = Sandbox::empty();
    sandbox.write("in here/pod.yaml", POD);
    let binary = stub(&sandbox, TELLS);
    let inputs = [
        ("binary", &*binary),
        ("paths", "a b\n*.yaml\r\n\n-c"),
        ("args", " --strict\n --threads  1 "),
        ("fix", "true"),
        ("format", "concise"),
        ("sarif", "out put.sarif"),
        ("summary", "false"),
        ("working-directory", "in here"),
    ];
    let done = Runner::new().run_any(&sandbox, &inputs);
    let folder = sandbox.path().join("in here").to_string_lossy().into_owned();
    let words: Vec<&str> = done.log.lines().filter(|word| !word.starts_with("<json=")).collect();
    let sarif = format!("<sarif={folder}/out put.sarif>");
    let expected = [
        "<check>",
        "<--format>",
        "<concise>",
        "<--fix>",
        "<--output-file>",
        &sarif,
        "<--output-file>",
        "<--strict>",
        "<--threads>",
        "<1>",
        "<-->",
        "<a b>",
        "<*.yaml>",
        "<-c>",
        "summary: ",
    ];
    assert_eq!(words, expected);
    assert_eq!(done.status, Some(1));
    let told = ["findings", "fixed", "sarif-file"].map(|name| &*done.outputs[name]);
    assert_eq!(told, ["1", "3", &format!("{folder}/out put.sarif")]);
    assert_eq!(done.summary, "");
}

/// Serves an archive at every path, as often as it is asked for. Returns where.
fn serve(archive: Vec<u8>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let _ = socket.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", archive.len());
            let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(&archive));
        }
    });
    format!("http://{host}")
}

/// A release with a program in the place of kubepin: its archive.
fn release() -> Vec<u8> {
    let folder = Sandbox::empty();
    stub(&folder, TELLS);
    let tar =
        Command::new("tar").args(["-czf", "-", "-C"]).arg(folder.path().join("bin")).arg("kubepin").output();
    tar.expect("tar runs").stdout
}

/// A runner that has no kubepin and no cargo, and an action whose table has these lines.
fn bare(table: &str) -> (Runner, Sandbox) {
    let action = Sandbox::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("action"));
    let folder = Sandbox::empty();
    for (name, text) in action.files() {
        folder.write(&format!("action/{name}"), text);
    }
    folder.write("action/releases.sha256", table);
    let variables = vec![("PATH", "/usr/bin:/bin".to_owned())];
    (Runner { action: folder.path().to_owned(), variables }, folder)
}

/// The line of a table for this machine, whose archives are elsewhere for others.
fn line(hash: &str, host: &str, version: &str) -> String {
    let machines = [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ];
    machines.map(|machine| format!("{hash}  {host}/v{version}/kubepin-{machine}.tar.gz\n")).concat()
}

#[test]
fn a_release_is_downloaded_and_run() {
    let archive = release();
    let hash = crate::lying::digest(&archive).replace("sha256:", "");
    let table = line(&hash, &serve(archive), VERSION);
    let (runner, _folder) = bare(&format!("# a comment\n{table}"));
    for version in ["", VERSION, &format!("v{VERSION}")] {
        let done = runner.run_any(&Sandbox::empty(), &[("version", version)]);
        assert_eq!(done.status, Some(1), "{}", done.log);
        assert!(done.log.contains("<check>"), "{}", done.log);
        assert_eq!(done.outputs["version"], VERSION);
    }
}

#[test]
fn what_is_no_release_is_never_run() {
    let archive = release();
    let hash = crate::lying::digest(&archive).replace("sha256:", "");
    let host = serve(archive);
    for (table, version, why) in [
        (line(&"0".repeat(64), &host, VERSION), "", "has another SHA-256"),
        (line(&hash, &host, "9.9.9"), VERSION, "no release for this machine, no cargo"),
        (String::new(), "", "no release for this machine, no cargo"),
        (line(&hash, "http://127.0.0.1:9", VERSION), "", "could not be downloaded; it is built instead"),
    ] {
        let (runner, _folder) = bare(&table);
        let done = runner.run_any(&Sandbox::empty(), &[("version", version)]);
        assert_eq!((done.status, &*done.outputs["exit-code"]), (Some(2), "2"), "{}", done.log);
        assert!(done.log.contains(why), "{}", done.log);
        assert!(!done.log.contains("<check>"), "{}", done.log);
    }
}
