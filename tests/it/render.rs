//! `--render`: charts rendered by the helm of this machine, where there is one, and by programs that only
//! call themselves so.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

const SKIPPED: &str = "skipped: there is no helm on the PATH to render with";

/// The chart `web` with the chart `lib` as an archive in it; `None` where there is no helm.
fn web() -> Option<Sandbox> {
    if Command::new("helm").arg("version").output().is_err() {
        return None;
    }
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/render");
    let sandbox = Sandbox::copy_of(&cases.join("input"));
    let to = sandbox.path().join("web/charts");
    let mut package = Command::new("helm");
    package.arg("package").arg(cases.join("lib")).arg("--destination").arg(to);
    let ran = package.env("HOME", sandbox.path()).output().expect("helm runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(sandbox)
}

/// A program called `helm`, in a folder that is the whole `PATH` of the run.
fn with_helm(script: &str) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::empty();
    sandbox.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    sandbox.write("c/values.yaml", "image: {repository: nginx, tag: '1', digest: ''}\n");
    sandbox.write("c/templates/x.yaml", "image: {{ .Values.image.repository }}\n");
    let helm = sandbox.write("bin/helm", format!("#!/bin/sh\n{script}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&helm, std::fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let bin = helm.parent().expect("a folder").to_owned();
    (sandbox, bin)
}

fn run_with(script: &str, arguments: &[&str]) -> Ran {
    let (sandbox, bin) = with_helm(script);
    let mut command = sandbox.command(arguments);
    Ran::of(command.env("PATH", bin).output().expect("kubepin runs"))
}

fn lines(ran: &Ran) -> Vec<&str> {
    let place = |line: &'_ str| line.split(" (--fix").next().unwrap_or_default().len();
    ran.stdout.lines().map(|line| &line[..place(line)]).collect()
}

#[test]
fn every_image_that_comes_out_is_judged_where_it_is_made() {
    let Some(sandbox) = web() else {
        println!("{SKIPPED}");
        return;
    };
    let ran = sandbox.run(&["check", "--render", "--format", "concise", "web"]);
    let has_no_digest = "has no digest: what runs is whatever the tag points to by then";
    let expected = [
        format!("web/Chart.yaml:1:1: error[tag-without-digest] `postgres:16` {has_no_digest} (built by `web`)"),
        format!("web/templates/_helpers.tpl:3:10: error[tag-without-digest] `alpine:3.19` {has_no_digest}"),
        "web/templates/pod.yaml:1:1: error[untagged] `busybox` has no tag and no digest: it runs whatever was pushed last (built by `web`)".to_owned(),
        format!("web/templates/pod.yaml:8:14: error[tag-without-digest] `quay.io/acme/odd:3` {has_no_digest} (built by `web`)"),
        format!("web/templates/pod.yaml:12:14: error[tag-without-digest] `redis:7` {has_no_digest}"),
        format!("web/values.yaml:1:33: error[tag-without-digest] `nginx:1.27` {has_no_digest} (built by `web`)"),
        format!("web/values.yaml:7:39: error[tag-without-digest] `acme/side:1` {has_no_digest} (built by `web`)"),
    ];
    assert_eq!(lines(&ran), expected);
    assert_eq!((ran.stderr.as_str(), ran.status), ("", 1));
}

#[test]
fn a_fix_is_what_helm_renders_with_digests() {
    let Some(sandbox) = web() else {
        println!("{SKIPPED}");
        return;
    };
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let digest = regex::Regex::new("@sha256:[0-9a-f]{64}").expect("a pattern");
    let render = || {
        let ran = Command::new("helm").args(["template", "web"]).current_dir(sandbox.path()).output();
        String::from_utf8(ran.expect("helm runs").stdout).expect("UTF-8")
    };
    let before = render();
    let fix = ["check", "--render", "--fix", "--unsafe-fixes", "--registry-mirror", &mirror, "web"];
    let ran = sandbox.run(&fix);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let after = render();
    assert_eq!(digest.find_iter(&after).count(), 3, "{after}");
    assert_eq!(digest.replace_all(&after, ""), before);
    let again = sandbox.files();
    sandbox.run(&fix);
    assert_eq!(sandbox.files(), again);
}

#[test]
fn values_that_are_laid_over_others_count() {
    let Some(sandbox) = web() else {
        println!("{SKIPPED}");
        return;
    };
    let check = |more: &[&str]| {
        let ran = sandbox.run(&[&["check", "--render", "--format", "concise"], more].concat());
        ran.stdout.lines().filter(|line| line.contains("values.yaml:1:")).collect::<String>()
    };
    assert!(check(&["-f", "prod.yaml", "web"]).contains("`nginx:1.28` has no digest"));
    assert!(check(&["-f", "prod.yaml", "--set", "image.tag=9", "web"]).contains("`nginx:9` has no digest"));
    // The digest of 1.28 is not written where 1.27 is stated.
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let said = check(&["-f", "prod.yaml", "--diff", "--registry-mirror", &mirror, "web"]);
    assert!(said.is_empty(), "{said}");
    let diff =
        sandbox.run(&["check", "--render", "-f", "prod.yaml", "--diff", "--registry-mirror", &mirror, "web"]);
    assert!(!diff.stdout.contains("values.yaml"), "{}", diff.stdout);
    assert!(diff.stderr.contains("without the values that are laid over it"), "{}", diff.stderr);
}

#[test]
fn what_helm_cannot_do_is_said() {
    let failing = "[ $1 = version ] && echo v3.16.4 && exit\necho 'Error: no such thing' >&2; exit 1";
    let hanging = "[ $1 = version ] && echo v4.0.0 && exit\nexec /bin/sleep 20";
    let cases: [(&str, &[&str], &str); 5] = [
        ("echo v2.17.0", &[], "--render needs Helm 3 or 4, and this helm says `v2.17.0`"),
        ("exit 1", &[], "--render needs helm: helm failed"),
        (
            failing,
            &[],
            "the chart is not rendered, so what becomes of its images is unknown: helm says: Error: no such thing",
        ),
        (hanging, &["--render-timeout", "1"], "helm gave no answer within 1s"),
        (
            "echo v3.1.0",
            &["--set", "a=b", "bin"],
            "--values and --set are for one chart, and in these paths there is: none",
        ),
    ];
    for (script, more, expected) in cases {
        let ran = run_with(script, &[&["check", "--render"], more].concat());
        assert!(ran.stderr.contains(expected), "{expected}:\n{}", ran.stderr);
        assert_eq!(ran.status, 2, "{expected}");
    }
}

#[test]
fn without_helm_it_says_so_and_checks_the_rest() {
    let (sandbox, _) = with_helm("");
    let empty = sandbox.path().join("c");
    let ran =
        Ran::of(sandbox.command(&["check", "--render"]).env("PATH", empty).output().expect("kubepin runs"));
    assert!(ran.stderr.contains("error: --render needs helm: there is none on the PATH"), "{}", ran.stderr);
    assert!(ran.stdout.contains("`nginx:1` has no digest"), "{}", ran.stdout);
    assert_eq!(ran.status, 2);
}

#[test]
fn no_fix_is_written_where_helm_renders_something_else_with_it() {
    // A helm that takes the digest that forms are tried with, and errs with the registry's.
    let script = |otherwise: &str| {
        format!(
            "[ $1 = version ] && echo v3.16.4 && exit\n\
             image=nginx:1; more=\n\
             /bin/grep -q marked $5 && image=marked-by-kubepin-0-x:1\n\
             digest=$(/bin/grep -o 'sha256:[0-9a-f]*' $5) && image=nginx:1@$digest\n\
             case \"$digest\" in ''|sha256:5f1d7a84db*) ;; *) {otherwise} ;; esac\n\
             echo '---'; echo '# Source: c/templates/x.yaml'; echo 'apiVersion: v1'; echo 'kind: Pod'\n\
             echo \"spec: {{containers: [{{image: '$image'}}]}}$more\""
        )
    };
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    for (otherwise, expected) in [
        (
            "image=nginx:1",
            "the chart `c` with values.yaml would come out wrong: with a digest it comes out as `nginx:1`",
        ),
        (
            "more=' # more'",
            "the chart `c` with values.yaml would come out wrong: the digest gets into another line, too",
        ),
        ("exit 1", "the chart `c` with values.yaml would come out wrong: with a digest"),
    ] {
        let (sandbox, bin) = with_helm(&script(otherwise));
        let before = sandbox.files();
        let fix = ["check", "--render", "--fix", "--registry-mirror", &mirror, "c/values.yaml"];
        let ran = Ran::of(sandbox.command(&fix).env("PATH", &bin).output().expect("kubepin runs"));
        let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(expected), "{}{}", ran.stdout, ran.stderr);
        assert_eq!((sandbox.files(), ran.status), (before, 1));
    }
    let (sandbox, bin) = with_helm(&script(""));
    let fix = ["check", "--render", "--fix", "--registry-mirror", &mirror, "c/values.yaml"];
    let ran = Ran::of(sandbox.command(&fix).env("PATH", &bin).output().expect("kubepin runs"));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
}
