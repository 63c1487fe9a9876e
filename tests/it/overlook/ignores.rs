//! Ignores: what is ignored is not asked, not written and not counted, but told.

use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: nginx:1";

fn fix(sandbox: &Sandbox, registry: &Registry, arguments: &[&str]) -> Ran {
    let mirror = format!("*={}", registry.host);
    sandbox.run(&[&["check", "--fix", "--registry-mirror", &mirror], arguments].concat())
}

#[test]
fn nobody_is_asked_about_what_is_ignored() {
    let ignored = format!("{POD} # kubepin: ignore[tag-without-digest] the demo follows its tag\r\n");
    let (sandbox, registry) = (Sandbox::empty(), Registry::start(Lies::default()));
    sandbox.write("pod.yaml", &ignored);
    let ran = fix(&sandbox, &registry, &["-v"]);
    assert_eq!((ran.status, registry.lines()), (0, vec![]), "{ran:?}");
    assert_eq!(sandbox.read("pod.yaml"), ignored.as_bytes());
    assert!(ran.stdout.contains("1 finding ignored"), "{ran:?}");
    let told = "note: pod.yaml:6:14: tag-without-digest is ignored here: the demo follows its tag\n";
    assert_eq!(ran.stderr, told);
}

#[test]
fn inline_ignores_can_be_turned_off_together_with_their_rules() {
    let sandbox = Sandbox::empty();
    let both = "# kubepin: ignore[tag-without-digest, untagged] a demo";
    sandbox.write("pod.yaml", format!("{POD} {both}\n# kubepin: ignore\n"));
    let rules = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["check", "--format", "concise"], arguments].concat());
        let rule = |line: &str| line.split(['[', ']']).nth(1).map(str::to_owned);
        ran.stdout.lines().filter_map(rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&[]), ["unused-ignore", "ignore-without-reason"]);
    assert_eq!(rules(&["--no-inline-ignores"]), ["tag-without-digest"]);
}

#[test]
fn what_is_asked_for_although_it_is_missing_may_be_ignored() {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", format!("{POD} # kubepin: ignore[unresolvable] comes later\n"));
    let offline = sandbox.run(&["check", "--format", "concise"]);
    assert!(
        offline.stdout.contains("[tag-without-digest]") && !offline.stdout.contains("unused"),
        "{offline:?}"
    );
    let registry = Registry::start(Lies { missing: "1", ..Lies::default() });
    let ran = fix(&sandbox, &registry, &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(registry.lines(), ["HEAD /v2/library/nginx/manifests/1"]);
}

#[test]
fn what_an_ignore_may_be_meant_for_that_is_written_wrong_is_left_alone() {
    let registry = Registry::start(Lies::default());
    for (comment, held) in [
        ("ignore[tag-without-digests] the demo follows its tag", true),
        ("ignore[latest-tag, nonsense] the demo follows its tag", true),
        ("ignore[tag-without-digest, until=tomorrow] the demo follows its tag", true),
        ("ignore[tag-without-digest]", true),
        ("ignore the demo follows its tag", true),
        ("ignore-line[tag-without-digest] the demo follows its tag", true),
        ("ignore-file[tag-without-digest] the demo follows its tag", true),
        ("ignore[latest-tag]", false),
        ("ignore[latest-tag] the demo follows its tag", false),
        ("ignore[tag-without-digest, until=2020-01-01] the demo follows its tag", false),
    ] {
        let sandbox = Sandbox::empty();
        let text = format!("{POD} # kubepin: {comment}\n    - image: redis:7\n");
        sandbox.write("pod.yaml", &text);
        let ran = fix(&sandbox, &registry, &[]);
        let now = String::from_utf8(sandbox.read("pod.yaml")).expect("UTF-8");
        assert_eq!(now.contains("nginx:1 "), held, "{comment}: {now}");
        let whole_file = comment.starts_with("ignore-file");
        assert_eq!(now.contains("redis:7@sha256:"), !whole_file, "{comment}: {now}");
        let told = "line 6 has an ignore that is written wrong and may be about it: mend it, or take it out";
        let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ");
        assert_eq!((said.contains(told), ran.status), (held, i32::from(held)), "{comment}: {ran:?}");
        let all = fix(&sandbox, &registry, &["--no-inline-ignores"]);
        assert_eq!(all.status, 0, "{comment}: {all:?}");
    }
}
