//! Admission policies: what kubepin demands, said to the cluster, and what the cluster says already.
//!
//! In: what a configuration demands. Out: the text of a policy for Gatekeeper, for the API server or for Kyverno;
//! constraints in texts (`constraint`), and what Gatekeeper makes of images by them (`upstream`).
//! Invariants: the same demands give the same text; every form asks the same of a reference (`pattern`).

mod constraint;
mod pattern;
mod upstream;

use std::fmt::Write as _;

pub use constraint::{Constraint, KIND, constraints};
pub use upstream::{Prediction, predict};

/// What is demanded of the images of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Images that nothing is demanded of: as they are written, or how they begin before a `*`.
    pub exempt: Vec<String>,
    /// The namespaces that it is about; none: all of them.
    pub namespaces: Vec<String>,
    /// Namespaces that it is not about.
    pub excluded_namespaces: Vec<String>,
    /// What becomes of images without a digest.
    pub action: Action,
    /// What the configuration says and no policy can: a line for each.
    pub untold: Vec<String>,
}

/// What becomes of images without a digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// They are not let in.
    #[default]
    Deny,
    /// Who brings them is told.
    Warn,
    /// They are written down.
    Audit,
}

/// Who holds the cluster to a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Gatekeeper.
    Gatekeeper,
    /// The API server itself, by a `ValidatingAdmissionPolicy`.
    Vap,
    /// Kyverno, by a `ValidatingPolicy`.
    Kyverno,
}

/// What Gatekeeper's library takes for a digest.
const LIBRARY_DIGEST: &str = "@[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+";

const GATEKEEPER: &str = include_str!("policy/gatekeeper.yaml");
const VAP: &str = include_str!("policy/vap.yaml");
const KYVERNO: &str = include_str!("policy/kyverno.yaml");
/// What the API server and Kyverno evaluate alike.
const CEL: &str = include_str!("policy/cel.yaml");

/// The text of a policy: YAML for `kubectl apply`.
pub fn export(policy: &Policy, form: Form) -> String {
    let template = match form {
        Form::Gatekeeper => GATEKEEPER,
        Form::Vap => VAP,
        Form::Kyverno => KYVERNO,
    };
    let notes = policy.untold.iter().fold(String::new(), |mut notes, line| {
        let _ = writeln!(notes, "# Not said here: {line}.");
        notes
    });
    let value = |place: &str| match place {
        "notes" => notes.clone(),
        "reference" => pattern::reference(),
        "library-digest" => LIBRARY_DIGEST.to_owned(),
        "exempt-images" => list(&policy.exempt),
        "namespaces" => list(&policy.namespaces),
        "excluded-namespaces" => list(&policy.excluded_namespaces),
        "selected-namespaces" => selected(policy),
        "unless-exempt" => unless_exempt(&policy.exempt),
        "enforcement" => enforcement(policy.action).to_owned(),
        _ => actions(policy.action).to_owned(),
    };
    fill(&template.replace("<<cel>>\n", CEL), value)
}

/// A template with values in its places, which stand between `<<` and `>>`. What a value holds is no place.
fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split("<<");
    let before = parts.next().unwrap_or_default().to_owned();
    let places = parts.filter_map(|part| part.split_once(">>"));
    places.fold(before, |text, (place, rest)| text + &value(place) + rest)
}

/// What Gatekeeper calls an action.
fn enforcement(action: Action) -> &'static str {
    match action {
        Action::Deny => "deny",
        Action::Warn => "warn",
        Action::Audit => "dryrun",
    }
}

/// What the API server and Kyverno call it. A warning leaves a trace, too.
fn actions(action: Action) -> &'static str {
    match action {
        Action::Deny => r#"["Deny"]"#,
        Action::Warn => r#"["Warn", "Audit"]"#,
        Action::Audit => r#"["Audit"]"#,
    }
}

/// A list, as YAML and CEL write it on one line.
fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}

/// A text in quotes that YAML, Rego and CEL read alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The selector of labels that finds the namespaces of a policy.
fn selected(policy: &Policy) -> String {
    let chosen = [("In", &policy.namespaces), ("NotIn", &policy.excluded_namespaces)];
    let expressions = chosen.into_iter().filter(|(_, names)| !names.is_empty()).map(|(operator, names)| {
        let names = list(names);
        format!("{{key: kubernetes.io/metadata.name, operator: {operator}, values: {names}}}")
    });
    format!("[{}]", expressions.collect::<Vec<_>>().join(", "))
}

/// The condition, in CEL, that `image` is not exempt, and what joins it to another.
fn unless_exempt(exempt: &[String]) -> String {
    let exempt = exempt.iter().map(|pattern| match pattern.strip_suffix('*') {
        Some(begin) => format!("image.startsWith({})", quoted(begin)),
        None => format!("image == {}", quoted(pattern)),
    });
    let any: Vec<String> = exempt.collect();
    if any.is_empty() { String::new() } else { format!("!({}) && ", any.join(" || ")) }
}
