//! A token service in the test process, whose signatures a real registry believes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;

use super::ALICE;
use super::images::{OCI, Repository, push};
use super::{POD, program, start};
use crate::sandbox::{Ran, Sandbox};

/// Gives tokens to `alice`, for everything but what is called secret.
struct Realm {
    key: EcdsaKeyPair,
    /// The certificate, as tokens carry it.
    certificate: String,
    /// Who asked, and for which repositories.
    asked: Mutex<Vec<(Option<String>, Vec<String>)>>,
}

impl Realm {
    /// Starts a realm; it, and the part of a configuration with which a registry believes it.
    fn start(folder: &Path) -> (Arc<Self>, String) {
        let pair = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(["realm".to_owned()]).expect("parameters");
        let certificate = certificate.self_signed(&pair).expect("a certificate");
        let bundle = folder.join("realm.pem");
        std::fs::write(&bundle, certificate.pem()).expect("the file is written");
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pair.serialize_der(),
            &SystemRandom::new(),
        );
        let (key, certificate) = (key.expect("a key"), STANDARD.encode(certificate.der()));
        let realm = Arc::new(Self { key, certificate, asked: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let auth = format!(
            "auth: {{token: {{realm: \"http://{}/token\", service: peer, issuer: realm, rootcertbundle: {}}}}}\n",
            listener.local_addr().expect("an address"),
            bundle.display()
        );
        let serving = realm.clone();
        // It ends with the process: what it may still wait for, nobody sends.
        std::thread::spawn(move || {
            listener.incoming().map_while(Result::ok).for_each(|stream| serving.answer(&stream));
        });
        (realm, auth)
    }

    fn answer(&self, stream: &TcpStream) {
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let line = lines.first().cloned().unwrap_or_default();
        let query = line.split([' ', '?']).nth(2).unwrap_or_default();
        let scopes = query.split('&').filter_map(|pair| pair.strip_prefix("scope="));
        let names = scopes.map(|scope| scope.replace("%3A", ":").replace("%2F", "/"));
        let names: Vec<String> =
            names.map(|scope| scope.split(':').nth(1).unwrap_or_default().to_owned()).collect();
        let login = lines.iter().find_map(|line| line.strip_prefix("authorization: ")).map(str::to_owned);
        let (status, body) = match &login {
            Some(login) if *login == format!("Basic {ALICE}") => {
                ("200 OK", json!({"token": self.token(&names), "expires_in": 300}).to_string())
            }
            _ => ("401 Unauthorized", json!({"details": "incorrect username or password"}).to_string()),
        };
        self.asked.lock().expect("the log").push((login, names));
        let length = body.len();
        let mut stream = stream;
        // A client that breaks off is none of the realm's concerns.
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    }

    fn token(&self, names: &[String]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let granted = names.iter().filter(|name| !name.contains("secret"));
        let access: Vec<_> =
            granted.map(|name| json!({"type": "repository", "name": name, "actions": ["pull"]})).collect();
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [self.certificate]});
        let claims = json!({"iss": "realm", "sub": "alice", "aud": "peer", "jti": "1", "access": access,
            "nbf": now - 60, "iat": now - 60, "exp": now + 300});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[test]
fn a_registry_of_tokens_is_asked_for_one_for_all_repositories() {
    let Some(registry) = program("KUBEPIN_TEST_DOCKER_REGISTRY") else { return };
    let sandbox = Sandbox::empty();
    let (realm, auth) = Realm::start(sandbox.path());
    // Both serve the same storage: what one is given, the other has.
    let open = start(&registry, sandbox.path(), "");
    let digest = push(&open.host, "");
    for name in ["acme/other", "acme/third", "acme/secret"] {
        Repository { host: &open.host, name, authorization: "" }.index("1.0", &OCI);
    }
    drop(open);
    let peer = start(&registry, sandbox.path(), &auth);
    let pod = POD.replace("HOST", &peer.host);
    sandbox.write("pod.yaml", &pod);
    let check = |secret: &str, arguments: &[&str]| {
        let login = format!(r#"{{"auths":{{"{}":{{"auth":"{secret}"}}}}}}"#, peer.host);
        let file = sandbox.write("auth.json", login).display().to_string();
        sandbox.run(&[arguments, &["--no-cache", "--auth-file", &file]].concat())
    };

    let Ran { status, stderr, .. } = check("YWxpY2U6d3Jvbmc=", &["check", "--fix", "pod.yaml"]);
    assert_eq!(status, 2, "with a wrong password");
    assert!(stderr.contains("was refused") && stderr.contains("incorrect username"), "{stderr}");
    assert_eq!(check(ALICE, &["check", "--fix", "pod.yaml"]).status, 0, "with the login");
    assert_eq!(sandbox.read("pod.yaml"), pod.replace(":1.0", &format!(":1.0@{digest}")).as_bytes());

    realm.asked.lock().expect("the log").clear();
    let images = ["app", "other", "third"].map(|name| format!("{}/acme/{name}:1.0", peer.host));
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    assert_eq!(check(ALICE, &[&["resolve"], &images[..]].concat()).status, 0);
    let names = ["acme/app", "acme/other", "acme/third"].map(str::to_owned).to_vec();
    let expected = [(Some(format!("Basic {ALICE}")), names)];
    assert_eq!(*realm.asked.lock().expect("the log"), expected);

    let secret = format!("{}/acme/secret:1.0", peer.host);
    let Ran { status, stdout, stderr } = check(ALICE, &[&["resolve", &secret], &images[..]].concat());
    assert_eq!((status, stdout.lines().filter(|line| line.starts_with("sha256:")).count()), (2, 3));
    assert!(stderr.contains("gives no access to acme/secret:1.0"), "{stderr}");
}
