//! `kubepin inspect`.

use serde_json::{Value, json};

use crate::lying::stock::Stock;
use crate::lying::{INDEX, Lies, Login, Registry};
use crate::sandbox::{Ran, Sandbox};

/// An index of two images, with an attestation of the first; its digest and those of the three.
fn index(stock: &mut Stock) -> (String, [String; 3]) {
    let (plain, children) = stock.index_of(&["linux/amd64", "linux/arm64/v8"]);
    let (attestation, entry) = stock.attestation(&children[0]);
    let plain = stock.body(&format!("manifests/{plain}"));
    let list = plain.strip_suffix("]}").expect("the end of the list");
    let annotations = r#"{"org.opencontainers.image.version":"1.27","evil":"\u001b[31mred"}"#;
    let index = stock.manifest(INDEX, format!(r#"{list},{entry}],"annotations":{annotations}}}"#));
    stock.tag("1.27", &index);
    let [amd64, arm64] = &children[..] else { panic!("two images") };
    (index, [amd64.clone(), arm64.clone(), attestation])
}

fn inspect(registry: &Registry, sandbox: &Sandbox, image: &str, arguments: &[&str]) -> Ran {
    sandbox.run(&[&["inspect", &format!("{}/acme/web{image}", registry.host)], arguments].concat())
}

#[test]
fn the_tree_down_to_the_layers() {
    let mut stock = Stock::default();
    let (index, _) = index(&mut stock);
    let (registry, sandbox) = (Registry::start(Lies { stock, ..Lies::default() }), Sandbox::empty());
    let ran = inspect(&registry, &sandbox, ":1.27", &[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let shown = ran.stdout.replace(&registry.host, "HOST");
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/resolve/inspect.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, &shown).expect("the file is written");
    }
    assert_eq!(shown, std::fs::read_to_string(golden).expect("the file"));
    // The tag, the index, three manifests and their configs; the list of referrers, the tag in its place,
    // and three tags of cosign.
    assert_eq!(registry.seen().len(), 8 + 5);
    let by_digest = inspect(&registry, &sandbox, &format!("@{index}"), &[]).stdout;
    let body = |text: &str| text.split_once('\n').expect("lines").1.to_owned();
    assert_eq!(body(&by_digest), body(&ran.stdout));
    assert_eq!(
        registry.seen().len(),
        13 + 5,
        "what digests name is known for ever, what refers to them is not"
    );
    inspect(&registry, &sandbox, ":1.27", &[]);
    let lines = &registry.lines()[18..];
    assert_eq!((&*lines[0], lines.len()), ("HEAD /v2/acme/web/manifests/1.27", 1 + 5), "nor what the tag is");
}

#[test]
fn json_has_what_every_digest_names() {
    let mut stock = Stock::default();
    let (index, [amd64, _, attestation]) = index(&mut stock);
    let lies = Lies { stock, login: Login::Token, ..Lies::default() };
    let (registry, sandbox) = (Registry::start(lies), Sandbox::empty());
    let ran = inspect(&registry, &sandbox, ":1.27", &["--format", "json"]);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(found["schema"], "kubepin.inspect/1");
    assert_eq!((&found["digest"], &found["content"]["kind"]), (&json!(index), &json!("index")));
    assert_eq!(found["content"]["manifests"][1]["platform"], "linux/arm64");
    let manifest = &found["manifests"][&amd64];
    assert_eq!((&manifest["kind"], &manifest["platform"]), (&json!("manifest"), &json!("linux/amd64")));
    assert_eq!(manifest["layers"][0]["size"], 31_457_280);
    assert_eq!(found["manifests"][&attestation]["created"], Value::Null);
    assert_eq!(found["tags"], Value::Null);
    assert_eq!(found["referrers"], json!({"scheme": "tag", "referrers": [], "cut": false}));
    // One token serves all: a challenge, a token and a HEAD; five for referrers; the rest is about digests.
    let registry_json = json!({"requests": 8, "contents": 7, "cached": 0, "retried": 0});
    assert_eq!((&found["registry"], registry.seen().len()), (&registry_json, 15));
}

#[test]
fn an_image_of_one_platform() {
    let mut stock = Stock::default();
    let single = stock.image("linux/arm/v7");
    stock.tag("one", &single);
    let (registry, sandbox) = (Registry::start(Lies { stock, ..Lies::default() }), Sandbox::empty());
    let ran = inspect(&registry, &sandbox, ":one", &[]);
    let line = format!("linux/arm/v7  {single}   30.0 MiB  created 2026-01-02T03:04:05Z\n");
    assert!(ran.status == 0 && ran.stdout.contains(&line), "{}", ran.stdout);
}

#[test]
fn what_is_not_as_it_is_said_is_told() {
    let mut stock = Stock::default();
    let (good, other) = (stock.image("linux/amd64"), stock.image("linux/s390x"));
    let spoiled = stock.image("linux/riscv64");
    stock.spoil(&format!("manifests/{spoiled}"), "{}");
    let children = [("linux/amd64", &*good), ("linux/arm64", &*other), ("linux/riscv64", &*spoiled)];
    let index = stock.index(&children);
    stock.tag("odd", &index);
    let (registry, sandbox) = (Registry::start(Lies { stock, ..Lies::default() }), Sandbox::empty());
    let ran = inspect(&registry, &sandbox, ":odd", &[]);
    assert_eq!(ran.status, 2);
    let says = format!(
        "linux/arm64    {other}   30.0 MiB  created 2026-01-02T03:04:05Z, its config says linux/s390x\n"
    );
    assert!(ran.stdout.contains(&says), "{}", ran.stdout);
    assert!(
        ran.stdout.contains(&format!("linux/riscv64  {spoiled}             not looked into\n")),
        "{}",
        ran.stdout
    );
    let host = &registry.host;
    let why = format!(
        "{host}/acme/web@{spoiled} is not shown: {host} sent bytes for {spoiled} that it is not the hash of"
    );
    assert!(ran.stderr.contains(&why), "{}", ran.stderr);
    let ran = inspect(&registry, &sandbox, ":absent", &[]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains(&format!("{host} has no acme/web:absent")), "{}", ran.stderr);
}

/// What is said of tags, and the requests for them.
fn tags(lies: Lies) -> (Ran, String, Vec<String>) {
    let mut stock = Stock::default();
    let (one, two) = (stock.image("linux/amd64"), stock.image("linux/arm64"));
    for number in 0..150 {
        stock.tag(&format!("1.{number}"), if number % 50 == 0 { &one } else { &two });
    }
    stock.tag("latest", &one);
    let registry = Registry::start(Lies { stock, ..lies });
    let ran = inspect(&registry, &Sandbox::empty(), &format!("@{one}"), &["--tags"]);
    let said = ran.stdout.split_once("\n\n").and_then(|(_, rest)| rest.split_once("\n\n"));
    let said = said.map(|(_, tags)| tags.to_owned()).unwrap_or_default();
    let of_referrers = |line: &String| line.contains("/referrers/") || line.contains("sha256-");
    let asked = registry.lines().split_off(2).into_iter().filter(|line| !of_referrers(line));
    (ran, said, asked.collect())
}

fn page(tags: impl Iterator<Item = String>) -> String {
    json!({"name": "acme/web", "tags": tags.collect::<Vec<_>>()}).to_string()
}

#[test]
fn tags_of_the_same_digest_are_looked_for_page_by_page_and_not_for_ever() {
    let numbers = |range: std::ops::Range<usize>| range.map(|number| format!("1.{number}"));
    let others = ["latest", "no tag", "sha256-aa.sig"].map(str::to_owned).into_iter();
    let tag_pages = vec![
        (page(numbers(0..100)), r#"</v2/acme/web/tags/list?page=1>; rel="next""#),
        (page(numbers(100..150).chain(others)), ""),
    ];
    let (ran, said, lines) = tags(Lies { tag_pages, ..Lies::default() });
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(said, "2 of 100 tags have this digest; the other 52 were not looked at\n  latest\n  1.100\n");
    assert_eq!(lines[..2], ["GET /v2/acme/web/tags/list?n=1000", "GET /v2/acme/web/tags/list?page=1"]);
    assert_eq!(lines[2..].len(), 100);
    assert!(lines[2..].iter().all(|line| line.starts_with("HEAD ")), "{lines:?}");
}

#[test]
fn a_registry_that_lists_tags_by_digest_is_asked_once() {
    let mut stock = Stock::default();
    let one = stock.image("linux/amd64");
    let manifest = json!({&one: {"tag": ["a", "b"], "mediaType": "x"}, "sha256:other": {"tag": ["c"]}});
    let list = json!({"tags": ["a", "b", "c"], "manifest": manifest}).to_string();
    let (ran, said, lines) = tags(Lies { tag_pages: vec![(list, "")], ..Lies::default() });
    assert_eq!((ran.status, said.as_str()), (0, "2 of 3 tags have this digest\n  a\n  b\n"));
    assert_eq!(lines.len(), 1);
}

#[test]
fn lists_of_tags_that_lead_away_or_do_not_end() {
    let list = || page(["latest".to_owned()].into_iter());
    let elsewhere = r#"<http://localhost:1/v2/acme/web/tags/list?page=1>; rel="next""#;
    let itself = r#"</v2/acme/web/tags/list?n=1000>; rel="next""#;
    let table = [
        (vec![(list(), elsewhere)], "continues a list of tags at another host"),
        (vec![(list(), itself)], "sends a list of tags without end"),
        (vec![("[]x".to_owned(), "")], "sent a list of tags that cannot be read"),
        (vec![(" ".repeat(9 << 20), "")], "sent a list of tags of more than 8 MiB"),
        (vec![], "(404 Not Found: name unknown)"),
    ];
    for (tag_pages, why) in table {
        let (ran, said, lines) = tags(Lies { tag_pages, ..Lies::default() });
        assert_eq!((ran.status, said.as_str(), lines.len()), (2, "", 1), "{ran:?}");
        assert!(
            ran.stderr.contains("error: the tags are not known: ") && ran.stderr.contains(why),
            "{}",
            ran.stderr
        );
        assert!(ran.stdout.contains("linux/amd64"), "the rest is shown: {}", ran.stdout);
    }
}

#[test]
fn pages_of_tags_without_number_are_left_behind() {
    let link = |number: usize| &*format!(r#"</v2/acme/web/tags/list?page={number}>; rel="next""#).leak();
    let pages = (0..200).map(|number| (page([format!("1.{number}")].into_iter()), link(number + 1)));
    let (ran, said, lines) = tags(Lies { tag_pages: pages.collect(), ..Lies::default() });
    assert_eq!(ran.status, 0, "{ran:?}");
    let gets = lines.iter().filter(|line| line.starts_with("GET")).count();
    assert_eq!((gets, lines.len()), (100, 200), "each of the hundred pages has one tag");
    assert!(said.contains("more"), "{said}");
}
