//! Pins: `verify`, `update` and `unpin`, what they ask, and what becomes of what is not answered; tags that
//! change beside digests.

mod claims;
mod demands;
mod overlook;
mod kept;
mod referrers;
mod unpin;
mod update;
mod verify;

use serde_json::Value;

use crate::lying::stock::Stock;
use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

/// Two platforms, as most images have.
const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A registry, and a sandbox with `pod.yaml`.
struct World {
    registry: Registry,
    sandbox: Sandbox,
}

impl World {
    /// A pod that runs these images of a registry with this stock.
    fn of(stock: Stock, images: &[&str]) -> Self {
        Self::lying(Lies { stock, ..Lies::default() }, images)
    }

    fn lying(lies: Lies, images: &[&str]) -> Self {
        let world = Self { registry: Registry::start(lies), sandbox: Sandbox::empty() };
        world.sandbox.write("pod.yaml", world.pod(images));
        world
    }

    /// The text of a pod that runs these images.
    fn pod(&self, images: &[&str]) -> String {
        let host = &self.registry.host;
        let container =
            |(number, image)| format!("    - name: c{number}\n      image: {host}/acme/{image}\n");
        let containers: String = images.iter().enumerate().map(container).collect();
        format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n{containers}")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.sandbox.run(arguments)
    }

    fn text(&self) -> String {
        String::from_utf8(self.sandbox.read("pod.yaml")).expect("UTF-8")
    }

    /// The requests since so many, without what all have in common.
    fn asked(&self, before: usize) -> Vec<String> {
        let lines = self.registry.lines().split_off(before);
        lines.into_iter().map(|line| line.replace("/v2/acme/", "").replace("manifests/", "")).collect()
    }

    /// An entry of a lock file.
    fn entry(&self, reference: &str, digest: &str, first_seen: &str) -> String {
        let host = &self.registry.host;
        format!(
            "\n[[image]]\nreference = \"{host}/acme/{reference}\"\ndigest = \"{digest}\"\n\
             first-seen = \"{first_seen}\"\nresolved-at = \"{first_seen}\"\n"
        )
    }
}

/// Rule and severity of each finding.
fn found(ran: &Ran) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("findings").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    findings.map(|finding| (text(&finding["rule"]), text(&finding["severity"]))).collect()
}
