//! Tokens for several repositories: how many requests they save, and hosts that do not take them.
//!
//! N images of R repositories cost N + 1 + ⌈R/16⌉ requests: one for each image, one to learn the
//! challenge, one for each token.

use std::collections::BTreeSet;

use kubepin::answer::{Answer, Answers};
use kubepin::settings::Ask;

use super::{Registry, alice, ask, ask_one, assert_honest, reason, settings, twenty, untrusted, with_config};
use crate::lying::{Body, Lies, Login};

fn token(lies: Lies) -> Registry {
    Registry::start(Lies { login: Login::Token, ..lies })
}

/// Three tags of each of so many repositories.
fn images(host: &str, repositories: usize) -> Vec<String> {
    let tags = |repository| (0..3).map(move |tag| format!("{host}/acme/app{repository:02}:v{tag}"));
    (0..repositories).flat_map(tags).collect()
}

/// Asks a registry for three tags of each repository.
fn asked(lies: Lies, repositories: usize) -> (Answers, Registry) {
    let registry = token(lies);
    let answers = ask(&images(&registry.host, repositories), &settings());
    assert_eq!(answers.traffic.requests, registry.seen().len());
    (answers, registry)
}

/// The repositories in each token request.
fn scopes(registry: &Registry) -> Vec<Vec<String>> {
    let tokens = registry.lines().into_iter().filter(|line| line.starts_with("GET /token?"));
    let scopes = |line: String| {
        let pairs = line.split('&').filter_map(|pair| Some(pair.strip_prefix("scope=")?.to_owned()));
        pairs
            .map(|scope| scope.replace("repository%3A", "").replace("%2F", "/").replace("%3Apull", ""))
            .collect()
    };
    tokens.map(scopes).collect()
}

fn sizes(registry: &Registry) -> Vec<usize> {
    let mut sizes: Vec<usize> = scopes(registry).iter().map(Vec::len).collect();
    sizes.sort_unstable();
    sizes
}

fn denied(answers: &Answers) -> BTreeSet<&str> {
    let denied = answers.by_question.iter().filter(|(_, answer)| matches!(answer, Answer::Denied(_)));
    denied.map(|(question, _)| question.repository.as_str()).collect()
}

#[test]
fn sixteen_repositories_share_a_token() {
    for (repositories, batches) in
        [(1, &[1][..]), (2, &[2]), (16, &[16]), (17, &[1, 16]), (50, &[2, 16, 16, 16])]
    {
        let (answers, registry) = asked(Lies::default(), repositories);
        assert_honest(&answers, 3 * repositories);
        let n = 3 * repositories;
        assert_eq!(answers.traffic.requests, n + 1 + repositories.div_ceil(16), "{repositories}");
        assert_eq!(sizes(&registry), batches);
    }
}

#[test]
fn a_token_is_there_before_it_is_needed_and_not_long_before() {
    for (lies, repository) in [
        (Lies::default(), "acme/app16"),
        // The first of those that a host gives tokens of their own that is not the first to find out.
        (Lies { scopes_status: Some(400), ..Lies::default() }, "acme/app05"),
    ] {
        let registry = token(lies);
        let images = images(&registry.host, 20);
        assert_honest(&ask(&images, &Ask { concurrency: 1, ..settings() }), 60);
        let lines = registry.lines();
        let scope = format!("scope=repository%3A{}%3Apull", repository.replace('/', "%2F"));
        let asked = lines.iter().rposition(|line| line.contains(&scope)).expect("a token");
        let used = lines.iter().position(|line| line.contains(&format!("/{repository}/"))).expect("a HEAD");
        assert_eq!(used - asked, 3, "{lines:#?}");
    }
}

#[test]
fn tokens_are_asked_for_with_the_login_and_used_without_it() {
    for account in [None, Some(("alice", "wonder"))] {
        let registry = token(Lies { account, ..Lies::default() });
        let text = if account.is_some() { alice(&registry.host) } else { "{}".to_owned() };
        let (settings, _folder) = with_config(&text);
        assert_honest(&ask(&twenty(&registry.host), &settings), 20);
        let seen = registry.seen();
        let scope = |n| format!("&scope=repository%3Aacme%2Fapp{n}%3Apull");
        let scopes: String = (0..5).map(scope).collect();
        assert_eq!(seen[1].line, format!("GET /token?service=lying{scopes}"));
        assert_eq!(seen[1].authorization.as_deref(), account.map(|_| "Basic YWxpY2U6d29uZGVy"));
        assert_eq!(seen[0].authorization, None);
        let bearer = |authorization: &str| authorization.starts_with("Bearer token0-");
        assert!(seen[2..].iter().all(|seen| seen.authorization.as_deref().is_some_and(bearer)));
    }
}

#[test]
fn a_host_that_grants_the_first_scope_only_costs_one_more_to_learn() {
    for hides in [false, true] {
        let (answers, registry) = asked(Lies { scopes_status: Some(200), hides, ..Lies::default() }, 20);
        assert_honest(&answers, 60);
        // The first token serves the first repository; one HEAD is lost with the second.
        assert_eq!(answers.traffic.requests, 60 + 1 + 20 + 1, "{hides}");
        assert_eq!(sizes(&registry), [&[1; 19][..], &[16]].concat());
    }
}

#[test]
fn a_host_that_refuses_several_scopes_costs_one_more_to_learn() {
    for status in [400, 401, 403, 404, 414, 500] {
        let (answers, registry) = asked(Lies { scopes_status: Some(status), ..Lies::default() }, 20);
        assert_honest(&answers, 60);
        assert_eq!(answers.traffic.requests, 60 + 1 + 20 + 1, "{status}");
        assert_eq!(sizes(&registry), [&[1; 20][..], &[16]].concat());
    }
}

#[test]
fn one_repository_without_access_costs_the_others_nothing_but_their_own_tokens() {
    // In the first batch, at its head or not: no batch is tried again, and the denied one has no HEAD.
    for (repository, n) in [("app00", 57), ("app01", 57), ("app15", 57)] {
        for status in [401, 403] {
            let (answers, _) = asked(Lies { ungranted: Some((repository, status)), ..Lies::default() }, 20);
            assert_eq!(denied(&answers), [format!("acme/{repository}").as_str()].into());
            assert_eq!(answers.traffic.requests, n + 1 + 1 + 20, "{repository} {status}");
        }
    }
    // In the second, when it is known that tokens are shared: only that batch parts.
    let (answers, registry) = asked(Lies { ungranted: Some(("app17", 403)), ..Lies::default() }, 40);
    assert_eq!(denied(&answers), ["acme/app17"].into());
    assert_eq!(answers.traffic.requests, 117 + 1 + 3 + 16);
    assert_eq!(sizes(&registry), [&[1; 16][..], &[8, 16, 16]].concat());
}

#[test]
fn a_repository_that_a_shared_token_does_not_cover_is_asked_for_alone() {
    // Docker Hub: the token is given, without what is not granted. One at a time, so that it is known
    // who comes first.
    let cost = |repository| {
        let registry = token(Lies { ungranted: Some((repository, 200)), ..Lies::default() });
        let answers = ask(&images(&registry.host, 20), &Ask { concurrency: 1, ..settings() });
        assert_eq!(denied(&answers), [format!("acme/{repository}").as_str()].into());
        answers.traffic.requests
    };
    // It is known that tokens are shared: a HEAD and a token more for the one that is denied.
    assert_eq!(cost("app05"), 60 + 1 + 2 + 2);
    // Not known yet: the second repository is refused, so each gets its own token from there on.
    assert_eq!(cost("app01"), 60 + 1 + 1 + 1 + 19);
    // Not even the first is let in.
    assert_eq!(cost("app00"), 60 + 1 + 1 + 1 + 20);
}

#[test]
fn accounts_share_no_token() {
    let registry = token(Lies::default());
    let host = &registry.host;
    // bob:builder for what is under acme, alice:wonder for the rest.
    let config = format!(
        r#"{{"auths":{{"{host}":{{"auth":"YWxpY2U6d29uZGVy"}},"{host}/acme":{{"auth":"Ym9iOmJ1aWxkZXI="}}}}}}"#
    );
    let (settings, _folder) = with_config(&config);
    let images = ["acme/a", "acme/b", "other/a", "other/b"].map(|image| format!("{host}/{image}:1"));
    let answers = ask(&images, &settings);
    assert_honest(&answers, 4);
    assert_eq!(answers.traffic.requests, 4 + 1 + 2);
    let tokens = registry.seen().into_iter().filter(|seen| seen.line.starts_with("GET /token"));
    let logins: Vec<_> = tokens.map(|seen| seen.authorization.unwrap_or_default()).collect();
    assert_eq!(logins, ["Basic Ym9iOmJ1aWxkZXI=", "Basic YWxpY2U6d29uZGVy"]);
    assert_eq!(scopes(&registry), [["acme/a", "acme/b"], ["other/a", "other/b"]]);
}

#[test]
fn a_token_is_renewed_before_its_time_is_up() {
    // Every answer takes its time: four questions, one after the other, take longer than a token lives.
    let slow = std::time::Duration::from_millis(120);
    let registry = token(Lies { expires_in: Some(0.3), slow, ..Lies::default() });
    let images: Vec<String> = (0..6).map(|n| format!("{}/acme/app{n}:1", registry.host)).collect();
    let answers = ask(&images, &Ask { concurrency: 1, ..settings() });
    assert_honest(&answers, 6);
    let refused = answers.traffic.requests - 6 - sizes(&registry).len();
    assert_eq!(refused, 1, "only the first request was refused: {:?}", registry.lines());
    assert!((2..=4).contains(&sizes(&registry).len()), "{:?}", registry.lines());
}

#[test]
fn a_shared_token_that_is_revoked_is_renewed_once() {
    let registry = token(Lies { token_uses: Some(4), ..Lies::default() });
    let images: Vec<String> = (0..2)
        .flat_map(|n| (0..3).map(move |tag| (n, tag)))
        .map(|(n, tag)| format!("{}/acme/app{n}:{tag}", registry.host))
        .collect();
    let answers = ask(&images, &Ask { concurrency: 1, ..settings() });
    assert_honest(&answers, 6);
    // 401, token, four tags; 401, token, two tags.
    let methods: String = registry.lines().iter().filter_map(|line| line.chars().next()).collect();
    assert_eq!(methods, "HGHHHHHGHH");
}

#[test]
fn what_realms_issue() {
    let issued = |text: &str| {
        let registry = token(Lies { issued: Some(Body::Text(text.to_owned())), ..Lies::default() });
        let answer = ask_one(&format!("{}/acme/web:1", registry.host), &settings());
        (answer, registry)
    };
    // A token that the registry does not know, but one: it is sent, whatever stands beside it.
    for text in [
        r#"{"token":"opaque"}"#,
        r#"{"access_token":"opaque"}"#,
        r#"{"token":"","access_token":"opaque"}"#,
        r#"{"token":"opaque","expires_in":"soon","issued_at":"never"}"#,
        r#"{"token":"opaque","expires_in":-5}"#,
        r#"{"token":"opaque","expires_in":1e300}"#,
    ] {
        let (answer, registry) = issued(text);
        assert!(matches!(answer, Answer::Denied(_)), "{text}: {answer:?}");
        let sent: Vec<_> = registry.seen().into_iter().map(|seen| seen.authorization).collect();
        assert_eq!(sent, [None, None, Some("Bearer opaque".to_owned())], "{text}");
    }
    for text in ["", "<html>", "[]", "{}", r#"{"token":""}"#, r#"{"token":7}"#, r#"{"token":"a\nb"}"#] {
        let (answer, registry) = issued(text);
        assert_eq!(answer, untrusted(&format!("{} answered without a token", registry.host)), "{text}");
        assert_eq!(registry.seen().len(), 2);
    }
    let registry = token(Lies { issued: Some(Body::Bytes(64 << 20)), ..Lies::default() });
    let answer = ask_one(&format!("{}/acme/web:1", registry.host), &settings());
    assert_eq!(answer, untrusted(&format!("{} answered without a token", registry.host)));
    assert!(registry.sent() < 24 << 20, "{} bytes were sent", registry.sent());
}

#[test]
fn a_realm_at_a_link_local_address_is_not_connected_to() {
    for address in ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]"] {
        let challenges = vec![format!(r#"Bearer realm="https://{address}/token",service="lying""#)];
        let (answers, registry) = asked(Lies { challenges, ..Lies::default() }, 2);
        assert_eq!(registry.seen().len(), 1);
        let host = &registry.host;
        let bare = address.trim_matches(['[', ']']);
        let never = format!("{bare} is a link-local or metadata address, which is never connected to");
        let expected = Answer::Unreachable(reason(&format!("no token for {host}: {never}"), ""));
        assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
    }
}

/// GHCR names a repository that there is not, ECR Public a scope of its own, and distribution says once more
/// what a token lacked: what is asked for is what is needed.
#[test]
fn scopes_of_challenges_are_not_taken_over() {
    for scope in [
        r#",scope="aws""#,
        r#",scope="repository:acme/app00:pull,push",error="insufficient_scope""#,
        r#",scope="registry:catalog:*""#,
        "",
    ] {
        let challenge = format!(r#"Bearer realm="{{me}}/token",service="lying"{scope}"#);
        let (answers, registry) = asked(Lies { challenges: vec![challenge], ..Lies::default() }, 3);
        assert_honest(&answers, 9);
        assert_eq!(answers.traffic.requests, 9 + 1 + 1, "{scope}");
        let names = (0..3).map(|number| format!("acme/app{number:02}"));
        assert_eq!(scopes(&registry), [names.collect::<Vec<_>>()], "{scope}");
    }
}
