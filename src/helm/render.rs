//! What the templates of a chart come to.
//!
//! In: a chart and the values of its user. Out: for each template its text, or why there is none.
//! Invariants: the same chart and values give the same texts; a template that fails spoils no other;
//! rendering ends, whatever the templates say.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use rayon::prelude::*;

use super::budget::Budget;
use super::chart::{Chart, Template};
use super::coalesce::{Null, coalesced};
use super::dependencies::enabled;
use super::engine::{Engine, NO_VALUE, Set};
use super::value::{Map, Value};

/// Bytes of stack for templates that include each other; what is not used is never touched.
const STACK: usize = 256 << 20;

/// What `helm template` takes for the cluster.
const KUBERNETES: &str = "v1.31.0";

/// A template, and where it stands.
struct Source<'c> {
    /// Its path with the charts around it: `chart/charts/sub/templates/x.yaml`.
    path: String,
    template: &'c Template,
    base: String,
    /// What its dot holds, the same for all templates of a chart.
    dot: Map,
}

/// A manifest of a chart: its path as in Helm's `# Source:`, and its text or why there is none.
pub type Rendered = (String, Result<String, String>);

/// What each manifest template comes to. `values` are laid over those of the chart.
pub fn render(chart: &Chart, values: &Value) -> Vec<Rendered> {
    let enabled = enabled(chart, values);
    parse(&enabled, None);
    // Charts include deeply, and the stack of the caller may be small.
    let whole = || stacker::grow(STACK, || rendered(&enabled, values));
    let apart = std::panic::catch_unwind(AssertUnwindSafe(whole));
    let fault = || Err("the templates could not be run".to_owned());
    let none = || {
        let paths = chart.templates.iter().map(|template| format!("{}/{}", chart.name, template.path));
        paths.filter(|path| is_manifest(path)).map(|path| (path, fault())).collect()
    };
    apart.unwrap_or_else(|_| none())
}

/// Parses the templates of a chart and of those in it side by side: in a large chart nothing takes longer.
fn parse(chart: &Chart, around: Option<&str>) {
    let path = path_of(chart, around);
    chart.templates.par_iter().for_each(|template| _ = template.parsed(&format!("{path}/{}", template.path)));
    chart.subcharts.iter().for_each(|one| parse(one, Some(&path)));
}

/// The path of a chart in another, as in what is rendered.
fn path_of(chart: &Chart, around: Option<&str>) -> String {
    around.map_or_else(|| chart.name.clone(), |path| format!("{path}/charts/{}", chart.name))
}

fn rendered(chart: &Chart, values: &Value) -> Vec<Rendered> {
    let values = coalesced(chart, values, Null::Removes);
    let mut sources = Vec::new();
    collect(chart, None, &values, &mut sources);
    // Helm's order: the definition that is furthest out is read last and stands.
    sources.sort_by_key(|source| Reverse((source.path.matches('/').count(), source.path.clone())));
    let mut set = Set::new();
    let mut faults = BTreeMap::new();
    for source in &sources {
        match source.template.parsed(&source.path) {
            Ok(parsed) => parsed.add_to(&mut set, &source.path),
            Err(fault) => _ = faults.insert(source.path.clone(), fault.clone()),
        }
    }
    let budget = Budget::default();
    let engine = Engine { set: &set, budget: &budget };
    let mut manifests: Vec<Rendered> = Vec::new();
    for source in sources.iter().filter(|source| is_manifest(&source.path)) {
        let template = [("Name", source.path.as_str().into()), ("BasePath", source.base.as_str().into())];
        source.dot.put("Template", Value::map(template));
        let text = match faults.remove(&source.path) {
            Some(fault) => Err(fault),
            None => engine.execute(&source.path, &Value::Map(source.dot.clone())),
        };
        let text = text.map(|text| if text.contains(NO_VALUE) { text.replace(NO_VALUE, "") } else { text });
        manifests.push((source.path.clone(), text));
    }
    manifests.sort_by(|a, b| a.0.cmp(&b.0));
    manifests
}

/// Whether a template makes manifests: neither notes nor a file of definitions.
fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.starts_with('_') && name != "NOTES.txt"
}

/// Adds the templates of a chart and of those in it, and returns what templates see of it.
fn collect<'c>(
    chart: &'c Chart,
    around: Option<(&str, &Map)>,
    values: &Map,
    sources: &mut Vec<Source<'c>>,
) -> Value {
    let path = path_of(chart, around.map(|(path, _)| path));
    let metadata = match chart.metadata.copy() {
        Value::Map(map) => map,
        _ => Map::default(),
    };
    metadata.put("IsRoot", Value::Bool(around.is_none()));
    let dot = Map::default();
    dot.put("Values", Value::Map(values.clone()));
    dot.put("Chart", Value::Map(metadata));
    dot.put("Files", Value::Files(Arc::clone(&chart.files)));
    for shared in ["Release", "Capabilities"] {
        let made = || if shared == "Release" { release() } else { capabilities() };
        dot.put(shared, around.and_then(|(_, dot)| dot.get(shared)).unwrap_or_else(made));
    }
    let subcharts = Map::default();
    for one in &chart.subcharts {
        let below = match values.get(&one.name) {
            Some(Value::Map(map)) => map,
            _ => Map::default(),
        };
        let seen = collect(one, Some((&path, &dot)), &below, sources);
        subcharts.put(one.name.as_str(), seen);
    }
    dot.put("Subcharts", Value::Map(subcharts));
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).starts_with('_');
    for template in chart.templates.iter().filter(|one| !chart.is_library() || name(&one.path)) {
        let base = format!("{path}/templates");
        sources.push(Source { path: format!("{path}/{}", template.path), template, base, dot: dot.clone() });
    }
    Value::Map(dot)
}

fn release() -> Value {
    Value::map([
        ("Name", "release-name".into()),
        ("Namespace", "default".into()),
        ("Service", "Helm".into()),
        ("IsInstall", Value::Bool(true)),
        ("IsUpgrade", Value::Bool(false)),
        ("Revision", Value::Int(1)),
    ])
}

fn capabilities() -> Value {
    let kubernetes = Value::map([
        ("Version", KUBERNETES.into()),
        ("GitVersion", KUBERNETES.into()),
        ("Major", "1".into()),
        ("Minor", "31".into()),
    ]);
    let helm = [("Version", "v3.16.4".into()), ("GitCommit", "".into()), ("GoVersion", "go1.22".into())];
    Value::map([
        ("KubeVersion", kubernetes),
        (
            "APIVersions",
            Value::Versions(Arc::new(super::apis::SERVED.iter().map(|&api| api.into()).collect())),
        ),
        ("HelmVersion", Value::map(helm)),
    ])
}

#[cfg(test)]
mod tests;
