//! `malformed-digest`: a digest that cannot be one.

use super::malformed_reference::broken;
use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, PartKind, Stated};
use crate::reference::Part;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "malformed-digest",
    summary: "What stands behind `@` is not a digest",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/malformed-digest.md"),
    check: Check::Use(check),
};

fn check(_: &ImageUse, stated: &Stated) -> Option<Draft> {
    let error = broken(stated).filter(|error| error.part == Part::Digest)?;
    Some(Draft {
        part: Some(error.span),
        of: Some(PartKind::Digest),
        ..Draft::new(
            format!(
                "the digest of `{}` is malformed: {}",
                printable(&stated.written),
                printable(&error.message)
            ),
            "no registry can answer for this",
            "take the part behind `@` away and pin again, or copy the whole digest",
        )
    })
}
