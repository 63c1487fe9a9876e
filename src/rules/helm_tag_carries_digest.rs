//! `helm-tag-carries-digest`: a digest in a tag that the chart uses for more than the image.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, Outcome, PartKind};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "helm-tag-carries-digest",
    summary: "A tag in values carries a digest, and the chart writes the tag elsewhere, too",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/helm-tag-carries-digest.md"),
    check: Check::Outcome(check),
};

fn check(_: &ImageUse, outcome: &Outcome) -> Option<Draft> {
    let line = outcome.elsewhere.as_ref()?;
    let message = format!("the digest in this tag gets into another place: `{}`", printable(line));
    let help =
        "use the key that the chart has for a digest, or leave the tag as it was: a label takes no `@`";
    Some(Draft {
        of: Some(PartKind::Tag),
        ..Draft::new(message, "the chart uses the tag elsewhere, too", help)
    })
}
