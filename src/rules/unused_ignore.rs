//! `unused-ignore`: an ignore without anything to ignore.

use super::{Applied, Check, Draft, Rule, find};
use crate::finding::{Severity, named};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "unused-ignore",
    summary: "An ignore names a rule that finds nothing in its place",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/unused-ignore.md"),
    check: Check::Ignore(check),
};

fn check(applied: &Applied<'_>) -> Option<Draft> {
    let quoted = |rule: &&str| format!("`{}`", printable(rule));
    if let Some(unknown) = applied.unused.iter().find(|rule| find(rule).is_none()) {
        let message = format!("there is no rule {} to ignore", quoted(unknown));
        return Some(Draft::new(message, "no such rule", "`kubepin rules` lists all rules"));
    }
    if applied.ignore.misplaced {
        let message = "an ignore for a whole file does not stand at its top: it ignores nothing";
        let help = "move it above the first line that is no comment, or write `ignore` for one line";
        return Some(Draft::new(message, "too far down", help));
    }
    let unused: Vec<String> = applied.unused.iter().map(quoted).collect();
    if unused.is_empty() {
        return None;
    }
    let all = applied.unused.len() == applied.ignore.rules.len();
    let what = if all { "the ignore" } else { "these names" };
    Some(Draft::new(
        format!("nothing to ignore: {} finds nothing here", named(&unused)),
        "ignores nothing",
        format!("take {what} out; what is found here later would go unseen"),
    ))
}
