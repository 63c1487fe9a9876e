//! Forms one by one: what is in them, and where they go.

use serde_json::{Value, json};

use super::{PODS, Reports};
use crate::sandbox::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("deploy/a b/pod.yaml", PODS);
    sandbox
}

#[test]
fn sarif_has_what_code_scanning_wants() {
    let sandbox = sandbox();
    std::fs::create_dir(sandbox.path().join(".git")).expect("a folder");
    let mut command = sandbox.command(&["check", "--format", "sarif", "a b", "missing"]);
    let ran =
        crate::sandbox::Ran::of(command.current_dir(sandbox.path().join("deploy")).output().expect("runs"));
    let log: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let run = &log["runs"][0];
    assert_eq!((ran.status, &run["columnKind"]), (2, &json!("unicodeCodePoints")));
    for rule in run["tool"]["driver"]["rules"].as_array().expect("rules") {
        let id = rule["id"].as_str().expect("an id");
        let length = |value: &Value| value["text"].as_str().map_or(0, str::len);
        let texts = [&rule["shortDescription"], &rule["fullDescription"], &rule["help"]].map(length);
        assert!(texts.iter().all(|length| (1..1024).contains(length)), "{id}: {texts:?}");
        assert!(!rule["help"]["markdown"].as_str().expect("Markdown").contains("](ta"), "{id}");
        let severity = rule["properties"]["security-severity"].as_str();
        assert_eq!(
            severity.is_none(),
            ["unparsable-document", "template-not-read"].contains(&id)
                || id.contains("ignore-")
                || id.ends_with("-ignore"),
            "{id}"
        );
        assert!(rule["helpUri"].as_str().expect("a page").ends_with(&format!("/docs/rules/{id}.md")));
    }
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("a small one");
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "tag-without-digest");
    let place = &result["locations"][0];
    assert_eq!(
        place["physicalLocation"],
        json!({
            "artifactLocation": {"uri": "deploy/a%20b/pod.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 6, "startColumn": 27, "endLine": 6, "endColumn": 39},
        })
    );
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "Pod/ä-web spec.containers[0].image");
    assert_eq!(result["fixes"], Value::Null, "no registry was asked");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], json!(false));
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "deploy/missing");
}

/// What identifies findings for GitHub and GitLab.
fn fingerprints(text: &str) -> Vec<[String; 2]> {
    let sandbox = Sandbox::empty();
    sandbox.write("pod.yaml", text);
    let reports = Reports::of(&sandbox, &["check"]);
    let (sarif, gitlab) = (reports.json("sarif"), reports.json("gitlab"));
    let results = sarif["runs"][0]["results"].as_array().expect("results").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let of_github = results.map(|result| text(&result["partialFingerprints"]["primaryLocationLineHash"]));
    let of_gitlab = gitlab.as_array().expect("issues").iter().map(|issue| text(&issue["fingerprint"]));
    of_github.zip(of_gitlab).map(|(github, gitlab)| [github, gitlab]).collect()
}

#[test]
fn fingerprints_stay_while_lines_move() {
    let before = fingerprints(PODS);
    assert_eq!(before.len(), 2);
    assert_eq!(fingerprints(&format!("# one\n# two\n{PODS}")), before);
    let other = fingerprints(&PODS.replace("nginx:1.27", "nginx:1.28"));
    assert!(other[0][0] != before[0][0] && other[0][1] != before[0][1] && other[1] == before[1]);
    // The same object twice: both are told.
    let twice = fingerprints(&format!("{PODS}---\n{PODS}"));
    assert!(twice[0][1] == before[0][1] && twice[2][1] != before[0][1]);
}

#[test]
fn rdjson_counts_bytes() {
    let reports = Reports::of(&sandbox(), &["check"]);
    let diagnostic = &reports.json("rdjson")["diagnostics"][0];
    let range = json!({"start": {"line": 6, "column": 31}, "end": {"line": 6, "column": 43}});
    assert_eq!(diagnostic["location"], json!({"path": "deploy/a b/pod.yaml", "range": range}));
}

#[test]
fn junit_has_a_test_for_each_image() {
    let sandbox = sandbox();
    sandbox.write("odd.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: \"&\\\"\\x01\\uFFFF]]\"\n  - image: \"<b>\"\n");
    let reports = Reports::of(&sandbox, &["check", ".", "missing"]);
    let text = reports.text("junit");
    let junit = roxmltree::Document::parse(&text).expect("XML");
    super::schemas::hold_to_xsd(&[reports.path("junit")]);
    let suites = junit.descendants().filter(|node| node.has_tag_name("testsuite"));
    let counts: Vec<[&str; 5]> = suites
        .map(|suite| {
            ["name", "tests", "failures", "errors", "skipped"].map(|name| suite.attribute(name).unwrap_or(""))
        })
        .collect();
    let expected = [
        ["deploy/a b/pod.yaml", "4", "2", "0", "1"],
        ["odd.yaml", "2", "1", "0", "1"],
        ["kubepin", "1", "0", "1", "0"],
    ];
    assert_eq!(counts, expected);
}

#[test]
fn a_report_goes_into_its_file_whole_or_not_at_all() {
    let sandbox = sandbox();
    sandbox.write("old.sarif", "old");
    let ran = sandbox.run(&[
        "check",
        "-q",
        "--format=concise",
        "--output-file=sarif=old.sarif",
        "--output-file",
        "json=new.json",
        "--output-file=human=no/folder.txt",
    ]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: no/folder.txt: the report is not written: "), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    for name in ["old.sarif", "new.json"] {
        serde_json::from_slice::<Value>(&sandbox.read(name)).expect("JSON");
    }
    assert!(sandbox.files().keys().all(|name| !name.contains(".tmp")));
    for (wrong, why) in
        [("sarif=-", "--format sarif"), ("sarif", "FORMAT=PATH"), ("xml=a", "there is no form `xml`")]
    {
        let ran = sandbox.run(&["check", "--output-file", wrong]);
        assert!(ran.status == 2 && ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_not_replaced() {
    let ran = sandbox().run(&["check", "-q", "--format=concise", "--output-file=json-lines=/dev/stderr"]);
    assert!(ran.status == 1 && ran.stderr.lines().count() == 3, "{ran:?}");
    assert!(ran.stderr.lines().all(|line| line.starts_with('{')), "{}", ran.stderr);
}
