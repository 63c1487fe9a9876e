//! A real API server, with an etcd of its own, on loopback.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{CONFIG, KINDS, Subjects, Verdicts, export, workload};
use crate::peer::program;
use crate::sandbox::Sandbox;

/// Whoever has it may do all.
const TOKEN: &str = "c2VjcmV0";
/// What a policy says of what it does not let in.
const DENIED: &str = "denied request: images without a digest: ";

/// A cluster without nodes, which ends when it is dropped.
struct Cluster {
    children: Vec<Child>,
    sandbox: Sandbox,
    url: String,
    kubectl: String,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Cluster {
    /// Starts one, with a namespace `shop`, where variables name the programs.
    fn start() -> Option<Self> {
        let server = program("KUBEPIN_TEST_APISERVER")?;
        let (etcd, kubectl) = (program("KUBEPIN_TEST_ETCD")?, program("KUBEPIN_TEST_KUBECTL")?);
        let [storage, peers, port] = [(); 3].map(|()| free_port());
        let (url, sandbox) = (format!("https://127.0.0.1:{port}"), Sandbox::empty());
        let mut cluster = Self { children: Vec::new(), sandbox, url, kubectl };
        let [storage, peers] = [storage, peers].map(|port| format!("http://127.0.0.1:{port}"));
        cluster.spawn(
            &etcd,
            &[
                "--data-dir=etcd",
                "--unsafe-no-fsync",
                &format!("--listen-client-urls={storage}"),
                &format!("--advertise-client-urls={storage}"),
                &format!("--listen-peer-urls={peers}"),
                &format!("--initial-advertise-peer-urls={peers}"),
                &format!("--initial-cluster=default={peers}"),
            ],
        );
        let key = rcgen::KeyPair::generate().expect("a key");
        cluster.sandbox.write("key.pem", key.serialize_pem());
        cluster.sandbox.write("key.pub", key.public_key_pem());
        cluster.sandbox.write("tokens.csv", format!("{TOKEN},admin,admin,system:masters\n"));
        cluster.spawn(
            &server,
            &[
                &format!("--etcd-servers={storage}"),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                &format!("--secure-port={port}"),
                "--endpoint-reconciler-type=none",
                "--cert-dir=certificates",
                "--service-account-issuer=https://127.0.0.1",
                "--service-account-key-file=key.pub",
                "--service-account-signing-key-file=key.pem",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--token-auth-file=tokens.csv",
                "--allow-privileged",
                // Nobody makes the accounts that pods run as.
                "--disable-admission-plugins=ServiceAccount",
            ],
        );
        cluster.wait_for(&["create", "namespace", "shop"], |output| output.status.success());
        Some(cluster)
    }

    fn spawn(&mut self, program: &str, arguments: &[&str]) {
        let log = self.sandbox.path().join("log");
        let log = File::options().create(true).append(true).open(log).expect("a log");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.sandbox.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.children.push(command.spawn().expect("the program starts"));
    }

    fn kubectl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.kubectl);
        command.args(["--server", &self.url, "--token", TOKEN, "--insecure-skip-tls-verify"]);
        command.args(arguments).current_dir(self.sandbox.path()).env("HOME", self.sandbox.path());
        command.env_remove("KUBECONFIG").output().expect("kubectl runs")
    }

    /// Does something until what comes of it is right.
    fn wait_for(&self, arguments: &[&str], is_right: impl Fn(&Output) -> bool) {
        let began = Instant::now();
        loop {
            let output = self.kubectl(arguments);
            if is_right(&output) {
                return;
            }
            let log = String::from_utf8_lossy(&self.sandbox.read("log")).into_owned();
            assert!(began.elapsed() < Duration::from_secs(120), "{output:?} {log}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Puts a policy in force, in the place of the one before.
    fn apply(&self, config: &str) {
        let probe = ["run", "probe", "--image", "probe", "--dry-run=server", "--namespace", "shop"];
        self.sandbox.write("policy.yaml", export("vap", config));
        let output = self.kubectl(&["delete", "--ignore-not-found", "--filename", "policy.yaml"]);
        assert!(output.status.success(), "{output:?}");
        self.wait_for(&probe, |output| output.status.success());
        let output = self.kubectl(&["apply", "--filename", "policy.yaml"]);
        // A warning would be there, too.
        assert_eq!((output.status.success(), &*String::from_utf8_lossy(&output.stderr)), (true, ""));
        self.wait_for(&probe, |output| String::from_utf8_lossy(&output.stderr).contains(DENIED));
    }

    /// What it says of objects, and which of them no policy is asked about: they are no objects of Kubernetes.
    fn verdicts(&self, subjects: &Subjects) -> (Verdicts, BTreeSet<String>) {
        self.sandbox.write("objects.yaml", subjects.text());
        let output =
            self.kubectl(&["create", "--dry-run=server", "--validate=ignore", "--filename", "objects.yaml"]);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let (mut denied, mut let_in) = (Verdicts::new(), BTreeSet::new());
        for line in err.lines() {
            let Some((before, images)) = line.split_once(DENIED) else { continue };
            let name = before.split('"').find(|word| subjects.expected.contains_key(*word)).expect(line);
            denied.insert(name.to_owned(), images.split(", ").map(str::to_owned).collect());
        }
        for line in out.lines() {
            let name = line.strip_suffix(" created (server dry run)").and_then(|line| line.split_once('/'));
            let_in.extend(name.map(|(_, name)| name.to_owned()));
        }
        let names = subjects.expected.keys();
        let refused = names.filter(|name| !denied.contains_key(*name) && !let_in.contains(*name));
        let refused: BTreeSet<String> = refused.cloned().collect();
        assert!(refused.is_empty() || err.contains("is invalid"), "{err}");
        (denied, refused)
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Makes what runs before there is a policy.
fn run_some(cluster: &Cluster) {
    let pinned = format!("nginx@sha256:{}", "0b5ba3f6".repeat(8));
    let named = |kind: &str, name: &str, image: &str| {
        let kind = KINDS.iter().find(|(_, known, _)| *known == kind).expect("a kind");
        let mut object = workload(kind, "containers", image, &pinned);
        object["metadata"] = json!({ "name": name, "namespace": "shop" });
        format!("---\n{object}\n")
    };
    let mut text = ["Pod", "ReplicaSet", "CronJob"].map(|kind| named(kind, "old", "nginx")).concat();
    text += &named("Pod", "good", &pinned);
    cluster.sandbox.write("running.yaml", text);
    let output = cluster.kubectl(&["create", "--filename", "running.yaml"]);
    assert!(output.status.success(), "{output:?}");
}

/// What was there before the policy goes on, in all but what its pods are made from.
fn change_what_runs(cluster: &Cluster) {
    let pinned = format!("busybox@sha256:{}", "0b5ba3f6".repeat(8));
    let debug = |image: &str| json!({ "spec": { "ephemeralContainers": [{ "name": "d", "image": image }] } });
    let (debug, debug_pinned) = (debug("busybox").to_string(), debug(&pinned).to_string());
    let renewed = r#"{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}"#;
    let of_pod = "--subresource=ephemeralcontainers";
    for (arguments, is_let_in) in [
        (&["label", "pod", "old", "a=b"][..], true),
        (&["patch", "pod", "old", of_pod, "--patch", &debug], false),
        (&["patch", "pod", "good", of_pod, "--patch", &debug], false),
        (&["patch", "pod", "good", of_pod, "--patch", &debug_pinned], true),
        // As a rollout does it, when a new version takes the place of an old one.
        (&["patch", "replicaset", "old", "--patch", r#"{"spec":{"replicas":0}}"#], true),
        (&["patch", "replicaset", "old", "--patch", renewed], false),
        (&["patch", "cronjob", "old", "--patch", r#"{"spec":{"suspend":true}}"#], true),
        (&["delete", "pod", "old", "--wait=false"], true),
    ] {
        let output = cluster.kubectl(&[arguments, &["--namespace", "shop"]].concat());
        let denied = String::from_utf8_lossy(&output.stderr).contains(DENIED);
        assert_eq!((output.status.success(), denied), (is_let_in, !is_let_in), "{arguments:?} {output:?}");
    }
}

#[test]
fn the_api_server_agrees() {
    let Some(cluster) = Cluster::start() else { return };
    run_some(&cluster);
    for (config, subjects) in [(CONFIG, Subjects::of_every_kind()), ("", Subjects::of_fixtures())] {
        cluster.apply(config);
        let (denied, refused) = cluster.verdicts(&subjects);
        subjects.hold("the API server", &denied, &refused);
    }
    change_what_runs(&cluster);
}
