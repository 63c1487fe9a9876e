//! Rules as SARIF describes them.
//!
//! In: a rule and its page. Out: a descriptor.
//! Invariant: every word is of the page, so that both say the same.

use serde_json::{Value, json};

use crate::finding::Severity;
use crate::report::record::PAGES;
use crate::rules::{Check, Rule};

/// The descriptor of a rule.
pub(super) fn descriptor(rule: &Rule) -> Value {
    let found = section(rule.page, "What it finds");
    let mut properties = json!({"precision": "very-high", "tags": ["kubernetes"]});
    if let Some(severity) = security_severity(rule) {
        properties["security-severity"] = json!(severity);
        properties["tags"] = json!(["kubernetes", "security", "supply-chain"]);
    }
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": found},
        "help": {"text": section(rule.page, "How to fix it"), "markdown": absolute(rule.page)},
        "helpUri": format!("{PAGES}/{}.md", rule.id),
        "defaultConfiguration": {"level": rule.severity.as_str()},
        "properties": properties,
    })
}

/// How bad it is, from 0 to 10; nothing for what concerns the reading of files and not what runs.
fn security_severity(rule: &Rule) -> Option<&'static str> {
    match (rule.check, rule.severity) {
        (Check::Fault(_) | Check::Ignore(_), _) => None,
        (_, Severity::Error) => Some("5.5"),
        (_, Severity::Warning) => Some("3.0"),
    }
}

/// The text below a heading of a page.
fn section(page: &str, heading: &str) -> String {
    let below = page.split_once(&format!("\n## {heading}\n")).map_or("", |(_, below)| below);
    unlinked(below.split("\n## ").next().unwrap_or_default().trim())
}

/// A page whose links to other pages lead there from anywhere.
fn absolute(page: &str) -> String {
    page.replace("](", &format!("]({PAGES}/"))
}

/// A text without the targets of its links, and without the marks around their words.
fn unlinked(text: &str) -> String {
    let mut pieces = text.split("](");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |before, piece| {
        let (before, words) = before.rsplit_once('[').unwrap_or((&before, ""));
        let behind = piece.split_once(')').map_or(piece, |(_, behind)| behind);
        format!("{before}{words}{behind}")
    })
}

#[cfg(test)]
mod tests {
    use super::unlinked;

    #[test]
    fn links_are_their_words() {
        assert_eq!(unlinked("a [b](c.md), [d e](f) and g[0]"), "a b, d e and g[0]");
    }
}
