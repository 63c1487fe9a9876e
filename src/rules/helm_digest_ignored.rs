//! `helm-digest-ignored`: a digest in values that no template reads.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, Outcome, PartKind, UseKind};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "helm-digest-ignored",
    summary: "The chart makes an image without the digest that its values state",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/helm-digest-ignored.md"),
    check: Check::Outcome(check),
};

fn check(image: &ImageUse, outcome: &Outcome) -> Option<Draft> {
    let states = image.part(PartKind::Digest).is_some_and(|digest| !digest.text.is_empty());
    let ignored = image.kind == UseKind::HelmValue && states && !outcome.stated.has_digest();
    ignored.then(|| {
        let message = format!(
            "the chart makes `{}` of it: its templates ignore the digest",
            printable(&outcome.stated.written)
        );
        let help =
            "take the key away, and write the digest where the templates read it: often behind the tag";
        Draft { of: Some(PartKind::Digest), ..Draft::new(message, "no template reads this", help) }
    })
}
