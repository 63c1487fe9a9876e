//! Referrers in a registry without a list of them, by kubepin and by `oras` as the other client.

use std::process::Command;

use super::images::push;
use super::{POD, program, start};
use crate::sandbox::Sandbox;

const SBOM: &str = "application/spdx+json";

#[test]
fn what_is_attached_is_found_by_the_tag_schema() {
    let Some(registry) = program("KUBEPIN_TEST_DOCKER_REGISTRY") else { return };
    let sandbox = Sandbox::empty();
    let peer = start(&registry, sandbox.path(), "");
    let digest = push(&peer.host, "");
    let image = format!("{}/acme/app:1.0", peer.host);
    sandbox.write("sbom.json", "{}");
    let mut attached = Vec::new();
    for kind in ["a/one", SBOM] {
        let ran = sandbox.run(&["attach", &image, &format!("sbom.json:{SBOM}"), "--artifact-type", kind]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
        attached.push(ran.stdout.trim_end().to_owned());
    }
    let [one, two] = &attached[..] else { panic!("two") };
    let name = format!("{}/acme/app@{digest}", peer.host);
    let ran = sandbox.run(&["referrers", &image]);
    let tree = format!("{name}\n├── a/one\n│   └── {one}\n└── {SBOM}\n    └── {two}\n");
    assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (0, &*tree, ""));

    let Some(oras) = program("KUBEPIN_TEST_ORAS") else { return };
    let call = |arguments: &[&str]| {
        let mut command = Command::new(&oras);
        command.args(arguments).current_dir(sandbox.path()).env("HOME", sandbox.path());
        let output = command.output().expect("oras runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let discovered = call(&["discover", "--plain-http", "--format", "tree", &image]);
    assert_eq!(discovered, tree);
    call(&["attach", "--plain-http", "--artifact-type", "a/oras", &image, &format!("sbom.json:{SBOM}")]);
    let both = sandbox.run(&["referrers", &image]).stdout;
    assert_eq!(both, call(&["discover", "--plain-http", "--format", "tree", &image]));
    assert!(both.contains("a/oras"), "{both}");
    // What either has attached is what a pin may need.
    let pod = POD.replace("HOST", &peer.host).replace(":1.0", &format!(":1.0@{digest}"));
    sandbox.write("pod.yaml", pod);
    for (kind, status) in [(SBOM, 0), ("a/oras", 0), ("a/none", 1)] {
        let config = format!("[[require-referrers]]\nimages = ['*']\nartifact-types = ['{kind}']\n");
        sandbox.write("kubepin.toml", config);
        let ran = sandbox.run(&["verify", "pod.yaml"]);
        assert_eq!((ran.status, &*ran.stderr), (status, ""), "{kind} {ran:?}");
    }
}
