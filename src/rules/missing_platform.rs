//! `missing-platform`: an image that is not made for all machines it is to run on.

use super::{Check, Draft, Known, Rule};
use crate::finding::{Severity, named};
use crate::image::Machine;
use crate::platform::Platform;
use crate::settings::MISSING_PLATFORM;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: MISSING_PLATFORM,
    summary: "An image is not made for a platform that is required",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/missing-platform.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    let platforms = known.platforms.as_ref()?;
    let runs = |machine: &&Platform| platforms.iter().any(|platform| machine.runs(platform).is_some());
    let required = known.demands.platforms.iter().filter(|machine| !runs(machine));
    let mut missing: Vec<String> =
        required.map(|machine| format!("{machine} (required by the settings)")).collect();
    let may_run = |machine: &&Machine<String>| platforms.iter().any(|platform| machine.may_run(platform));
    let machines = known.pin.machines.iter().filter(|machine| known.demands.machines && !may_run(machine));
    missing.extend(
        machines.map(|machine| format!("{machine} (required by its pod: {})", printable(&machine.at))),
    );
    if missing.is_empty() {
        return None;
    }
    let has: Vec<String> = platforms.iter().map(|platform| printable(&platform.to_string())).collect();
    let written = printable(&known.pin.stated.written);
    let message = format!("`{written}` is not made for {}: it is for {}", named(&missing), named(&has));
    let help = "pin a version that is made for all, or build it for the missing platforms";
    Some(Draft::new(message, "such a machine cannot run it", help))
}
