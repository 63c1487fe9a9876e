//! Writing: a file is the old one or the new one, and only what was planned changes.

mod killed;

use crate::lying::{Lies, Registry};
use crate::sandbox::Sandbox;

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: nginx:1\n";

/// The pod, pinned as the lying registry has it.
fn pinned(pod: &str) -> String {
    let digest = crate::lying::manifest("library/nginx", "1").1;
    pod.replace("nginx:1", &format!("nginx:1@{digest}"))
}

fn fix(sandbox: &Sandbox, paths: &[&str]) -> crate::sandbox::Ran {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let arguments = ["check", "--fix", "--format", "concise", "--registry-mirror", &mirror];
    sandbox.run(&arguments.iter().chain(paths).copied().collect::<Vec<_>>())
}

#[test]
fn bytes_outside_of_images_stay() {
    let sandbox = Sandbox::empty();
    let forms = [
        ("crlf.yaml", POD.replace('\n', "\r\n")),
        ("bom.yaml", format!("\u{feff}{POD}")),
        ("no-final-newline.yaml", POD.trim_end().to_owned()),
        ("blanks.yaml", format!("{POD}\n\n   \n# end")),
    ];
    for (name, text) in &forms {
        sandbox.write(name, text);
    }
    assert_eq!(fix(&sandbox, &["."]).status, 0);
    for (name, text) in forms {
        assert_eq!(String::from_utf8(sandbox.read(name)).expect("UTF-8"), pinned(&text), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn mode_and_link_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::empty();
    let real = sandbox.write("real/pod.yaml", POD);
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    std::os::unix::fs::symlink("real/pod.yaml", sandbox.path().join("link.yaml")).expect("a link");
    assert_eq!(fix(&sandbox, &["link.yaml"]).status, 0);
    assert!(sandbox.path().join("link.yaml").is_symlink());
    assert_eq!(sandbox.read("real/pod.yaml"), pinned(POD).as_bytes());
    assert_eq!(std::fs::metadata(&real).expect("a file").permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_by_the_walk() {
    let sandbox = Sandbox::empty();
    sandbox.write("in/other.yaml", POD);
    sandbox.write("out/pod.yaml", POD);
    std::os::unix::fs::symlink("../out", sandbox.path().join("in/linked")).expect("a link");
    std::os::unix::fs::symlink("..", sandbox.path().join("in/loop")).expect("a link");
    assert_eq!(fix(&sandbox, &["in"]).status, 0);
    assert_eq!(sandbox.read("out/pod.yaml"), POD.as_bytes());
    assert_eq!(sandbox.read("in/other.yaml"), pinned(POD).as_bytes());
}

#[test]
fn a_read_only_file_stays_whole() {
    let sandbox = Sandbox::empty();
    let path = sandbox.write("pod.yaml", POD);
    sandbox.write("other.yaml", POD);
    let mut permissions = std::fs::metadata(&path).expect("a file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("read-only");
    let ran = fix(&sandbox, &["."]);
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.stderr,
        "error: pod.yaml: not written, the old file is whole: the file is read-only\n  \
         hint: make the file and its folder writable\n"
    );
    assert_eq!(
        ran.stdout,
        "pod.yaml:6:14: error[tag-without-digest] `nginx:1` has no digest: what runs is whatever the tag \
         points to by then (--fix leaves it: the file could not be written)\n"
    );
    assert_eq!(sandbox.read("pod.yaml"), POD.as_bytes());
    assert_eq!(sandbox.read("other.yaml"), pinned(POD).as_bytes());
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Runs kubepin under permissions: root may read and write anything, so that root runs it as nobody.
#[cfg(unix)]
fn run_without_rights(sandbox: &Sandbox, arguments: &[&str]) -> (Option<i32>, String, String) {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    let program = sandbox.path().join("kubepin");
    std::fs::copy(env!("CARGO_BIN_EXE_kubepin"), &program).expect("a copy that nobody may run");
    set_mode(sandbox.path(), 0o755);
    let mut command = std::process::Command::new(program);
    command.args(arguments).current_dir(sandbox.path()).env_clear();
    if std::fs::metadata(sandbox.path()).expect("a folder").uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    // A test beside this one may hold the copy open for the moment in which it starts a process.
    let output = loop {
        match command.output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
            output => break output.expect("kubepin runs"),
        }
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[cfg(unix)]
#[test]
fn a_file_in_a_read_only_folder_stays_whole() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    let pod = sandbox.write("folder/pod.yaml", POD);
    set_mode(&pod, 0o666);
    set_mode(&sandbox.path().join("folder"), 0o555);
    let arguments = ["check", "--fix", "--format", "concise", "--registry-mirror", &mirror, "folder"];
    let (status, _, stderr) = run_without_rights(&sandbox, &arguments);
    set_mode(&sandbox.path().join("folder"), 0o755);
    assert_eq!(status, Some(2));
    assert_eq!(
        stderr,
        "error: folder/pod.yaml: not written, the old file is whole: no temp file can be made beside it: \
         permission denied\n  hint: make the file and its folder writable\n"
    );
    assert_eq!(sandbox.read("folder/pod.yaml"), POD.as_bytes());
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_checked() {
    let sandbox = Sandbox::empty();
    set_mode(&sandbox.write("deploy/secret.yaml", POD), 0o000);
    sandbox.write("deploy/locked/pod.yaml", POD);
    set_mode(&sandbox.path().join("deploy/locked"), 0o000);
    set_mode(&sandbox.write("deploy/pod.yaml", POD), 0o644);
    let (status, stdout, stderr) = run_without_rights(&sandbox, &["check", "--format", "concise", "deploy"]);
    set_mode(&sandbox.path().join("deploy/locked"), 0o755);
    assert_eq!(status, Some(2));
    assert_eq!(
        stderr,
        "error: deploy/locked: permission denied\n\
         error: deploy/secret.yaml: cannot be read: permission denied\n"
    );
    assert!(stdout.starts_with("deploy/pod.yaml:6:14: error[tag-without-digest] "), "{stdout}");
    assert_eq!(stdout.lines().count(), 1);
}

#[test]
fn a_file_that_changed_underneath_is_left_alone() {
    use kubepin::source::Fingerprint;
    use kubepin::write::{WriteError, replace};
    let sandbox = Sandbox::empty();
    let path = sandbox.write("pod.yaml", POD);
    let read = Fingerprint::of(b"something else");
    assert!(matches!(replace(&path, read, "new"), Err(WriteError::Changed)));
    assert_eq!(sandbox.read("pod.yaml"), POD.as_bytes());
    assert_eq!(sandbox.files().len(), 1, "no temp file is left");
    replace(&path, Fingerprint::of(POD.as_bytes()), "new").expect("the file is what was read");
    assert_eq!(sandbox.read("pod.yaml"), b"new");
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", POD);
    sandbox.write(".kubepin-123-abcdefgh.tmp", "half a file");
    let held = sandbox.write(".kubepin-456-abcdefgh.tmp", "owned by a run that goes on");
    let owner = std::fs::File::open(&held).expect("a file");
    owner.lock().expect("a lock");
    assert_eq!(fix(&sandbox, &["."]).status, 0);
    let left: Vec<String> = sandbox.files().into_keys().collect();
    assert_eq!(left, [".kubepin-456-abcdefgh.tmp", "pod.yaml"]);
}

#[test]
fn standard_input_goes_by_the_name_it_is_given() {
    let sandbox = Sandbox::empty();
    sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: demo\n");
    let arguments = ["check", "--format", "concise", "--stdin-filename"];
    let message =
        "error[tag-without-digest] `nginx:1` has no digest: what runs is whatever the tag points to by then";
    let ran = sandbox.filter(&[&arguments[..], &["deploy/pod.yaml", "-"]].concat(), POD);
    assert_eq!((ran.status, ran.stdout), (1, format!("deploy/pod.yaml:6:14: {message}\n")));
    let template = format!("{{{{ if .x }}}}\n{POD}{{{{ end }}}}\n");
    let ran = sandbox.filter(&[&arguments[..], &["chart/templates/pod.yaml", "-"]].concat(), &template);
    assert_eq!((ran.status, ran.stdout), (1, format!("chart/templates/pod.yaml:7:14: {message}\n")));
}

#[test]
fn a_filter_gives_all_or_nothing() {
    let registry = Registry::start(Lies { missing: "absent", ..Lies::default() });
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    let arguments = ["check", "--fix", "--registry-mirror", &mirror, "-"];
    let ran = sandbox.filter(&arguments, POD);
    assert_eq!((ran.status, ran.stdout), (0, pinned(POD)));
    let latin = b"# \xfc\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx:1}]}\n";
    let ran = sandbox.filter(&arguments, latin);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "what is not text is not passed on");
    let half = format!("{POD}    - name: b\n      image: nginx:absent\n");
    let ran = sandbox.filter(&arguments, &half);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    let said = "error: <stdin>: nothing is passed on: not every image in it got a digest\n  \
                hint: --allow-unresolved passes such images through as they are\n";
    assert!(ran.stderr.ends_with(said) && !ran.stderr.contains(" fixed in "), "{}", ran.stderr);
    let passed = ["check", "--fix", "--allow-unresolved", "--registry-mirror", &mirror, "-"];
    let ran = sandbox.filter(&passed, &half);
    assert_eq!((ran.status, ran.stdout), (0, pinned(&half)));
}
