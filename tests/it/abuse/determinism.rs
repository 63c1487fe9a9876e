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

#[test]
fn pieces_of_a_large_file_are_read_as_those_of_small_ones() {
    const DOCUMENTS: usize = 4000;
    const LINES: usize = 4;
    let document = |number: usize| {
        let (broken, ignored) = (number.is_multiple_of(7), number.is_multiple_of(5));
        let tail = if broken { "" } else { "}]}" };
        let comment = if ignored { " # kubepin: ignore[tag-without-digest] a test" } else { "" };
        let padding = "x".repeat(300);
        format!(
            "--- # {padding}\napiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: 'a:{number}'{tail}{comment}\n"
        )
    };
    let sandbox = Sandbox::empty();
    let texts: Vec<String> = (0..DOCUMENTS).map(document).collect();
    assert!(sandbox.write("large.yaml", texts.concat()).metadata().expect("a file").len() > 1 << 20);
    let check = |file: &str, threads: &str| {
        let ran = sandbox.run(&["check", "--format", "concise", "--threads", threads, file]);
        assert_eq!(ran.status, 1, "{ran:?}");
        ran.stdout
    };
    let large = check("large.yaml", "1");
    assert_eq!(check("large.yaml", "8"), large);
    let mut small = String::new();
    for (number, texts) in texts.chunks(DOCUMENTS / 4).enumerate() {
        let name = sandbox.write("small.yaml", texts.concat());
        assert!(name.metadata().expect("a file").len() < 1 << 20);
        for line in check("small.yaml", "1").lines() {
            let (at, said) =
                line.strip_prefix("small.yaml:").and_then(|line| line.split_once(':')).expect(line);
            let at: usize = at.parse().expect("a line");
            let at = at + number * LINES * DOCUMENTS / 4;
            small.extend(["large.yaml:", &at.to_string(), ":", said, "\n"]);
        }
    }
    assert_eq!(large, small);
}
