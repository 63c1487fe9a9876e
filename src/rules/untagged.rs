//! `untagged`: neither tag nor digest, which means `latest`.

use super::{Check, Draft, Rule, pin_it};
use crate::finding::Severity;
use crate::image::{ImageUse, State, Stated};

pub(super) const RULE: Rule = Rule {
    id: "untagged",
    summary: "An image is referenced without tag and digest, which means `latest`",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/untagged.md"),
    check: Check::Use(check),
};

fn check(image: &ImageUse, stated: &Stated) -> Option<Draft> {
    (stated.state == State::Untagged).then(|| {
        Draft::new(
            format!("`{}` has no tag and no digest: it runs whatever was pushed last", stated.written),
            "no tag means `latest`",
            format!("{}, or better the digest of a version", pin_it(image, stated)),
        )
    })
}
