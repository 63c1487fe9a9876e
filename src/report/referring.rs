//! What refers to an image, as a tree or as JSON of schema `kubepin.referrers/1`.
//!
//! Invariant: what refers to a digest is shown once, where the digest comes first, so that no list, however
//! it is made, comes out longer than it is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use super::json;
use crate::answer::Traffic;
use crate::reference::Digest;
use crate::referrer::{Claim, Referrer, Referrers, Scheme};
use crate::settings::{Format, Output};
use crate::source::printable;

/// What refers to an image.
#[derive(Debug)]
pub struct Tree {
    /// The image, by its digest.
    pub reference: String,
    /// Its digest.
    pub digest: Digest,
    /// The referrers of each digest that was looked at.
    pub found: BTreeMap<Digest, Referrers>,
    /// What it cost.
    pub registry: Traffic,
}

#[derive(Serialize)]
struct Document<'t> {
    schema: &'static str,
    reference: &'t str,
    digest: &'t Digest,
    scheme: Option<Scheme>,
    referrers: Vec<Node<'t>>,
    registry: Traffic,
}

/// A referrer, and what refers to it.
#[derive(Serialize)]
struct Node<'t> {
    #[serde(flatten)]
    referrer: &'t Referrer,
    /// `None` where that is shown elsewhere, or not known.
    referrers: Option<Vec<Node<'t>>>,
}

/// Prints what was found.
///
/// # Errors
/// Those of `out`.
pub fn print(out: &mut dyn Write, tree: &Tree, output: &Output) -> io::Result<()> {
    let nodes = nodes(tree, &tree.digest, &mut BTreeSet::new()).unwrap_or_default();
    if output.format == Format::Json {
        let Tree { reference, digest, found, registry } = tree;
        let document = Document {
            schema: "kubepin.referrers/1",
            reference,
            digest,
            scheme: found.get(digest).map(|referrers| referrers.scheme),
            referrers: nodes,
            registry: *registry,
        };
        return json::document(out, &document);
    }
    writeln!(out, "{}", printable(&tree.reference))?;
    if nodes.is_empty() {
        return writeln!(out, "nothing refers to it");
    }
    branches(out, &nodes, "", output.unicode)
}

/// What refers to a digest; `None` where that was shown already, or is not known.
fn nodes<'t>(tree: &'t Tree, digest: &'t Digest, shown: &mut BTreeSet<&'t Digest>) -> Option<Vec<Node<'t>>> {
    let referrers = tree.found.get(digest).filter(|_| shown.insert(digest))?;
    let node = |referrer: &'t Referrer| Node { referrer, referrers: nodes(tree, &referrer.digest, shown) };
    Some(referrers.list.iter().map(node).collect())
}

/// Draws what refers to one digest: for each artifact type a branch with the digests.
fn branches(out: &mut dyn Write, nodes: &[Node<'_>], before: &str, unicode: bool) -> io::Result<()> {
    let mut types: Vec<&str> = Vec::new();
    for name in nodes.iter().map(artifact_type) {
        if !types.contains(&name) {
            types.push(name);
        }
    }
    for (number, name) in types.iter().enumerate() {
        let (branch, below) = lines(number + 1 == types.len(), unicode);
        writeln!(out, "{before}{branch}{}", printable(name))?;
        let before = format!("{before}{below}");
        let of_type: Vec<&Node<'_>> = nodes.iter().filter(|node| artifact_type(node) == *name).collect();
        for (number, node) in of_type.iter().enumerate() {
            let (branch, below) = lines(number + 1 == of_type.len(), unicode);
            let note = note(node.referrer).map(|note| format!(" ({note})"));
            writeln!(out, "{before}{branch}{}{}", node.referrer.digest, note.unwrap_or_default())?;
            branches(
                out,
                node.referrers.as_deref().unwrap_or_default(),
                &format!("{before}{below}"),
                unicode,
            )?;
        }
    }
    Ok(())
}

/// What is said of an entry beside its digest.
pub(super) fn note(referrer: &Referrer) -> Option<String> {
    match (&referrer.tag, &referrer.claim) {
        (Some(tag), _) => Some(format!("tag of cosign: {}", printable(tag))),
        (None, Claim::Refuted(why)) => Some(format!("but {}", printable(why))),
        (None, Claim::Listed | Claim::Proved) => None,
    }
}

fn artifact_type<'t>(node: &Node<'t>) -> &'t str {
    node.referrer.artifact_type.as_deref().unwrap_or("(of no stated type)")
}

/// The line to an entry, and the one that goes on below it.
fn lines(last: bool, unicode: bool) -> (&'static str, &'static str) {
    match (last, unicode) {
        (false, true) => ("├── ", "│   "),
        (true, true) => ("└── ", "    "),
        (false, false) => ("|-- ", "|   "),
        (true, false) => ("`-- ", "    "),
    }
}
