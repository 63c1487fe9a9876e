//! The machines that a built pod may come to.
//!
//! In: a pod spec of a build. Out: what it says of them, each with its place.
//! Invariant: the same counts as in files (`extract/machines`).

use std::sync::Arc;

use super::value::{Origin, Value};
use crate::extract::{SELECTOR, TERMS, word};
use crate::image::{Expression, Machine, Selection};

/// A machine, with the place that asks for it; a kustomization may make it up.
pub(super) type Built = Machine<Option<Origin>>;

/// The machines that the images of a pod spec have to run on.
pub(super) fn of(spec: &Value) -> Arc<[Built]> {
    let (selector, terms) = (spec.get(SELECTOR), spec.at(&TERMS));
    if selector.is_none() && terms.is_none() {
        return Arc::default();
    }
    let label = |(key, value): (&Arc<str>, &Value)| Expression {
        key: key.to_string(),
        values: value.text().and_then(word).map(|value| vec![value]),
        at: origin(value),
    };
    let term = |term: &Value| {
        let expressions = term.get("matchExpressions").map(Value::elements).unwrap_or_default();
        expressions.iter().map(expression).collect()
    };
    let every = selector.into_iter().flat_map(Value::entries).map(label).collect();
    let terms = terms.map(Value::elements).unwrap_or_default().iter().map(term).collect();
    Selection { every, terms }.machines().into()
}

fn expression(value: &Value) -> Expression<Option<Origin>> {
    let values = value.get("values").filter(|_| value.text_at(&["operator"]) == "In").map(Value::elements);
    Expression {
        key: value.text_at(&["key"]).to_owned(),
        values: values.and_then(|values| values.iter().map(|value| word(value.text()?)).collect()),
        at: value.get("key").and_then(origin),
    }
}

fn origin(value: &Value) -> Option<Origin> {
    value.scalar()?.origin.clone()
}
