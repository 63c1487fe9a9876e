//! Values of a chart and the charts in it, laid over each other.
//!
//! In: a chart and the values of its user. Out: the values that its templates see.
//! Invariant: what is further out wins, null takes a default away, and `global` goes down to all charts.

use std::sync::Arc;

use super::chart::Chart;
use super::value::{Map, Value};

/// What a null does that stands over a default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    /// Takes the default away, and is gone.
    Removes,
    /// Stays, for a later step to heed.
    Stays,
}

/// The values of a chart with those of the charts in it, each below its name.
pub(super) fn coalesced(chart: &Chart, values: &Value, null: Null) -> Map {
    let into = match values.copy() {
        Value::Map(map) => map,
        _ => Map::default(),
    };
    coalesce(chart, &into, null);
    into
}

fn coalesce(chart: &Chart, into: &Map, null: Null) {
    if let Value::Map(own) = chart.values.copy() {
        lay_under(into, &own, null);
    }
    for subchart in &chart.subcharts {
        let below = match into.get(&subchart.name) {
            Some(Value::Map(map)) => map,
            _ => Map::default(),
        };
        into.put(subchart.name.as_str(), Value::Map(below.clone()));
        globals(&below, into);
        coalesce(subchart, &below, null);
    }
}

/// Adds what is not there, mapping by mapping.
pub(super) fn lay_under(into: &Map, under: &Map, null: Null) {
    for (key, value) in under.read().iter() {
        match (into.get(key), value) {
            (None, value) => into.put(Arc::clone(key), value.clone()),
            (Some(Value::Nil), _) if null == Null::Removes => into.remove(key),
            (Some(Value::Map(into)), Value::Map(under)) => lay_under(&into, under, null),
            (Some(_), _) => {}
        }
    }
}

/// Brings the globals of a chart into the values of a chart in it.
fn globals(into: &Map, from: &Map) {
    let table = |values: &Map| match values.get("global") {
        Some(Value::Map(map)) => map,
        _ => Map::default(),
    };
    let (inner, outer) = (table(into), table(from));
    for (key, value) in outer.read().iter() {
        match (inner.get(key), value.copy()) {
            (Some(Value::Map(below)), Value::Map(above)) => {
                lay_under(&above, &below, Null::Stays);
                inner.put(Arc::clone(key), Value::Map(above));
            }
            (Some(Value::Map(_)), _) => {}
            (_, value) => inner.put(Arc::clone(key), value),
        }
    }
    into.put("global", Value::Map(inner));
}
