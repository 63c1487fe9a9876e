use super::*;
use crate::finding::{Finding, Severity};

const ITEMS: &str = "items:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a} # kept\n";

fn head() -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{ITEMS}")
}

/// The text with a result about a place.
fn told(text: &str) -> Result<String, NoList> {
    let (list, _) = ResourceList::read(text)?;
    let at = text.find("v1\n  kind").or_else(|| text.find("\"Pod\"")).expect("an item");
    let lines = crate::source::Lines::new(text);
    let finding = Finding {
        rule: "untagged",
        severity: Severity::Error,
        file: 0,
        image: None,
        span: Span::new(at, at),
        start: lines.position(at),
        end: lines.position(at),
        message: "m".to_owned(),
        label: String::new(),
        help: String::new(),
        fix: None,
        why_not: None,
        related: Vec::new(),
        roots: Vec::new(),
        template: None,
        builds: Vec::new(),
    };
    let outcome = Outcome { finding: &finding, image: None, importance: Importance::Error, list: &list };
    list.with_results(text, &[outcome])
}

const RESULT: &str = "- message: m\n  severity: error\n  resourceRef:\n    apiVersion: v1\n    kind: Pod\n    name: a\n  tags:\n    rule: untagged\n";

#[test]
fn results_come_last_and_nothing_else_changes() {
    let head = head();
    for (text, expected) in [
        (head.clone(), format!("{head}results:\n{RESULT}")),
        (head.trim_end().to_owned(), format!("{head}results:\n{RESULT}")),
        (format!("---\n{head}...\n"), format!("---\n{head}results:\n{RESULT}...\n")),
        (format!("{head}results: []\n"), format!("{head}results:\n{RESULT}")),
        (
            format!("results:\n- message: before\n{head}"),
            format!("{head}results:\n- message: before\n{RESULT}"),
        ),
    ] {
        assert_eq!(told(&text).expect("a list"), expected);
    }
    let (list, _) = ResourceList::read(&head).expect("a list");
    assert_eq!(list.with_results(&head, &[]).expect("a list"), head);
}

#[test]
fn a_list_in_json_gets_results_in_json() {
    let json = r#"{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"kind":"Pod"}]}"#;
    let expected = r#"{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"kind":"Pod"}],"results":[{"message":"m","severity":"error","tags":{"rule":"untagged"}}]}"#;
    assert_eq!(told(json).expect("a list"), format!("{expected}\n"));
    assert!(told(expected).is_err(), "where results are already they would be lost");
}

#[test]
fn what_is_no_list_is_refused() {
    let config = |config: &str| format!("{}functionConfig: {config}\n", head());
    for (text, why) in [
        (ITEMS.to_owned(), "what was passed in is no ResourceList of config.kubernetes.io, but -"),
        (String::new(), "one document of kind ResourceList is expected, not 0"),
        (format!("{0}---\n{0}", head()), "one document of kind ResourceList is expected, not 2"),
        (config("text"), "functionConfig is a ConfigMap or a Kubepin of kubepin.dev, not -"),
        (
            config("{kind: Secret, data: {}}"),
            "functionConfig is a ConfigMap or a Kubepin of kubepin.dev, not Secret",
        ),
        (
            config("{apiVersion: v1, kind: ConfigMap, data: {fix: [true]}}"),
            "`fix` in functionConfig has no single value",
        ),
    ] {
        assert_eq!(ResourceList::read(&text).expect_err(why).to_string(), why);
    }
}

#[test]
fn both_kinds_of_configuration_are_read() {
    for config in [
        "{apiVersion: v1, kind: ConfigMap, data: {fix: 'true'}}",
        "{apiVersion: kubepin.dev/v1alpha1, kind: Kubepin, spec: {fix: true}}",
    ] {
        let (_, words) =
            ResourceList::read(&format!("{}functionConfig: {config}\n", head())).expect("a list");
        assert_eq!(words, BTreeMap::from([("fix".to_owned(), "true".to_owned())]));
    }
}
