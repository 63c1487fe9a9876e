//! TLS with an authority of one's own, and plain HTTP where that is allowed.

use std::path::PathBuf;
use std::sync::Arc;

use kubepin::answer::Answer;
use kubepin::settings::Ask;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use super::{
    Registry, alice, ask, ask_one, assert_honest, error, reason, settings, twenty, with_config, write,
};
use crate::lying::{Hang, Lies, Login};

/// A certificate authority, its certificate in a file.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let (key, folder) = (KeyPair::generate().expect("a key"), TempDir::new().expect("a folder"));
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        // A name of its own, so that one authority is not taken for another.
        params.distinguished_name.push(DnType::CommonName, folder.path().to_string_lossy().into_owned());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        write(folder.path(), "ca.pem", &certificate.pem());
        Self { issuer: Issuer::new(params, key), folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for these names, and its key.
    fn issue(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let params = CertificateParams::new(names).expect("parameters");
        (params.signed_by(&key, &self.issuer).expect("a certificate"), key)
    }

    /// The same in files, for a server that is no part of this process.
    pub(crate) fn issue_files(&self, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) = self.issue(&[name]);
        let folder = self.folder.path();
        (write(folder, "cert.pem", &certificate.pem()), write(folder, "key.pem", &key.serialize_pem()))
    }

    /// A registry over TLS that offers HTTP/2.
    pub(super) fn start(&self, lies: Lies) -> Registry {
        self.start_as(&["localhost", "127.0.0.1"], lies)
    }

    /// The same, for these names.
    pub(super) fn start_as(&self, names: &[&str], lies: Lies) -> Registry {
        let (certificate, key) = self.issue(names);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .expect("a server");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Registry::serve(lies, Some(TlsAcceptor::from(Arc::new(config))))
    }
}

#[test]
fn an_authority_in_a_file_is_trusted_and_http_2_spoken() {
    let authority = Authority::new();
    let registry = authority.start(Lies::default());
    let answers = ask(&twenty(&registry.host), &Ask { ca_file: Some(authority.file()), ..settings() });
    assert_honest(&answers, 20);
    assert_eq!(answers.traffic.requests, 20);
    assert!(registry.seen().iter().all(|seen| seen.version == "HTTP/2.0"));
}

#[test]
fn another_authority_is_not_trusted() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let registry = authority.start(Lies::default());
    let host = &registry.host;
    let settings = Ask { ca_file: Some(stranger.file()), ..settings() };
    let answer = ask_one(&format!("{host}/acme/web:1"), &settings);
    let what = format!("no connection to {host}: invalid peer certificate: UnknownIssuer");
    let hint = "if its authority is a private one, name that with --ca-file";
    assert_eq!(answer, Answer::Unreachable(reason(&what, hint)));
    assert_eq!(registry.seen().len(), 0);
}

#[test]
fn loopback_falls_back_to_plain_http_once() {
    let authority = Authority::new();
    let registry = Registry::start(Lies::default());
    let with_file = Ask { ca_file: Some(authority.file()), ..settings() };
    let answers = ask(&twenty(&registry.host), &with_file);
    assert_honest(&answers, 20);
    assert_eq!((answers.traffic.requests, registry.seen().len()), (20 + 1, 20));
    let named = Ask { plain_http: vec![registry.host.clone()], ..with_file };
    let answers = ask(&twenty(&registry.host), &named);
    assert_eq!((answers.traffic.requests, registry.seen().len()), (20, 40));
}

#[test]
fn a_host_that_was_heard_over_tls_is_not_asked_over_plain_http() {
    let authority = Authority::new();
    let account = Some(("alice", "wonder"));
    let registry =
        authority.start(Lies { login: Login::Basic, account, hang: Hang::LoggedIn, ..Lies::default() });
    let (settings, _folder) = with_config(&alice(&registry.host));
    let request_timeout = std::time::Duration::from_millis(300);
    let settings = Ask { ca_file: Some(authority.file()), request_timeout, ..settings };
    let answers = ask(&[format!("{}/acme/web:1", registry.host)], &settings);
    let what = format!("no answer from {} within 300ms", registry.host);
    let expected = Answer::Unreachable(reason(&what, "try again later"));
    assert_eq!(answers.by_question.into_values().collect::<Vec<_>>(), [expected]);
    assert_eq!(answers.traffic.requests, 2);
}

#[test]
fn loopback_over_tls_without_an_authority_is_not_tried() {
    let registry = Authority::new().start(Lies::default());
    let Answer::Unreachable(why) = ask_one(&format!("{}/acme/web:1", registry.host), &settings()) else {
        panic!("not unreachable")
    };
    assert!(why.what.starts_with(&format!("{} broke off its answer: ", registry.host)), "{why:?}");
    assert_eq!(registry.seen().len(), 0);
}

#[test]
fn files_that_hold_no_authority() {
    let folder = TempDir::new().expect("a folder");
    let table = [
        ("", "holds no certificate"),
        ("-----BEGIN CERTIFICATE-----\n", "is no PEM file of certificates"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no usable certificate"),
    ];
    for (text, why) in table {
        let file = write(folder.path(), "ca.pem", text);
        let words = error(&Ask { ca_file: Some(file.clone()), ..settings() }).to_string();
        assert_eq!(words, format!("the certificate authorities in {}: the file {why}", file.display()));
    }
    let file = folder.path().join("none.pem");
    let words = error(&Ask { ca_file: Some(file.clone()), ..settings() }).to_string();
    let why = format!("cannot be read: {}", std::io::Error::from_raw_os_error(2));
    assert_eq!(words, format!("the certificate authorities in {}: the file {why}", file.display()));
}
