//! One document before and after its edits, node by node.
//!
//! In: both documents, and the edits that lie in the first. Out: what is not as planned, if anything is.
//! Invariant: every node is as it was and where it was, but for the scalars that an edit changes and
//! the pairs that one brings or takes, and those read what was planned.

use std::collections::BTreeSet;

use crate::finding::{Edit, Reads};
use crate::source::Span;
use crate::yaml::{Document, Kind, Node, NodeId, Style};

/// Compares two documents; the first was read from `text`.
pub(super) fn compare(
    text: &str,
    before: &Document<'_>,
    after: &Document<'_>,
    edits: &[Edit],
) -> Result<(), String> {
    let mut arrivals = arrivals(before, edits)?.into_iter().peekable();
    let gone = gone(text, before, edits)?;
    let mut made = gone.len() / 2;
    let mut kept = Kept::default();
    let mut rest = after.nodes();
    for (id, old) in before.nodes() {
        if gone.contains(&id) {
            kept.0.push(None);
            continue;
        }
        let Some((new_id, new)) = rest.next() else {
            return Err("a node went".into());
        };
        kept.0.push(Some(new_id));
        let changes = changes(text, before, id, edits);
        if !kept.same_place(old, new) || !reads_as_planned(text, (old, new), &changes, &kept) {
            return Err(format!("`{}` was not to read `{}`", old.value, new.value));
        }
        if !changes.is_empty() && states_twice(after, new) {
            return Err(format!("`{}` became a key that is there already", old.value));
        }
        made += changes.len();
        while let Some((_, pairs)) = arrivals.next_if(|&(value, _)| value == id) {
            for pair in pairs {
                bring(after, new.parent, pair, [rest.next(), rest.next()])?;
            }
            made += 1;
        }
    }
    match rest.next() {
        Some(_) => Err("a node came".into()),
        None if made == edits.len() => Ok(()),
        None => Err(format!("{} edits were planned, {made} were found", edits.len())),
    }
}

/// The nodes after the edits that were there before them, in order; `None` where one went.
#[derive(Default)]
struct Kept(Vec<Option<NodeId>>);

impl Kept {
    /// Whether two nodes that others refer to are the same one.
    fn same(&self, old: Option<NodeId>, new: Option<NodeId>) -> bool {
        old.map(|old| self.0.get(old.rank()).copied().flatten()) == new.map(Some)
    }

    /// Whether two nodes are in the same place. Their order says the rest: both documents are walked in
    /// theirs, and pairs come in whole.
    fn same_place(&self, old: &Node<'_>, new: &Node<'_>) -> bool {
        let decorated = |node: &Node<'_>| (node.anchored, node.tagged);
        self.same(old.parent, new.parent) && decorated(old) == decorated(new)
    }

    fn same_kind(&self, old: Kind, new: Kind) -> bool {
        match (old, new) {
            (Kind::Alias(old), Kind::Alias(new)) => self.same(old, new),
            _ => old == new,
        }
    }
}

/// Pairs that come in, and the value behind which they do.
type Arrival<'e> = (NodeId, &'e [(String, String)]);

/// What edits bring.
fn arrivals<'e>(before: &Document<'_>, edits: &'e [Edit]) -> Result<Vec<Arrival<'e>>, String> {
    // Collections and absent values have no bytes.
    let written: Vec<_> = before.nodes().filter(|(_, node)| !node.span.is_empty()).collect();
    let mut arrivals = Vec::new();
    for edit in edits {
        let Reads::Pairs(pairs) = &edit.reads else {
            continue;
        };
        let behind = written.partition_point(|(_, node)| node.span.end <= edit.span.start);
        let value = written[..behind].last().map(|&(id, _)| id);
        match value.filter(|&id| before.key_of(id).is_some()) {
            Some(value) if edit.span.is_empty() && !pairs.is_empty() => arrivals.push((value, &**pairs)),
            _ => return Err("an insertion is not behind a pair, takes something or brings nothing".into()),
        }
    }
    Ok(arrivals)
}

/// The keys and values of pairs that go: each edit takes one pair, and what sets it apart.
fn gone(text: &str, before: &Document<'_>, edits: &[Edit]) -> Result<BTreeSet<NodeId>, String> {
    let mut gone = BTreeSet::new();
    for edit in edits {
        let Reads::Gone(key, value) = &edit.reads else {
            continue;
        };
        let touched = |node: &Node<'_>| {
            !matches!(node.kind, Kind::Sequence { .. } | Kind::Mapping { .. })
                && node.span.start < edit.span.end
                && edit.span.start < node.span.end
        };
        let nodes: Vec<_> = before.nodes().filter(|(_, node)| touched(node)).collect();
        let apart = |start, end| {
            let between = text.get(start..end);
            between.is_some_and(|between| between.chars().all(|c| " \t\r\n:,".contains(c)))
        };
        match nodes[..] {
            [(first, is_key), (second, is_value)]
                if before.key_of(second) == Some(first)
                    && (&*is_key.value, &*is_value.value) == (key, value)
                    && apart(edit.span.start, is_key.span.start)
                    && apart(is_key.span.end, is_value.span.start)
                    && apart(is_value.span.end, edit.span.end)
                    && edit.text.is_empty() =>
            {
                gone.extend([first, second]);
            }
            _ => return Err(format!("`{key}: {value}` is not what would go")),
        }
    }
    Ok(gone)
}

/// Holds the next two nodes to be a pair of a mapping that did not have its key.
fn bring(
    after: &Document<'_>,
    mapping: Option<NodeId>,
    (key, value): &(String, String),
    nodes: [Option<(NodeId, &Node<'_>)>; 2],
) -> Result<(), String> {
    let is = |node: &Node<'_>, text: &str| {
        matches!(node.kind, Kind::Scalar(_))
            && node.value == text
            && node.parent == mapping
            && !node.anchored
            && !node.tagged
    };
    let came = match nodes {
        [Some((_, first)), Some((_, second))] => {
            is(first, key) && is(second, value) && !states_twice(after, first)
        }
        _ => false,
    };
    if came { Ok(()) } else { Err(format!("`{key}: {value}` did not come in where it should, once")) }
}

/// Whether a node is a key that its mapping has once more: readers disagree on which one counts.
fn states_twice(document: &Document<'_>, node: &Node<'_>) -> bool {
    let twice = |mapping| document.own(mapping, &node.value).nth(1).is_some();
    node.ordinal.is_multiple_of(2) && node.parent.is_some_and(twice)
}

/// The edits that change a scalar.
fn changes<'e>(text: &str, before: &Document<'_>, id: NodeId, edits: &'e [Edit]) -> Vec<&'e Edit> {
    let Some(place) = place(text, before, id) else {
        return Vec::new();
    };
    // Edits are sorted and do not overlap.
    let first = edits.partition_point(|edit| edit.span.start < place.start);
    let end = |edit: &Edit| match edit.reads {
        Reads::Bare(_) if is_comment(text, place.end, edit.span.end) => place.end,
        _ => edit.span.end,
    };
    let inside = edits[first..].iter().take_while(|edit| end(edit) <= place.end);
    inside.filter(|edit| !matches!(edit.reads, Reads::Pairs(_) | Reads::Gone(..))).collect()
}

/// Whether a comment stands between two places, and nothing else.
fn is_comment(text: &str, start: usize, end: usize) -> bool {
    let between = text.get(start..end).unwrap_or_default();
    between.starts_with([' ', '\t'])
        && between.trim_start().starts_with('#')
        && !between.contains(['\n', '\r'])
}

/// Where an edit of a node lies: in a scalar, and of an absent value behind the colon; nowhere else.
fn place(text: &str, document: &Document<'_>, id: NodeId) -> Option<Span> {
    let node = document.node(id);
    match (node.kind, document.key_of(id)) {
        (Kind::Scalar(Style::Plain), Some(key)) if node.span.is_empty() => {
            let key_end = document.node(key).span.end;
            let gap = text[key_end..].find(|c| !matches!(c, ' ' | '\t'))?;
            let colon = Span::new(key_end + gap, key_end + gap + 1);
            (colon.slice(text) == ":").then_some(colon)
        }
        (Kind::Scalar(_), _) => Some(node.span),
        _ => None,
    }
}

fn reads_as_planned(text: &str, (old, new): (&Node<'_>, &Node<'_>), edits: &[&Edit], kept: &Kept) -> bool {
    match edits {
        [] => kept.same_kind(old.kind, new.kind) && old.value == new.value,
        [Edit { reads: Reads::Scalar(planned) | Reads::Bare(planned), .. }] => {
            // The line break that ends a block belongs to its value.
            let reads = new.value.trim_end_matches('\n') == planned;
            matches!(new.kind, Kind::Scalar(_)) && reads && new.value != old.value
        }
        edits => {
            let inside = edits.iter().all(|edit| edit.reads == Reads::Inside);
            let bytes: Vec<_> = edits.iter().map(|edit| (edit.span.slice(text), &*edit.text)).collect();
            inside
                && holds_text(old, text)
                && old.kind == new.kind
                && new.value != old.value
                && turns_into(&old.value, &new.value, &bytes)
        }
    }
}

/// Whether the value of a scalar is its bytes, but for indentation and escapes.
fn holds_text(node: &Node<'_>, text: &str) -> bool {
    match node.kind {
        Kind::Scalar(Style::Literal) => true,
        Kind::Scalar(Style::Single | Style::Double) => !node.span.slice(text).contains(['\n', '\r']),
        _ => false,
    }
}

/// Whether one value becomes the other where, in order, bytes go and others come.
fn turns_into(old: &str, new: &str, edits: &[(&str, &str)]) -> bool {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    // Where in both the edits so far may end: what goes may stand in several places.
    let mut ends = BTreeSet::from([(0, 0)]);
    for (goes, comes) in edits {
        let mut next = BTreeSet::new();
        for (old_end, new_end) in ends {
            let (old, new) = (&old[old_end..], &new[new_end..]);
            let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
            let fits = |&at: &usize| {
                old[at..].starts_with(goes.as_bytes()) && new[at..].starts_with(comes.as_bytes())
            };
            let ends = |at| (old_end + at + goes.len(), new_end + at + comes.len());
            next.extend((0..=same).filter(fits).map(ends));
        }
        ends = next;
    }
    ends.into_iter().any(|(old_end, new_end)| old[old_end..] == new[new_end..])
}
