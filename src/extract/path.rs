//! Paths of fields: `spec.steps[].image`.
//!
//! In: a path as it is written, a node of a document. Out: the places that it leads to.
//! Invariants: aliases are not descended into by `**`, and neither is what never runs an image, so that a
//! walk is linear for each `**`.

use super::collect::Collector;
use super::shape::NEVER;
use crate::yaml::{Kind, NodeId};

/// A way from one node to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `a`: the value of a key.
    Key(String),
    /// `*`: the value of any key.
    AnyKey,
    /// `**`: the node itself, and everything below.
    Below,
    /// `[]`: the elements of a list.
    Elements,
    /// `[*]`: the elements of a list; what is no list itself.
    AnyElement,
    /// `[a=b]`: those that are mappings in which the key has the value.
    ElementsWith(String, String),
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To a key of a mapping.
    Key(NodeId, String),
    /// To a node that no key holds.
    Node(NodeId),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (key, lists) = part.split_at(part.find('[').unwrap_or(part.len()));
            match key {
                "" => return Err(format!("`{text}` has an empty step")),
                "*" => steps.push(Step::AnyKey),
                "**" => steps.push(Step::Below),
                key => steps.push(Step::Key(key.to_owned())),
            }
            for list in lists.split_inclusive(']') {
                let inside = list.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
                let inside = inside.ok_or_else(|| format!("`{part}` has a `[` that nothing closes"))?;
                steps.push(match inside.split_once('=') {
                    None if inside.is_empty() => Step::Elements,
                    None if inside == "*" => Step::AnyElement,
                    Some((key, value)) => Step::ElementsWith(key.to_owned(), value.to_owned()),
                    None => return Err(format!("`{list}` is neither `[]` nor `[key=value]`")),
                });
            }
        }
        if steps.last() == Some(&Step::Below) {
            return Err(format!("`{text}` ends in `**`, which leads nowhere in particular"));
        }
        Ok(Self(steps))
    }

    /// The last key that it names; `None` where it ends in a list or in any key.
    pub(super) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// A key without which a text has no place of it: the last that it names.
    pub(super) fn some_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(&**key),
            _ => None,
        })
    }

    /// The places that it leads to from a node.
    pub(super) fn places(&self, collector: &Collector<'_, '_>, from: NodeId) -> Vec<Place> {
        let Some((last, way)) = self.0.split_last() else {
            return Vec::new();
        };
        let document = collector.document();
        let last = |node: NodeId| match last {
            Step::Key(key) => vec![Place::Key(document.resolve(node), key.clone())],
            other => other.follow(collector, node).into_iter().map(Place::Node).collect(),
        };
        walk(collector, way, from).into_iter().flat_map(last).collect()
    }

    /// The nodes that it leads to from a node.
    pub(super) fn nodes(&self, collector: &Collector<'_, '_>, from: NodeId) -> Vec<NodeId> {
        walk(collector, &self.0, from)
    }
}

/// The nodes that steps lead to from a node.
fn walk(collector: &Collector<'_, '_>, steps: &[Step], from: NodeId) -> Vec<NodeId> {
    let step = |nodes: Vec<NodeId>, step: &Step| {
        nodes.into_iter().flat_map(|node| step.follow(collector, node)).collect()
    };
    steps.iter().fold(vec![from], step)
}

impl Step {
    fn follow(&self, collector: &Collector<'_, '_>, node: NodeId) -> Vec<NodeId> {
        let document = collector.document();
        match self {
            Self::Key(key) => collector.values(node, key),
            Self::AnyKey => document.entries(document.resolve(node)).map(|(_, value)| value).collect(),
            Self::Below => below(collector, node),
            Self::Elements => collector.elements(node),
            Self::AnyElement => match document.node(document.resolve(node)).kind {
                Kind::Sequence { .. } => collector.elements(node),
                _ => vec![node],
            },
            Self::ElementsWith(key, value) => {
                let has = |element: &NodeId| {
                    document.get(*element, key).and_then(|id| document.text(id)) == Some(value)
                };
                collector.elements(node).into_iter().filter(has).collect()
            }
        }
    }
}

/// A node and every mapping and list below it, but for what never runs an image.
fn below(collector: &Collector<'_, '_>, node: NodeId) -> Vec<NodeId> {
    let document = collector.document();
    let mut found = Vec::new();
    let mut open = vec![document.resolve(node)];
    while let Some(id) = open.pop() {
        match document.node(id).kind {
            Kind::Mapping { .. } => {
                let inside = document.entries(id);
                let inside = inside.filter(|&(key, _)| !NEVER.contains(&&*document.node(key).value));
                open.extend(inside.map(|(_, value)| value));
            }
            Kind::Sequence { .. } => open.extend(document.elements(id)),
            Kind::Scalar(_) | Kind::Alias(_) => continue,
        }
        found.push(id);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn what_is_no_path_is_said() {
        for (text, why) in [
            ("", "empty step"),
            ("a..b", "empty step"),
            ("a[", "nothing closes"),
            ("a[0]", "neither"),
            ("a.**", "ends in `**`"),
        ] {
            let error = Path::parse(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(Path::parse("spec.*.steps[][name=a].**.image").is_ok());
    }
}
