//! Realms: who is told a password.

use kubepin::answer::Answer;
use kubepin::settings::{Ask, TrustedRealm};

use super::{Registry, alice, ask, ask_one, by_name, honest, settings, twenty, untrusted, with_config};
use crate::lying::{Body, Lies, Login};
use crate::registry::tls::Authority;

fn bearer(realm: &str) -> Vec<String> {
    vec![format!(r#"Bearer realm="{realm}",service="lying""#)]
}

/// Asks a registry over plain HTTP, with a login stored for it, whose challenge names `realm`.
fn asked_with(realm: &str) -> (Answer, Registry) {
    let registry =
        Registry::start(Lies { login: Login::Token, challenges: bearer(realm), ..Lies::default() });
    let (settings, _folder) = with_config(&alice(&registry.host));
    (ask_one(&format!("{}/acme/web:1", registry.host), &settings), registry)
}

#[test]
fn a_realm_on_the_same_host_may_have_another_port() {
    let realm = Registry::start(Lies { account: Some(("alice", "wonder")), ..Lies::default() });
    let (answer, registry) = asked_with(&format!("{}/token", realm.url));
    assert!(matches!(answer, Answer::Denied(_)), "the token is of another server: {answer:?}");
    assert_eq!(realm.seen()[0].authorization.as_deref(), Some("Basic YWxpY2U6d29uZGVy"));
    let sent: Vec<_> = registry.seen().into_iter().map(|seen| seen.authorization).collect();
    assert_eq!(
        sent,
        [None, Some("Bearer token0-service=lying&scope=repository%3Aacme%2Fweb%3Apull".to_owned())]
    );
}

/// The same, with the credentials readable on the way.
#[test]
fn a_foreign_realm_in_the_clear_is_not_asked() {
    let realm = Registry::start(Lies::default());
    let (answer, registry) = asked_with(&format!("http://{}/token", by_name(&realm)));
    let why = "the realm at localhost wants `http`, not https";
    assert_eq!(answer, untrusted(&format!("{} cannot be asked for a token: {why}", registry.host)));
    assert_eq!((registry.seen().len(), realm.seen().len()), (1, 0));
}

#[test]
fn a_realm_with_a_user_name_is_not_asked() {
    let (answer, registry) = asked_with(&format!("http://eve@{}/token", "127.0.0.1:1"));
    let why = "the realm at 127.0.0.1 has a user name in its URL";
    assert_eq!(answer, untrusted(&format!("{} cannot be asked for a token: {why}", registry.host)));
    assert_eq!(registry.seen().len(), 1);
}

/// As in CVE-2020-15157, CVE-2026-48978 and CVE-2026-33990: the challenge names a realm of someone else.
#[test]
fn a_foreign_realm_gets_no_credentials() {
    let authority = Authority::new();
    let realm = authority.start(Lies::default());
    let challenges = bearer(&format!("https://{}/token", by_name(&realm)));
    let registry = authority.start(Lies { login: Login::Token, challenges, ..Lies::default() });
    let host = &registry.host;
    let (settings, _folder) = with_config(&alice(host));
    let settings = Ask { ca_file: Some(authority.file()), ..settings };
    let Answer::Denied(why) = ask_one(&format!("{host}/acme/web:1"), &settings) else { panic!("not denied") };
    let held_back = "the realm localhost is foreign, so it got no credentials (see --trust-realm)";
    let what =
        format!("not found or no access: {host} answered 401 Unauthorized for acme/web:1; {held_back}");
    assert_eq!(why.what, what);
    let seen = realm.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].line.starts_with("GET /token?"), seen[0].authorization.as_deref()), (true, None));
}

#[test]
fn a_realm_that_the_user_trusts_gets_the_credentials_of_its_registry() {
    let authority = Authority::new();
    let realm = authority.start(Lies { account: Some(("alice", "wonder")), ..Lies::default() });
    let challenges = bearer(&format!("https://{}/token", by_name(&realm)));
    let registry = authority.start(Lies { login: Login::Token, challenges, ..Lies::default() });
    let host = &registry.host;
    let (settings, _folder) = with_config(&alice(host));
    let sent = |registry: &str| {
        let before = realm.seen().len();
        let trusted = TrustedRealm { registry: registry.to_owned(), realm: by_name(&realm) };
        let settings =
            Ask { ca_file: Some(authority.file()), trusted_realms: vec![trusted], ..settings.clone() };
        ask_one(&format!("{host}/acme/web:1"), &settings);
        realm.seen().into_iter().skip(before).map(|seen| seen.authorization).collect::<Vec<_>>()
    };
    assert_eq!(sent(host), [Some("Basic YWxpY2U6d29uZGVy".to_owned())]);
    assert_eq!(sent("another.example"), [None]);
}

/// As in CVE-2026-50151, on the way to a token: a trusted realm sends the request on.
#[test]
fn a_realm_does_not_pass_credentials_on() {
    let foreign = Registry::start(Lies::default());
    let to = format!("http://{}/token", by_name(&foreign));
    let realm = Registry::start(Lies { redirect: Some(to), ..Lies::default() });
    let (_, registry) = asked_with(&format!("{}/v2/to/manifests/token", realm.url));
    assert_eq!(realm.seen()[0].authorization.as_deref(), Some("Basic YWxpY2U6d29uZGVy"));
    let seen = foreign.seen();
    assert_eq!((seen.len(), seen[0].authorization.as_deref()), (1, None));
    assert!(registry.seen()[0].authorization.is_none());
}

/// Server-side request forgery through a realm: cloud metadata is not asked, whoever says so.
#[test]
fn a_realm_at_the_metadata_service_is_not_asked() {
    let (answer, registry) = asked_with("https://169.254.169.254/latest/meta-data/?service=hunter2");
    let what = format!(
        "no token for {}: 169.254.169.254 is a link-local or metadata address, which is never connected to",
        registry.host
    );
    assert_eq!(answer, Answer::Unreachable(super::reason(&what, "")));
    assert_eq!(registry.seen().len(), 1);
}

/// Bodies without a bound: a realm that sends for ever.
#[test]
fn a_token_without_end_is_left_early() {
    let realm = Registry::start(Lies { body: Body::Bytes(64 << 20), ..Lies::default() });
    let (answer, _registry) = asked_with(&format!("{}/v2/to/manifests/token", realm.url));
    assert_eq!(answer, untrusted(&format!("{} answered without a token", realm.host)));
    assert!(realm.sent() < 16 << 20, "{} bytes were sent", realm.sent());
}

#[test]
fn a_realm_without_a_connection_is_tried_once() {
    // Not a free one: another test may take it.
    let port = 1;
    let challenges = bearer(&format!("http://127.0.0.1:{port}/token"));
    let registry = Registry::start(Lies { login: Login::Token, challenges, ..Lies::default() });
    let host = &registry.host;
    let answers = ask(&twenty(host), &settings());
    assert_eq!((answers.by_question.len(), answers.traffic.requests), (20, 2));
    for answer in answers.by_question.values() {
        let Answer::Unreachable(why) = answer else { panic!("{answer:?}") };
        assert!(
            why.what.starts_with(&format!("no token for {host}: no connection to 127.0.0.1:{port}: ")),
            "{why:?}"
        );
    }
}

#[test]
fn a_realm_of_a_registry_over_tls_is_told() {
    let authority = Authority::new();
    let registry =
        authority.start(Lies { login: Login::Token, account: Some(("alice", "wonder")), ..Lies::default() });
    let (settings, _folder) = with_config(&alice(&registry.host));
    let settings = Ask { ca_file: Some(authority.file()), ..settings };
    assert_eq!(ask_one(&format!("{}/acme/web:1", registry.host), &settings), honest("acme/web", "1"));
}
