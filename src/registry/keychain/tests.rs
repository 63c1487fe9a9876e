use super::*;

fn keychain(text: &str) -> Keychain {
    let file = serde_json::from_str(text).expect("a configuration");
    Keychain::new(file, Duration::from_secs(1))
}

fn identity(user: &str, token: &str) -> Login {
    Login::Identity { user: user.into(), token: Secret::new(token.into()) }
}

fn password(user: &str, password: &str) -> Login {
    Login::Password { user: user.into(), password: Secret::new(password.into()) }
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
        (r#"{"auth":"dTpw","identitytoken":"t"}"#, Some(password("u", "p"))),
        (r#"{"auth":"dTo=","identitytoken":"t"}"#, Some(identity("u", "t"))),
        (r#"{"identitytoken":"t"}"#, Some(identity("", "t"))),
        ("{}", None),
        (r#"{"auth":""}"#, None),
        (r#"{"username":"u"}"#, None),
    ];
    for (entry, login) in table {
        let keychain = keychain(&format!(r#"{{"auths":{{"a.example":{entry}}}}}"#));
        let found = account(&keychain, "a.example", "x");
        assert_eq!((found.login, found.trouble), (login, None), "{entry}");
    }
    let troubles =
        [(r#"{"auth":"%%%"}"#, unreadable("a.example")), (r#"{"auth":"dQ=="}"#, unreadable("a.example"))];
    for (entry, trouble) in troubles {
        let keychain = keychain(&format!(r#"{{"auths":{{"a.example":{entry}}}}}"#));
        let found = account(&keychain, "a.example", "x");
        assert_eq!((found.login, found.trouble), (None, Some(trouble)), "{entry}");
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
        assert_eq!(found.entry, if expected { key } else { "" });
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
