//! Places of logins: the whole program, with files and variables as people have them.

use base64::Engine as _;

use super::Registry;
use crate::lying::{Lies, Login};
use crate::sandbox::{Ran, Sandbox};

/// A file of logins that has one user for a host.
pub(super) fn config(host: &str, user: &str) -> String {
    format!(r#"{{"auths":{}}}"#, entries(host, user))
}

fn entries(host: &str, user: &str) -> String {
    format!(r#"{{"{host}":{{"username":"{user}","password":"hunter2"}}}}"#)
}

/// A sandbox with one image of a registry.
pub(super) fn with_image(host: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - name: web\n    image: \"{host}/acme/web:1\"\n"
    );
    sandbox.write("pod.yaml", pod);
    sandbox
}

/// Runs with variables; returns who the registry was told that asks.
fn asked_as(
    registry: &Registry,
    sandbox: &Sandbox,
    flags: &[&str],
    variables: &[(&str, &str)],
) -> (String, Ran) {
    let before = registry.seen().len();
    let arguments = [&["check", "--diff", "-v", "pod.yaml"], flags].concat();
    let mut command = sandbox.command(&arguments);
    command.envs(variables.iter().copied());
    let ran = Ran::of(command.output().expect("kubepin runs"));
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    let last = registry.seen().into_iter().skip(before).last().expect("a request").authorization;
    let pair = last.as_deref().and_then(|last| last.strip_prefix("Basic ")).map(|pair| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(pair).expect("base64");
        String::from_utf8(bytes).expect("UTF-8")
    });
    (pair.unwrap_or_default().trim_end_matches(":hunter2").to_owned(), ran)
}

#[test]
fn places_are_looked_through_from_the_most_explicit() {
    let registry = Registry::start(Lies { login: Login::Basic, ..Lies::default() });
    let (host, sandbox) = (registry.host.as_str(), with_image(&registry.host));
    let in_variable = config(host, "docker-variable");
    let variables = [
        ("REGISTRY_AUTH_FILE", "named.json"),
        ("DOCKER_CONFIG", "docker"),
        ("DOCKER_AUTH_CONFIG", in_variable.as_str()),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_CONFIG_HOME", "settled"),
    ];
    let places = [
        ("flag.json", config(host, "flag")),
        ("named.json", config(host, "registry-variable")),
        ("docker/config.json", config(host, "docker")),
        ("(the variable)", String::new()),
        ("run/containers/auth.json", config(host, "session")),
        ("settled/containers/auth.json", config(host, "podman")),
        (".dockercfg", entries(host, "old")),
    ];
    for (file, text) in &places {
        sandbox.write(file, text);
    }
    let users = ["flag", "registry-variable", "docker", "docker-variable", "session", "podman", "old", ""];
    for (number, user) in users.into_iter().enumerate() {
        let variables: Vec<_> =
            variables.into_iter().filter(|(name, _)| number <= 3 || *name != "DOCKER_AUTH_CONFIG").collect();
        let (asked_as, ran) = asked_as(&registry, &sandbox, &["--auth-file", "flag.json"], &variables);
        assert_eq!(asked_as, user, "{ran:?}");
        // The file is there, and says nothing of this host any more.
        if let Some((file, _)) = places.get(number) {
            sandbox.write(file, r"{}");
        }
    }
}

#[test]
fn places_that_no_variable_names() {
    let registry = Registry::start(Lies { login: Login::Basic, ..Lies::default() });
    let (host, sandbox) = (registry.host.as_str(), with_image(&registry.host));
    for (file, user) in [(".config/containers/auth.json", "podman"), (".docker/config.json", "docker")] {
        sandbox.write(file, config(host, user));
        let empty = [("REGISTRY_AUTH_FILE", ""), ("DOCKER_CONFIG", ""), ("DOCKER_AUTH_CONFIG", "")];
        assert_eq!(asked_as(&registry, &sandbox, &[], &empty).0, user);
    }
}

#[test]
fn a_broken_place_is_named_and_not_quoted() {
    let sandbox = with_image("127.0.0.1:1");
    sandbox.write("broken.json", "{\n  \"auths\": hunter2");
    let none = format!("cannot be read: {}", std::io::Error::from_raw_os_error(2));
    let table = [
        (vec!["--auth-file", "broken.json"], vec![], "the logins in broken.json:2:12: not JSON".to_owned()),
        (
            vec![],
            vec![("DOCKER_AUTH_CONFIG", "hunter2")],
            "the logins in DOCKER_AUTH_CONFIG:1:1: not JSON".into(),
        ),
        (
            vec!["--auth-file", "none.json"],
            vec![],
            format!("the logins in none.json, named by --auth-file, {none}"),
        ),
        (
            vec![],
            vec![("REGISTRY_AUTH_FILE", "none.json")],
            format!("the logins in none.json, named by REGISTRY_AUTH_FILE, {none}"),
        ),
        (
            vec!["--github-token"],
            vec![("GITHUB_TOKEN", "")],
            "GITHUB_TOKEN is to be used as a login, but it is empty or not set".into(),
        ),
    ];
    for (flags, variables, expected) in table {
        let mut command = sandbox.command(&[&["check", "--diff", "pod.yaml"], &flags[..]].concat());
        let ran = Ran::of(command.envs(variables).output().expect("kubepin runs"));
        assert_eq!((ran.status, ran.stderr), (2, format!("error: {expected}\n")));
    }
}

#[test]
fn who_asked_which_host_is_told_when_that_is_wanted() {
    let registry = Registry::start(Lies {
        login: Login::Basic,
        account: Some(("alice", "hunter2")),
        private: "acme",
        ..Lies::default()
    });
    let (host, sandbox) = (registry.host.as_str(), with_image(&registry.host));
    let told = |ran: &Ran| -> Vec<String> {
        ran.stderr.lines().filter_map(|line| line.strip_prefix("note: ")).map(str::to_owned).collect()
    };
    let (_, ran) = asked_as(&registry, &sandbox, &[], &[]);
    assert_eq!(told(&ran), [format!("{host}: anonymous, because no login is stored for it")]);
    sandbox.write(".docker/config.json", config(&format!("{host}/acme"), "alice"));
    let (_, ran) = asked_as(&registry, &sandbox, &[], &[]);
    let file = sandbox.path().join(".docker/config.json");
    assert_eq!(
        told(&ran),
        [format!("{host}: login of `alice` from the entry `{host}/acme` of {}", file.display())]
    );
    assert_eq!(ran.status, 1, "the diff would change something");
    let open = Registry::start(Lies::default());
    let (_, ran) = asked_as(&open, &with_image(&open.host), &[], &[]);
    assert_eq!(told(&ran), [format!("{}: anonymous, because it wanted no login", open.host)]);
    let quiet = sandbox.run(&["check", "--diff", "pod.yaml"]);
    assert_eq!(told(&quiet), [""; 0]);
}

/// A Secret that a cluster pulls with.
fn secret(name: &str, config: &str) -> String {
    let data = base64::engine::general_purpose::STANDARD.encode(config);
    let kind = "kubernetes.io/dockerconfigjson";
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ntype: {kind}\ndata:\n  .dockerconfigjson: {data}\n"
    )
}

#[test]
fn secrets_for_pulling_are_used_when_that_is_wanted_and_nothing_else_has_a_login() {
    let registry = Registry::start(Lies { login: Login::Basic, ..Lies::default() });
    let (host, sandbox) = (registry.host.as_str(), with_image(&registry.host));
    sandbox.write("regcred.yaml", secret("regcred", &config(host, "robot")));
    let (flags, both) = (["--pull-secrets"], ["--pull-secrets", "regcred.yaml"]);
    assert_eq!(asked_as(&registry, &sandbox, &["regcred.yaml"], &[]).0, "", "nobody wanted it");
    assert_eq!(asked_as(&registry, &sandbox, &flags, &[]).0, "", "the file was not named");
    let (who, ran) = asked_as(&registry, &sandbox, &both, &[]);
    assert_eq!(who, "robot");
    let note = format!(
        "note: {host}: login of `robot` from the entry `{host}` of regcred.yaml (the Secret `regcred`)"
    );
    assert!(ran.stderr.lines().any(|line| line == note), "{ran:?}");
    let pod = String::from_utf8(sandbox.read("pod.yaml")).expect("UTF-8");
    let stream = format!("{pod}---\n{}", secret("regcred", &config(host, "robot")));
    let before = registry.seen().len();
    sandbox.filter(&["check", "--fix", "--pull-secrets", "-"], stream);
    assert!(registry.seen()[before..].iter().any(|seen| seen.authorization.is_some()));
    sandbox.write(".docker/config.json", config(host, "alice"));
    assert_eq!(asked_as(&registry, &sandbox, &both, &[]).0, "alice", "a file goes first");
}

/// Whoever can write to the tree must not say what is run by those who check it.
#[test]
fn secrets_for_pulling_name_no_helper() {
    let registry = Registry::start(Lies { login: Login::Basic, ..Lies::default() });
    let (host, sandbox) = (&registry.host, with_image(&registry.host));
    let helpers = format!(r#"{{"credsStore":"evil","credHelpers":{{"{host}":"evil"}}}}"#);
    sandbox.write("regcred.yaml", secret("regcred", &helpers));
    let (_, ran) = asked_as(&registry, &sandbox, &["--pull-secrets", "regcred.yaml"], &[]);
    let note = format!("note: {host}: anonymous, because no login is stored for it");
    assert!(ran.stderr.lines().any(|line| line == note), "no helper was even looked for: {ran:?}");
    sandbox.write(".docker/config.json", helpers);
    let (_, ran) = asked_as(&registry, &sandbox, &[], &[]);
    assert!(ran.stderr.contains("docker-credential-evil could not be run"), "{ran:?}");
}

#[test]
fn secrets_for_pulling_that_are_of_no_use_are_told() {
    let sandbox = with_image("127.0.0.1:1");
    let encrypted =
        secret("locked", "").replace("dockerconfigjson: ", "dockerconfigjson: ENC[AES256,data:hunter2]");
    sandbox.write("regcred.yaml", format!("{encrypted}---\n{}", secret("broken", "{\"auths\": hunter2}")));
    let ran = sandbox.run(&["check", "--diff", "--pull-secrets", "pod.yaml", "regcred.yaml"]);
    for warning in [
        "regcred.yaml:1:1: the Secret `locked` gives no login: it is encrypted with SOPS",
        "the logins in regcred.yaml (the Secret `broken`):1:11: not JSON, so they are left out",
    ] {
        assert!(ran.stderr.lines().any(|line| line == format!("warning: {warning}")), "{ran:?}");
    }
    assert!(ran.stderr.contains("no connection to 127.0.0.1:1"), "the image is asked for: {ran:?}");
    assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
}
