//! Real servers on loopback: Debian's `docker-registry`, and the daemons of Docker and Podman.
//!
//! They run where variables name the programs, as `.ci/run` does; elsewhere a test says that it did not.

#[cfg(unix)]
mod daemons;
mod digests;
mod images;
mod logins;
mod realm;
mod referrers;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::sandbox::Sandbox;
use images::push;

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

#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
pub(crate) fn program(variable: &str) -> Option<String> {
    let program = std::env::var(variable).ok().filter(|program| !program.is_empty());
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
