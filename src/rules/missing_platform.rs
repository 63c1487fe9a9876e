//! `missing-platform`: an image that is not made for all machines it is to run on.

use super::{Check, Draft, Known, Rule};
use crate::finding::{Severity, named};
use crate::platform::Platform;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "missing-platform",
    summary: "An image is not made for a platform that is required",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/missing-platform.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    let platforms = known.platforms.as_ref()?;
    let runs = |machine: &&Platform| platforms.iter().any(|platform| machine.runs(platform).is_some());
    let missing: Vec<String> =
        known.demands.platforms.iter().filter(|machine| !runs(machine)).map(ToString::to_string).collect();
    if missing.is_empty() {
        return None;
    }
    let has: Vec<String> = platforms.iter().map(|platform| printable(&platform.to_string())).collect();
    let has =
        if has.is_empty() { "it names no platform".to_owned() } else { format!("it is for {}", named(&has)) };
    let written = printable(&known.pin.stated.written);
    let message = format!("`{written}` is not made for {}: {has}", named(&missing));
    let help = "pin a version that is made for all, or build it for the missing platforms";
    Some(Draft::new(message, "such a machine cannot run it", help))
}
