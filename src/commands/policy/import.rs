//! `kubepin policy import`: what Gatekeeper exempts, for the configuration.
//!
//! In: the file of a constraint of Gatekeeper's library. Out: the lines of `kubepin.toml` that mean the same,
//! on standard output.
//! Invariant: what has no counterpart is told in a comment beside it, never left out.
//! Source: gatekeeper-library, `library/general/imagedigests` (`K8sImageDigests` 1.0.1).

use std::io::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::exit::Exit;
use crate::failure::Failure;

/// The kind that is understood.
const KIND: &str = "K8sImageDigests";

#[derive(Deserialize)]
struct Constraint {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    r#match: Match,
    parameters: Parameters,
    enforcement_action: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Match {
    kinds: Vec<Kinds>,
    namespaces: Vec<String>,
    excluded_namespaces: Vec<String>,
    label_selector: Option<serde_yaml::Value>,
    namespace_selector: Option<serde_yaml::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Kinds {
    kinds: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Parameters {
    exempt_images: Vec<String>,
}

/// Prints what the constraints of a file exempt.
pub(in crate::commands) fn import(file: &Path) -> Result<Exit, Failure> {
    let name = file.display();
    let text =
        crate::scan::text_of(file).map_err(|why| Failure::usage(why, "name the file of a constraint"))?;
    let mut constraints = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&text) {
        let constraint: Option<Constraint> = Deserialize::deserialize(document).map_err(|error| {
            Failure::usage(
                format!("{name} cannot be read as a constraint: {error}"),
                "name the file of a constraint",
            )
        })?;
        constraints.extend(constraint.filter(|constraint| constraint.kind == KIND));
    }
    if constraints.is_empty() {
        let message = format!("{name} has no constraint of kind {KIND}");
        return Err(Failure::usage(
            message,
            "`kubectl get k8simagedigests -o yaml` prints those of a cluster",
        ));
    }
    let mut out = std::io::stdout().lock();
    let mut exempt: Vec<&str> = constraints
        .iter()
        .flat_map(|constraint| &constraint.spec.parameters.exempt_images)
        .map(String::as_str)
        .collect();
    exempt.sort_unstable();
    exempt.dedup();
    for constraint in &constraints {
        writeln!(out, "# {KIND}/{}", constraint.metadata.name)?;
        for line in differences(&constraint.spec) {
            writeln!(out, "# {line}")?;
        }
    }
    writeln!(out, "exempt-images = [")?;
    for image in exempt {
        writeln!(out, "  {},", toml::Value::from(image))?;
    }
    writeln!(out, "]")?;
    Ok(Exit::Clean)
}

/// What the constraint says and the configuration has no key for.
fn differences(spec: &Spec) -> Vec<String> {
    let mut lines = Vec::new();
    let of = &spec.r#match;
    let kinds: Vec<&str> = of.kinds.iter().flat_map(|kinds| &kinds.kinds).map(String::as_str).collect();
    if !kinds.is_empty() && !kinds.contains(&"*") {
        lines.push(format!("it is about {}; kubepin judges every kind that runs images", kinds.join(", ")));
    }
    for (what, names) in [("in", &of.namespaces), ("not in", &of.excluded_namespaces)] {
        if !names.is_empty() {
            lines.push(format!("it holds {what} the namespaces {}; kubepin judges all", names.join(", ")));
        }
    }
    if of.label_selector.is_some() || of.namespace_selector.is_some() {
        lines.push("it selects by labels, which kubepin does not look at".to_owned());
    }
    if let Some(action) = spec.enforcement_action.as_ref().filter(|action| *action != "deny") {
        lines.push(format!("it does not deny (enforcementAction: {action}); see `rules` for levels"));
    }
    lines
}
