//! Documentation that cannot fall behind: rule pages, README, hooks.

use std::path::Path;

use kubepin::answer::{Answer, Reason};
use kubepin::extract::{Role, extract};
use kubepin::rules::{self, Check, RULES};

use crate::sandbox::Sandbox;

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

/// The rules that fire on an example. One of several files names each in the first line of its document.
fn fired(text: &str, rule: &rules::Rule) -> Vec<String> {
    if text.starts_with("# ") {
        return fired_on_files(text);
    }
    let part = if rule.id == "template-not-read" { Role::ChartTemplate } else { Role::Manifest };
    let extracted = extract(text, || part);
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
    let ran = sandbox.run(&["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
}

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
    let reports = files.filter(|file| file.file_name() == "report.txt" || file.file_name() == "fix.txt");
    let all: String = reports.map(|file| std::fs::read_to_string(file.path()).expect("a report")).collect();
    for rule in RULES {
        assert!(all.lines().any(|line| line == rule.id), "no fixture fires {}", rule.id);
    }
}
