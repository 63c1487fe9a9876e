//! Logins: where they come from, and what comes of them.

use base64::Engine as _;
use kubepin::answer::Answer;
use kubepin::registry::AskError;
use kubepin::registry::Client;
use kubepin::secret::Secret;
use kubepin::settings::{Ask, LoginForm, LoginSource};

use super::{
    Registry, alice, ask, ask_one, assert_honest, error, honest, login_file, reason, settings, twenty,
    untrusted, with_config, write,
};
use crate::lying::{Lies, Login};

const ALICE: Option<(&str, &str)> = Some(("alice", "wonder"));

fn denied(what: &str, hint: &str) -> Answer {
    Answer::Denied(reason(what, hint))
}

#[test]
fn a_registry_that_refuses_every_token_denies_each_image() {
    let registry = Registry::start(Lies { login: Login::Token, deaf: true, ..Lies::default() });
    let host = &registry.host;
    let answers = ask(&twenty(host), &settings());
    // Neither a token for all helps nor one for each; one that was never let in is not renewed.
    assert_eq!(answers.traffic.requests, 20 + 1 + 1 + 1 + 5);
    for (question, answer) in &answers.by_question {
        let what = format!(
            "not found or no access: {host} answered 401 Unauthorized for {}:{}",
            question.repository, question.tag
        );
        assert_eq!(
            *answer,
            denied(&what, &format!("if the image is private, log in: `docker login {host}`"))
        );
    }
}

#[test]
fn a_refused_password_is_found_out_once() {
    // A realm may have meant one repository of several with its refusal, so it is asked for one.
    for (login, requests) in [(Login::Basic, 2), (Login::Token, 3)] {
        let registry = Registry::start(Lies { login, account: Some(("alice", "other")), ..Lies::default() });
        let host = &registry.host;
        let (settings, _folder) = with_config(&alice(host));
        let answers = ask(&twenty(host), &settings);
        assert_eq!((answers.by_question.len(), answers.traffic.requests), (20, requests), "{login:?}");
        let words = match login {
            Login::Token => format!("{host} answered 401 Unauthorized: incorrect username or password"),
            _ => "401 Unauthorized".to_owned(),
        };
        let what = format!("the login stored for {host} was refused ({words})");
        let expected = denied(&what, &format!("`docker login {host}` with an account that may pull it"));
        assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
    }
}

#[test]
fn a_login_may_give_access_to_some_repositories_only() {
    let registry = Registry::start(Lies {
        login: Login::Token,
        account: ALICE,
        status: Some((403, "no")),
        ..Lies::default()
    });
    let host = &registry.host;
    let (settings, _folder) = with_config(&alice(host));
    let expected = denied(
        &format!("the login stored for {host} gives no access to acme/web:1 (403 Forbidden)"),
        &format!("`docker login {host}` with an account that may pull it"),
    );
    assert_eq!(ask_one(&format!("{host}/acme/web:1"), &settings), expected);
}

#[test]
fn without_a_login_basic_is_denied_for_each_image() {
    let registry = Registry::start(Lies {
        login: Login::Basic,
        private: "acme/app1",
        account: ALICE,
        ..Lies::default()
    });
    let host = &registry.host;
    let answers = ask(&twenty(host), &settings());
    assert_eq!(answers.traffic.requests, 20);
    let denied = answers.by_question.values().filter(|answer| matches!(answer, Answer::Denied(_))).count();
    let pinned =
        answers.by_question.values().filter(|answer| matches!(answer, Answer::Pinned { .. })).count();
    assert_eq!((denied, pinned), (4, 16));
}

#[test]
fn a_realm_that_fails_denies_no_more_than_it_must() {
    let table = [(403, 1 + 1 + 5), (429, 1 + 1), (500, 1 + 1 + 5), (404, 1 + 1 + 5)];
    for (status, requests) in table {
        let registry =
            Registry::start(Lies { login: Login::Token, token_status: Some(status), ..Lies::default() });
        let host = registry.host.as_str();
        let answers = ask(&twenty(host), &settings());
        assert_eq!(answers.traffic.requests, requests, "{status}");
        let (question, answer) = answers.by_question.first_key_value().expect("an answer");
        assert_eq!(question.repository, "acme/app0");
        let expected = match status {
            403 => denied(
                &format!(
                    "not found or no access: {host} gave no token for acme/app0 (403 Forbidden: no token)"
                ),
                &format!("if the image is private, log in: `docker login {host}`"),
            ),
            429 => Answer::Limited(reason(
                &format!("{host} answered 429 Too Many Requests: no token"),
                &format!("try again later; limits are higher with a login: `docker login {host}`"),
            )),
            500 => Answer::Unreachable(reason(
                &format!("{host} answered 500 Internal Server Error: no token"),
                "try again later",
            )),
            _ => untrusted(&format!("{host} answered 404 Not Found: no token")),
        };
        assert_eq!(*answer, expected);
    }
}

#[test]
fn a_token_that_expires_is_renewed_once() {
    let registry = Registry::start(Lies { login: Login::Token, token_uses: Some(2), ..Lies::default() });
    let images: Vec<String> = (0..5).map(|tag| format!("{}/acme/web:{tag}", registry.host)).collect();
    let answers = ask(&images, &Ask { concurrency: 1, ..settings() });
    assert_honest(&answers, 5);
    let methods: Vec<String> = registry.lines().iter().map(|line| line.chars().take(1).collect()).collect();
    // 401, token, two tags; 401, token, two tags; 401, token, the fifth.
    assert_eq!(methods.concat(), "HGHHHGHHHGH");
    let registry = Registry::start(Lies { login: Login::Token, token_uses: Some(0), ..Lies::default() });
    let answers = ask(&[format!("{}/acme/web:1", registry.host)], &settings());
    assert!(matches!(answers.by_question.values().next(), Some(Answer::Denied(_))));
    assert_eq!(answers.traffic.requests, 3);
}

#[test]
fn bearer_in_a_second_header_wins() {
    let challenges = vec![r#"Basic realm="x""#.to_owned(), r#"Bearer realm="{me}/token""#.to_owned()];
    let registry = Registry::start(Lies { login: Login::Token, challenges, ..Lies::default() });
    assert_eq!(ask_one(&format!("{}/acme/web:1", registry.host), &settings()), honest("acme/web", "1"));
    assert_eq!(registry.lines()[1], "GET /token?scope=repository%3Aacme%2Fweb%3Apull");
}

#[test]
fn a_challenge_nobody_can_meet() {
    let registry = Registry::start(Lies {
        login: Login::Token,
        challenges: vec!["Negotiate".into()],
        ..Lies::default()
    });
    let host = &registry.host;
    let what = format!("not found or no access: {host} answered 401 Unauthorized for acme/web:1");
    let hint = format!("if the image is private, log in: `docker login {host}`");
    assert_eq!(ask_one(&format!("{host}/acme/web:1"), &settings()), denied(&what, &hint));
    assert_eq!(registry.seen().len(), 1);
}

#[test]
fn namespaced_entries_are_used_under_their_namespace_only() {
    let registry = Registry::start(Lies { login: Login::Basic, account: ALICE, ..Lies::default() });
    let host = &registry.host;
    // alice:wonder for acme, bob:builder for acme/deep, nobody for the rest.
    let config = format!(
        r#"{{"auths":{{"{host}/acme":{{"auth":"YWxpY2U6d29uZGVy"}},"{host}/acme/deep":{{"auth":"Ym9iOmJ1aWxkZXI="}}}}}}"#
    );
    let (settings, _folder) = with_config(&config);
    let images = ["acme/deep/web", "acme/deeper", "acmeother/web", "acme"];
    ask(&images.map(|image| format!("{host}/{image}:1")), &Ask { concurrency: 1, ..settings });
    let sent: Vec<(String, Option<String>)> =
        registry.seen().into_iter().map(|seen| (seen.line, seen.authorization)).collect();
    let (alice, bob) = (Some("Basic YWxpY2U6d29uZGVy".to_owned()), Some("Basic Ym9iOmJ1aWxkZXI=".to_owned()));
    let head = |repository: &str| format!("HEAD /v2/{repository}/manifests/1");
    let expected = [
        (head("acme"), None),
        (head("acme"), alice.clone()),
        (head("acme/deep/web"), bob),
        (head("acme/deeper"), alice),
        (head("acmeother/web"), None),
    ];
    assert_eq!(sent, expected);
}

#[test]
fn a_registry_token_is_sent_to_its_host_and_no_realm() {
    let registry = Registry::start(Lies { login: Login::Token, ..Lies::default() });
    let (settings, _folder) =
        with_config(&format!(r#"{{"auths":{{"{}":{{"registrytoken":"opaque"}}}}}}"#, registry.host));
    let answer = ask_one(&format!("{}/acme/web:1", registry.host), &settings);
    assert!(matches!(answer, Answer::Denied(_)), "{answer:?}");
    let sent: Vec<_> = registry.seen().into_iter().map(|seen| (seen.line, seen.authorization)).collect();
    let head = "HEAD /v2/acme/web/manifests/1".to_owned();
    assert_eq!(sent, [(head.clone(), None), (head, Some("Bearer opaque".to_owned()))]);
}

/// Byte for byte: none of these may be trimmed, decoded or cut on its way.
#[test]
fn logins_of_every_vendor_arrive_as_they_were_stored() {
    let registry = Registry::start(Lies { login: Login::Basic, ..Lies::default() });
    let host = &registry.host;
    let key = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN\\nMII=:\\n\"\n}\n";
    let table = [
        ("Artifact Registry, access token", "oauth2accesstoken", "ya29.c.Ko8B_x-y~z"),
        ("Artifact Registry, key", "_json_key", key),
        ("Artifact Registry, key in base64", "_json_key_base64", "eyJ0eXBlIjoic2VydmljZV9hY2NvdW50In0K"),
        ("ACR", "00000000-0000-0000-0000-000000000000", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"),
        ("ECR", "AWS", "eyJwYXlsb2FkIjoiQSs9PSJ9:=="),
        ("Harbor", "robot$proj+name", "aB3$+/="),
        ("Quay", "acme+deploy", "ABC123"),
        ("GitLab", "gitlab-ci-token", "glcbt-64_x"),
        ("spaces and letters", " ü ", " päss : wörd "),
    ];
    for (vendor, user, secret) in table {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
        let named = serde_json::json!({"auths": {host: {"username": user, "password": secret}}}).to_string();
        for config in [named, format!(r#"{{"auths":{{"{host}/acme":{{"auth":"{pair}"}}}}}}"#)] {
            let before = registry.seen().len();
            let (settings, _folder) = with_config(&config);
            ask_one(&format!("{host}/acme/web:1"), &settings);
            let sent: Vec<_> =
                registry.seen().into_iter().skip(before).map(|seen| seen.authorization).collect();
            assert_eq!(sent, [None, Some(format!("Basic {pair}"))], "{vendor}");
        }
    }
}

#[test]
fn logins_that_cannot_be_used_are_named_and_not_sent() {
    let registry = Registry::start(Lies { login: Login::Token, account: ALICE, ..Lies::default() });
    let host = &registry.host;
    let (settings, folder) = with_config("");
    let file = write(folder.path(), "config.json", "").display().to_string();
    let asked = |config: String| {
        write(folder.path(), "config.json", &config);
        ask_one(&format!("{host}/acme/web:1"), &settings)
    };
    let expected = |trouble: &str, hint: &str| {
        let refused = "401 Unauthorized: incorrect username or password";
        let what =
            format!("not found or no access: {host} gave no token for acme/web ({refused}); {trouble}");
        denied(&what, hint)
    };
    assert_eq!(
        asked(format!(r#"{{"auths":{{"{host}":{{"auth":"not base64!"}}}}}}"#)),
        expected(
            &format!("the login stored for {host} in {file} is not base64 of user and password"),
            &format!("store it again: `docker login {host}`"),
        )
    );
    assert_eq!(
        asked(format!(r#"{{"credHelpers":{{"{host}":"../../bin/evil"}}}}"#)),
        expected("`../../bin/evil` is no name of a credential helper", "correct it in the file of logins")
    );
    assert!(registry.seen().iter().all(|seen| seen.authorization.is_none()));
}

#[test]
fn a_broken_configuration_is_placed_and_not_quoted() {
    let (settings, folder) = with_config("{\n  \"auths\": {\n    \"a.example\": \"hunter2\"\n  }\n}");
    let file = folder.path().join("config.json");
    let words = error(&settings).to_string();
    assert_eq!(words, format!("the logins in {}:3:26: not in the form that Docker writes", file.display()));
    write(folder.path(), "config.json", "{\"auths\": hunter2}");
    let words = error(&settings).to_string();
    assert_eq!(words, format!("the logins in {}:1:11: not JSON", file.display()));
    let unread = error(&Ask { logins: vec![login_file(folder.path().into())], ..settings.clone() });
    assert!(matches!(unread, AskError::LoginsUnread { .. }), "{unread:?}");
    let named = LoginSource::File {
        path: folder.path().join("none.json"),
        form: LoginForm::Config,
        named_by: Some("--auth-file"),
    };
    let words = error(&Ask { logins: vec![named], ..settings.clone() }).to_string();
    let none = folder.path().join("none.json");
    let why = std::io::Error::from_raw_os_error(2);
    assert_eq!(
        words,
        format!("the logins in {}, named by --auth-file, cannot be read: {why}", none.display())
    );
    for empty in
        ["", " \n", "{}", r#"{"auths":null,"credsStore":""}"#, r#"{"auths":{"127.0.0.1":{}},"proxies":[]}"#]
    {
        write(folder.path(), "config.json", empty);
        assert!(Client::new(&settings).is_ok(), "{empty}");
    }
    assert!(
        Client::new(&Ask { logins: vec![login_file(folder.path().join("none.json"))], ..settings }).is_ok()
    );
}

#[test]
fn debug_shows_no_secret() {
    let (settings, _folder) = with_config(
        r#"{"auths":{"a":{"auth":"YWxpY2U6d29uZGVy"},"b":{"registrytoken":"opaque"},"c":{"identitytoken":"opaque"}}}"#,
    );
    let secret = |text: &str| Secret::new(text.to_owned());
    let text = secret(r#"{"auths":{"d":{"username":"u","password":"wonder"}}}"#);
    let others = [
        LoginSource::Text { name: "TEST".into(), text, form: LoginForm::Config, found: false },
        LoginSource::Token { variable: "T", host: "e".into(), user: "u".into(), token: secret("opaque") },
    ];
    let settings = Ask { logins: [&settings.logins[..], &others].concat(), ..settings };
    let shown = format!("{settings:?} {:?}", Client::new(&settings).expect("a client"));
    assert!(shown.contains("alice"), "the entry was read: {shown}");
    for secret in ["wonder", "opaque", "YWxpY2U6d29uZGVy"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
