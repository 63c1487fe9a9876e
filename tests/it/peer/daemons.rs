//! `--source daemon` with the daemons themselves. They want to be root, and not every machine lets them start.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::images::{OCI, Repository, send};
use super::{Peer, program, start};
use crate::sandbox::Sandbox;

/// A daemon that ends when it is dropped.
struct Daemon {
    child: Child,
    socket: PathBuf,
}

impl Daemon {
    /// Starts a daemon that listens at a socket in this folder.
    #[expect(clippy::print_stdout, reason = "a test that did not run says so")]
    fn start(mut command: Command, folder: &Path) -> Option<Self> {
        let socket = folder.join("daemon.sock");
        let log = std::fs::File::create(folder.join("daemon.log")).expect("a log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut daemon = Self { child: command.spawn().expect("a daemon"), socket };
        for _ in 0..300 {
            if UnixStream::connect(&daemon.socket).is_ok() {
                return Some(daemon);
            }
            if daemon.child.try_wait().expect("a child").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(folder.join("daemon.log")).unwrap_or_default();
        println!("skipped: the daemon does not start here: {}", log.lines().next_back().unwrap_or_default());
        None
    }

    fn pull(&self, host: &str, tag: &str) {
        let stream = UnixStream::connect(&self.socket).expect("a connection");
        let query = format!("fromImage={host}/acme/app&tag={tag}");
        let answer = send(stream, &format!("POST /images/create?{query} HTTP/1.1\r\nHost: localhost"), b"");
        assert!(!answer.body.contains(r#""error""#), "{}", answer.body);
    }

    /// What kubepin says of a tag: status, standard output, standard error.
    fn resolve(&self, sandbox: &Sandbox, host: &str, tag: &str) -> (i32, String, String) {
        let socket = format!("unix://{}", self.socket.display());
        let image = format!("{host}/acme/app:{tag}");
        let ran = sandbox.run_with(&[("DOCKER_HOST", &socket)], &["resolve", "--source", "daemon", &image]);
        (ran.status, ran.stdout, ran.stderr)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has children of its own to end.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A registry with an index and an image of one platform; their digests.
fn registry(sandbox: &Sandbox) -> Option<(Peer, String, String)> {
    let peer = start(&program("KUBEPIN_TEST_DOCKER_REGISTRY")?, sandbox.path(), "");
    let repository = Repository { host: &peer.host, name: "acme/app", authorization: "" };
    let index = repository.index("1.0", &OCI);
    let image = repository.image("single", &OCI, "amd64")["digest"].as_str().expect("a digest").to_owned();
    Some((peer, index, image))
}

#[test]
fn docker_knows_what_it_has_pulled() {
    let (sandbox, Some(dockerd)) = (Sandbox::empty(), program("KUBEPIN_TEST_DOCKERD")) else { return };
    let Some((peer, index, image)) = registry(&sandbox) else { return };
    let folder = sandbox.path();
    let place = |name: &str| folder.join(name).display().to_string();
    let mut command = Command::new(dockerd);
    command.args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs"]);
    command.args(["--insecure-registry", &peer.host, "--data-root", &place("data")]);
    command.args(["--exec-root", &place("exec"), "--pidfile", &place("pid")]);
    command.arg("-H").arg(format!("unix://{}", place("daemon.sock")));
    let Some(docker) = Daemon::start(command, folder) else { return };
    for (tag, digest) in [("1.0", index), ("single", image)] {
        docker.pull(&peer.host, tag);
        assert_eq!(docker.resolve(&sandbox, &peer.host, tag), (0, format!("{digest}\n"), String::new()));
    }
}

#[test]
fn podman_knows_what_it_has_pulled() {
    let (sandbox, Some(podman)) = (Sandbox::empty(), program("KUBEPIN_TEST_PODMAN")) else { return };
    let Some((peer, index, image)) = registry(&sandbox) else { return };
    let folder = sandbox.path();
    let place = |name: &str| folder.join(name).display().to_string();
    let mut command = Command::new(podman);
    command.args(["--root", &place("root"), "--runroot", &place("run"), "--storage-driver", "vfs"]);
    command.args(["--cgroup-manager", "cgroupfs", "system", "service", "--time=0"]);
    command.arg(format!("unix://{}", place("daemon.sock")));
    let plain = format!("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", peer.host);
    command.env("CONTAINERS_REGISTRIES_CONF", sandbox.write("registries.conf", plain));
    let Some(podman) = Daemon::start(command, folder) else { return };
    podman.pull(&peer.host, "single");
    assert_eq!(podman.resolve(&sandbox, &peer.host, "single"), (0, format!("{image}\n"), String::new()));
    // Of an index it keeps two digests, and does not say which of them the tag points to.
    podman.pull(&peer.host, "1.0");
    let (status, _, said) = podman.resolve(&sandbox, &peer.host, "1.0");
    assert!(status == 2 && said.contains("several digests") && said.contains(&index), "{said}");
}
