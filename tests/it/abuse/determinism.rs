//! What is printed depends on nothing but what is read: not on threads, not on chance.

use std::path::Path;

use crate::sandbox::Sandbox;

#[test]
fn the_same_bytes_come_out_for_any_number_of_threads() {
    // Builds, which remember the most. `bench/determinism.sh` does the same over any folder, many times.
    let fixtures = Sandbox::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize"));
    let formats = ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown"];
    let forms = formats
        .map(|format| vec!["check", "--format", format])
        .into_iter()
        .chain([vec!["list", "--effective"], vec!["check", "--diff", "--offline"]]);
    for form in forms {
        let of = |threads: &str| fixtures.run(&[&form[..], &["--threads", threads, "."]].concat());
        let first = of("1");
        assert!(first.stdout.len() + first.stderr.len() > 1000, "{form:?}: {first:?}");
        for threads in ["8", "2"] {
            assert_eq!(of(threads), first, "{form:?} with {threads} threads");
        }
    }
}
