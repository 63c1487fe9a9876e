//! `expired-ignore`: an ignore whose last day is over.

use super::ignored::is_day;
use super::{Applied, Check, Draft, Rule};
use crate::finding::Severity;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "expired-ignore",
    summary: "The last day of an ignore is over, and it ignores nothing any more",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/expired-ignore.md"),
    check: Check::Ignore(check),
};

fn check(applied: &Applied<'_>) -> Option<Draft> {
    let until = applied.ignore.until.as_ref().filter(|_| applied.expired)?;
    if !is_day(until) {
        let message = format!("`{}` is no day: the ignore ignores nothing", printable(until));
        return Some(Draft::new(message, "until when?", "write the last day as in `until=2026-12-31`"));
    }
    Some(Draft::new(
        format!("an ignore was good until {until}: it ignores nothing any more"),
        "its last day is over",
        "mend what it was about, or take the comment out, or give it another day if the reason still holds",
    ))
}
