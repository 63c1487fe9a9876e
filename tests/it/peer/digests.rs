//! Digests of a real registry, held against what another program reads there.

use std::process::Command;

use super::images::{DOCKER, OCI, Repository};
use super::{program, start};
use crate::lying::digest;
use crate::sandbox::Sandbox;

#[test]
fn digests_are_those_of_the_bytes_that_skopeo_reads() {
    let Some(registry) = program("KUBEPIN_TEST_DOCKER_REGISTRY") else { return };
    let sandbox = Sandbox::empty();
    let peer = start(&registry, sandbox.path(), "");
    let repository = Repository { host: &peer.host, name: "acme/deep/app", authorization: "" };
    let mut pushed = Vec::new();
    for (name, family) in [("oci", OCI), ("docker", DOCKER)] {
        pushed.push((name.to_owned(), repository.index(name, &family), family.index));
        // Each platform has a tag of its own.
        let digest = repository.image(&format!("{name}-arm64"), &family, "arm64")["digest"].to_string();
        pushed.push((format!("{name}-arm64"), digest.trim_matches('"').to_owned(), family.manifest));
    }
    let references: Vec<String> =
        pushed.iter().map(|(tag, ..)| format!("{}/acme/deep/app:{tag}", peer.host)).collect();
    let mut arguments = vec!["resolve", "--format", "json"];
    arguments.extend(references.iter().map(String::as_str));
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.status, 0, "{ran:?}");
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let skopeo = program("KUBEPIN_TEST_SKOPEO");
    for ((index, reference), (_, digest, media_type)) in references.iter().enumerate().zip(&pushed) {
        let row = &said["images"][index];
        assert_eq!(
            (row["digest"].as_str(), row["media_type"].as_str()),
            (Some(&**digest), Some(*media_type))
        );
        if let Some(skopeo) = &skopeo {
            assert_eq!(raw_digest(skopeo, reference), *digest, "{reference}");
        }
    }
}

/// `skopeo inspect --raw | sha256sum`
fn raw_digest(skopeo: &str, reference: &str) -> String {
    let mut command = Command::new(skopeo);
    command.args(["inspect", "--raw", "--tls-verify=false", &format!("docker://{reference}")]);
    let output = command.output().expect("skopeo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    digest(&output.stdout)
}
