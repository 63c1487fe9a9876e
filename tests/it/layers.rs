//! The layers of ARCHITECTURE.md: who may use whom, and which crate is known where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Modules from the lowest row to the highest. Within a row a module may use those before it.
const ROWS: [&[&str]; 5] = [
    &[
        "source",
        "reference",
        "answer",
        "platform",
        "content",
        "referrer",
        "finding",
        "secret",
        "settings",
        "exit",
    ],
    &["yaml", "image", "extract", "kustomize", "helm", "context", "krm", "policy", "rules", "plan", "proof"],
    &["discover", "git", "render", "scan", "registry", "resolve", "write", "baseline", "report"],
    &["pipeline", "config", "cli", "failure", "commands"],
    &["main"],
];

/// Crates that only these modules may name.
const CONFINED: [(&str, &[&str]); 21] = [
    ("anstream", &["cli", "commands"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli/generated"]),
    ("etcetera", &["cli"]),
    ("gotmpl", &["helm"]),
    ("granit_parser", &["yaml/events"]),
    ("http", &["registry/proxies"]),
    ("http_auth", &["registry"]),
    ("humantime", &["cli", "config", "resolve/lock"]),
    ("ignore", &["discover"]),
    ("indicatif", &["report/progress"]),
    ("miette", &["report/human"]),
    ("rayon", &["commands", "discover", "extract", "helm", "pipeline", "scan"]),
    ("regex", &["kustomize", "helm", "policy"]),
    ("reqwest", &["registry", "resolve/daemon"]),
    ("rustls", &["registry", "resolve/daemon"]),
    ("serde_yaml", &["krm", "policy", "resolve/builds"]),
    ("similar", &["report/diff"]),
    ("tokio", &["registry", "resolve"]),
    ("toml", &["commands/policy", "config", "extract/kinds", "resolve/lock"]),
];

/// Calls that reach outside of the process, and the modules that may.
const EFFECTS: [(&str, &[&str]); 5] = [
    ("std::fs", &["baseline", "config", "discover", "git", "render", "scan", "registry", "resolve", "write"]),
    ("std::env", &["cli", "commands"]),
    ("std::process", &["exit", "git", "main", "registry", "render", "write"]),
    ("std::io::stdout", &["cli", "commands"]),
    ("std::io::stdin", &["pipeline", "commands/krm", "commands/resolve"]),
];

/// The source of each module, without its tests, by path: `yaml/split`.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).into_iter().map(|entry| entry.expect("a readable source"));
    let rust = files.filter(|file| {
        file.path().extension().is_some_and(|e| e == "rs") && !file.path().ends_with("tests.rs")
    });
    let source = |file: walkdir::DirEntry| {
        let name = file.path().strip_prefix(&root).expect("below src").with_extension("");
        let text = std::fs::read_to_string(file.path()).expect("a source");
        let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default().to_owned();
        (name.to_string_lossy().replace('\\', "/"), code)
    };
    rust.map(source).filter(|(name, _)| name != "lib").collect()
}

/// The modules of this crate that a source names.
fn used(code: &str) -> BTreeSet<String> {
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let paths = code.split("crate::").skip(1).chain(code.split("kubepin::").skip(1));
    let mut used = BTreeSet::new();
    for rest in paths {
        let group = rest.strip_prefix('{').map_or(rest, |group| group.split('}').next().unwrap_or_default());
        let names = if rest.starts_with('{') { group.split(',').collect() } else { vec![rest] };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            used.insert(name);
        }
    }
    used
}

fn rank(module: &str) -> (usize, usize) {
    let place = ROWS
        .iter()
        .enumerate()
        .find_map(|(row, names)| Some((row, names.iter().position(|n| *n == module)?)));
    place.unwrap_or_else(|| panic!("`{module}` has no place in the layers"))
}

fn is_below(module: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| {
        module == *folder || module.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    })
}

#[test]
fn modules_use_only_what_is_below_or_to_their_left() {
    for (module, code) in sources() {
        let own = module.split('/').next().expect("a name");
        for other in used(&code).iter().filter(|other| *other != own) {
            assert!(rank(other) < rank(own), "`{module}` uses `{other}`, which is not below it");
        }
    }
}

#[test]
fn crates_and_effects_are_confined() {
    for (module, code) in sources() {
        for (name, allowed) in CONFINED.iter().chain(&EFFECTS) {
            let path = format!("{name}::");
            let mut lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let names = lines.any(|line| {
                let before = |at: usize| line[..at].chars().next_back();
                line.match_indices(&path)
                    .any(|(at, _)| !before(at).is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':'))
            });
            assert!(
                !names || is_below(&module, allowed),
                "`{module}` names `{name}`, which is confined to {allowed:?}"
            );
        }
    }
}

#[test]
fn files_stay_small() {
    for (module, code) in sources() {
        let lines = code.lines().count();
        assert!(lines <= 300, "`{module}` has {lines} lines: split it by subject");
    }
}
