use super::*;
use crate::settings::LoginForm;

fn keychain(text: &str) -> Keychain {
    keychain_of(&[("the file", LoginForm::Config, text)])
}

fn keychain_of(texts: &[(&str, LoginForm, &str)]) -> Keychain {
    let source = |&(name, form, text): &(&str, LoginForm, &str)| LoginSource::Text {
        name: name.into(),
        text: Secret::new(text.into()),
        form,
        found: false,
    };
    let sources = texts.iter().map(source).collect();
    Keychain::read(&Ask { logins: sources, ..Ask::default() }).expect("logins")
}

fn password(user: &str, password: &str) -> Login {
    Login::Password { user: user.into(), password: Secret::new(password.into()) }
}

fn identity(user: &str) -> Login {
    Login::Identity { user: user.into(), token: Secret::new("t".into()) }
}

/// The account for a repository, where no helper is asked.
fn account(keychain: &Keychain, host: &str, repository: &str) -> Account {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(keychain.account(host, repository))
}

#[test]
fn entries_in_every_form() {
    let table = [
        (r#"{"auth":"YWxpY2U6d29uZGVy"}"#, Some(password("alice", "wonder"))),
        (r#"{"auth":"dTpw"}"#, Some(password("u", "p"))),
        (r#"{"auth":"dTpwcDpx"}"#, Some(password("u", "pp:q"))),
        (r#"{"auth":"dTpwcA"}"#, Some(password("u", "pp"))),
        (r#"{"auth":"dTpwcA=="}"#, Some(password("u", "pp"))),
        (r#"{"auth":"dTpwAAA="}"#, Some(password("u", "p"))),
        (r#"{"auth":"dTpw","username":"x","password":"y"}"#, Some(password("u", "p"))),
        (r#"{"username":"u","password":"p","email":"e"}"#, Some(password("u", "p"))),
        (r#"{"auth":"cm9ib3QkcCtuOnM="}"#, Some(password("robot$p+n", "s"))),
        (r#"{"registrytoken":"t"}"#, Some(Login::Token(Secret::new("t".into())))),
        (r#"{"auth":"dTpw","registrytoken":"t"}"#, Some(Login::Token(Secret::new("t".into())))),
        (r#"{"auth":"dTpw","identitytoken":"t"}"#, Some(identity("u"))),
        (r#"{"auth":"dTo=","identitytoken":"t"}"#, Some(identity("u"))),
        (r#"{"identitytoken":"t","auth":null}"#, Some(identity(""))),
        (r#"{"username":"<token>","password":"t"}"#, Some(identity("<token>"))),
        (r#"{"auth":"","username":"u","password":"p","identitytoken":""}"#, Some(password("u", "p"))),
        ("{}", None),
        (r#"{"auth":""}"#, None),
        (r#"{"username":"u"}"#, None),
    ];
    for (entry, login) in table {
        let keychain = keychain(&format!(r#"{{"auths":{{"a.example":{entry}}}}}"#));
        let found = account(&keychain, "a.example", "x");
        assert_eq!((found.login, found.trouble), (login, None), "{entry}");
    }
    for entry in [r#"{"auth":"%%%"}"#, r#"{"auth":"dQ=="}"#] {
        let keychain = keychain(&format!(r#"{{"auths":{{"a.example":{entry}}}}}"#));
        let found = account(&keychain, "a.example", "x");
        let trouble = Some(unreadable("a.example", "the file"));
        assert_eq!((found.login, found.trouble), (None, trouble), "{entry}");
    }
}

#[test]
fn keys_in_every_form() {
    let entry = r#"{"username":"u","password":"p"}"#;
    let table = [
        ("a.example", "a.example", "x", true),
        ("https://a.example", "a.example", "x", true),
        ("https://a.example/v1/", "a.example", "x", true),
        ("A.Example/v2/", "a.example", "x", true),
        ("a.example", "a.example:5000", "x", false),
        ("a.example:5000", "a.example:5000", "x", true),
        ("a.example/acme", "a.example", "acme/web", true),
        ("a.example/acme", "a.example", "acme", true),
        ("a.example/acme", "a.example", "acmeweb", false),
        ("a.example/acme", "a.example", "x", false),
        ("https://a.example/acme/", "a.example", "acme/web", true),
        ("https://index.docker.io/v1/", "docker.io", "library/nginx", true),
        ("index.docker.io", "docker.io", "library/nginx", true),
        ("registry-1.docker.io", "docker.io", "library/nginx", true),
        ("docker.io", "docker.io", "library/nginx", true),
        ("docker.io/acme", "docker.io", "library/nginx", false),
        ("hub.docker.io", "docker.io", "library/nginx", false),
    ];
    for (key, host, repository, expected) in table {
        let keychain = keychain(&format!(r#"{{"auths":{{"{key}":{entry}}}}}"#));
        let found = account(&keychain, host, repository);
        assert_eq!(found.login.is_some(), expected, "{key} for {host}/{repository}");
        let entry = format!("the entry `{key}` of the file");
        assert_eq!(found.entry, if expected { entry } else { String::new() });
    }
}

#[test]
fn the_most_specific_entry_wins_then_the_one_docker_writes() {
    let entry = |user: &str| format!(r#"{{"username":"{user}","password":"p"}}"#);
    let keychain = keychain(&format!(
        r#"{{"auths":{{"a.example":{},"a.example/b":{},"a.example/b/c":{},"https://a.example/v1/":{},
            "https://index.docker.io/v1/":{},"docker.io":{},"registry-1.docker.io":{}}}}}"#,
        entry("host"),
        entry("b"),
        entry("c"),
        entry("url"),
        entry("hub"),
        entry("other"),
        entry("api"),
    ));
    let table = [
        ("a.example", "x", "host"),
        ("a.example", "b/x", "b"),
        ("a.example", "b/c", "c"),
        ("a.example", "b/c/d", "c"),
        ("a.example", "b/cd", "b"),
        ("docker.io", "library/nginx", "hub"),
    ];
    for (host, repository, user) in table {
        assert_eq!(
            account(&keychain, host, repository).login,
            Some(password(user, "p")),
            "{host}/{repository}"
        );
    }
}

#[test]
fn the_first_place_with_an_entry_wins() {
    let entry = |user: &str| format!(r#"{{"username":"{user}","password":"p"}}"#);
    let (first, second, third) = (
        format!(r#"{{"auths":{{"a.example/b":{},"c.example":{{}}}}}}"#, entry("first")),
        format!(
            r#"{{"auths":{{"a.example":{0},"a.example/b/c":{0},"d.example":{{"auth":"%"}}}}}}"#,
            entry("second")
        ),
        format!(r#"{{"c.example":{0},"d.example":{0},"a.example":{0}}}"#, entry("third")),
    );
    let keychain = keychain_of(&[
        ("the first", LoginForm::Config, &first),
        ("the second", LoginForm::Config, &second),
        ("the third", LoginForm::Entries, &third),
    ]);
    let table = [
        // A place is left for the next only where it has nothing: how specific an entry is counts within.
        ("a.example", "b/c", Some("first"), "the entry `a.example/b` of the first"),
        ("a.example", "x", Some("second"), "the entry `a.example` of the second"),
        ("c.example", "x", Some("third"), "the entry `c.example` of the third"),
        // An entry that cannot be read is not passed over.
        ("d.example", "x", None, "the entry `d.example` of the second"),
        ("e.example", "x", None, ""),
    ];
    for (host, repository, user, from) in table {
        let found = account(&keychain, host, repository);
        assert_eq!(found.login, user.map(|user| password(user, "p")), "{host}/{repository}");
        assert_eq!(found.entry, from, "{host}/{repository}");
    }
}

#[test]
fn helpers_are_left_out_where_a_file_may_name_none() {
    let text = r#"{"credsStore":"a/b","credHelpers":{"a.example":"c/d"}}"#;
    let trusted = account(&keychain(text), "a.example", "x");
    assert_eq!(trusted.trouble.expect("no name of a helper").what, "`c/d` is no name of a credential helper");
    let keychain = keychain_of(&[("a Secret", LoginForm::ConfigWithoutHelpers, text)]);
    assert_eq!(account(&keychain, "a.example", "x"), Account::default());
}

#[test]
fn which_login_served_a_host_is_told_without_its_secret() {
    let keychain = keychain(
        r#"{"auths":{"a.example":{"username":"alice\u001b","password":"hunter2"},
            "a.example/b":{"identitytoken":"hunter2"},"c.example":{"registrytoken":"hunter2"}}}"#,
    );
    for (host, repository) in
        [("a.example", "x"), ("a.example", "y"), ("a.example", "b/x"), ("c.example", "x"), ("d.example", "x")]
    {
        account(&keychain, host, repository);
    }
    let served: Vec<String> = keychain.notes().into_iter().collect();
    assert_eq!(
        served,
        [
            "a.example: identity token from the entry `a.example/b` of the file",
            r"a.example: login of `alice\u{1b}` from the entry `a.example` of the file",
            "c.example: registry token from the entry `c.example` of the file",
            "d.example: anonymous, because no login is stored for it",
        ]
    );
}
