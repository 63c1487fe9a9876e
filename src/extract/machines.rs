//! The machines that a pod may come to.
//!
//! In: a pod spec. Out: what it says of them, with places.
//! Invariant: a template says nothing, because a condition may choose; a value that is no plain word says
//! nothing either.

use super::collect::Collector;
use crate::image::{Expression, Machines, Selection};
use crate::yaml::NodeId;

/// Where a pod spec requires something of the labels of nodes, with several terms.
pub(crate) const TERMS: [&str; 4] =
    ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
/// Where it requires labels.
pub(crate) const SELECTOR: &str = "nodeSelector";

/// The machines that the images of a pod spec have to run on.
pub(super) fn of(collector: &Collector<'_, '_>, spec: NodeId) -> Machines {
    let document = collector.document;
    if collector.reading.masked.is_some() {
        return Machines::default();
    }
    let (selector, terms) = (document.get(spec, SELECTOR), document.at(spec, &TERMS));
    if selector.is_none() && terms.is_none() {
        return Machines::default();
    }
    let at = |id: NodeId| format!("line {}", collector.lines.position(document.node(id).span.start).line);
    let label = |(key, value): (NodeId, NodeId)| Expression {
        key: document.node(key).value.clone().into_owned(),
        values: document.text(value).and_then(word).map(|value| vec![value]),
        at: at(value),
    };
    let expression = |id: NodeId| {
        let text = |key: &str| document.get(id, key).and_then(|id| document.text(id));
        let values = document.get(id, "values").filter(|_| text("operator") == Some("In"));
        let values = values.map(|list| document.elements(list).map(|id| word(document.text(id)?)).collect());
        let at = document.get(id, "key").map_or_else(|| at(id), at);
        Expression { key: text("key").unwrap_or_default().to_owned(), values: values.flatten(), at }
    };
    let term = |id: NodeId| {
        let expressions = document.get(id, "matchExpressions");
        expressions.into_iter().flat_map(|list| document.elements(list)).map(expression).collect()
    };
    let every = selector.into_iter().flat_map(|id| document.entries(id)).map(label).collect();
    let terms = terms.into_iter().flat_map(|list| document.elements(list)).map(term).collect();
    Selection { every, terms }.machines().into()
}

/// A value of a label as it stands, unless something is to be put in its place.
pub(crate) fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
}
