//! Which charts in a chart take part, and under which name.
//!
//! In: a chart and the values of its user. Out: the chart with those that are enabled.
//! Invariant: conditions are read from the values of the outermost chart, as Helm does.

use super::chart::{Chart, Dependency};
use super::coalesce::{Null, coalesced, lay_under};
use super::functions;
use super::value::Value;

/// A chart with the charts in it that take part, by the names they have in it.
pub(super) fn enabled(chart: &Chart, values: &Value) -> Chart {
    let mut chart = chart.clone();
    name(&mut chart);
    let all = coalesced(&chart, values, Null::Removes);
    prune(&mut chart, &Value::Map(all), "");
    import(&mut chart);
    chart
}

/// Gives charts their aliases; one that is asked for twice is there twice.
fn name(chart: &mut Chart) {
    let fits = |one: &Chart, wanted: &Dependency| {
        one.name == wanted.name
            && (wanted.version.is_empty() || functions::is_in_range(&wanted.version, &one.version))
    };
    let present = std::mem::take(&mut chart.subcharts);
    let unlisted = present.iter().filter(|one| !chart.dependencies.iter().any(|wanted| fits(one, wanted)));
    let listed = chart.dependencies.iter().filter_map(|wanted| {
        let mut one = present.iter().find(|one| fits(one, wanted))?.clone();
        if let Some(alias) = &wanted.alias {
            one.name.clone_from(alias);
            one.metadata = one.metadata.copy();
            if let Some(metadata) = one.metadata.as_map() {
                metadata.put("Name", alias.as_str().into());
            }
        }
        Some(one)
    });
    let mut named: Vec<Chart> = unlisted.cloned().chain(listed).collect();
    named.iter_mut().for_each(name);
    chart.subcharts = named;
}

fn prune(chart: &mut Chart, values: &Value, path: &str) {
    let dependencies = &chart.dependencies;
    chart.subcharts.retain(|one| {
        let known = |stated: &&Dependency| stated.alias.as_ref().unwrap_or(&stated.name) == &one.name;
        dependencies.iter().find(known).is_none_or(|stated| takes_part(stated, values, path))
    });
    for one in &mut chart.subcharts {
        let path = format!("{path}{}.", one.name);
        prune(one, values, &path);
    }
}

/// The first condition that is a boolean decides, else the tags: one that is set is enough.
fn takes_part(stated: &Dependency, values: &Value, path: &str) -> bool {
    let boolean = |value: Option<Value>| match value {
        Some(Value::Bool(bool)) => Some(bool),
        _ => None,
    };
    let at = |condition: &String| {
        let path = format!("{path}{condition}");
        boolean(values.at(&path.split('.').collect::<Vec<_>>()))
    };
    let tags: Vec<bool> = stated.tags.iter().filter_map(|tag| boolean(values.at(&["tags", tag]))).collect();
    let tagged = tags.is_empty() || tags.contains(&true);
    stated.condition.iter().find_map(at).unwrap_or(tagged)
}

/// Takes over the values that a chart imports from those in it, and with them, where it lists any, all
/// of theirs. So a null takes no default of a listed chart away: that is there twice.
fn import(chart: &mut Chart) {
    chart.subcharts.iter_mut().for_each(import);
    if chart.dependencies.is_empty() {
        return;
    }
    let all = coalesced(chart, &Value::Nil, Null::Stays);
    let own = Value::Map(all.clone()).copy();
    for stated in &chart.dependencies {
        let name = stated.alias.as_ref().unwrap_or(&stated.name);
        for (child, parent) in &stated.imports {
            let path: Vec<&str> = [name.as_str()].into_iter().chain(child.split('.')).collect();
            if let Some(found @ Value::Map(_)) = Value::Map(all.clone()).at(&path).map(|found| found.copy()) {
                let keys = parent.split('.').filter(|key| !key.is_empty()).rev();
                let nested = keys.fold(found, |value, key| Value::map([(key, value)]));
                if let (Value::Map(own), Value::Map(nested)) = (&own, &nested) {
                    lay_under(own, nested, Null::Stays);
                }
            }
        }
    }
    chart.values = own;
}
