//! Tags that change beside digests: told by git and by the lock file, in every form, and mended by `update`.

use std::path::Path;

use crate::lying::{Lies, Registry, digest};
use crate::repository::{commit, git, repository};
use crate::sandbox::{Ran, Sandbox};

/// A pod that runs these images, all with one digest.
fn pod(images: &[&str]) -> String {
    let pin = format!("@{}", digest(b"a"));
    let containers = images.iter().map(|image| format!("    - image: {}\n", image.replace('@', &pin)));
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}", containers.collect::<String>())
}

/// The lines of the findings.
fn lines(ran: &Ran) -> Vec<String> {
    assert!(ran.status < 2, "{ran:?}");
    let found = ran.stdout.lines().filter(|line| line.contains("error[tag-changed-digest-kept]"));
    assert_eq!(found.clone().count(), ran.stdout.lines().count(), "{ran:?}");
    found.map(|line| line.split(": error").next().unwrap_or_default().to_owned()).collect()
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    lines(&sandbox.run(&[&["check", "--format", "concise"], arguments].concat()))
}

#[test]
fn every_form_is_told_and_mended_by_update() {
    let pin = digest(b"a");
    let values = format!(
        "image:\n  repository: web\n  tag: \"1\"\n  digest: {pin}\nsidecar: {{image: 'web:1@{pin}'}}\n"
    );
    let template = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}@{{ .Values.image.digest }}'\n  - image: '{{ .Values.sidecar.image }}'\n";
    let patch =
        format!("  patch: |-\n    - {{op: replace, path: /spec/containers/1/image, value: 'b:1@{pin}'}}\n");
    let sandbox = repository(&[
        ("pod.yaml", &pod(&["web:1@", "localhost:5000/web:1@ # 9", "web@ # 1", "other:1@"])),
        ("chart/Chart.yaml", "name: a\nversion: 1.0.0\n"),
        ("chart/values.yaml", &values),
        ("chart/templates/pod.yaml", template),
        ("kustomize/pod.yaml", &pod(&["a:0@", "b:0@"])),
        (
            "kustomize/kustomization.yaml",
            &format!(
                "resources: [pod.yaml]\nimages:\n- name: a\n  newTag: \"1\"\n  digest: {pin}\npatches:\n- target: {{kind: Pod}}\n{patch}"
            ),
        ),
    ]);
    assert_eq!(check(&sandbox, &[]), [""; 0]);
    for name in ["pod.yaml", "chart/values.yaml", "kustomize/kustomization.yaml"] {
        let text = String::from_utf8(sandbox.read(name)).expect("UTF-8").replace("other:1@", "other:0@");
        let text = text.replace(":1@", ":2@").replace("# 1", "# 2").replace("\"1\"", "\"2\"");
        sandbox.write(name, text.replace("other:0@", "other:1@"));
    }
    let places = [
        "chart/values.yaml:4:11",
        "chart/values.yaml:5:25",
        "kustomize/kustomization.yaml:5:11",
        "kustomize/kustomization.yaml:9:65",
        "pod.yaml:5:20",
        "pod.yaml:6:35",
        "pod.yaml:7:18",
    ];
    assert_eq!(check(&sandbox, &[]), places);
    let said = sandbox.run(&["check", "--format", "json", "pod.yaml"]).stdout;
    assert!(said.contains("`2` is stated with the digest of `1`, as the file was at `HEAD`"), "{said}");
    assert!(said.contains("`kubepin update pod.yaml` writes the digest that `2` has now"), "{said}");
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let ran = sandbox.run(&["update", "--unsafe-fixes", "--registry-mirror", &mirror]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(check(&sandbox, &[]), [""; 0]);
    let text = |name| String::from_utf8(sandbox.read(name)).expect("UTF-8");
    assert_eq!(text("chart/values.yaml").matches(&pin).count(), 0);
    assert_eq!(text("kustomize/kustomization.yaml").matches(&pin).count(), 0);
}

#[test]
fn what_the_file_knew_by_this_tag_is_fine() {
    let both = pod(&["web:1@", "web:1.4@"]);
    let sandbox =
        repository(&[("a.yaml", &both), ("b.yaml", &pod(&["web:1@"])), ("c.yaml", &pod(&["web:3@"]))]);
    sandbox.write("a.yaml", pod(&["web:1.4@", "web:1.4@", "docker.io/library/web:1@"]));
    sandbox.write("new.yaml", pod(&["web:5@"]));
    assert_eq!(check(&sandbox, &[]), [""; 0], "two tags of one image; a file that git does not know");
    sandbox.write("a.yaml", pod(&["web:1@", "index.docker.io/library/web:2@"]));
    assert_eq!(check(&sandbox, &[]), ["a.yaml:6:44"], "another name of the same repository");
    git(sandbox.path(), &["mv", "c.yaml", "moved.yaml"]);
    sandbox.write("moved.yaml", pod(&["web:4@"]));
    assert_eq!(check(&sandbox, &[]), ["a.yaml:6:44", "moved.yaml:5:20"], "a file that was renamed");
    let ignored = "# kubepin: ignore-file[tag-changed-digest-kept] the same\n";
    sandbox.write("a.yaml", format!("{ignored}{}", pod(&["web:2@"])));
    assert_eq!(check(&sandbox, &["a.yaml"]), [""; 0]);
    commit(&sandbox);
    assert_eq!(check(&sandbox, &["--strict"]), [""; 0], "an ignore of it is never unused");
    sandbox.write("a.yaml", pod(&["web:2@"]));
    assert_eq!(check(&sandbox, &["--diff-base", "HEAD~1"]), ["a.yaml:5:20", "moved.yaml:5:20"]);
}

#[test]
fn a_hook_stops_the_commit() {
    let sandbox = repository(&[("a.yaml", &pod(&["web:1@"]))]);
    let hook = format!("#!/bin/sh\nexec {} check --format concise a.yaml\n", env!("CARGO_BIN_EXE_kubepin"));
    let hook = sandbox.write(".git/hooks/pre-commit", hook);
    #[cfg(unix)]
    std::fs::set_permissions(hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a hook");
    sandbox.write("a.yaml", pod(&["web:2@"]));
    let commit = std::process::Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-a", "-m", "bump"])
        .current_dir(sandbox.path())
        .env("HOME", sandbox.path())
        .output();
    let commit = commit.expect("git runs");
    let said = String::from_utf8_lossy(&[commit.stdout, commit.stderr].concat()).into_owned();
    assert!(
        !commit.status.success() && said.contains("a.yaml:5:20: error[tag-changed-digest-kept]"),
        "{said}"
    );
}

/// What a lock file says of tags.
fn lock(tags: &[&str]) -> String {
    let entry = |tag: &&str| {
        format!(
            "\n[[image]]\nreference = \"docker.io/library/web:{tag}\"\ndigest = \"{}\"\nfirst-seen = \
             \"2026-01-31T12:00:00Z\"\nresolved-at = \"2026-01-31T12:00:00Z\"\n",
            digest(b"a")
        )
    };
    format!("version = 1\n{}", tags.iter().map(entry).collect::<String>())
}

#[test]
fn the_lock_file_goes_before_git() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.yaml", pod(&["web:2@", "web@"]));
    let ran = sandbox.run(&["check", "-v"]);
    let alone = "there is no git repository: whether tags were changed beside their digests is known from kubepin.lock alone";
    assert_eq!((ran.status, ran.stderr.contains(alone)), (0, true), "{ran:?}");
    sandbox.write("kubepin.lock", lock(&["0", "1"]));
    let ran = sandbox.run(&["check", "--format", "concise"]);
    assert_eq!(lines(&ran), ["a.yaml:5:20"]);
    assert!(ran.stdout.contains("the digest of `0`, `1`, as kubepin.lock knows it"), "{ran:?}");
    git(sandbox.path(), &["init", "-q"]);
    commit(&sandbox);
    assert_eq!(check(&sandbox, &[]), ["a.yaml:5:20"], "a commit makes it no better");
    sandbox.write("a.yaml", pod(&["web:1@"]));
    assert_eq!(check(&sandbox, &[]), [""; 0], "the digest is that of the tag");
    sandbox.write("kubepin.lock", "<<<<<<< ours\n");
    let ran = sandbox.run(&["check"]);
    assert!(
        ran.status == 2 && ran.stderr.contains("the lock file cannot be used: kubepin.lock:1:1"),
        "{ran:?}"
    );
}

/// A git that leaves a trace, in front of the one that is there.
#[cfg(unix)]
#[test]
fn git_is_run_only_where_a_digest_stands_beside_a_tag() {
    let sandbox = repository(&[("a.yaml", &pod(&["web:1", "web@"]))]);
    let (trace, elsewhere) = (sandbox.path().join("trace"), Sandbox::empty());
    let fake = elsewhere
        .write("git", format!("#!/bin/sh\necho \"$GIT_NO_LAZY_FETCH\" >> {}\nexit 1\n", trace.display()));
    std::fs::set_permissions(fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let path = elsewhere.path().to_string_lossy().into_owned();
    let run = |arguments: &[&str]| sandbox.run_with(&[("PATH", &path)], arguments);
    run(&["check"]);
    run(&["list"]);
    assert!(!trace.exists());
    sandbox.write("a.yaml", pod(&["web:1@"]));
    let ran = run(&["check", "-v"]);
    assert!(ran.status == 0 && ran.stderr.contains("note: git rev-parse: "), "{ran:?}");
    assert!(std::fs::read_to_string(&trace).expect("a trace").lines().all(|line| line == "1"));
    let ran = sandbox.run_with(&[("PATH", "/nowhere")], &["check", "-v"]);
    assert!(ran.status == 0 && ran.stderr.contains("note: git cannot be used: "), "{ran:?}");
}

#[test]
fn a_repository_elsewhere_is_asked_for_itself() {
    let sandbox = repository(&[("a.yaml", &pod(&["web:1@"]))]);
    sandbox.write("a.yaml", pod(&["web:2@"]));
    let name = Path::new(sandbox.path()).join("a.yaml");
    let ran = Sandbox::empty().run(&["check", "--format", "concise", &name.to_string_lossy()]);
    assert_eq!(lines(&ran), [format!("{}:5:20", name.display())]);
    let own = repository(&[("b.yaml", "")]);
    let mut command = own.command(&["check", "--format", "concise", &name.to_string_lossy()]);
    command.env("GIT_DIR", own.path().join(".git")).env("GIT_INDEX_FILE", own.path().join(".git/index"));
    let ran = Ran::of(command.output().expect("kubepin runs"));
    assert_eq!(lines(&ran), [format!("{}:5:20", name.display())], "as from a hook");
}
