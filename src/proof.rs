//! The proof that a rewrite did what was planned, and nothing else.
//!
//! In: a text and the edits planned for it. Out: the text after them, or what is not as planned. There
//! is no other way to a text that is written.
//! Invariant: both texts are parsed again by pieces; every node must be as it was, but for the edited
//! scalars, which must read what was planned.

use crate::finding::Edit;
use crate::plan;
use crate::source::Span;
use crate::yaml::{self, Document, Forms, Kind, Node, NodeId, Style};

/// The text with the edits made, proved to differ from `before` in their scalars alone, as YAML reads
/// both.
///
/// # Errors
/// What differs from the plan: for the author of a bug report, no file must be written.
pub fn proved(before: &str, edits: &[Edit]) -> Result<String, String> {
    let inside = edits.iter().all(|edit| before.get(edit.span.start..edit.span.end).is_some());
    if !inside || edits.windows(2).any(|pair| pair[0].span.end > pair[1].span.start) {
        return Err("edits overlap, or lie outside of the text".into());
    }
    let after = plan::apply(before, edits);
    // Masks differ only where actions are, which no edit touches.
    let (old_forms, new_forms) = (Forms::of(before), Forms::of(&after));
    let (old, new) = (yaml::split(old_forms.first().0), yaml::split(new_forms.first().0));
    if old.len() != new.len() {
        return Err(format!("{} documents became {}", old.len(), new.len()));
    }
    let mut left = edits;
    for (old, new) in old.into_iter().zip(new) {
        let inside = up_to(&mut left, old.span.end);
        if inside.first().is_some_and(|edit| edit.span.start < old.span.start) {
            return Err("an edit goes over the end of a document".into());
        }
        if inside.is_empty() && old.span.slice(before) != new.span.slice(&after) {
            return Err("a document changed that no edit is in".into());
        }
        if !inside.is_empty() {
            same_but(&old_forms, old.span, &new_forms, new.span, inside)?;
        }
    }
    if left.is_empty() { Ok(after) } else { Err("an edit is in no document".into()) }
}

/// Takes the edits that end at a place or before it: an insertion is in the document that ends there.
fn up_to<'e>(edits: &mut &'e [Edit], end: usize) -> &'e [Edit] {
    let (taken, left) = edits.split_at(edits.partition_point(|edit| edit.span.end <= end));
    *edits = left;
    taken
}

fn same_but(
    before: &Forms<'_>,
    old: Span,
    after: &Forms<'_>,
    new: Span,
    edits: &[Edit],
) -> Result<(), String> {
    let mut parsed = before.each().zip(after.each()).map(|(before, after)| {
        Some((
            before,
            yaml::parse(old.slice(before), old.start).ok()?,
            yaml::parse(new.slice(after), new.start).ok()?,
        ))
    });
    let Some((text, before, after)) = parsed.find_map(|all| all) else {
        return Err("the text no longer parses".into());
    };
    if before.len() != after.len() {
        return Err("a document came or went".into());
    }
    let mut changed = 0;
    for (before, after) in before.iter().zip(&after) {
        changed += compare(text, before, after, edits)?;
    }
    if changed == edits.len() {
        return Ok(());
    }
    Err(format!("{} scalars were to change, {changed} did", edits.len()))
}

/// Compares two documents node by node and counts the scalars that an edit changed.
fn compare(text: &str, before: &Document<'_>, after: &Document<'_>, edits: &[Edit]) -> Result<usize, String> {
    let mut changed = 0;
    let (mut old, mut new) = (before.nodes(), after.nodes());
    loop {
        let (id, old, new) = match (old.next(), new.next()) {
            (None, None) => return Ok(changed),
            (Some((id, old)), Some((_, new))) => (id, old, new),
            _ => return Err("a node came or went".into()),
        };
        let edit = place(text, before, id).and_then(|place| between(edits, place).first());
        if !is_as_planned(old, new, edit) {
            return Err(format!("`{}` was not to read `{}`", old.value, new.value));
        }
        changed += usize::from(edit.is_some());
    }
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

/// The edits that lie in a span. Edits are sorted and do not overlap.
fn between(edits: &[Edit], span: Span) -> &[Edit] {
    let first = edits.partition_point(|edit| edit.span.start < span.start);
    let last = edits.partition_point(|edit| edit.span.end <= span.end);
    &edits[first..last.max(first)]
}

fn is_as_planned(old: &Node<'_>, new: &Node<'_>, edit: Option<&Edit>) -> bool {
    let frame = |node: &Node<'_>| (node.parent, node.ordinal, node.anchored, node.tagged);
    let content = match (edit, new.kind) {
        (None, kind) => old.kind == kind && old.value == new.value,
        // The line break that ends a block belongs to its value.
        (Some(edit), Kind::Scalar(_)) => {
            new.value.trim_end_matches('\n') == edit.reads && new.value != old.value
        }
        _ => false,
    };
    frame(old) == frame(new) && content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, edits: &[(usize, usize, &str)]) -> Result<String, String> {
        let edit = |&(start, end, text): &(usize, usize, &str)| Edit {
            span: Span::new(start, end),
            text: text.into(),
            reads: text.into(),
        };
        let edits: Vec<Edit> = edits.iter().map(edit).collect();
        proved(before, &edits)
    }

    #[test]
    fn a_wrong_edit_is_refused() {
        assert_eq!(check("a: b\nc: d\n", &[(3, 4, "x")]).as_deref(), Ok("a: x\nc: d\n"));
        assert!(check("a: b\n---\nc: {{ .x }}\nd: e\n", &[(24, 25, "x")]).is_ok());
        assert!(check("a: b\nc: d\n", &[(3, 4, "x\ny: z")]).is_err(), "a key came");
        assert!(check("a: b\nc: d\n", &[(3, 4, "b")]).is_err(), "nothing changed");
        assert!(check("a: b\nc: d\n", &[(0, 1, "x: y\nz")]).is_err(), "structure changed");
        assert!(check("a: b # c\n", &[(5, 8, "d")]).is_err(), "an edit outside of scalars");
        assert!(check("a: b\n", &[(3, 4, "[")]).is_err(), "no YAML any more");
        assert!(check("a: b\n", &[(3, 4, "x"), (3, 4, "y")]).is_err(), "overlap");
        assert!(check("a: b\nc: d\n", &[(3, 4, "x # ")]).is_err(), "another value than planned");
    }

    #[test]
    fn an_edit_is_in_one_document() {
        assert!(check("a: b\n---\nc: d\n", &[(12, 13, "x")]).is_ok());
        assert!(check("a: b\n---\nc: d\n", &[(3, 9, "b\n---\n")]).is_err(), "over the end of one");
        assert!(check("\u{feff}a: b\n", &[(0, 3, "")]).is_err(), "before the first one");
        assert!(check("", &[(0, 0, "a")]).is_err(), "there is none");
        assert!(check("a: b\n...\nc: d\n", &[(3, 4, "x"), (12, 13, "y")]).is_ok());
    }

    #[test]
    fn an_absent_value_is_filled() {
        let fill = |before: &str, at: usize| {
            let edit = Edit { span: Span::new(at, at), text: " x".into(), reads: "x".into() };
            proved(before, &[edit]).is_ok()
        };
        assert!(fill("image:\nb: c\n", 6) && fill("image : # c\n", 7) && fill("{\"image\": , b: c}", 9));
        assert!(!fill("image:\nb: c\n", 7) && !fill("{image, b: c}", 6));
    }
}
