//! `ignore-without-reason`: an ignore that does not say what it ignores, or why.

use super::{Applied, Check, Draft, Rule};
use crate::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "ignore-without-reason",
    summary: "An ignore names no rule or gives no reason, and ignores nothing",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/ignore-without-reason.md"),
    check: Check::Ignore(check),
};

fn check(applied: &Applied<'_>) -> Option<Draft> {
    let (message, label) = match applied.ignore {
        ignore if ignore.rules.is_empty() => {
            ("an ignore names no rule: it ignores nothing", "which rules, and why?")
        }
        ignore if ignore.reason.is_empty() => ("an ignore gives no reason: it ignores nothing", "why?"),
        _ => return None,
    };
    let help = "write `ignore[rule-id] reason` in a comment, `rule-id: reason` in the annotation";
    Some(Draft::new(message, label, help))
}
