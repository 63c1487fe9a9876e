//! The text of an edit that takes a pair out of a mapping.
//!
//! In: the file's text, a pair of the mapping as the parse found it. Out: the bytes that go: those that
//! bringing the pair in had added.
//! Invariant: no comment goes, and no other pair moves; what would need more than that is refused.

use super::insert::Sibling;
use super::quote::Surroundings;
use super::replace::Refusal;
use crate::finding::{Edit, Reads};
use crate::source::Span;

const LINE_BREAKS: [char; 2] = ['\n', '\r'];
const BLANKS: [char; 2] = [' ', '\t'];

/// The edit that takes a pair out of its mapping, in which another one comes before it. `key` and `value`
/// are what it reads.
///
/// # Errors
/// Why it cannot be done safely.
pub fn remove(text: &str, pair: &Sibling, key: &str, value: &str) -> Result<Edit, Refusal> {
    let refusal = |why| Refusal(format!("`{key}` cannot be taken out: {why}"));
    let span = match pair.surroundings {
        Surroundings::Block => line(text, pair),
        Surroundings::Flow | Surroundings::Json => behind_comma(text, pair),
    };
    let span = span.map_err(refusal)?;
    Ok(Edit { span, text: String::new(), reads: Reads::Gone(key.to_owned(), value.to_owned()) })
}

/// The line of a pair, with its line break.
fn line(text: &str, pair: &Sibling) -> Result<Span, &'static str> {
    let start = text[..pair.key.start].rfind(LINE_BREAKS).map_or(0, |at| at + 1);
    if !text[start..pair.key.start].chars().all(|c| c == ' ') || start == 0 {
        return Err("its key does not begin the line, or is the first of its mapping");
    }
    if Span::new(pair.key.start, pair.value.end).slice(text).contains(LINE_BREAKS) {
        return Err("it is not on one line");
    }
    let rest = &text[pair.value.end..];
    let below = rest.find(LINE_BREAKS);
    if !rest[..below.unwrap_or(rest.len())].trim_matches(BLANKS).is_empty() {
        return Err("a comment behind it would go, too");
    }
    let Some(below) = below else {
        // The last line has no line break: the one before it goes.
        let above = text[..start].strip_suffix('\n').unwrap_or(&text[..start]);
        let above = above.strip_suffix('\r').unwrap_or(above);
        return Ok(Span::new(above.len(), text.len()));
    };
    let line_break = if rest[below..].starts_with("\r\n") { 2 } else { 1 };
    Ok(Span::new(start, pair.value.end + below + line_break))
}

/// A pair in braces, with the comma before it.
fn behind_comma(text: &str, pair: &Sibling) -> Result<Span, &'static str> {
    let before = text[..pair.key.start].trim_end_matches([' ', '\t', '\n', '\r']);
    match before.strip_suffix(',') {
        Some(before) => Ok(Span::new(before.len(), pair.value.end)),
        None => Err("no pair of its mapping comes before it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::proved;
    use crate::yaml::{insert, parse};

    /// The pair of the key `at`.
    fn pair(text: &str) -> Sibling {
        let documents = parse(text, 0).expect("the text is YAML");
        let document = &documents[0];
        let is_at = |id| document.key_of(id).is_some_and(|key| document.node(key).value == "at");
        let (id, _) = document.nodes().find(|(id, _)| is_at(*id)).expect("a key `at`");
        Sibling::of(document, id).expect("a pair")
    }

    fn without(text: &str) -> Result<String, String> {
        let edit = remove(text, &pair(text), "at", "1").map_err(|refusal| refusal.0)?;
        Ok(proved(text, &[edit]).expect("the proof holds"))
    }

    #[test]
    fn what_was_brought_in_goes() {
        for text in [
            "- x: b # c\n  y: d\n",
            "- x: b # c\r\n  # e\r\n  y: d\r\n",
            "- x: b\n  y: d",
            "x: b\ny: d",
            "- {y: a, x: b}\n",
            "[{\"x\": \"b\", \"y\": \"d\"}]",
            "{\n  \"y\": \"d\",\n  \"x\": \"b\"\n}\n",
        ] {
            let key = text.replace("x:", "at:").replace("\"x\":", "\"at\":");
            let edit = insert(&key, &pair(&key), &[("q", "1")]).expect("it comes in");
            let brought = proved(&key, &[edit]).expect("the proof holds");
            let brought = brought.replace("at:", "x:").replace("\"at\":", "\"x\":");
            let brought = brought.replace("q:", "at:").replace("\"q\":", "\"at\":");
            assert_eq!(without(&brought).as_deref(), Ok(text), "{brought:?}");
        }
    }

    #[test]
    fn what_takes_more_with_it_is_refused() {
        for text in [
            "- at: 1\n  x: y\n",
            "x: y\nat: 1 # why\n",
            "at: 1\nx: y\n",
            "x: y\nat:\n  1\n",
            "{at: 1, x: y}\n",
        ] {
            without(text).expect_err(text);
        }
    }
}
