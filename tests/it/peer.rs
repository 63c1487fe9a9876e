//! A real registry: Debian's `docker-registry`, on loopback, open, behind a password, and over TLS.
//!
//! Runs where `KUBEPIN_TEST_DOCKER_REGISTRY` (and `KUBEPIN_TEST_HTPASSWD`) name the programs, as
//! `.ci/run` does; elsewhere it says that it did not.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::registry::tls::Authority;
use crate::sandbox::Sandbox;

const ALICE: &str = "YWxpY2U6d29uZGVy";
const POD: &str =
    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: HOST/acme/app:1.0\n";

/// A registry that ends when it is dropped.
struct Peer {
    child: Child,
    host: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(program: &str, folder: &Path, auth: &str) -> Peer {
    start_with(program, folder, "", auth)
}

/// Starts a registry; `http` goes on where its address is configured.
fn start_with(program: &str, folder: &Path, http: &str, auth: &str) -> Peer {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = free.local_addr().expect("an address").to_string();
    drop(free);
    let storage = folder.join("storage");
    let config = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {host}{http}}}\n{auth}",
        storage.display()
    );
    let file = folder.join("config.yml");
    std::fs::write(&file, config).expect("a configuration");
    let mut command = Command::new(program);
    command.arg("serve").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
    let peer = Peer { child: command.spawn().expect("docker-registry starts"), host };
    for _ in 0..100 {
        if TcpStream::connect(&peer.host).is_ok() {
            return peer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("docker-registry does not listen");
}

/// Sends a request, and returns the head of the answer.
fn send(host: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(host).expect("a connection");
    let length = body.len();
    write!(stream, "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
        .expect("the registry reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the registry answers");
    answer.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

/// Pushes an index and returns the digest that the registry states for it.
fn push(host: &str, authorization: &str) -> String {
    let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    let head = format!(
        "PUT /v2/acme/app/manifests/1.0 HTTP/1.1\r\nContent-Type: application/vnd.oci.image.index.v1+json{authorization}"
    );
    let answer = send(host, &head, index);
    let digest = answer.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
    let digest = digest.unwrap_or_else(|| panic!("not pushed: {answer}")).trim().to_owned();
    assert_eq!(digest, crate::lying::digest(index.as_bytes()));
    digest
}

#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn program(variable: &str) -> Option<String> {
    let program = std::env::var(variable).ok();
    if program.is_none() {
        println!("skipped: {variable} is not set");
    }
    program
}

#[test]
fn an_open_registry_pins() {
    let Some(registry) = program("KUBEPIN_TEST_DOCKER_REGISTRY") else { return };
    let sandbox = Sandbox::empty();
    let peer = start(&registry, sandbox.path(), "");
    let digest = push(&peer.host, "");
    let pod = POD.replace("HOST", &peer.host);
    sandbox.write("pod.yaml", &pod);
    let ran = sandbox.run(&["check", "--fix", "pod.yaml"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, "1 of 1 finding fixed in 1 file.\n");
    assert_eq!(sandbox.read("pod.yaml"), pod.replace(":1.0", &format!(":1.0@{digest}")).as_bytes());
    sandbox.write("pod.yaml", pod.replace(":1.0", ":absent"));
    let ran = sandbox.run(&["check", "--fix", "--format", "concise", "pod.yaml"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[unresolvable]"), "{}", ran.stdout);
}

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
