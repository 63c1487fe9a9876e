//! Credential helpers: real programs, found in `PATH`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kubepin::answer::Answer;
use kubepin::secret::Secret;
use kubepin::settings::{Ask, LoginSource};

use super::{Registry, ask, assert_honest, login_file, settings, twenty, write};
use crate::lying::{Lies, Login};

/// Writes a program. A shell of its own does it: a file that this process still had open for writing
/// while another thread starts a program could not be run.
fn program(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    let write = "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"";
    let status = Command::new("sh").args(["-c", write, "sh", script]).arg(file).status();
    assert!(status.expect("a shell").success());
}

/// `PATH` is one for the whole process, so the questions are asked by another one: this test binary
/// again, running `asked_with_helpers` alone.
#[test]
fn helpers_keep_logins() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let scripts = [
        ("good", r#"echo '{"ServerURL":"x","Username":"alice","Secret":"wonder"}'"#),
        ("empty", "echo 'credentials not found in native keychain'; echo hunter2 >&2; exit 1"),
        ("identity", r#"echo '{"Username":"<token>","Secret":"hunter2"}'"#),
        ("failing", "echo hunter2; exit 3"),
        ("babbling", "echo hunter2"),
        ("hanging", "exec sleep 60"),
        ("flooding", "exec yes hunter2"),
    ];
    for (name, script) in scripts {
        let log = r#"read -r server; echo "$1 $server" >> "${0%/*}/log""#;
        program(
            folder.path(),
            &format!("docker-credential-k.{name}"),
            &format!("#!/bin/sh\n{log}\n{script}\n"),
        );
    }
    let path =
        std::env::join_paths([folder.path(), Path::new("/usr/bin"), Path::new("/bin")]).expect("a PATH");
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "registry::helpers::asked_with_helpers", "--nocapture"])
        .env("PATH", path)
        // A proxy that nobody runs: loopback is reached without it.
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env("KUBEPIN_TEST_FOLDER", folder.path())
        .output()
        .expect("it runs");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

/// Run by `helpers_keep_logins` only.
#[test]
fn asked_with_helpers() {
    let Some(folder) = std::env::var_os("KUBEPIN_TEST_FOLDER").map(PathBuf::from) else { return };
    let troubles = [
        ("good", None),
        ("empty", None),
        ("identity", None),
        ("failing", Some("docker-credential-k.failing failed (exit status: 3)")),
        ("babbling", Some("docker-credential-k.babbling printed no credentials")),
        ("hanging", Some("docker-credential-k.hanging gave no answer within 1s")),
        ("flooding", Some("docker-credential-k.flooding failed (signal: 13 (SIGPIPE))")),
        (
            "absent",
            Some("docker-credential-k.absent could not be run: No such file or directory (os error 2)"),
        ),
    ];
    for (helper, trouble) in troubles {
        let registry = Registry::start(Lies {
            login: Login::Token,
            account: Some(("alice", "wonder")),
            identity: Some("hunter2"),
            ..Lies::default()
        });
        let host = &registry.host;
        let config =
            write(&folder, "config.json", &format!(r#"{{"credHelpers":{{"{host}":"k.{helper}"}}}}"#));
        let settings =
            Ask { logins: vec![login_file(config)], helper_timeout: Duration::from_secs(1), ..settings() };
        let answers = ask(&twenty(host), &settings);
        if matches!(helper, "good" | "identity") {
            assert_honest(&answers, 20);
            assert_eq!(answers.traffic.requests, 20 + 1 + 1);
        } else {
            let refused = "401 Unauthorized: incorrect username or password";
            let trouble = trouble.map(|trouble| format!("; {}", trouble.replace("HOST", host)));
            let what = format!("not found or no access: {host} gave no token for acme/app0 ({refused})");
            let Some(Answer::Denied(why)) = answers.by_question.values().next() else {
                panic!("{answers:?}")
            };
            assert_eq!(why.what, format!("{what}{}", trouble.unwrap_or_default()));
        }
        // A place behind it that has an entry serves, whatever became of the helper.
        let behind = LoginSource::Token {
            variable: "TEST",
            host: host.clone(),
            user: "alice".into(),
            token: Secret::new("wonder".into()),
        };
        let logins = [&settings.logins[..], &[behind]].concat();
        if helper != "good" && helper != "identity" {
            assert_honest(&ask(&twenty(host), &Ask { logins, ..settings }), 20);
        }
        let log = folder.join("log");
        let ran = std::fs::read_to_string(&log).unwrap_or_default();
        let times = match helper {
            "absent" => 0,
            "good" | "identity" => 1,
            _ => 2,
        };
        assert_eq!(ran, format!("get {host}\n").repeat(times), "once for each run: {helper}");
        let _ = std::fs::remove_file(log);
    }
}
