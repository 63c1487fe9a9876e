//! Gatekeeper's own judge, `gator`.

use std::process::Command;

use serde_json::Value;

use super::{CONFIG, Subjects, Verdicts, export};
use crate::peer::program;
use crate::sandbox::Sandbox;

#[test]
fn gatekeeper_agrees() {
    let Some(gator) = program("KUBEPIN_TEST_GATOR") else { return };
    for (config, subjects) in [("", Subjects::of_fixtures()), (CONFIG, Subjects::of_every_kind())] {
        let sandbox = Sandbox::empty();
        sandbox.write("policy.yaml", export("gatekeeper", config));
        sandbox.write("objects.yaml", subjects.text());
        let mut command = Command::new(&gator);
        command.args(["test", "--filename", "policy.yaml", "--filename", "objects.yaml", "--output", "json"]);
        let output = command.current_dir(sandbox.path()).env("HOME", sandbox.path()).output();
        let output = output.expect("gator runs");
        let violations: Vec<Value> =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        let mut said = Verdicts::new();
        for violation in violations {
            let name = violation["violatingObject"]["metadata"]["name"].as_str().expect("a name");
            let message = violation["msg"].as_str().expect("a message");
            let (_, image) = message.split_once("> uses an image without a digest <").expect(message);
            let image = image.strip_suffix('>').expect(message);
            said.entry(name.to_owned()).or_default().insert(image.to_owned());
        }
        subjects.hold("Gatekeeper", &said, &[].into());
    }
}
