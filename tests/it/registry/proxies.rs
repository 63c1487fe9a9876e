//! Proxies: the whole program behind one, which leads to a registry on loopback under any name.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::Registry;
use super::places::{config, with_image};
use super::tls::Authority;
use crate::lying::{Lies, Login};
use crate::sandbox::{Ran, Sandbox};

/// `eve:hunter2`
const EVE: &str = "Basic ZXZlOmh1bnRlcjI=";

/// A proxy that leads everything to one place.
pub(super) struct Proxy {
    /// Its URL, with a user and a password.
    pub(super) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) fn start(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://eve:hunter2@{}", listener.local_addr().expect("an address"));
        let (heads, target): (Arc<Mutex<Vec<String>>>, _) = (Arc::default(), target.to_owned());
        let log = heads.clone();
        // It ends with the process: what it may still wait for, nobody sends.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (log, target) = (log.clone(), target.clone());
                std::thread::spawn(move || serve(client, &target, &log));
            }
        });
        Self { url, heads }
    }

    /// First line and authorization of every request for a way through.
    pub(super) fn asked(&self) -> Vec<(String, Option<String>)> {
        let value = |head: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            let mut named = lines.filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"));
            named.next().map(|(_, value)| value.to_owned())
        };
        let line = |head: &String| (head.lines().next().unwrap_or_default().to_owned(), value(head));
        self.heads.lock().expect("the log").iter().map(line).collect()
    }
}

/// Reads one head, and then leads all bytes through in both directions.
fn serve(mut client: TcpStream, target: &str, log: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    log.lock().expect("the log").push(String::from_utf8_lossy(&head).into_owned());
    let mut server = TcpStream::connect(target)?;
    if head.starts_with(b"CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    } else {
        server.write_all(&head)?;
    }
    lead_through(client, server)
}

fn lead_through(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut client, &mut server).map(drop)
}

pub(super) fn check(sandbox: &Sandbox, flags: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = sandbox.command(&[&["check", "--diff", "--no-cache", "pod.yaml"], flags].concat());
    let ran = Ran::of(command.envs(variables.iter().copied()).output().expect("kubepin runs"));
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    ran
}

#[test]
fn a_proxy_is_used_and_its_password_goes_no_further() {
    let authority = Authority::new();
    let registry = authority.start_as(&["registry.example"], Lies::default());
    let sandbox = with_image("registry.example");
    let file = authority.file().display().to_string();
    let ca_file = || vec!["--ca-file", file.as_str()];
    let mut ways = vec![("HTTPS_PROXY", ca_file(), vec![]), ("https_proxy", ca_file(), vec![])];
    if cfg!(target_os = "linux") {
        // The authority is trusted as one of the system's, and also where the system has none.
        ways.push(("https_proxy", vec![], vec![("SSL_CERT_FILE", file.as_str())]));
        ways.push(("ALL_PROXY", ca_file(), vec![("SSL_CERT_FILE", "/nonexistent")]));
    }
    for (number, (variable, flags, variables)) in ways.into_iter().enumerate() {
        let proxy = Proxy::start(&registry.host);
        let ran = check(&sandbox, &flags, &[&[(variable, proxy.url.as_str())], &variables[..]].concat());
        assert_eq!(ran.status, 1, "{variable}: {ran:?}");
        let way = ("CONNECT registry.example:443 HTTP/1.1".to_owned(), Some(EVE.to_owned()));
        assert_eq!(proxy.asked(), [way]);
        let seen = registry.seen();
        assert_eq!(seen.len(), number + 1);
        assert!(!seen[number].headers.contains_key("proxy-authorization"), "{seen:?}");
    }
}

/// `0.0.0.0` leads to this machine and is no loopback address, so the settings of proxies are for it, too.
#[cfg(target_os = "linux")]
#[test]
fn hosts_that_need_no_proxy_are_asked_directly() {
    let registry = Registry::start(Lies::default());
    let host = registry.host.replace("127.0.0.1", "0.0.0.0");
    let sandbox = with_image(&host);
    let proxy = Proxy::start(&registry.host);
    let proxied = ("http_proxy", proxy.url.as_str());
    assert_eq!(check(&sandbox, &["--plain-http", &host], &[proxied]).status, 1);
    let way = (format!("HEAD http://{host}/v2/acme/web/manifests/1 HTTP/1.1"), Some(EVE.to_owned()));
    assert_eq!(proxy.asked(), [way]);
    for variable in ["NO_PROXY", "no_proxy"] {
        assert_eq!(check(&sandbox, &["--plain-http", &host], &[proxied, (variable, "0.0.0.0")]).status, 1);
    }
    assert_eq!((proxy.asked().len(), registry.seen().len()), (1, 3));
    // Loopback itself is reached without a proxy, whatever is set.
    assert_eq!(check(&with_image(&registry.host), &[], &[proxied]).status, 1);
    assert_eq!((proxy.asked().len(), registry.seen().len()), (1, 4));
}

#[test]
fn a_proxy_that_does_not_lead_on_is_told_without_its_password() {
    let sandbox = with_image("registry.example");
    let refusing = TcpListener::bind("127.0.0.1:0").expect("a port");
    let refusing_url = format!("http://eve:hunter2@{}", refusing.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut client in refusing.incoming().map_while(Result::ok) {
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(b"HTTP/1.1 407 hunter2\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let table = [
        ("http://eve:hunter2@127.0.0.1:1", "Connection refused"),
        ("https://eve:hunter2@127.0.0.1:1", "Connection refused"),
        ("socks5://eve:hunter2@127.0.0.1:1", "unsupported scheme socks5"),
        (&refusing_url, "tunnel error: proxy authorization required"),
    ];
    for (url, why) in table {
        // Neither here nor with the notes is the URL told: `check` looks for its password.
        let ran = check(&sandbox, &["-v"], &[("HTTPS_PROXY", url)]);
        let what =
            format!("no digest for registry.example/acme/web:1: no connection to registry.example: {why}");
        let hint = "check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)";
        assert!(ran.stderr.ends_with(&format!("error: {what}\n  hint: {hint}\n")), "{ran:?}");
        assert_eq!(ran.status, 2);
    }
}

/// The HTTP client passes over what it cannot read, and connects without a proxy.
#[test]
fn a_proxy_that_is_none_is_told_without_its_password() {
    let sandbox = with_image("127.0.0.1:1");
    let urls =
        ["http:/eve:hunter2@proxy", "http//hunter2", "ftp://hunter2@proxy", "eve hunter2", "proxy:hunter2"];
    for (variable, url) in
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"].iter().zip(urls)
    {
        let ran = check(&sandbox, &[], &[(variable, url)]);
        let what = "holds no URL of a proxy: it is written http://HOST:PORT, with USER:PASSWORD@ before the host if need be";
        assert_eq!((ran.status, ran.stderr), (2, format!("error: {variable} {what}\n")), "{url}");
    }
    // Who asks nothing needs no proxy.
    let mut command = sandbox.command(&["check", "pod.yaml"]);
    let ran = Ran::of(command.env("HTTPS_PROXY", "no URL").output().expect("kubepin runs"));
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
}

/// A registry named by an IPv6 address, with a login stored under that name.
#[test]
fn a_registry_at_an_ipv6_address() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        println!("skipped: there is no IPv6 here");
        return;
    };
    let registry =
        Registry::start(Lies { login: Login::Basic, account: Some(("alice", "hunter2")), ..Lies::default() });
    let (host, target) = (listener.local_addr().expect("an address").to_string(), registry.host.clone());
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&target).expect("the registry");
            std::thread::spawn(move || lead_through(client, server));
        }
    });
    let sandbox = with_image(&host);
    for key in [host.clone(), format!("{host}/acme"), format!("http://{host}/v2/")] {
        sandbox.write(".docker/config.json", config(&key, "alice"));
        let ran = check(&sandbox, &[], &[]);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stdout.contains(&format!("image: \"{host}/acme/web:1@sha256:")), "{ran:?}");
    }
    assert_eq!(registry.seen().len(), 3 * 2);
}

/// Docker Hub under its three names, as it is really met: the API, the realm, the name of the login.
#[test]
fn docker_hub_gets_its_login() {
    let authority = Authority::new();
    let challenges =
        vec![r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#.to_owned()];
    let registry = authority.start_as(
        &["registry-1.docker.io", "auth.docker.io"],
        Lies { login: Login::Token, account: Some(("alice", "hunter2")), challenges, ..Lies::default() },
    );
    let proxy = Proxy::start(&registry.host);
    let sandbox = with_image("docker.io");
    let file = authority.file().display().to_string();
    for key in ["https://index.docker.io/v1/", "docker.io/acme", "index.docker.io"] {
        sandbox.write(".docker/config.json", config(key, "alice"));
        let ran = check(&sandbox, &["--ca-file", &file], &[("HTTPS_PROXY", &proxy.url)]);
        assert_eq!(ran.status, 1, "{ran:?}");
    }
    let asked: Vec<String> = proxy.asked().into_iter().map(|(line, _)| line).collect();
    let both = ["CONNECT registry-1.docker.io:443 HTTP/1.1", "CONNECT auth.docker.io:443 HTTP/1.1"];
    assert_eq!(asked, [both, both, both].concat());
}

#[test]
fn githubs_token_goes_to_githubs_registry_only() {
    let authority = Authority::new();
    let file = authority.file().display().to_string();
    let asked_of = |name: &str, flags: &[&str], config: &str| {
        let registry = authority.start_as(&[name], Lies { login: Login::Basic, ..Lies::default() });
        let proxy = Proxy::start(&registry.host);
        let sandbox = with_image(if name == "mirror.example" { "ghcr.io" } else { name });
        sandbox.write(".docker/config.json", config);
        let variables =
            [("HTTPS_PROXY", proxy.url.as_str()), ("GITHUB_TOKEN", "hunter2"), ("GITHUB_ACTOR", "octocat")];
        check(&sandbox, &[&["--ca-file", &file], flags].concat(), &variables);
        registry.seen().into_iter().map(|seen| seen.authorization).collect::<Vec<_>>()
    };
    let octocat = || Some("Basic b2N0b2NhdDpodW50ZXIy".to_owned());
    let alice = Some("Basic YWxpY2U6aHVudGVyMg==".to_owned());
    assert_eq!(asked_of("ghcr.io", &["--github-token"], "{}"), [None, octocat()]);
    assert_eq!(asked_of("ghcr.io", &[], "{}"), [None]);
    assert_eq!(asked_of("quay.io", &["--github-token"], "{}"), [None]);
    assert_eq!(asked_of("docker.pkg.github.com", &["--github-token"], "{}"), [None]);
    let mirrored = ["--github-token", "--registry-mirror", "ghcr.io=mirror.example"];
    assert_eq!(asked_of("mirror.example", &mirrored, "{}"), [None]);
    assert_eq!(asked_of("ghcr.io", &["--github-token"], &config("ghcr.io/acme", "alice")), [None, alice]);
    let other = config("ghcr.io/other", "alice");
    assert_eq!(asked_of("ghcr.io", &["--github-token"], &other), [None, octocat()]);
}
