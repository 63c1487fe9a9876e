//! Every fixture in every form: valid, complete, the same on any number of threads; suggestions are fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::schemas::{Schemas, hold_to_xsd};
use super::{FORMS, Reports};
use crate::fixtures::cases;
use crate::lying::stock::shelf;
use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

#[test]
fn every_fixture_in_every_form() {
    let registry = Registry::start(Lies { missing: "absent", ..Lies::default() });
    let shelf = Registry::start(Lies { stock: shelf(), ..Lies::default() });
    let schemas = Schemas::read();
    let mut kept: Vec<Reports> = Vec::new();
    let mut suggested = 0;
    for (name, folder, case) in cases() {
        let sandbox = Sandbox::copy_of(&folder.join("input"));
        let own: Vec<&str> = case.args.iter().map(String::as_str).collect();
        let mirror = format!("*={}", registry.host);
        let asking = ["--registry-mirror", &mirror];
        let plain = [&["check"], &own[..]].concat();
        let preview = [&["check", "--diff"], &asking[..], &own].concat();
        let mut runs = vec![Reports::of(&sandbox, &plain), on_any_threads(&name, &sandbox, &preview)];
        if let Some(own) = &case.verify {
            let mirror = format!("*={}", shelf.host);
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            let verify = [&["verify", "--registry-mirror", &mirror], &own[..]].concat();
            runs.push(Reports::of(&sandbox, &verify));
        }
        for run in &runs {
            let Ran { status, stderr, .. } = &run.ran;
            assert!((0..3).contains(status) && !stderr.contains("panicked"), "{name}: {stderr}");
            assert_eq!(schemas.errors(run), [""; 0], "{name}");
            complete(&name, run);
        }
        suggested += suggestions_are_fixes(
            &name,
            &sandbox,
            &runs[1],
            &[&["check", "--fix"], &asking[..], &own].concat(),
        );
        kept.extend(runs);
    }
    assert!(suggested > 100, "only {suggested} suggestions");
    if !hold_to_xsd(&kept.iter().map(|run| run.path("junit")).collect::<Vec<PathBuf>>()) {
        println!("skipped: there is no xmllint on the PATH to hold JUnit reports to their schema");
    }
}

/// A run whose reports do not depend on the number of threads.
fn on_any_threads(name: &str, sandbox: &Sandbox, arguments: &[&str]) -> Reports {
    let one = Reports::of(sandbox, &[arguments, &["--threads", "1"]].concat());
    let many = Reports::of(sandbox, &[arguments, &["--threads", "8"]].concat());
    // What comes from the cache is counted, and the second run has one.
    let known = ["json", "json-lines"];
    for form in FORMS.into_iter().filter(|form| !known.contains(form)) {
        assert_eq!(one.text(form), many.text(form), "{name}: {form} depends on the number of threads");
    }
    assert_eq!(one.json("json")["findings"], many.json("json")["findings"], "{name}");
    one
}

/// Every form has every finding and every problem.
fn complete(name: &str, run: &Reports) {
    let json = run.json("json");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let (findings, problems) = (list(&json["findings"]), list(&json["problems"]));
    let (sarif, gitlab, rdjson) = (run.json("sarif"), run.json("gitlab"), run.json("rdjson"));
    let rules = |values: &[Value], rule: fn(&Value) -> &Value| -> Vec<String> {
        values.iter().map(|value| rule(value).as_str().unwrap_or_default().to_owned()).collect()
    };
    let expected = rules(&findings, |finding| &finding["rule"]);
    let results = list(&sarif["runs"][0]["results"]);
    assert_eq!(rules(&results, |result| &result["ruleId"]), expected, "{name}: sarif");
    let issues = list(&gitlab);
    let own = issues.iter().filter(|issue| issue["check_name"] != "incomplete").cloned();
    assert_eq!(rules(&own.collect::<Vec<_>>(), |issue| &issue["check_name"]), expected, "{name}: gitlab");
    let fingerprints: BTreeSet<&str> =
        issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), issues.len(), "{name}: fingerprints are alike");
    let diagnostics = list(&rdjson["diagnostics"]);
    let own = diagnostics.iter().filter(|diagnostic| !diagnostic["code"].is_null()).cloned();
    assert_eq!(rules(&own.collect::<Vec<_>>(), |it| &it["code"]["value"]), expected, "{name}: rdjson");
    let lines: Vec<Value> =
        run.text("json-lines").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), findings.len() + problems.len() + 1, "{name}: json-lines");
    let junit = run.text("junit");
    let junit = roxmltree::Document::parse(&junit).expect("XML");
    let elements = |tag| junit.descendants().filter(|node| node.has_tag_name(tag)).count();
    assert_eq!((elements("failure"), elements("error")), (findings.len(), problems.len()), "{name}: junit");
    let commands = run.text("github");
    let annotations = commands.lines().filter(|line| line.starts_with("::")).count();
    assert_eq!(annotations, commands.lines().count(), "{name}: github");
    let of_findings = commands.lines().filter(|line| line.contains(" title=kubepin ")).count();
    assert_eq!(of_findings, findings.len(), "{name}: github");
    let rows = run.text("markdown").lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows, if findings.is_empty() { 0 } else { findings.len() + 1 }, "{name}: markdown");
    let notices = list(&sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]);
    let failures = notices.iter().filter(|notice| notice["level"] == "error").count();
    assert_eq!(failures, problems.len(), "{name}: sarif");
}

/// Takes all suggestions over, and compares with what a fix writes. Returns how many there were.
fn suggestions_are_fixes(name: &str, sandbox: &Sandbox, run: &Reports, fix: &[&str]) -> usize {
    let mut edits: BTreeMap<String, BTreeSet<(usize, usize, String)>> = BTreeMap::new();
    let rdjson = run.json("rdjson");
    for diagnostic in rdjson["diagnostics"].as_array().expect("a list") {
        let path = diagnostic["location"]["path"].as_str().expect("a path");
        for suggestion in diagnostic["suggestions"].as_array().into_iter().flatten() {
            let text = sandbox.read(path);
            let range = &suggestion["range"];
            let (start, end) = (offset(&text, &range["start"]), offset(&text, &range["end"]));
            let new = suggestion["text"].as_str().expect("a text").to_owned();
            edits.entry(path.to_owned()).or_default().insert((start, end, new));
        }
    }
    let mut expected = sandbox.files();
    for (path, edits) in &edits {
        let text = expected.get_mut(path).expect("a file");
        for (start, end, new) in edits.iter().rev() {
            text.splice(start..end, new.bytes());
        }
    }
    sandbox.run(fix);
    assert!(sandbox.files() == expected, "{name}: suggestions are not what --fix writes");
    edits.values().map(BTreeSet::len).sum()
}

/// Where a position is: lines from 1, columns in bytes from 1.
fn offset(text: &[u8], position: &Value) -> usize {
    let number = |key| usize::try_from(position[key].as_u64().expect("a number")).expect("a small one");
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    lines.take(number("line") - 1).map(<[u8]>::len).sum::<usize>() + number("column") - 1
}
