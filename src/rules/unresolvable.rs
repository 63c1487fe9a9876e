//! `unresolvable`: the registry knows no such image.

use super::{Check, Draft, Rule};
use crate::answer::Answer;
use crate::finding::Severity;
use crate::image::Stated;

pub(super) const RULE: Rule = Rule {
    id: "unresolvable",
    summary: "The registry has no such repository or tag",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/unresolvable.md"),
    check: Check::Answer(check),
};

fn check(stated: &Stated, answer: &Answer) -> Option<Draft> {
    let Answer::Missing(reason) = answer else {
        return None;
    };
    let help = reason.hint.clone().unwrap_or_else(|| "check the spelling of repository and tag".to_owned());
    Some(Draft::new(
        format!("`{}` does not exist: {}", stated.written, reason.what),
        "a pod with this image cannot start",
        help,
    ))
}
