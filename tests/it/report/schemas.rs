//! Schemas of forms: those of others, and what GitLab documents.

use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::Value;

use super::Reports;

/// The schemas of forms that are JSON.
pub(super) struct Schemas(Vec<(&'static str, Validator)>);

impl Schemas {
    pub(super) fn read() -> Self {
        let files = [
            ("gitlab", "gitlab-code-quality.json"),
            ("rdjson", "rdjson.json"),
            ("sarif", "sarif-2.1.0.json"),
        ];
        let validator = |file: &str| {
            let text = std::fs::read_to_string(folder().join(file)).expect("a schema");
            jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a valid schema")
        };
        Self(files.map(|(form, file)| (form, validator(file))).into())
    }

    /// What is wrong with reports.
    pub(super) fn errors(&self, reports: &Reports) -> Vec<String> {
        let of = |(form, validator): &(&str, Validator)| -> Vec<String> {
            let report = reports.json(form);
            let errors = validator.iter_errors(&report);
            errors.map(|error| format!("{form}: {} at {}", error, error.instance_path())).collect()
        };
        self.0.iter().flat_map(of).collect()
    }

    /// What is wrong with one report.
    pub(super) fn errors_of(&self, form: &str, report: &Value) -> Vec<String> {
        let of_form = self.0.iter().filter(|(name, _)| *name == form);
        of_form
            .flat_map(|(_, validator)| validator.iter_errors(report))
            .map(|error| error.to_string())
            .collect()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")
}

/// Holds reports of `JUnit` to their schema. Whether there is a program that can.
pub(super) fn hold_to_xsd(reports: &[PathBuf]) -> bool {
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]).arg(folder().join("junit-10.xsd")).args(reports);
    let Ok(ran) = xmllint.output() else { return false };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    true
}

#[test]
fn schemas_refuse_what_is_wrong() {
    let schemas = Schemas::read();
    for (form, report) in [
        (
            "sarif",
            r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "m"}, "fixes": [{"artifactChanges": []}]}]}]}"#,
        ),
        (
            "gitlab",
            r#"[{"description": "d", "check_name": "c", "fingerprint": "1", "severity": "bad", "location": {"path": "./x"}}]"#,
        ),
        ("rdjson", r#"{"diagnostics": [{"message": 1, "severity": "BAD"}]}"#),
    ] {
        let errors = schemas.errors_of(form, &serde_json::from_str(report).expect("JSON"));
        assert!(!errors.is_empty(), "{form}");
    }
}
