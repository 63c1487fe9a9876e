//! `tag-without-digest`: a tag, no digest.

use super::{Check, Draft, Rule, pin_it};
use crate::finding::Severity;
use crate::image::{ImageUse, State, Stated};

pub(super) const RULE: Rule = Rule {
    id: "tag-without-digest",
    summary: "An image is referenced by a tag alone, which can be moved",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/tag-without-digest.md"),
    check: Check::Use(check),
};

fn check(image: &ImageUse, stated: &Stated) -> Option<Draft> {
    (stated.state == State::Tagged).then(|| {
        Draft::new(
            format!("`{}` has no digest: what runs is whatever the tag points to by then", stated.written),
            "a tag can be moved to another image",
            pin_it(image, stated),
        )
    })
}
