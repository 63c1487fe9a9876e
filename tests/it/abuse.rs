//! Texts made to take for ever, or to grow without end: each is read in a moment. `docs/robustness.md` lists
//! what else is thrown at kubepin; what takes long is in `bench/abuse.sh`.

mod determinism;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod machine;

use std::time::{Duration, Instant};

use kubepin::extract::{Role, extract};

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: nginx:1\n";

/// Far above what each takes, also beside much else that runs, and far below what it took when its cost grew with the square.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pod, pinned as the lying registry has it.
#[cfg(unix)]
fn pinned() -> String {
    POD.replace("nginx:1", &format!("nginx:1@{}", crate::lying::manifest("library/nginx", "1").1))
}

/// Number of image uses and of faults in a text.
fn read(text: &str) -> (usize, usize) {
    let begun = Instant::now();
    let extracted = extract(text, || Role::Manifest);
    assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
    (extracted.uses.len(), extracted.faults.len())
}

/// Eleven levels, each naming the one before ten times.
fn levels(line: impl Fn(usize, &str) -> String) -> String {
    (1..12).map(|level| line(level, &vec![format!("*a{}", level - 1); 10].join(", "))).collect()
}

#[test]
fn lists_of_aliases_of_lists() {
    let pod = "a0: &a0 {apiVersion: v1, kind: Pod, spec: {containers: [{image: 'nginx:1'}]}}\n";
    let lists = levels(|n, items| format!("a{n}: &a{n} {{apiVersion: v1, kind: List, items: [{items}]}}\n"));
    assert_eq!(read(&format!("apiVersion: v1\nkind: List\n{pod}{lists}items: [*a11]\n")), (1, 0));
}

#[test]
fn merges_of_merges() {
    let maps = levels(|n, maps| format!("  a{n}: &a{n} {{<<: [{maps}]}}\n"));
    let text =
        format!("apiVersion: v1\nkind: Pod\nspec:\n  a0: &a0 {{x: y}}\n{maps}  containers:\n  - <<: *a11\n");
    assert_eq!(read(&format!("{text}  - image: nginx:1\n")), (1, 0));
}

#[test]
fn aliases_that_hold_themselves() {
    let text = "apiVersion: v1\nkind: Pod\nspec: &s\n  containers: &c\n  - &d {<<: *d, image: a:1}\n  - *c\n  - *s\n";
    assert_eq!(read(text), (1, 0));
}

#[test]
fn one_line_of_many_objects() {
    let pod =
        |n| format!(r#"{{"apiVersion":"v1","kind":"Pod","spec":{{"containers":[{{"image":"a:{n}"}}]}}}}"#);
    let pods: Vec<String> = (0..10_000).map(pod).collect();
    let text = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, pods.join(","));
    assert_eq!(read(&text), (10_000, 0));
}

#[test]
fn one_line_of_many_actions() {
    read(&format!("image: \"{}\"", "{{x}}".repeat(100_000)));
}

#[test]
fn nesting_without_end() {
    assert_eq!(read(&format!("{POD}  x: {}", "[".repeat(100_000))), (0, 1));
    assert_eq!(read(&format!("{POD}  x:\n  {}", "- ".repeat(100_000))), (0, 1));
}
