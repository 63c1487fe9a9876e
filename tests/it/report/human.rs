//! The report for people, at any width, on any terminal.

use crate::sandbox::{Ran, Sandbox};

/// Runs a check with these variables.
fn check(text: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", text);
    let mut command = sandbox.command(&[&["check"], arguments].concat());
    Ran::of(command.envs(variables.iter().copied()).output().expect("kubepin runs"))
}

fn pod(containers: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{containers}")
}

#[test]
fn underlines_are_below_what_they_are_about() {
    let ran = check(
        &pod("  - {name: \"漢字e\u{301}🚀\",\timage: nginx:1.27} # 漢字\n"),
        &[("COLUMNS", "100")],
        &[],
    );
    let expected = "\
tag-without-digest

  × `nginx:1.27` has no digest: what runs is whatever the tag points to by then
   ╭─[pod.yaml:5:28]
 4 │   containers:
 5 │   - {name: \"漢字e\u{301}🚀\",   image: nginx:1.27} # 漢字
   ·                                ─────┬────
   ·                                     ╰── a tag can be moved to another image
   ╰────
  help: pin it: `kubepin check --fix` writes `nginx:1.27@sha256:…`

1 finding in 1 file (1 image in 1 file looked at).
See the change that pins 1 of them: kubepin check --diff
Make it:                               kubepin check --fix
";
    assert_eq!(ran.stdout, expected);
}

#[test]
fn lines_fit_the_terminal() {
    let long = "x".repeat(300);
    let text =
        pod(&format!("  - {{a: {long}, image: nginx:1.27, b: {long}}}\n  # {long}\n  - image: nginx:1.28\n"));
    for columns in ["60", "80", "200"] {
        let width: usize = columns.parse().expect("a number");
        let ran = check(&text, &[("COLUMNS", columns)], &[]);
        let source = |line: &&str| line.contains(" │ ") && !line.starts_with("  │");
        let shown: Vec<&str> = ran.stdout.lines().filter(source).collect();
        let widest = shown.iter().map(|line| line.chars().count()).max();
        assert!(
            shown.len() == 5 && widest.is_some_and(|widest| widest > width - 5 && widest <= width),
            "{}",
            ran.stdout
        );
        assert!(
            shown[1].contains("image: nginx:1.27, ") && shown[1].contains(" │ …") && shown[1].ends_with('…')
        );
    }
}

#[test]
fn a_megabyte_is_cut() {
    let image = format!("N{}", "a".repeat(1_000_000));
    let padding = "y".repeat(1_000_000);
    let text = format!(
        "apiVersion: v1\nkind: Pod\nspec: {{x: {padding}, containers: [{{image: {image}}}, {{image: nginx:1}}]}}\n"
    );
    for form in ["human", "concise", "github", "markdown", "junit"] {
        let ran = check(&text, &[], &["--format", form]);
        assert!(ran.stdout.len() < 6_000, "{form}: {}", ran.stdout.len());
        assert!(ran.stdout.contains("nginx:1"), "{form}: {}", ran.stdout);
    }
}

#[test]
fn a_terminal_that_knows_ascii_gets_ascii() {
    let text = pod("  - image: nginx:1.27\n");
    for variables in [[("TERM", "dumb")], [("LC_ALL", "C")], [("LANG", "de_DE.ISO-8859-1")]] {
        let ran = check(&text, &variables, &[]);
        assert!(ran.stdout.is_ascii() && ran.stdout.contains("sha256:...`"), "{}", ran.stdout);
    }
    for variables in [[("LANG", "C.UTF-8")], [("LC_CTYPE", "en_US.utf8")], [("LANG", "")]] {
        assert!(check(&text, &variables, &[]).stdout.contains('╰'));
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let text = pod("  - image: nginx:1.27\n");
    let colour = |variables: &[(&str, &str)], arguments: &[&str]| {
        let ran = check(&text, variables, &[&["pod.yaml", "missing"], arguments].concat());
        [ran.stdout, ran.stderr].map(|text| text.contains('\u{1b}'))
    };
    assert_eq!(colour(&[], &[]), [false; 2]);
    assert_eq!(colour(&[("CLICOLOR_FORCE", "1")], &[]), [true; 2]);
    assert_eq!(colour(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]), [false; 2]);
    assert_eq!(colour(&[("CLICOLOR_FORCE", "1")], &["--color=never"]), [false; 2]);
    assert_eq!(colour(&[], &["--color=always"]), [true; 2]);
}

#[test]
fn the_next_command_does_what_this_one_looked_at() {
    let next = |text: &str, arguments: &[&str]| {
        let ran = check(text, &[], arguments);
        let last = ran.stdout.lines().last().unwrap_or_default();
        last.rsplit("kubepin ").next().unwrap_or_default().to_owned()
    };
    let plain = pod("  - image: nginx:1.27\n");
    let same = "check --fix --hidden --no-inline-ignores '--exclude=x y/*' pod.yaml";
    assert_eq!(next(&plain, &["--hidden", "--no-inline-ignores", "--exclude", "x y/*", "pod.yaml"]), same);
    let shared = pod("  - image: &a redis:7\n    env: [{name: A, value: *a}]\n");
    assert_eq!(next(&shared, &[]), "check --diff --unsafe-fixes");
    assert_eq!(next(&pod("  - image: Nginx\n"), &[]), "explain malformed-reference");
}
