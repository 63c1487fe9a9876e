//! Redirects: what is followed, and what does not go along.

use kubepin::answer::Answer;
use kubepin::settings::Ask;

use super::{
    Registry, alice, ask, ask_one, by_name, honest, reason, settings, twenty, untrusted, with_config,
};
use crate::lying::{Lies, Login, Seen};
use crate::registry::tls::Authority;

const ALICE: Option<(&str, &str)> = Some(("alice", "wonder"));
const HEAD: &str = "HEAD /v2/acme/web/manifests/1";

fn sent(registry: &Registry) -> Vec<(String, Option<String>)> {
    registry.seen().into_iter().map(|Seen { line, authorization, .. }| (line, authorization)).collect()
}

/// A registry that wants `alice`'s password and then redirects to `to`; and settings that have it.
fn redirecting(to: String) -> (Registry, Ask, tempfile::TempDir) {
    let registry =
        Registry::start(Lies { login: Login::Basic, account: ALICE, redirect: Some(to), ..Lies::default() });
    let (settings, folder) = with_config(&alice("127.0.0.1"));
    std::fs::write(folder.path().join("config.json"), alice(&registry.host)).expect("the file is written");
    (registry, settings, folder)
}

/// As in CVE-2026-50151: an authorization that is kept when a redirect leads to another host or port.
#[test]
fn a_login_does_not_go_along_to_another_host() {
    let target = Registry::start(Lies::default());
    for host in [target.host.clone(), by_name(&target)] {
        let (registry, settings, _folder) = redirecting(format!("http://{host}{{path}}"));
        assert_eq!(ask_one(&format!("{}/acme/web:1", registry.host), &settings), honest("acme/web", "1"));
        assert_eq!(sent(&registry)[1].1.as_deref(), Some("Basic YWxpY2U6d29uZGVy"));
    }
    assert_eq!(sent(&target), [(HEAD.to_owned(), None), (HEAD.to_owned(), None)]);
}

#[test]
fn a_login_does_go_along_on_the_same_origin() {
    let (registry, settings, _folder) = redirecting("/elsewhere".into());
    let answer = ask_one(&format!("{}/acme/web:1", registry.host), &settings);
    assert!(matches!(answer, Answer::Missing(_)), "{answer:?}");
    let alice = Some("Basic YWxpY2U6d29uZGVy".to_owned());
    let expected =
        [(HEAD.to_owned(), None), (HEAD.to_owned(), alice.clone()), ("HEAD /elsewhere".to_owned(), alice)];
    assert_eq!(sent(&registry), expected);
}

#[test]
fn redirects_without_end_are_left() {
    let registry = Registry::start(Lies { redirect: Some("{path}".into()), ..Lies::default() });
    let host = &registry.host;
    assert_eq!(
        ask_one(&format!("{host}/acme/web:1"), &settings()),
        untrusted(&format!("{host} redirects more than 5 times"))
    );
    assert_eq!(registry.seen().len(), 6);
}

#[test]
fn redirects_that_are_not_followed() {
    let table = [
        ("http://eve:secret@127.0.0.1:1/", "a URL with a user name in it"),
        ("ftp://127.0.0.1:1/", "what is no HTTP URL"),
        ("http://[", "what is no HTTP URL"),
    ];
    for (to, why) in table {
        let registry = Registry::start(Lies { redirect: Some(to.into()), ..Lies::default() });
        let host = &registry.host;
        assert_eq!(
            ask_one(&format!("{host}/acme/web:1"), &settings()),
            untrusted(&format!("{host} redirects to {why}"))
        );
        assert_eq!(registry.seen().len(), 1);
    }
    let registry =
        Registry::start(Lies { redirect: Some("http://169.254.169.254/".into()), ..Lies::default() });
    let what = "169.254.169.254 is a link-local or metadata address, which is never connected to";
    assert_eq!(
        ask_one(&format!("{}/acme/web:1", registry.host), &settings()),
        Answer::Unreachable(reason(what, ""))
    );
    // It is the target that cannot be reached, so the host itself is asked for the others.
    ask(&twenty(&registry.host), &settings());
    assert_eq!(registry.seen().len(), 1 + 20);
}

/// The same, to where everyone can read it.
#[test]
fn https_does_not_become_http() {
    let (authority, target) = (Authority::new(), Registry::start(Lies::default()));
    let registry =
        authority.start(Lies { redirect: Some(format!("{}{{path}}", target.url)), ..Lies::default() });
    let settings = Ask { ca_file: Some(authority.file()), ..settings() };
    let host = &registry.host;
    assert_eq!(
        ask_one(&format!("{host}/acme/web:1"), &settings),
        untrusted(&format!("{host} redirects to plain HTTP"))
    );
    assert_eq!(target.seen().len(), 0);
}

#[test]
fn a_target_that_wants_a_login_gets_an_anonymous_token() {
    let target = Registry::start(Lies { login: Login::Token, ..Lies::default() });
    let (registry, settings, folder) = redirecting(format!("{}/v2/moved/web/manifests/1", target.url));
    // A login stored for the target is not for those who are sent there.
    let both = format!(
        r#"{{"auths":{{"{}":{{"auth":"YWxpY2U6d29uZGVy"}},"{}":{{"auth":"Ym9iOmJ1aWxkZXI="}}}}}}"#,
        registry.host, target.host
    );
    std::fs::write(folder.path().join("config.json"), both).expect("the file is written");
    assert_eq!(ask_one(&format!("{}/acme/web:1", registry.host), &settings), honest("moved/web", "1"));
    let query = "service=lying&scope=repository%3Amoved%2Fweb%3Apull";
    let head = "HEAD /v2/moved/web/manifests/1".to_owned();
    let expected = [
        (head.clone(), None),
        (format!("GET /token?{query}"), None),
        (head, Some(format!("Bearer token0-{query}"))),
    ];
    assert_eq!(sent(&target), expected);
    assert_eq!(registry.seen().len(), 2);
}

/// As in CVE-2020-15157: a 401 of a foreign URL is taken for one of the registry.
#[test]
fn a_target_does_not_speak_for_the_host() {
    let target = Registry::start(Lies { login: Login::Basic, account: ALICE, ..Lies::default() });
    let registry =
        Registry::start(Lies { redirect: Some(format!("{}{{path}}", target.url)), ..Lies::default() });
    let host = &registry.host;
    let (settings, _folder) = with_config(&alice(host));
    let what = format!("not found or no access: {host} answered 401 Unauthorized for acme/web:1");
    let hint = format!("if the image is private, log in: `docker login {host}`");
    assert_eq!(ask_one(&format!("{host}/acme/web:1"), &settings), Answer::Denied(reason(&what, &hint)));
    let once = [(HEAD.to_owned(), None)];
    assert_eq!((sent(&registry), sent(&target)), (once.to_vec(), once.to_vec()));
}

/// Signed URLs of blob stores are secrets as long as they last; so are those of a registry that lies.
#[test]
fn what_a_redirect_carries_in_its_url_is_not_told() {
    for to in ["http://127.0.0.1:1/hunter2?signature=hunter2#hunter2", "ftp://hunter2@127.0.0.1/hunter2"] {
        let registry = Registry::start(Lies { redirect: Some(to.into()), ..Lies::default() });
        let answer = ask_one(&format!("{}/acme/web:1", registry.host), &settings());
        let (Answer::Unreachable(why) | Answer::Untrusted(why)) = answer else { panic!("{answer:?}") };
        assert!(!format!("{why:?}").contains("hunter2"), "{why:?}");
    }
}

/// Server-side request forgery through a redirect: only a registry here may send us to what listens here.
#[cfg(unix)]
#[test]
fn a_registry_elsewhere_does_not_redirect_to_this_machine() {
    use crate::registry::places::with_image;
    use crate::registry::proxies::{Proxy, check};
    let authority = Authority::new();
    let target = authority.start(Lies::default());
    for to in [target.url.clone(), format!("https://{}", by_name(&target))] {
        let registry = authority.start_as(
            &["registry.example"],
            Lies { redirect: Some(format!("{to}{{path}}")), ..Lies::default() },
        );
        let (proxy, sandbox) = (Proxy::start(&registry.host), with_image("registry.example"));
        let file = authority.file().display().to_string();
        let ran = check(&sandbox, &["--ca-file", &file], &[("HTTPS_PROXY", &proxy.url)]);
        let what = "no digest for registry.example/acme/web:1: registry.example redirects to this machine";
        assert!(ran.stderr.ends_with(&format!("error: {what}\n")), "{ran:?}");
        assert_eq!((registry.seen().len(), target.seen().len()), (1, 0));
    }
}

/// The same for what is behind a firewall: only a registry that is there itself may send us to it.
#[cfg(unix)]
#[test]
fn a_registry_elsewhere_does_not_lead_into_a_private_network() {
    use crate::registry::places::with_image;
    use crate::registry::proxies::{Proxy, check};
    let authority = Authority::new();
    let file = authority.file().display().to_string();
    let to = |url: &str| Lies { redirect: Some(format!("{url}{{path}}")), ..Lies::default() };
    let realm = vec![r#"Bearer realm="https://10.1.2.3/token",service="lying""#.to_owned()];
    let realm = Lies { login: Login::Token, challenges: realm, ..Lies::default() };
    // The last is in a private network, too.
    let table: [(&str, Lies, &[&str], Option<&str>); 5] = [
        ("registry.example", to("https://10.1.2.3"), &[], Some("10.1.2.3")),
        ("registry.example", to("https://[fd00::1]"), &[], Some("fd00::1")),
        ("registry.example", realm.clone(), &[], Some("10.1.2.3")),
        ("registry.example", realm.clone(), &["--trust-realm", "registry.example=10.1.2.3"], None),
        ("10.1.2.4", realm, &[], None),
    ];
    for (host, lies, flags, forbidden) in table {
        let registry = authority.start_as(&["registry.example", "10.1.2.4", "10.1.2.3"], lies);
        let (proxy, sandbox) = (Proxy::start(&registry.host), with_image(host));
        let flags = [&["--ca-file", &file], flags].concat();
        let ran = check(&sandbox, &flags, &[("HTTPS_PROXY", &proxy.url)]);
        let asked: Vec<String> = proxy.asked().into_iter().map(|(line, _)| line).collect();
        let first = format!("CONNECT {host}:443 HTTP/1.1");
        let Some(address) = forbidden else {
            assert_eq!(ran.status, 1, "{ran:?}");
            assert_eq!(asked, [first, "CONNECT 10.1.2.3:443 HTTP/1.1".to_owned()]);
            continue;
        };
        let what = format!("whose address {address} is in a private network\n");
        assert!(ran.stderr.contains("registry.example leads to ") && ran.stderr.contains(&what), "{ran:?}");
        assert_eq!(asked, [first]);
    }
}
