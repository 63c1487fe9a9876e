//! GitHub: annotations that no text of a file breaks out of, and the summary of the step.

use super::PODS;
use crate::sandbox::Sandbox;

#[test]
fn annotations_are_named_from_the_root_and_escaped() {
    let sandbox = Sandbox::empty();
    std::fs::create_dir(sandbox.path().join(".git")).expect("a folder");
    sandbox.write("a,b/po:d%.yaml", PODS);
    let mut command = sandbox.command(&["check", "--format", "github", ".", "mis\nsing"]);
    let ran =
        crate::sandbox::Ran::of(command.current_dir(sandbox.path().join("a,b")).output().expect("runs"));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!((ran.status, lines.len()), (2, 3), "{}", ran.stdout);
    let begin = "::error title=kubepin tag-without-digest,file=a%2Cb/po%3Ad%25.yaml,line=6,endLine=6,col=27,endColumn=39::a,b/po:d%25.yaml:6:27: `nginx:1.27` has no digest: ";
    assert!(lines[0].starts_with(begin), "{}", lines[0]);
    assert!(lines[0].contains("%0Apin it: "), "{}", lines[0]);
    assert!(lines[2].starts_with("::error title=kubepin,file=a%2Cb/mis"), "{}", lines[2]);
}

#[cfg(unix)]
#[test]
fn a_step_gets_a_summary() {
    let sandbox = Sandbox::empty();
    let odd = "  containers:\n    - {name: x, image: 'a|b`*[x](y)'}\n";
    sandbox.write("pod.yaml", PODS.replace("  containers:\n", odd));
    sandbox.write("summary", "before\n");
    let path = sandbox.path().join("summary");
    let variables = [("GITHUB_STEP_SUMMARY", path.to_str().expect("UTF-8"))];
    sandbox.run_with(&variables, &["check", "--format", "concise"]);
    assert_eq!(sandbox.read("summary"), b"before\n");
    let ran = sandbox.run_with(&variables, &["check", "--format", "github"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let summary = String::from_utf8(sandbox.read("summary")).expect("UTF-8");
    let row = "| <code>nginx:1.27</code> | <code>pod.yaml:7</code> | – | tag-without-digest: a tag can be moved to another image |\n";
    assert!(
        summary.starts_with("before\n### kubepin\n\n3 findings (5 images in 1 file looked at).\n"),
        "{summary}"
    );
    assert!(summary.contains(row), "{summary}");
    assert!(summary.contains("| <code>a&#124;b&#96;&#42;&#91;x&#93;(y)</code> |"), "{summary}");
    let variables = [("GITHUB_STEP_SUMMARY", "/no/such/file")];
    let ran = sandbox.run_with(&variables, &["check", "--format", "github"]);
    assert!(
        ran.status == 2 && ran.stderr.contains("the summary of the step is not written"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_summary_has_room_for_a_megabyte() {
    let sandbox = Sandbox::empty();
    let image = |n| format!("  - image: registry.example.com/team/image-{n}:1.27\n");
    let images: Vec<String> = (0..12_000).map(image).collect();
    sandbox
        .write("pod.yaml", format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}", images.concat()));
    let ran = sandbox.run(&["check", "--format", "markdown"]);
    let rows = ran.stdout.lines().filter(|line| line.starts_with("| <code>")).count();
    assert!(ran.stdout.len() < 1 << 20 && rows > 5_000, "{rows}");
    let rest = format!(
        "\n{} more findings not shown: there is no room for them here. `kubepin check` names all.\n",
        12_000 - rows
    );
    assert!(ran.stdout.ends_with(&rest), "{}", &ran.stdout[ran.stdout.len() - 200..]);
}
