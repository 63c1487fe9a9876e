//! `missing-referrer`: an image without a signature or a bill of materials that it has to have.

use super::{Check, Draft, Known, Rule};
use crate::finding::{Severity, named};
use crate::referrer::Claim;
use crate::settings::MISSING_REFERRER;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: MISSING_REFERRER,
    summary: "Nothing of a required type refers to an image, such as a signature",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/missing-referrer.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    let lacking: Vec<String> = known.lacking().into_iter().map(printable).collect();
    if lacking.is_empty() {
        return None;
    }
    let list = known.referrers.iter().flat_map(|referrers| &referrers.list);
    let mut there: Vec<String> = list
        .filter(|referrer| !matches!(referrer.claim, Claim::Refuted(_)))
        .map(|referrer| printable(referrer.artifact_type.as_deref().unwrap_or("no stated type")))
        .collect();
    there.sort();
    there.dedup();
    let there = match &there[..] {
        [] => "nothing refers to it".to_owned(),
        names => format!("what refers to it is {}", named(names)),
    };
    let written = printable(&known.pin.stated.written);
    let digest =
        if known.pin.stated.has_digest() { String::new() } else { format!(" for {}", known.pin.digest) };
    let refuted = known.refuted().map(|why| format!("; {why}")).unwrap_or_default();
    let message = format!("`{written}` has no {}{digest}: {there}{refuted}", named(&lacking));
    let help = format!(
        "attach it, or pin a digest that has it: `kubepin referrers {}` shows what is there",
        known.pin.by_digest()
    );
    Some(Draft::new(message, "nobody vouches for this digest as the configuration demands", help))
}
