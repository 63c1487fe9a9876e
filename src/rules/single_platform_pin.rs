//! `single-platform-pin`: a digest that only machines of one kind can run.

use super::{Check, Draft, Known, Rule};
use crate::finding::Severity;
use crate::image::PartKind;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "single-platform-pin",
    summary: "A digest is that of one platform, and its tag has an index of several",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/single-platform-pin.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    let (child, index) = (known.child()?, known.moved_to()?);
    let of = child.platform.as_ref().map(|platform| format!(" of {}", printable(&platform.to_string())));
    let message = format!(
        "this digest is the image{} alone, out of those that `{}` has",
        of.unwrap_or_default(),
        known.tagged_name()
    );
    let help = format!("write the digest of the index, as `kubepin update` does: {index}");
    let label = "machines of other kinds cannot run it";
    Some(Draft { of: Some(PartKind::Digest), ..Draft::new(message, label, help) })
}
