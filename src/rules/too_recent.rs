//! `too-recent`: an image that is not known for long enough.

use super::{Check, Draft, Known, Rule};
use crate::finding::Severity;
use crate::image::PartKind;
use crate::settings::TOO_RECENT;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: TOO_RECENT,
    summary: "An image is known for less than the cooldown",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/too-recent.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    known.age.is_below(known.demands.cooldown?, known.now).filter(|young| *young)?;
    let cooldown = known.demands.cooldown_in_words()?;
    let written = printable(&known.pin.stated.written);
    let message = format!("`{written}` is too recent: it is known for less than {cooldown}");
    let label = "what is wrong with a release shows in its first days";
    let help = "pin the version before it, or wait";
    Some(Draft { of: Some(PartKind::Digest), ..Draft::new(message, label, help) })
}
