//! `helm-stale-digest`: a digest for a version that the chart has left behind.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, PartKind, Stated};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "helm-stale-digest",
    summary: "A digest was pinned for an `appVersion` that the chart has left behind",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/helm-stale-digest.md"),
    check: Check::Use(check),
};

fn check(image: &ImageUse, _: &Stated) -> Option<Draft> {
    let (then, now) = image.stale.as_ref()?;
    let message = format!(
        "this digest is for appVersion {}, and the chart is at {}: the old image runs on",
        printable(then),
        printable(now)
    );
    let help =
        "empty the digest, and `kubepin check --fix --unsafe-fixes` pins the version that the chart has now";
    Some(Draft { of: Some(PartKind::Digest), ..Draft::new(message, "a digest wins over the version", help) })
}
