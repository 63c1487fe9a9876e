//! `latest-tag`: the tag that is meant to move.

use super::{Check, Draft, Rule, pin_it};
use crate::finding::Severity;
use crate::image::{ImageUse, State, Stated};

pub(super) const RULE: Rule = Rule {
    id: "latest-tag",
    summary: "An image is referenced as `:latest` without a digest",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/latest-tag.md"),
    check: Check::Use(check),
};

fn check(image: &ImageUse, stated: &Stated) -> Option<Draft> {
    let tag = stated.reference.as_ref().ok()?.tag()?;
    (stated.state == State::Tagged && tag == "latest").then(|| {
        Draft::new(
            format!("`{}` runs whatever was pushed last", stated.written),
            "`latest` moves with every release",
            format!("{}, or better the digest of a version", pin_it(image, stated)),
        )
    })
}
