//! Identity tokens: how they are exchanged, and with whom.

use kubepin::answer::{Answer, Answers};
use kubepin::settings::{Ask, Retry};

use super::{Registry, ask, ask_one, assert_honest, by_name, honest, reason, twenty, untrusted, with_config};
use crate::lying::{Lies, Login, Trouble};
use crate::registry::tls::Authority;

/// `user:opaque` as a password.
const AS_PASSWORD: &str = "Basic dXNlcjpvcGFxdWU=";
const FORM: &str = "grant_type=refresh_token&client_id=kubepin&scope=repository%3Aacme%2Fweb%3Apull\
    &refresh_token=opaque&service=lying";

/// A configuration with the identity token `opaque` of `user`.
fn opaque(host: &str) -> (Ask, tempfile::TempDir) {
    with_config(&format!(r#"{{"auths":{{"{host}":{{"auth":"dXNlcjo=","identitytoken":"opaque"}}}}}}"#))
}

fn asked(lies: Lies) -> (Answers, Registry) {
    let registry = Registry::start(Lies { login: Login::Token, ..lies });
    let (settings, _folder) = opaque(&registry.host);
    let answers = ask(&twenty(&registry.host), &settings);
    assert_eq!(answers.traffic.requests, registry.seen().len());
    (answers, registry)
}

/// What is sent to a realm, for one image.
fn told(registry: &Registry, settings: &Ask) -> (Answer, Vec<(String, Option<String>, String)>) {
    let answer = ask_one(&format!("{}/acme/web:1", registry.host), settings);
    let tokens = registry.seen().into_iter().filter(|seen| seen.line.contains("/token"));
    (answer, tokens.map(|seen| (seen.line, seen.authorization, seen.form)).collect())
}

#[test]
fn an_identity_token_is_posted_and_never_sent_to_the_registry() {
    let lies = Lies { login: Login::Token, identity: Some("opaque"), ..Lies::default() };
    let registry = Registry::start(lies.clone());
    let (settings, _folder) = opaque(&registry.host);
    let (answer, tokens) = told(&registry, &settings);
    assert_eq!(answer, honest("acme/web", "1"));
    assert_eq!(tokens, [("POST /token".to_owned(), None, FORM.to_owned())]);
    let manifests = registry.seen().into_iter().filter(|seen| seen.line.contains("/manifests/"));
    assert!(manifests.filter_map(|seen| seen.authorization).all(|sent| sent.starts_with("Bearer token0-")));
    // All scopes in one.
    let (answers, registry) = asked(lies);
    assert_honest(&answers, 20);
    assert_eq!(answers.traffic.requests, 20 + 1 + 1);
    let form = &registry.seen()[1].form;
    assert!(
        form.contains("scope=repository%3Aacme%2Fapp0%3Apull+repository%3Aacme%2Fapp1%3Apull+"),
        "{form}"
    );
}

#[test]
fn a_realm_that_takes_no_post_gets_it_as_a_password_from_then_on() {
    for status in [401, 404, 405] {
        let account = Some(("user", "opaque"));
        // One scope only, so that there is more than one exchange.
        let (answers, registry) =
            asked(Lies { account, post_status: Some(status), scopes_status: Some(400), ..Lies::default() });
        assert_honest(&answers, 20);
        // 401; POST and GET for all; POST and GET for one, which works; GET for the others.
        assert_eq!(answers.traffic.requests, 20 + 1 + 2 + 2 + 4, "{status}");
        let tokens = registry.seen().into_iter().filter(|seen| seen.line.starts_with("GET /token"));
        assert!(tokens.into_iter().all(|seen| seen.authorization.as_deref() == Some(AS_PASSWORD)));
    }
}

#[test]
fn an_identity_token_that_is_replaced_is_not_sent_again() {
    let (answers, registry) =
        asked(Lies { identity: Some("opaque"), rotates: true, scopes_status: Some(200), ..Lies::default() });
    assert_honest(&answers, 20);
    assert_eq!(answers.traffic.requests, 20 + 1 + 1 + 5);
    let posted: Vec<String> =
        registry.seen().into_iter().map(|seen| seen.form).filter(|form| !form.is_empty()).collect();
    let sent: Vec<&str> = posted.iter().filter_map(|form| form.split("refresh_token=").nth(1)).collect();
    assert_eq!(
        sent,
        [
            "opaque&service=lying",
            "next1&service=lying",
            "next2&service=lying",
            "next3&service=lying",
            "next4&service=lying"
        ]
    );
}

#[test]
fn a_refused_identity_token_is_found_out_once() {
    // OAuth2 says 400, others 401; then it is no password either.
    for (post_status, words, requests) in [
        (None, "400 Bad Request: invalid_grant", 1 + 2),
        (Some(401), "401 Unauthorized: incorrect username or password", 1 + 4),
    ] {
        let account = Some(("user", "other"));
        let (answers, registry) =
            asked(Lies { account, identity: Some("other"), post_status, ..Lies::default() });
        let host = &registry.host;
        let what = format!("the login stored for {host} was refused ({host} answered {words})");
        let hint = format!("`docker login {host}` with an account that may pull it");
        let expected = Answer::Denied(reason(&what, &hint));
        assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
        assert_eq!(answers.traffic.requests, requests);
    }
}

#[test]
fn a_foreign_realm_gets_no_identity_token() {
    let authority = Authority::new();
    let realm = authority.start(Lies { identity: Some("opaque"), ..Lies::default() });
    let challenges = vec![format!(r#"Bearer realm="https://{}/token",service="lying""#, by_name(&realm))];
    let registry = authority.start(Lies { login: Login::Token, challenges, ..Lies::default() });
    let (settings, _folder) = opaque(&registry.host);
    let (answer, _) = told(&registry, &Ask { ca_file: Some(authority.file()), ..settings });
    let Answer::Denied(why) = answer else { panic!("not denied: {answer:?}") };
    assert!(
        why.what.ends_with("; the realm localhost is foreign, so it got no credentials (see --trust-realm)"),
        "{why:?}"
    );
    let seen = realm.seen();
    assert_eq!((seen.len(), seen[0].authorization.as_deref(), seen[0].form.as_str()), (1, None, ""));
    assert!(seen[0].line.starts_with("GET /token?"), "{}", seen[0].line);
}

#[test]
fn a_posted_identity_token_follows_no_redirect_and_is_not_sent_twice() {
    let lies = Lies { login: Login::Token, identity: Some("opaque"), ..Lies::default() };
    let registry = Registry::start(Lies {
        post_status: Some(307),
        headers: &[("location", "http://127.0.0.1:1/")],
        ..lies.clone()
    });
    let (settings, _folder) = opaque(&registry.host);
    let (answer, tokens) = told(&registry, &settings);
    let what = format!("{} answered 307 Temporary Redirect: no POST", registry.host);
    assert_eq!((answer, tokens.len()), (untrusted(&what), 1));
    // It may have been exchanged although the answer was lost.
    let registry = Registry::start(Lies { every: Some((2, Trouble::Break)), ..lies });
    let (settings, _folder) = opaque(&registry.host);
    let (answer, tokens) = told(&registry, &Ask { retry: Retry::default(), ..settings });
    assert!(matches!(answer, Answer::Unreachable(_)), "{answer:?}");
    assert_eq!(tokens.len(), 1);
}

#[test]
fn a_host_that_wants_a_password_gets_it_as_one() {
    let registry =
        Registry::start(Lies { login: Login::Basic, account: Some(("user", "opaque")), ..Lies::default() });
    let (settings, _folder) = opaque(&registry.host);
    let (answer, _) = told(&registry, &settings);
    assert_eq!(answer, honest("acme/web", "1"));
}
