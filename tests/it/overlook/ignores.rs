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
