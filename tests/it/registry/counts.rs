//! How many requests it takes.

use std::cell::RefCell;
use std::collections::BTreeSet;

use kubepin::answer::{Answer, Traffic};
use kubepin::resolve;

use super::{Registry, alice, ask, assert_honest, questions, reason, settings, twenty, with_config};
use crate::lying::{Hang, Lies, Login};

/// Asks for twenty images of five repositories, sixteen at a time; returns the requests it took.
fn cost(lies: Lies, logged_in: bool) -> (usize, Registry) {
    let registry = Registry::start(lies);
    let text = if logged_in { alice(&registry.host) } else { "{}".to_owned() };
    let (settings, _folder) = with_config(&text);
    assert_eq!(settings.concurrency, 16);
    let answers = ask(&twenty(&registry.host), &settings);
    assert_honest(&answers, 20);
    assert_eq!(answers.traffic.requests, registry.seen().len());
    (answers.traffic.requests, registry)
}

#[test]
fn an_open_host_costs_one_head_for_each_image() {
    let (requests, registry) = cost(Lies::default(), true);
    assert_eq!(requests, 20);
    let accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
        application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
    for seen in registry.seen() {
        assert!(seen.line.starts_with("HEAD /v2/acme/app"), "{}", seen.line);
        assert_eq!(seen.authorization, None);
        assert_eq!(seen.headers["accept"], accept);
        assert_eq!(seen.headers["accept-encoding"], "identity");
        assert_eq!(seen.headers["user-agent"], concat!("kubepin/", env!("CARGO_PKG_VERSION")));
    }
    let lines: BTreeSet<String> = registry.lines().into_iter().collect();
    assert_eq!(lines.len(), 20);
}

#[test]
fn basic_costs_one_more() {
    let lies = Lies { login: Login::Basic, account: Some(("alice", "wonder")), ..Lies::default() };
    let (requests, registry) = cost(lies, true);
    assert_eq!(requests, 20 + 1);
    let seen = registry.seen();
    assert_eq!(seen[0].authorization, None);
    assert!(seen[1..].iter().all(|seen| seen.authorization.as_deref() == Some("Basic YWxpY2U6d29uZGVy")));
}

#[test]
fn a_host_that_first_fails_still_costs_one_401() {
    let registry = Registry::start(Lies { login: Login::Token, fail_first: 2, ..Lies::default() });
    let answers = ask(&twenty(&registry.host), &settings());
    let pinned =
        answers.by_question.values().filter(|answer| matches!(answer, Answer::Pinned { .. })).count();
    assert_eq!((pinned, answers.traffic.requests), (18, 20 + 1 + 1));
}

#[test]
fn a_host_may_demand_a_login_for_some_repositories_only() {
    let registry = Registry::start(Lies { login: Login::Token, private: "acme/app3", ..Lies::default() });
    let settings = kubepin::settings::Ask { concurrency: 1, ..settings() };
    let answers = ask(&twenty(&registry.host), &settings);
    assert_honest(&answers, 20);
    // The challenge is met with the 13th image.
    assert_eq!(answers.traffic.requests, 20 + 1 + 1);
}

#[test]
fn a_host_without_a_connection_is_tried_once() {
    // Not a free one: another test may take it.
    let port = 1;
    let answers = ask(&twenty(&format!("127.0.0.1:{port}")), &settings());
    assert_eq!((answers.by_question.len(), answers.traffic.requests), (20, 1));
    let what = format!("no connection to 127.0.0.1:{port}: Connection refused");
    let hint = "check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)";
    if cfg!(target_os = "linux") {
        let expected = Answer::Unreachable(reason(&what, hint));
        assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
    }
}

#[test]
fn a_host_that_hangs_is_tried_once() {
    let registry = Registry::start(Lies { hang: Hang::Always, ..Lies::default() });
    let settings =
        kubepin::settings::Ask { request_timeout: std::time::Duration::from_millis(300), ..settings() };
    let answers = ask(&twenty(&registry.host), &settings);
    assert_eq!((answers.by_question.len(), answers.traffic.requests), (20, 1));
    let what = format!("no answer from {} within 300ms", registry.host);
    let expected = Answer::Unreachable(reason(&what, "try again later"));
    assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
}

#[test]
fn two_hosts_are_asked_each_on_its_own() {
    let (open, token) =
        (Registry::start(Lies::default()), Registry::start(Lies { login: Login::Token, ..Lies::default() }));
    let images = [twenty(&open.host), twenty(&token.host)].concat();
    let progress = RefCell::new(Vec::new());
    let answers = resolve::ask(&questions(&images), &settings(), &|done, total| {
        progress.borrow_mut().push((done, total));
    });
    assert_honest(&answers.expect("answers"), 40);
    assert_eq!((open.seen().len(), token.seen().len()), (20, 22));
    assert_eq!(progress.into_inner(), (1..=40).map(|done| (done, 40)).collect::<Vec<_>>());
}

#[test]
fn no_question_starts_nothing() {
    let broken = kubepin::settings::Ask { ca_file: Some("/nonexistent/ca.pem".into()), ..settings() };
    let answers = resolve::ask(&BTreeSet::new(), &broken, &|_, _| {}).expect("nothing to do");
    assert_eq!((answers.by_question.len(), answers.traffic), (0, Traffic::default()));
}
