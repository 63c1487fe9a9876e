//! Mirrors: another host is asked, as itself.

use kubepin::answer::Answer;
use kubepin::settings::{Ask, Mirror};

use super::{Registry, alice, ask, ask_one, honest, reason, settings, with_config};
use crate::lying::{Lies, Login};

fn mirror(from: &str, to: &str) -> Mirror {
    Mirror { from: from.to_owned(), to: to.to_owned() }
}

#[test]
fn a_mirror_is_asked_under_its_prefix() {
    let (exact, other) = (Registry::start(Lies::default()), Registry::start(Lies::default()));
    let mirrors = vec![mirror("*", &other.host), mirror("docker.io", &format!("{}/hub/cache", exact.host))];
    let settings = Ask { mirrors, ..settings() };
    assert_eq!(ask_one("nginx:1.27", &settings), honest("hub/cache/library/nginx", "1.27"));
    assert_eq!(ask_one("ghcr.io/acme/web:1", &settings), honest("acme/web", "1"));
    assert_eq!(exact.lines(), ["HEAD /v2/hub/cache/library/nginx/manifests/1.27"]);
    assert_eq!(other.lines(), ["HEAD /v2/acme/web/manifests/1"]);
}

#[test]
fn a_mirror_sees_its_own_login_only() {
    let registry =
        Registry::start(Lies { login: Login::Basic, account: Some(("alice", "wonder")), ..Lies::default() });
    let mirrors = vec![mirror("docker.io", &format!("{}/hub", registry.host))];
    let (original, _folder) = with_config(&alice("https://index.docker.io/v1/"));
    let answer = ask_one("nginx", &Ask { mirrors: mirrors.clone(), ..original });
    let host = &registry.host;
    let what =
        format!("not found or no access: {host} answered 401 Unauthorized for hub/library/nginx:latest");
    let hint = format!("if the image is private, log in: `docker login {host}`");
    assert_eq!(answer, Answer::Denied(reason(&what, &hint)));
    assert!(registry.seen().iter().all(|seen| seen.authorization.is_none()));
    let (own, _folder) = with_config(&alice(host));
    assert_eq!(ask_one("nginx", &Ask { mirrors, ..own }), honest("hub/library/nginx", "latest"));
}

#[test]
fn a_mirror_that_is_no_host() {
    for to in ["", "/prefix", "user:secret@127.0.0.1:1", "127.0.0.1:port"] {
        let Answer::Unreachable(why) =
            ask_one("nginx", &Ask { mirrors: vec![mirror("*", to)], ..settings() })
        else {
            panic!("{to}")
        };
        let host = to.split('/').next().unwrap_or_default();
        assert_eq!(
            why,
            reason(&format!("`{host}` is no host of a registry"), "a mirror is written HOST[:PORT][/PREFIX]")
        );
    }
}

#[test]
fn names_that_a_mirror_makes_one_are_asked_once() {
    let registry = Registry::start(Lies::default());
    let mirrors = vec![mirror("*", &registry.host)];
    let texts = ["docker.io/alpine/git:v2", "quay.io/alpine/git:v2"].map(str::to_owned);
    let answers = ask(&texts, &Ask { mirrors, ..settings() });
    assert_eq!(registry.lines(), ["HEAD /v2/alpine/git/manifests/v2"]);
    assert_eq!(
        answers.by_question.into_values().collect::<Vec<_>>(),
        [honest("alpine/git", "v2"), honest("alpine/git", "v2")]
    );
}
