//! What the client makes of what a registry says.

use kubepin::answer::Answer;
use sha2::{Digest as _, Sha512};

use super::{Registry, ask, ask_one, honest, pinned, reason, settings, untrusted};
use crate::lying::{Body, INDEX, Lies, hex, manifest};

const HEAD: &str = "HEAD /v2/acme/web/manifests/1";
const GET: &str = "GET /v2/acme/web/manifests/1";

/// Asks for one image; checks which requests that took.
fn told(lies: Lies, requests: &[&str]) -> (Answer, String) {
    let registry = Registry::start(lies);
    let host = registry.host.clone();
    let answer = ask_one(&format!("{host}/acme/web:1"), &settings());
    assert_eq!(registry.lines(), requests);
    (answer, host)
}

#[test]
fn get_where_head_states_no_digest_or_is_refused_as_such() {
    let lies = Lies { head_without_digest: true, ..Lies::default() };
    assert_eq!(told(lies, &[HEAD, GET]).0, honest("acme/web", "1"));
    for status in [400, 405, 501] {
        let lies = Lies { head_status: Some(status), ..Lies::default() };
        assert_eq!(told(lies, &[HEAD, GET]).0, honest("acme/web", "1"), "{status}");
    }
    let lies = Lies { digest: Some("sha256:evil".into()), ..Lies::default() };
    assert_eq!(told(lies, &[HEAD, GET]).0, honest("acme/web", "1"));
    let lies = Lies { digest: Some(String::new()), ..Lies::default() };
    assert_eq!(told(lies, &[HEAD, GET]).0, honest("acme/web", "1"));
}

#[test]
fn a_stated_digest_must_be_that_of_the_bytes() {
    let wrong = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    let lies = Lies { digest: Some(wrong.into()), head_status: Some(405), ..Lies::default() };
    let (answer, host) = told(lies, &[HEAD, GET]);
    let computed = manifest("acme/web", "1").1;
    assert_eq!(answer, untrusted(&format!("{host} states the digest {wrong}, but sent bytes of {computed}")));
}

#[test]
fn a_sha512_digest_is_compared_as_such() {
    let body = format!(r#"{{"mediaType":"{INDEX}","manifests":[]}}"#);
    let hash = hex(&Sha512::digest(body.as_bytes()));
    let (right, wrong) = (format!("sha512:{hash}"), format!("sha512:{}", "0".repeat(128)));
    let stating = |digest: &str| {
        let body = Body::Text(body.clone());
        told(
            Lies { digest: Some(digest.into()), head_status: Some(405), body, ..Lies::default() },
            &[HEAD, GET],
        )
    };
    assert_eq!(stating(&right).0, pinned(&right, INDEX));
    let (answer, host) = stating(&wrong);
    assert_eq!(answer, untrusted(&format!("{host} states the digest {wrong}, but sent bytes of {right}")));
}

#[test]
fn a_body_without_end_is_left_early() {
    let total = 64 << 20;
    let registry =
        Registry::start(Lies { head_status: Some(405), body: Body::Bytes(total), ..Lies::default() });
    let host = &registry.host;
    let answer = ask_one(&format!("{host}/acme/web:1"), &settings());
    assert_eq!(answer, untrusted(&format!("{host} sent a manifest of more than 4 MiB")));
    assert!((4 << 20..24 << 20).contains(&registry.sent()), "{} bytes were sent", registry.sent());
}

#[test]
fn refusals_are_told_apart_and_never_followed_by_get() {
    let refuse = |status| told(Lies { status: Some((status, "own words")), ..Lies::default() }, &[HEAD]);
    let (answer, host) = refuse(404);
    let hint = "check the repository and the tag, and whether the tag was deleted";
    assert_eq!(answer, Answer::Missing(reason(&format!("{host} has no acme/web:1 (404 Not Found)"), hint)));
    let (answer, host) = refuse(403);
    let what = format!("not found or no access: {host} answered 403 Forbidden for acme/web:1");
    let hint = format!("if the image is private, log in: `docker login {host}`");
    assert_eq!(answer, Answer::Denied(reason(&what, &hint)));
    for (status, words) in [(500, "500 Internal Server Error"), (503, "503 Service Unavailable")] {
        let (answer, host) = refuse(status);
        assert_eq!(
            answer,
            Answer::Unreachable(reason(&format!("{host} answered {words}"), "try again later"))
        );
    }
    let (answer, host) = refuse(418);
    assert_eq!(answer, untrusted(&format!("{host} answered 418 I'm a teapot")));
}

#[test]
fn a_refusal_is_told_in_the_registrys_own_words() {
    let lies = Lies { head_status: Some(405), status: Some((405, r"no\u001b[31m\n way")), ..Lies::default() };
    let (answer, host) = told(lies, &[HEAD, GET]);
    assert_eq!(answer, untrusted(&format!(r"{host} answered 405 Method Not Allowed: no\u{{1b}}[31m\n way")));
}

#[test]
fn a_body_that_breaks_off_is_no_manifest() {
    let (answer, host) =
        told(Lies { head_status: Some(405), body: Body::Broken, ..Lies::default() }, &[HEAD, GET]);
    let Answer::Unreachable(why) = answer else { panic!("{answer:?}") };
    assert!(why.what.starts_with(&format!("{host} broke off its answer: ")), "{why:?}");
    assert_eq!(why.hint.as_deref(), Some("try again later"));
}

#[test]
fn bytes_that_can_be_read_in_two_ways_are_refused() {
    let sent = |body: &str| {
        let lies = Lies { head_without_digest: true, digest: Some(String::new()), ..Lies::default() };
        let (answer, host) = told(Lies { body: Body::Text(body.to_owned()), ..lies }, &[HEAD, GET]);
        (answer, host)
    };
    for second in ["layers", "config"] {
        let (answer, host) = sent(&format!(r#"{{"manifests":[],"{second}":[]}}"#));
        assert_eq!(answer, untrusted(&format!("{host} sent what is both an index and a manifest")));
    }
    let (answer, host) = sent(r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}"#);
    let what = format!("{host} sent `application/vnd.oci.image.manifest.v1+json` and called it `{INDEX}`");
    assert_eq!(answer, untrusted(&what));
    for unreadable in ["", "<html>", r#"{"mediaType":"a","mediaType":"b"}"#, "[]"] {
        let (answer, host) = sent(unreadable);
        assert_eq!(answer, untrusted(&format!("{host} sent a manifest that cannot be read")), "{unreadable}");
    }
}

#[test]
fn media_types() {
    let typed = |media_type, head_without_digest, requests: &[&str]| {
        told(Lies { media_type: Some(media_type), head_without_digest, ..Lies::default() }, requests)
    };
    let digest = manifest("acme/web", "1").1;
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    assert_eq!(typed(docker, false, &[HEAD]).0, pinned(&digest, docker));
    let spelled = "Application/vnd.oci.image.index.v1+JSON; charset=utf-8";
    assert_eq!(typed(spelled, false, &[HEAD]).0, pinned(&digest, INDEX));
    assert_eq!(typed(spelled, true, &[HEAD, GET]).0, pinned(&digest, INDEX));
    assert_eq!(typed("", false, &[HEAD]).0, pinned(&digest, ""));
    let (answer, host) = typed("", true, &[HEAD, GET]);
    assert_eq!(
        answer,
        untrusted(&format!("{host} does not say what it sent: the answer has no Content-Type"))
    );
    let (answer, host) = typed("text/html", false, &[HEAD]);
    assert_eq!(answer, untrusted(&format!("{host} answered with `text/html`, which is no image")));
    let schema1 = [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
    ];
    let refused = |(answer, host)| {
        let what = format!("{host} has a schema 1 image there, which cannot be pinned");
        let hint = "build it again, or copy it with a tool that converts it to OCI";
        assert_eq!(answer, Answer::Untrusted(reason(&what, hint)));
    };
    for schema1 in schema1 {
        refused(typed(schema1, false, &[HEAD]));
        refused(typed(schema1, true, &[HEAD, GET]));
    }
    let body = Body::Text(r#"{"schemaVersion":1,"name":"acme/web","fsLayers":[]}"#.into());
    refused(told(
        Lies { head_without_digest: true, digest: Some(String::new()), body, ..Lies::default() },
        &[HEAD, GET],
    ));
}

#[test]
fn digests_that_contradict_each_other_are_not_believed() {
    const ZEROS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let headers: &'static [_] = &[("docker-content-digest", ZEROS)];
    assert_eq!(told(Lies { headers, ..Lies::default() }, &[HEAD, GET]).0, honest("acme/web", "1"));
}

#[test]
fn refusals_without_end_are_left_early() {
    let registry = Registry::start(Lies { refusal: 64 << 20, head_status: Some(405), ..Lies::default() });
    let host = &registry.host;
    let answer = ask_one(&format!("{host}/acme/web:1"), &settings());
    assert_eq!(answer, untrusted(&format!("{host} answered 418 I'm a teapot")));
    assert!(registry.sent() < 24 << 20, "{} bytes were sent", registry.sent());
}

#[test]
fn link_local_addresses_are_not_connected_to() {
    let images =
        ["169.254.169.254/a:1".to_owned(), "169.254.169.254/a:2".to_owned(), "[fe80::1]:5000/a:1".to_owned()];
    let answers = ask(&images, &settings());
    assert_eq!(answers.traffic.requests, 0);
    let whats: Vec<_> = answers
        .by_question
        .values()
        .map(|answer| match answer {
            Answer::Unreachable(why) => why.what.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    let what =
        |address| format!("{address} is a link-local or metadata address, which is never connected to");
    assert_eq!(whats, [what("169.254.169.254"), what("169.254.169.254"), what("fe80::1")]);
}

/// Quay sent manifests compressed that nobody asked for so: their hash is not the digest.
#[test]
fn bytes_that_were_packed_on_the_way_are_no_manifest() {
    let headers: &'static [_] = &[("content-encoding", "gzip")];
    let body = Body::Text("\u{1f}\u{8b}\u{8}".to_owned());
    let lies = Lies { headers, body, digest: Some(String::new()), ..Lies::default() };
    let (answer, host) = told(lies, &[HEAD, GET]);
    assert_eq!(answer, untrusted(&format!("{host} sent a manifest that cannot be read")));
}
