//! Documentation that cannot fall behind: rule pages, README, hooks.

mod calls;
mod commands;
#[cfg(unix)]
mod tour;

use std::path::Path;

use kubepin::answer::{Answer, Reason};
use kubepin::extract::{Role, extract};
use kubepin::resolve::lock;
use kubepin::rules::{self, Check, RULES};

use crate::lying::stock::shelf;
use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

const HEADINGS: [&str; 5] =
    ["## What it finds", "## Why it matters", "## Example", "## How to fix it", "## When to ignore it"];

fn root_file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

/// The YAML behind `Fires:` or `Passes:`.
fn example<'p>(page: &'p str, label: &str) -> &'p str {
    let behind = page.split_once(&format!("{label}:\n\n```yaml\n")).expect("a labelled example").1;
    behind.split_once("```").expect("an end of the example").0
}

/// The first block of a page in a language.
fn fenced<'p>(page: &'p str, language: &str) -> &'p str {
    let behind = page.split_once(&format!("```{language}\n")).expect("a block").1;
    behind.split_once("```").expect("an end of the block").0
}

/// The rules that fire on an example. One of several files names each in the first line of its document.
fn fired(text: &str, rule: &rules::Rule) -> Vec<String> {
    if text.starts_with("# ") {
        return fired_on_files(text);
    }
    let part = if rule.id == "template-not-read" { Role::ChartTemplate } else { Role::Manifest };
    let extracted = extract(text, || part);
    if matches!(rule.check, Check::Pin(_)) {
        return fired_on_pins(text, rule);
    }
    let findings = rules::judge(0, &extracted);
    let missing = Answer::Missing(Reason { what: "gone".into(), hint: None });
    let answered = |finding: &kubepin::finding::Finding| {
        let image = finding.image.map(|number| &extracted.uses[number])?;
        rules::judge_answer(finding, image, &image.stated, &missing).map(|finding| finding.rule)
    };
    let needs_answer = matches!(rule.check, Check::Answer(_));
    findings.iter().map(|f| answered(f).filter(|_| needs_answer).unwrap_or(f.rule).to_owned()).collect()
}

fn fired_on_files(text: &str) -> Vec<String> {
    let sandbox = Sandbox::empty();
    for file in text.split("---\n") {
        let (name, content) = file.split_once('\n').expect("a name");
        sandbox.write(name.trim_start_matches("# "), content);
    }
    of_report(&sandbox.run(&["check", "--format", "json"]))
}

fn of_report(ran: &Ran) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
}

/// The rules that fire on pins of images that a registry has.
fn fired_on_pins(text: &str, rule: &rules::Rule) -> Vec<String> {
    let registry = Registry::start(Lies { stock: shelf(), ..Lies::default() });
    let sandbox = Sandbox::empty();
    sandbox.write("web.yaml", text);
    sandbox.write("kubepin.lock", LOCK.replace("NOW", &lock::now()));
    let mirror = format!("*={}", registry.host);
    let demand: &[&str] = match rule.id {
        "missing-referrer" => {
            sandbox.write("kubepin.toml", fenced(rule.page, "toml"));
            &[]
        }
        "missing-platform" => &["--require-platform", "linux/arm64"],
        "too-recent" => &["--cooldown", "3d"],
        _ => &[],
    };
    let arguments = [&["verify", "--format", "json", "--registry-mirror", &mirror], demand].concat();
    of_report(&sandbox.run(&arguments))
}

/// What is known of both releases: the newer one was first seen just now.
const LOCK: &str = r#"version = 1

[[image]]
reference = "registry.example.com/web:1.4.1"
digest = "sha256:9c743b29cbd135083cc41f263943132c75f7dbdc4645b258d0bfa4af506bc374"
first-seen = "2026-01-31T12:00:00Z"
resolved-at = "2026-01-31T12:00:00Z"

[[image]]
reference = "registry.example.com/web:1.4.2"
digest = "sha256:badc6ba225943e3ca282383aaa90232bf6d7460ad151497fb043bd4dae0afcf7"
first-seen = "NOW"
resolved-at = "NOW"
"#;

#[test]
fn every_rule_has_a_page_whose_examples_hold() {
    for rule in RULES {
        let page = rule.page;
        assert!(page.starts_with(&format!("# {}\n", rule.id)), "{}: the page begins with its name", rule.id);
        let found: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(found, HEADINGS, "{}", rule.id);
        assert!(page.contains(&format!("| Severity | {} |", rule.severity.as_str())), "{}", rule.id);
        assert_eq!(fired(example(page, "Fires"), rule), [rule.id], "{}", rule.id);
        if !matches!(rule.check, Check::Answer(_)) {
            assert_eq!(fired(example(page, "Passes"), rule), [""; 0], "{}", rule.id);
        }
    }
}

#[test]
fn the_readme_lists_exactly_the_rules() {
    let readme = root_file("README.md");
    let listed: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| [`")?.split_once("`](docs/rules/"))
        .map(|(id, _)| id)
        .collect();
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    assert_eq!(listed, ids);
}

#[test]
fn every_rule_has_a_fixture() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = walkdir::WalkDir::new(fixtures).into_iter().map(|entry| entry.expect("a readable fixture"));
    let reports = files
        .filter(|file| ["report.txt", "fix.txt", "verify.txt"].iter().any(|name| file.file_name() == *name));
    let all: String = reports.map(|file| std::fs::read_to_string(file.path()).expect("a report")).collect();
    for rule in RULES {
        assert!(all.lines().any(|line| line == rule.id), "no fixture fires {}", rule.id);
    }
}
