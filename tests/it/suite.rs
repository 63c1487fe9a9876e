//! The YAML test suite: every valid case is read, and stays as it is when an image beside it is pinned; and
//! YAML that Kubernetes takes and kubepin does not is refused in words, with its place.
//!
//! The cases are data in the package of a YAML crate that is compiled for nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use kubepin::extract::{FaultKind, Role, extract};
use kubepin::proof;
use kubepin::yaml;
use serde::Deserialize;
use serde_yaml::Value;

use crate::laws;

/// What makes a document of any block mapping a pod.
const POD: &str = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: \"nginx:1\"}]}\n";
/// Its image, as written.
const IMAGE: &str = "\"nginx:1\"";
/// What the image becomes.
const PINNED: &str = "nginx:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Case {
    id: String,
    text: String,
    valid: bool,
}

/// Where the crate is that has the cases.
fn folder() -> PathBuf {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        manifest_path: PathBuf,
    }
    // Packages for other machines need not be there.
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs").stdout;
    let version = String::from_utf8(version).expect("UTF-8");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let arguments = ["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let metadata: Metadata = serde_json::from_slice(&output.expect("cargo runs").stdout).expect("JSON");
    let package = metadata.packages.into_iter().find(|package| package.name == "yaml-rust2");
    package.expect("the crate").manifest_path.with_file_name("tests").join("yaml-test-suite/src")
}

fn cases() -> Vec<Case> {
    let files = walkdir::WalkDir::new(folder()).sort_by_file_name().into_iter().flatten();
    files.filter(|file| file.file_type().is_file()).flat_map(|file| of_file(file.path())).collect()
}

/// The cases of a file. What one does not state, it has from the one before, but for being broken. The suite
/// leaves some out itself.
fn of_file(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).expect("a file of cases");
    let written: Vec<BTreeMap<String, Value>> = serde_yaml::from_str(&text).expect("a list of cases");
    let name = path.file_stem().expect("a name").to_string_lossy();
    let (mut text, mut skipped, mut cases) = (String::new(), false, Vec::new());
    for (number, case) in written.iter().enumerate() {
        let says = |key: &str| case.get(key).and_then(Value::as_bool) == Some(true);
        if let Some(yaml) = case.get("yaml").and_then(Value::as_str) {
            text = without_marks(yaml);
        }
        skipped |= says("skip");
        if !skipped {
            cases.push(Case { id: format!("{name}/{number}"), text: text.clone(), valid: !says("fail") });
        }
    }
    cases
}

/// The text of a case as it is meant: the suite makes blanks, tabs and line ends visible.
fn without_marks(text: &str) -> String {
    let text = text.trim_end_matches('\n').strip_suffix('∎').map_or(text.to_owned(), str::to_owned);
    let text = text.replace('␣', " ").replace('—', "").replace('»', "\t").replace('↵', "");
    text.replace('←', "\r").replace('⇔', "\u{feff}")
}

/// Why a text is not read, if one of its documents is not.
fn refused(text: &str) -> Option<String> {
    let pieces = yaml::split(text).into_iter();
    pieces
        .map(|piece| yaml::parse(piece.span.slice(text), piece.span.start))
        .find_map(|read| Some(read.err()?.message))
}

#[test]
fn every_valid_case_is_read() {
    let cases = cases();
    assert!(cases.len() > 380, "only {} cases", cases.len());
    let refused = |case: &Case| Some(format!("{}: {}\n{}", case.id, refused(&case.text)?, case.text));
    let refused: Vec<String> = cases.iter().filter(|case| case.valid).filter_map(refused).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_case_that_is_read_by_lines_is_what_the_parser_reads() {
    let read = cases().iter().filter(|case| laws::lines_are_what_the_parser_reads(&case.text)).count();
    assert!(read > 20, "only {read} cases");
}

/// The text with the digest of one image, which is in it.
fn pinned(text: &str) -> Result<String, String> {
    let images = extract(text, || Role::Manifest).uses;
    let [image] = &images[..] else { return Err(format!("{} images in {text}", images.len())) };
    let edit = yaml::replace(text, &image.scalar, PINNED).map_err(|refusal| refusal.0)?;
    proof::proved(text, &[edit])
}

#[test]
fn every_valid_case_stays_beside_an_image() {
    let mut inside = 0;
    for case in cases().into_iter().filter(|case| case.valid) {
        let text = format!("{POD}---\n{}", case.text.trim_start_matches('\u{feff}'));
        let after = pinned(&text).unwrap_or_else(|why| panic!("{}: {why}", case.id));
        assert_eq!(after, text.replacen(IMAGE, &format!("\"{PINNED}\""), 1), "{}", case.id);
        assert_eq!(proof::proved(&text, &[]).as_deref(), Ok(&*text), "{}: no edit is no change", case.id);
        // The same in one document, where the case is a mapping that can go on.
        let text = format!("{}\n{POD}", case.text.trim_end_matches('\n'));
        if let Ok(after) = pinned(&text) {
            assert_eq!(after, text.replacen(IMAGE, &format!("\"{PINNED}\""), 1), "{}", case.id);
            inside += 1;
        }
    }
    assert!(inside > 60, "only {inside} cases are one document with a pod");
}

/// `suite/kubernetes.yaml`.
#[derive(Deserialize)]
struct Taken {
    /// What kubepin says of a case of the suite, by its name.
    cases: BTreeMap<String, String>,
    pods: Vec<Pod>,
}

#[derive(Deserialize)]
struct Pod {
    text: String,
    line: usize,
    says: String,
}

#[test]
fn what_only_kubernetes_takes_is_reported() {
    let taken: Taken = serde_yaml::from_str(include_str!("suite/kubernetes.yaml")).expect("the list");
    let cases: BTreeMap<String, Case> = cases().into_iter().map(|case| (case.id.clone(), case)).collect();
    for (id, says) in taken.cases {
        assert!(!cases[&id].valid, "{id} is no broken YAML: it has to be read");
        assert_eq!(refused(&cases[&id].text), Some(says), "{id}");
    }
    let deep = format!("x: {}{}", "[".repeat(1001), "]".repeat(1001));
    let deep = Pod { text: deep, line: 4, says: "recursion limit exceeded".to_owned() };
    for Pod { text, line, says } in taken.pods.into_iter().chain([deep]) {
        let extracted = extract(&format!("{POD}{text}\n---\n{POD}"), || Role::Manifest);
        let [fault] = &extracted.faults[..] else { panic!("{text}: {:?}", extracted.faults) };
        assert_eq!(
            (fault.kind, fault.start.line, &fault.message),
            (FaultKind::Manifest, line, &says),
            "{text}"
        );
        assert_eq!(extracted.uses.len(), 1, "the other document is read");
    }
}
