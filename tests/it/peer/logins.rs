//! Registries that want to know who asks.

use std::process::Command;

use super::images::push;
use super::{ALICE, POD, program, start, start_with};
use crate::registry::tls::Authority;
use crate::sandbox::Sandbox;

/// The part of a configuration that lets `alice` in.
fn passwords(sandbox: &Sandbox, htpasswd: &str) -> String {
    let passwords = Command::new(htpasswd).args(["-Bbn", "alice", "wonder"]).output().expect("htpasswd runs");
    let file = sandbox.write("htpasswd", passwords.stdout);
    format!("auth: {{htpasswd: {{realm: peer, path: {}}}}}\n", file.display())
}

#[test]
fn a_registry_behind_a_password_pins_with_the_login() {
    let Some(registry) = program("KUBEPIN_TEST_DOCKER_REGISTRY") else { return };
    let Some(htpasswd) = program("KUBEPIN_TEST_HTPASSWD") else { return };
    let sandbox = Sandbox::empty();
    let auth = passwords(&sandbox, &htpasswd);
    let peer = start(&registry, sandbox.path(), &auth);
    let digest = push(&peer.host, &format!("\r\nAuthorization: Basic {ALICE}"));
    let pod = POD.replace("HOST", &peer.host);
    sandbox.write("pod.yaml", &pod);

    let ran = sandbox.run(&["check", "--fix", "pod.yaml"]);
    assert_eq!(ran.status, 2, "without a login");
    assert!(ran.stderr.contains(&format!("`docker login {}`", peer.host)), "{}", ran.stderr);
    assert_eq!(sandbox.read("pod.yaml"), pod.as_bytes());

    let login = |secret: &str| {
        sandbox.write(
            ".docker/config.json",
            format!(r#"{{"auths":{{"{}":{{"auth":"{secret}"}}}}}}"#, peer.host),
        );
        let mut command = sandbox.command(&["check", "--fix", "pod.yaml"]);
        command.env("DOCKER_CONFIG", sandbox.path().join(".docker")).output().expect("kubepin runs")
    };
    let wrong = login("YWxpY2U6d3Jvbmc=");
    assert_eq!(wrong.status.code(), Some(2), "with a wrong password");
    assert!(!String::from_utf8_lossy(&wrong.stderr).contains("wrong"), "the password is not shown");
    assert_eq!(login(ALICE).status.code(), Some(0), "with the login");
    assert_eq!(sandbox.read("pod.yaml"), pod.replace(":1.0", &format!(":1.0@{digest}")).as_bytes());
}

#[test]
fn a_registry_of_a_private_authority_pins_with_a_login_of_podman() {
    let Some(registry) = program("KUBEPIN_TEST_DOCKER_REGISTRY") else { return };
    let Some(htpasswd) = program("KUBEPIN_TEST_HTPASSWD") else { return };
    let (sandbox, authority) = (Sandbox::empty(), Authority::new());
    // Both serve the same storage: what one is given, the other has.
    let digest = push(&start(&registry, sandbox.path(), "").host, "");
    let (certificate, key) = authority.issue_files("127.0.0.1");
    let tls = format!(", tls: {{certificate: {}, key: {}}}", certificate.display(), key.display());
    let peer = start_with(&registry, sandbox.path(), &tls, &passwords(&sandbox, &htpasswd));
    let pod = POD.replace("HOST", &peer.host);
    sandbox.write("pod.yaml", &pod);
    let login = format!(r#"{{"auths":{{"{}/acme":{{"auth":"{ALICE}"}}}}}}"#, peer.host);
    sandbox.write("containers/auth.json", login);
    let file = authority.file().display().to_string();
    let ran = sandbox.run(&["check", "--fix", "-v", "--ca-file", &file, "pod.yaml"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains(&format!("login of `alice` from the entry `{}/acme`", peer.host)), "{ran:?}");
    assert_eq!(sandbox.read("pod.yaml"), pod.replace(":1.0", &format!(":1.0@{digest}")).as_bytes());
}
