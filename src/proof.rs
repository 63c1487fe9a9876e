//! The proof that a rewrite did what was planned, and nothing else.
//!
//! In: a text and the edits planned for it. Out: the text after them, or what is not as planned. There
//! is no other way to a text that is written.
//! Invariant: both texts are parsed again by pieces, and every node of the documents that are edited is
//! held to what was planned (`compare`); the other documents have the same bytes.

mod compare;

use crate::finding::Edit;
use crate::plan;
use crate::source::Span;
use crate::yaml::{self, Document, Forms};

/// The text with the edits made, proved to differ from `before` in what they plan alone, as YAML reads
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
    let mut left = edits;
    for (at, (old, new)) in before.iter().zip(&after).enumerate() {
        let next = before[at + 1..].iter().find_map(start).unwrap_or(usize::MAX);
        compare::compare(text, old, new, up_to(&mut left, next))?;
    }
    if left.is_empty() { Ok(()) } else { Err("an edit is in no document".into()) }
}

/// Where a document begins, if it is not empty.
fn start(document: &Document<'_>) -> Option<usize> {
    document.root().map(|root| document.node(root).span.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Reads;

    type Planned<'t> = (usize, usize, &'t str, Reads);

    fn made<'t>(before: &str, edits: impl IntoIterator<Item = Planned<'t>>) -> Result<String, String> {
        let edit = |(start, end, text, reads): Planned<'t>| Edit {
            span: Span::new(start, end),
            text: text.into(),
            reads,
        };
        proved(before, &edits.into_iter().map(edit).collect::<Vec<_>>())
    }

    fn check(before: &str, edits: &[(usize, usize, &str)]) -> Result<String, String> {
        made(before, edits.iter().map(|&(start, end, text)| (start, end, text, scalar(text))))
    }

    fn scalar(text: &str) -> Reads {
        Reads::Scalar(text.into())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Reads {
        Reads::Pairs(pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect())
    }

    /// Whether `x: y` is proved to come in.
    fn brings(before: &str, at: usize, text: &str) -> bool {
        made(before, [(at, at, text, pairs(&[("x", "y")]))]).is_ok()
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
    fn a_key_and_an_absent_value_change() {
        assert!(check("a: b\nc: d\n", &[(5, 6, "x"), (8, 9, "y")]).is_ok());
        assert!(check("a: b\nc: d\n", &[(5, 9, "x: y")]).is_err(), "over two scalars");
        assert!(check("a: b\nc: d\n", &[(5, 6, "a")]).is_err(), "a key that is there");
        let fills = |before: &str, at: usize| made(before, [(at, at, " x", scalar("x"))]).is_ok();
        assert!(fills("image:\nb: c\n", 6) && fills("image : # c\n", 7) && fills("{\"image\": , b: c}", 9));
        assert!(!fills("image:\nb: c\n", 7) && !fills("{image, b: c}", 6));
    }

    #[test]
    fn pairs_come_in() {
        let list = "- a: b # c\n- d: *e\n";
        assert!(brings(list, 11, "  x: y\n") && brings(list, list.len(), "  'x': \"y\"\n"));
        assert!(brings("a: {b: c, d: e}\n", 8, ", x: y") && brings("a: {b: c, d: e}\n", 14, ", x: y"));
        assert!(brings("a: b\n---\nc: d\n", 5, "x: y\n"), "where documents meet");
        assert!(brings("a: b\n...\nc: d\n", 5, "x: y\n") && brings("a: b\n...\nc: d\n", 14, "x: y\n"));
        assert!(brings("a: &b c\nd: *b\ne: [*b]\n", 8, "x: y\n"), "parents and targets move along");

        let reads = pairs(&[("x", "y"), ("z", "")]);
        let two = |text| made("a: b\n", [(5, 5, text, reads.clone())]);
        assert!(two("x: y\nz: ''\n").is_ok());
        assert!(two("z: ''\nx: y\n").is_err(), "in another order");
        let beside = [(4, 5, "c", scalar("c")), (5, 5, ", x: y", pairs(&[("x", "y")]))];
        assert!(made("{a: b}", beside).is_ok(), "behind a scalar that changes");
    }

    #[test]
    fn pairs_that_come_in_wrong_are_refused() {
        let list = "- a: b # c\n- d: *e\n";
        assert!(!brings(list, 11, "x: y\n") && !brings(list, 11, "- x: y\n"), "into something else");
        assert!(!brings("a:\n  b: c\n", 10, "x: y\n"), "into the mapping around");
        assert!(!brings("[a: b]", 5, ", x: y"), "into a sequence");
        assert!(!brings(list, 11, "  z: y\n") && !brings(list, 11, "  x: z\n"), "another pair");
        assert!(!brings(list, 11, "  x: [y]\n") && !brings(list, 11, "  x: &z y\n"), "more than a pair");
        assert!(!brings(list, 11, "") && !brings(list, 11, "# x: y\n"), "no pair");
        assert!(!brings(list, 11, "  x: y\n  z: y\n"), "two pairs");
        assert!(!brings(list, 11, "  x: y\n  x: y\n"), "the pair twice");
        assert!(!brings("a: b\nx: c\n", 5, "x: y\n"), "a key that is there");
        assert!(!brings("a: b\nc: d\n", 0, "x: y\n"), "behind nothing");
        assert!(!brings("a:\n  - b\n", 9, "x: y\n"), "behind an element");
        assert!(!brings("a: b\n# c\n---\nd: e\n", 13, "x: y\n"), "before a pair");
        assert!(!brings("{a: b, c: d}", 11, "}\n---\n{x: y"), "into another document");
        assert!(made("a: b\n", [(5, 5, "# c\n", pairs(&[]))]).is_err(), "none is planned");
        assert!(made("a: b # c\n", [(5, 9, "x: y\n", pairs(&[("x", "y")]))]).is_err(), "a comment went");
    }

    #[test]
    fn pairs_go() {
        let takes = |before: &str, goes: &str| {
            let at = before.find(goes).expect("what goes");
            made(before, [(at, at + goes.len(), "", Reads::Gone("x".into(), "y".into()))]).is_ok()
        };
        assert!(takes("- a: b # c\n  x: y\n- d: e\n", "  x: y\n") && takes("a: b\nx: \"y\"", "\nx: \"y\""));
        assert!(takes("{a: b, x: y, c: d}", ", x: y") && takes("a: &b c\nx: y\nd: *b\n", "x: y\n"));
        assert!(!takes("a: b\nx: y # c\n", "x: y # c\n"), "with a comment");
        assert!(!takes("a: b\nx: z\n", "x: z\n") && !takes("a: b\nz: y\n", "z: y\n"), "another pair");
        assert!(!takes("a: b\nx: y\nc: d\n", "x: y\nc: d\n"), "two pairs");
        assert!(!takes("a: b\nx: &e y\nc: *e\n", "x: &e y\n"), "what others refer to");
        assert!(!takes("a:\n  x: y\n", "  x: y\n"), "the last of its mapping");
    }

    #[test]
    fn a_comment_goes_with_its_value() {
        let empties = |before: &str, goes: &str| {
            let at = before.find(goes).expect("what goes");
            made(before, [(at, at + goes.len(), "''", Reads::Bare(String::new()))]).is_ok()
        };
        assert!(empties("a: b # c\nd: e\n", "b # c") && empties("a: b\n", "b"));
        assert!(!empties("a: b # c\nd: e\n", "b # c\n") && !empties("{a: b, c: d}", "b, c: d"));
    }

    #[test]
    fn text_inside_a_scalar_changes_by_its_bytes() {
        let inside = |before: &str, goes: &str, comes: &str| {
            let edit = |(at, _): (usize, &str)| (at, at + goes.len(), comes, Reads::Inside);
            made(before, before.match_indices(goes).map(edit)).is_ok()
        };
        assert!(inside("a: |\n  image: q\nb: c\n", "q", "q:1"));
        assert!(inside("a: |2+\r\n\r\n    image: q\r\n    - q\r\n\r\n", "q", "q:1"), "two edits");
        assert!(inside("a: '{\"image\": \"q\"}'\n", "q", "q:1") && inside("a: \"image: q\"\n", "q", "'q'"));
        assert!(inside("a: |\n  qqq\n", "q", "qq") && inside("a: |\n  abab\n", "ab", "aba"));

        assert!(!inside("a: |\n  q\n", "q", "q"), "nothing changed");
        assert!(!inside("a: q\n", "q", "r") && !inside("a: >\n  q\n", "q", "r"), "no such scalar");
        assert!(!inside("q: |\n  a\n", "q", "r"), "a key");
        assert!(!inside("a: 'b\n  q'\n", "q", "r"), "not on one line");
        assert!(!inside("a: 'q'\n", "q", "it''s") && !inside("a: \"q\"\n", "q", "\\x41"), "escapes");
        assert!(!inside("a: 'q'\n", "'q'", "q") && !inside("a: 'q'\n", "'q'", "\"r\""), "quotes");
        assert!(!inside("a: |\n  q\n", "q", "q\n  r"), "indentation");
        assert!(!inside("a: |\n  q\n", "q\n", "q\nb: c\n"), "a key came");
        assert!(!inside("a: |\n  q\n", "|", ">"), "a style");
        let mixed = [(7, 8, "y", scalar("y")), (11, 12, "u", Reads::Inside)];
        assert!(made("a: |\n  x\n  z\n", mixed).is_err(), "of two kinds");
    }
}
