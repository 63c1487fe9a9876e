//! `shadowed-image`: a key that is written twice.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, Stated};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "shadowed-image",
    summary: "A later `image` key of the same container takes this one's place",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/shadowed-image.md"),
    check: Check::Use(check),
};

fn check(image: &ImageUse, stated: &Stated) -> Option<Draft> {
    image.shadowed.then(|| {
        Draft::new(
            format!("`{}` never runs: the key is written again below", printable(&stated.written)),
            "Kubernetes takes the last of duplicate keys",
            "delete the one that is not meant",
        )
    })
}
