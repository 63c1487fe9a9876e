//! `--source daemon`, with a daemon in the test process that answers as Docker and Podman were seen to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::json;
use tempfile::TempDir;

use super::{digest_of, pod};
use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

/// A daemon at a socket. It ends with the test.
struct Daemon {
    folder: TempDir,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    /// Has these images, with what it says of their digests.
    fn start(images: &[(String, Vec<String>)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let listener =
            std::os::unix::net::UnixListener::bind(folder.path().join("docker.sock")).expect("a socket");
        listener.set_nonblocking(true).expect("non-blocking");
        let images: BTreeMap<String, Vec<String>> =
            images.iter().map(|(name, digests)| (format!("/images/{name}/json"), digests.clone())).collect();
        let (images, seen) = (Arc::new(images), Arc::<Mutex<Vec<String>>>::default());
        let log = seen.clone();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::UnixListener::from_std(listener).expect("a listener");
                while let Ok((socket, _)) = listener.accept().await {
                    let (images, log) = (images.clone(), log.clone());
                    let answer = service_fn(move |request: Request<Incoming>| {
                        log.lock().expect("the log").push(format!(
                            "{} {}",
                            request.method(),
                            request.uri().path()
                        ));
                        let answer = answer(images.get(request.uri().path()));
                        async move { Ok::<_, Infallible>(answer) }
                    });
                    tokio::spawn(async move {
                        let _ = Builder::new(TokioExecutor::new())
                            .serve_connection(TokioIo::new(socket), answer)
                            .await;
                    });
                }
            });
        });
        Self { folder, seen }
    }

    fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Ran {
        sandbox.run_with(&[("DOCKER_HOST", &self.host())], &[arguments, &["--source", "daemon"]].concat())
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("the log").clone()
    }
}

fn answer(digests: Option<&Vec<String>>) -> Response<Full<Bytes>> {
    let (status, body) = match digests {
        Some(digests) => (200, json!({"Id": digest_of("id"), "RepoTags": [], "RepoDigests": digests})),
        None => (404, json!({"message": "No such image"})),
    };
    Response::builder().status(status).body(Full::from(body.to_string())).expect("a response")
}

#[test]
fn a_claim_is_confirmed_by_one_request() {
    let (registry, sandbox) = (Registry::start(Lies::default()), Sandbox::empty());
    let (web, name) = (format!("{}/acme/web:v1", registry.host), format!("{}/acme/web", registry.host));
    let claims =
        vec![format!("{name}@{}", digest_of("pulled")), format!("other.example/web@{}", digest_of("other"))];
    let daemon = Daemon::start(&[(web.clone(), claims)]);
    sandbox.write("pod.yaml", pod(&[&web]));
    let fixed = daemon.run(&sandbox, &["check", "--fix"]);
    assert_eq!(fixed.status, 0, "{fixed:?}");
    assert_eq!(sandbox.read("pod.yaml"), pod(&[&format!("{web}@{}", digest_of("pulled"))]).as_bytes());
    assert_eq!(daemon.seen(), [format!("GET /images/{web}/json")]);
    assert_eq!(registry.lines(), [format!("HEAD /v2/acme/web/manifests/{}", digest_of("pulled"))]);
    // It is neither kept as the registry's word nor taken from what was kept.
    let asked = sandbox.run(&["resolve", &web]);
    assert_eq!(asked.stdout, format!("{}\n", crate::lying::manifest("acme/web", "v1").1));
    let again = daemon.run(&sandbox, &["resolve", &web]);
    assert_eq!(again.stdout, format!("{}\n", digest_of("pulled")));
}

#[test]
fn offline_a_claim_is_all_there_is() {
    let sandbox = Sandbox::empty();
    let claims = vec![format!("nginx@{}", digest_of("pulled"))];
    let daemon = Daemon::start(&[("docker.io/library/nginx:1.27".to_owned(), claims)]);
    let ran = daemon.run(&sandbox, &["resolve", "--offline", "nginx:1.27"]);
    assert_eq!((ran.status, ran.stdout), (0, format!("{}\n", digest_of("pulled"))), "{}", ran.stderr);
}

#[test]
fn only_one_digest_of_the_very_repository_is_a_claim() {
    let (registry, sandbox) =
        (Registry::start(Lies { missing: "absent", ..Lies::default() }), Sandbox::empty());
    let name = |name: &str| format!("{}/acme/{name}", registry.host);
    let claim = |repository: &str, digest: &str| format!("{}@{}", name(repository), digest_of(digest));
    let table = [
        // Docker keeps digests by image, so that another repository's turns up.
        (
            "web",
            vec![claim("web2", "a"), claim("we", "a")],
            "the daemon has it, but knows no digest of it in this repository",
        ),
        ("built", vec![], "the daemon has it, but knows no digest of it in this repository"),
        // Podman lists every name with every digest.
        (
            "twice",
            vec![claim("twice", "a"), claim("twice", "b")],
            "the daemon knows several digests of it in this repository: sha256:",
        ),
        // Docker 29 gives digests to what was never pushed.
        (
            "absent",
            vec![claim("absent", "a")],
            &format!(
                "the daemon says {0}, which is not confirmed: {1} has no acme/absent@{0} (",
                digest_of("a"),
                registry.host
            ),
        ),
        ("none", vec!["<none>@<none>".to_owned()], "the daemon has it, but knows no digest"),
    ];
    let images: Vec<_> = table.iter().map(|(tag, claims, _)| (name(tag) + ":v1", claims.clone())).collect();
    let daemon = Daemon::start(&images);
    for (tag, _, message) in &table {
        let ran = daemon.run(&sandbox, &["resolve", &(name(tag) + ":v1")]);
        let expected = format!("error: no digest for {}:v1: {message}", name(tag));
        assert_eq!((ran.status, &*ran.stdout), (2, "\n"), "{tag}");
        assert!(ran.stderr.starts_with(&expected), "{tag}: {}", ran.stderr);
    }
    let ran = daemon.run(&sandbox, &["resolve", &name("never-pulled:v1")]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains(": the daemon does not have it\n  hint: pull it first\n"), "{}", ran.stderr);
    assert_eq!(registry.seen().len(), 1, "only a claim is put to the registry");
}

#[test]
fn a_daemon_that_is_not_there_stops_the_run() {
    let sandbox = Sandbox::empty();
    let run = |host: &str| {
        sandbox.run_with(&[("DOCKER_HOST", host)], &["resolve", "nginx:1", "--source", "daemon"])
    };
    let socket = sandbox.path().join("none.sock");
    let ran = run(&format!("unix://{}", socket.display()));
    let expected = format!(
        "error: --source daemon: no daemon answers at {}: no such file or directory\n",
        socket.display()
    );
    assert_eq!((ran.status, ran.stderr), (2, expected));
    let ran = run("tcp://127.0.0.1:1");
    assert!(ran.stderr.contains("DOCKER_HOST is `tcp://127.0.0.1:1`, but only sockets"), "{}", ran.stderr);
}
