//! Machines: which ones a pod may come to, as far as it says.
//!
//! In: what a pod demands of the labels of nodes. Out: the machines that its images have to run on.
//! Invariant: a machine is named only where it is stated that the pod may come there; what excludes
//! machines, or only asks for a label, says nothing.

use std::collections::BTreeSet;
use std::fmt;

use crate::platform::Platform;

/// More machines than these are stated by nobody who means them.
const MOST: usize = 64;

/// A kind of machine. What is `None` may be anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine<P> {
    /// `linux`, `windows`.
    pub os: Option<String>,
    /// As Go has it: `amd64`, `arm64`.
    pub architecture: Option<String>,
    /// Where that is stated.
    pub at: P,
}

/// A demand on one label of a node.
#[derive(Clone, Debug)]
pub struct Expression<P> {
    /// The label.
    pub key: String,
    /// What it may be; `None` where that is not stated in so many words.
    pub values: Option<Vec<String>>,
    /// Where that is stated.
    pub at: P,
}

/// What a pod demands of nodes.
#[derive(Clone, Debug)]
pub struct Selection<P> {
    /// What every node has to have: `nodeSelector`.
    pub every: Vec<Expression<P>>,
    /// Terms of a required `nodeAffinity`, of which a node has to meet one; empty where there are none.
    pub terms: Vec<Vec<Expression<P>>>,
}

impl<P: Clone + Ord> Selection<P> {
    /// The machines that the images have to run on: all that a node may be which is selected.
    /// Source: the API reference of Kubernetes, `NodeSelector` (a node meets one
    /// term, and all that is in it), and its well-known labels.
    pub fn machines(&self) -> Vec<Machine<P>> {
        let none = [Vec::new()];
        let terms = if self.terms.is_empty() { &none[..] } else { &self.terms };
        let machines: BTreeSet<Machine<P>> = terms.iter().flat_map(|term| self.of_term(term)).collect();
        if machines.len() > MOST { Vec::new() } else { machines.into_iter().collect() }
    }

    fn of_term(&self, term: &[Expression<P>]) -> Vec<Machine<P>> {
        let expressions = || self.every.iter().chain(term);
        let os = allowed(expressions(), ["kubernetes.io/os", "beta.kubernetes.io/os"]);
        let architecture = allowed(expressions(), ["kubernetes.io/arch", "beta.kubernetes.io/arch"]);
        let Some((_, at)) = architecture.as_ref().or(os.as_ref()) else { return Vec::new() };
        let any = |allowed: &Option<(Vec<String>, P)>| match allowed {
            Some((values, _)) => values.iter().cloned().map(Some).collect(),
            None => vec![None],
        };
        let (systems, architectures) = (any(&os), any(&architecture));
        if systems.len() * architectures.len() > MOST {
            return Vec::new();
        }
        let with = |os: &Option<String>| {
            let machine = |architecture: &Option<String>| Machine {
                os: os.clone(),
                architecture: architecture.clone(),
                at: at.clone(),
            };
            architectures.iter().map(machine).collect::<Vec<_>>()
        };
        systems.iter().flat_map(with).collect()
    }
}

/// What a label may be by all that is demanded of it, and where that is stated first.
fn allowed<'e, P: Clone + 'e>(
    expressions: impl Iterator<Item = &'e Expression<P>>,
    keys: [&str; 2],
) -> Option<(Vec<String>, P)> {
    let mut allowed: Option<(Vec<String>, P)> = None;
    for expression in expressions.filter(|expression| keys.contains(&&*expression.key)) {
        let values = expression.values.as_ref()?;
        allowed = Some(match allowed {
            None => (values.clone(), expression.at.clone()),
            Some((before, at)) => (before.into_iter().filter(|value| values.contains(value)).collect(), at),
        });
    }
    allowed
}

impl<P> Machine<P> {
    /// The same machine, with another way to say where it is stated.
    pub fn stated_at<Q>(self, at: Q) -> Machine<Q> {
        Machine { os: self.os, architecture: self.architecture, at }
    }

    /// Whether an image of a platform may run on it. Which variant of its architecture a node is, no label
    /// says.
    pub fn may_run(&self, image: &Platform) -> bool {
        let is = |stated: &Option<String>, own: &str| stated.as_ref().is_none_or(|stated| stated == own);
        is(&self.os, &image.os) && is(&self.architecture, &image.architecture)
    }
}

impl<P> fmt::Display for Machine<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<&str> =
            [&self.os, &self.architecture].into_iter().flatten().map(String::as_str).collect();
        f.write_str(&parts.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `os=linux arch=amd64,arm64 arch!` as expressions; `!` excludes something.
    fn expressions(text: &str) -> Vec<Expression<u8>> {
        let expression = |word: &str| {
            let (key, values) = word
                .split_once('=')
                .map_or((word.trim_end_matches('!'), None), |(key, values)| (key, Some(values)));
            let values = values.map(|values| values.split(',').map(str::to_owned).collect());
            Expression { key: format!("kubernetes.io/{key}"), values, at: 0 }
        };
        text.split_whitespace().map(expression).collect()
    }

    #[test]
    fn machines_that_a_pod_may_come_to() {
        for (every, terms, expected) in [
            ("", &[][..], ""),
            ("zone=a", &["rack=b"], ""),
            ("os=linux", &[], "linux"),
            ("arch=arm64", &[], "arm64"),
            ("os=linux arch=arm64", &[], "linux/arm64"),
            ("os=linux", &["arch=amd64,arm64"], "linux/amd64 linux/arm64"),
            ("", &["arch=arm64", "zone=a"], "arm64"),
            ("", &["os=linux arch=arm64", "os=windows"], "linux/arm64 windows"),
            ("arch=arm64", &["arch=amd64,arm64"], "arm64"),
            ("arch=arm64", &["arch=amd64"], ""),
            ("", &["arch=amd64,arm64 arch!"], ""),
            ("os=linux", &["arch!"], "linux"),
        ] {
            let terms = terms.iter().map(|term| expressions(term)).collect();
            let found = Selection { every: expressions(every), terms }.machines();
            let names: BTreeSet<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(names.into_iter().collect::<Vec<_>>().join(" "), expected, "{every} {found:?}");
        }
        let many = (0..100).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        let many = Selection { every: expressions(&format!("arch={many}")), terms: Vec::new() };
        assert_eq!(many.machines(), []);
    }
}
