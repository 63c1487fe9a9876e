//! `malformed-reference`: a value that no registry and no kubelet can read.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, State, Stated};
use crate::reference::{Malformed, Part};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "malformed-reference",
    summary: "A value is not an image reference",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/malformed-reference.md"),
    check: Check::Use(check),
};

fn check(_: &ImageUse, stated: &Stated) -> Option<Draft> {
    let error = broken(stated).filter(|error| error.part != Part::Digest)?;
    Some(Draft {
        part: Some(error.span),
        ..Draft::new(
            format!(
                "`{}` is not an image reference: {}",
                printable(&stated.written),
                printable(&error.message)
            ),
            "not valid here",
            "a reference is `[registry/]repository[:tag][@digest]`",
        )
    })
}

/// What is wrong with the value, when it should be a reference and is none.
pub(super) fn broken(stated: &Stated) -> Option<&Malformed> {
    stated.reference.as_ref().err().filter(|_| stated.state == State::Invalid)
}
