//! `--platform`.

use serde_json::{Value, json};

use super::pod;
use crate::lying::stock::{MANIFEST, Stock};
use crate::lying::{Lies, Login, Registry};
use crate::sandbox::{Ran, Sandbox};

/// A registry with images of several platforms, and of one.
struct World {
    registry: Registry,
    sandbox: Sandbox,
    index: String,
    /// For amd64, arm64, arm/v6 and arm/v7.
    children: Vec<String>,
    single: String,
}

impl World {
    fn of(lies: Lies) -> Self {
        let mut stock = Stock::default();
        let platforms = ["linux/amd64", "linux/arm64/v8", "linux/arm/v6", "linux/arm/v7", "unknown/unknown"];
        let (index, children) = stock.index_of(&platforms);
        let single = stock.image("linux/s390x");
        stock.tag("all", &index);
        stock.tag("one", &single);
        let registry = Registry::start(Lies { stock, ..lies });
        Self { registry, sandbox: Sandbox::empty(), index, children, single }
    }

    fn image(&self, tag: &str) -> String {
        format!("{}/acme/web{tag}", self.registry.host)
    }

    /// Resolves the image of several platforms for one.
    fn resolve(&self, platform: &str, tag: &str, arguments: &[&str]) -> Ran {
        let image = self.image(tag);
        self.sandbox.run(&[&["resolve", "--platform", platform, &image], arguments].concat())
    }
}

#[test]
fn the_manifest_that_the_runtime_would_pull() {
    let world = World::of(Lies::default());
    let [amd64, arm64, v6, v7, _] = &world.children[..] else { panic!("five manifests") };
    let table = [
        ("linux/amd64", amd64),
        ("linux/x86_64/v3", amd64),
        ("linux/arm64", arm64),
        ("linux/aarch64/v9", arm64),
        ("linux/arm", v7),
        ("linux/arm/v8", v7),
        ("linux/arm/v6", v6),
    ];
    for (platform, expected) in table {
        let ran = world.resolve(platform, ":all", &["--no-cache"]);
        assert_eq!((ran.status, ran.stdout.trim()), (0, expected.as_str()), "{platform}: {}", ran.stderr);
    }
    let single = world.resolve("linux/s390x", ":one", &["--full"]);
    assert_eq!(single.stdout, format!("{}@{}\n", world.image(":one"), world.single));
}

#[test]
fn what_an_image_does_not_have_is_said() {
    let world = World::of(Lies::default());
    let table = [
        (
            ":all",
            "linux/arm/v5",
            "there is no linux/arm/v5 in it; it has linux/amd64, linux/arm64, linux/arm/v6, linux/arm/v7",
        ),
        (":all", "windows/amd64", "there is no windows/amd64 in it; it has linux/amd64, "),
        (":all", "unknown/unknown", "there is no unknown/unknown in it"),
        (":one", "linux/amd64", "there is no linux/amd64 in it; it has linux/s390x"),
    ];
    for (tag, platform, words) in table {
        let ran = world.resolve(platform, tag, &[]);
        let error = format!("error: no digest for {}: {words}", world.image(tag));
        assert_eq!((ran.status, ran.stdout.as_str()), (2, "\n"), "{ran:?}");
        assert!(ran.stderr.starts_with(&error), "{}", ran.stderr);
    }
    let ran = world.resolve("linux", ":all", &[]);
    assert!(ran.status == 2 && ran.stderr.contains("`linux` is no platform"), "{}", ran.stderr);
    let ran = world.resolve("linux/amd64", ":all", &["--locked"]);
    assert!(ran.status == 2 && ran.stderr.contains("cannot be used with '--locked'"), "{}", ran.stderr);
}

#[test]
fn a_digest_is_narrowed_too_and_gets_no_tag() {
    let world = World::of(Lies::default());
    let ran = world.resolve("linux/arm64", &format!("@{}", world.index), &["--full"]);
    assert_eq!(ran.stdout, format!("{}\n", world.image(&format!("@{}", world.children[1]))));
    assert_eq!(world.registry.lines(), [format!("GET /v2/acme/web/manifests/{}", world.index)]);
    let same = format!(":one@{}", world.single);
    assert_eq!(world.resolve("linux/s390x", &same, &["--full"]).stdout, format!("{}\n", world.image(&same)));
}

#[test]
fn what_tells_nothing_of_its_platform_is_not_guessed() {
    let mut stock = Stock::default();
    let versions = ["windows(10.0.17763.1)/amd64", "windows(10.0.20348.2)/amd64"];
    let (index, children) = stock.index_of(&versions);
    stock.tag("windows", &index);
    let config = stock.blob("{}".into());
    let bare = format!(r#"{{"config":{{"digest":"{config}","size":2}},"layers":[]}}"#);
    let bare = stock.manifest(MANIFEST, bare);
    stock.tag("bare", &bare);
    let registry = Registry::start(Lies { stock, ..Lies::default() });
    let sandbox = Sandbox::empty();
    let resolve = |platform: &str, tag: &str| {
        sandbox.run(&["resolve", "--platform", platform, &format!("{}/acme/web:{tag}", registry.host)])
    };
    let ran = resolve("windows/amd64", "windows");
    assert_eq!((ran.status, ran.stdout.as_str()), (2, "\n"));
    let several = format!("2 manifests in it are for windows/amd64: {} is {}, ", versions[0], children[0]);
    let hint = "hint: name the version: --platform 'windows(10.0.20348.2)/amd64'";
    assert!(ran.stderr.contains(&several) && ran.stderr.contains(hint), "{}", ran.stderr);
    assert_eq!(resolve("windows(10.0.17763)/amd64", "windows").stdout, format!("{}\n", children[0]));
    let ran = resolve("linux/amd64", "bare");
    assert!(ran.stderr.contains("it does not say what it is made for"), "{}", ran.stderr);
}

#[test]
fn a_platform_costs_one_request_for_an_index_and_is_counted_apart() {
    let world = World::of(Lies { login: Login::Token, ..Lies::default() });
    let json = |ran: &Ran| serde_json::from_str::<Value>(&ran.stdout).expect("JSON")["registry"].clone();
    let ran = world.resolve("linux/arm64", ":all", &["--format", "json"]);
    // A challenge, a token, a HEAD; and with the same token a GET.
    assert_eq!(json(&ran), json!({"requests": 3, "contents": 1, "cached": 0, "retried": 0}));
    assert_eq!(world.registry.seen().len(), 4);
    let ran = world.resolve("linux/amd64", ":all", &["--format", "json"]);
    assert_eq!(json(&ran), json!({"requests": 0, "contents": 0, "cached": 1, "retried": 0}));
    let ran = world.resolve("linux/s390x", ":one", &["--format", "json"]);
    assert_eq!(json(&ran), json!({"requests": 3, "contents": 2, "cached": 0, "retried": 0}));
    let offline = world.resolve("linux/arm/v6", ":all", &["--offline"]);
    assert_eq!(offline.stdout, format!("{}\n", world.children[2]));
    assert_eq!(world.registry.seen().len(), 9);
}

#[test]
fn platforms_and_indexes_do_not_mix_in_the_cache() {
    let world = World::of(Lies::default());
    world.sandbox.write("pod.yaml", pod(&[&world.image(":all")]));
    let fixed = |arguments: &[&str]| {
        world.sandbox.write("pod.yaml", pod(&[&world.image(":all")]));
        let ran = world.sandbox.run(&[&["check", "--fix"], arguments].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        let text = String::from_utf8(world.sandbox.read("pod.yaml")).expect("UTF-8");
        text.split_once('@').expect("a digest").1.trim().to_owned()
    };
    assert_eq!(fixed(&["--platform", "linux/arm64"]), world.children[1]);
    assert_eq!(fixed(&[]), world.index);
    assert_eq!(fixed(&["--platform", "linux/arm"]), world.children[3]);
    assert_eq!(world.registry.seen().len(), 2);
}

#[test]
fn a_preview_names_the_platform_in_the_command_that_writes() {
    let world = World::of(Lies::default());
    world.sandbox.write("pod.yaml", pod(&[&world.image(":all"), &world.image(":one")]));
    let diff = |arguments: &[&str]| {
        let ran = world.sandbox.run(&[&["check", "--diff", "--platform", "linux/amd64"], arguments].concat());
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stdout.contains(&world.children[0]) && !ran.stdout.contains(&world.single), "{ran:?}");
        ran.stderr
    };
    let human = diff(&[]);
    assert!(human.contains("Write it: kubepin check --fix --platform=linux/amd64"), "{human}");
    let concise = diff(&["--format", "concise"]);
    assert!(
        concise.contains("does not exist: there is no linux/amd64 in it; it has linux/s390x"),
        "{concise}"
    );
}
