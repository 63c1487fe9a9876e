//! `digest-gone`: a pin that nobody can pull any more.

use super::{Check, Draft, Known, Rule};
use crate::finding::Severity;
use crate::image::PartKind;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "digest-gone",
    summary: "The registry does not have a pinned digest any more",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/digest-gone.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    let reason = known.gone()?;
    let message =
        format!("`{}` is not there any more: {}", printable(&known.pin.stated.written), reason.what);
    let help = match known.moved_to() {
        Some(digest) => {
            format!("`kubepin update` moves it to what `{}` is now: {digest}", known.tagged_name())
        }
        None => "pin a version that is there, or push this one again".to_owned(),
    };
    let label = "a node that does not have it cannot start the pod";
    Some(Draft { of: Some(PartKind::Digest), ..Draft::new(message, label, help) })
}
