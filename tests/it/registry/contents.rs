//! What digests name.

use kubepin::answer::Answer;
use kubepin::content::{Content, Contents};
use kubepin::platform::Platform;
use kubepin::reference::{Digest, Question};
use kubepin::resolve::{self, Depth};
use kubepin::settings::{Ask, Cache, Reach, Sources};
use tempfile::TempDir;

use super::{Registry, alice, by_name, question, settings, untrusted, with_config};
use crate::lying::stock::{MANIFEST, Stock};
use crate::lying::{INDEX, Lies, Login};

const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64/v8", "linux/arm/v6"];

fn of(host: &str, digest: &str) -> Question {
    question(&format!("{host}/acme/web")).by_digest(&Digest::parse(digest).expect("a digest"))
}

fn look(host: &str, digest: &str, depth: Depth, settings: &Ask) -> Contents {
    let questions = [of(host, digest)].into();
    resolve::contents(&questions, depth, settings, &|_, _| {}).expect("registries can be asked")
}

/// What one digest names.
fn content(host: &str, digest: &str, settings: &Ask) -> Result<Content, Answer> {
    look(host, digest, Depth::Config, settings).by_question.remove(&of(host, digest)).expect("an answer")
}

fn serving(stock: Stock) -> Registry {
    Registry::start(Lies { stock, ..Lies::default() })
}

fn cached() -> (Ask, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let cache = Some(Cache { folder: folder.path().to_owned(), ttl: std::time::Duration::ZERO });
    (Ask { sources: Sources { cache, ..Sources::default() }, ..settings() }, folder)
}

#[test]
fn an_index_is_one_request_and_a_manifest_two() {
    let mut stock = Stock::default();
    let (index, children) = stock.index_of(&PLATFORMS);
    let registry = serving(stock);
    let found = content(&registry.host, &index, &settings()).expect("an index");
    let platforms: Vec<String> = found.platforms().into_iter().map(ToString::to_string).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64", "linux/arm/v6"]);
    let fitting = |platform: &str| {
        let platform = Platform::parse(platform).expect("a platform");
        let children = found.children_for(&platform).into_iter();
        children.map(|child| child.digest.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(fitting("linux/arm64"), [children[1].as_str()]);
    assert_eq!(fitting("linux/arm"), [children[2].as_str()]);
    assert_eq!(fitting("linux/s390x"), [""; 0]);
    assert_eq!(registry.lines(), [format!("GET /v2/acme/web/manifests/{index}")]);

    let found = content(&registry.host, &children[2], &settings()).expect("a manifest");
    let Content::Manifest { platform, created, config, layers, .. } = found else { panic!("{found:?}") };
    assert_eq!(platform.map(|platform| platform.to_string()).as_deref(), Some("linux/arm/v6"));
    assert_eq!((created.as_deref(), layers.len()), (Some("2026-01-02T03:04:05Z"), 2));
    let lines = registry.lines();
    let asked = [
        format!("GET /v2/acme/web/manifests/{}", children[2]),
        format!("GET /v2/acme/web/blobs/{}", config.digest),
    ];
    assert_eq!(lines[1..], asked);
    let shallow = look(&registry.host, &children[2], Depth::Manifest, &settings());
    assert_eq!((shallow.traffic.requests, registry.seen().len()), (1, 4));
}

#[test]
fn what_was_looked_into_once_is_not_asked_for_again() {
    let mut stock = Stock::default();
    let (_, children) = stock.index_of(&PLATFORMS);
    let registry = serving(stock);
    let (settings, folder) = cached();
    let first = look(&registry.host, &children[0], Depth::Config, &settings);
    assert_eq!((first.traffic.requests, first.traffic.cached), (2, 0));
    let second = look(&registry.host, &children[0], Depth::Config, &settings);
    assert_eq!((second.traffic.requests, second.traffic.cached), (0, 1));
    assert_eq!(second.by_question, first.by_question);
    let mut offline = settings.clone();
    offline.sources.reach = Reach::Offline;
    assert_eq!(look(&registry.host, &children[0], Depth::Config, &offline).by_question, first.by_question);
    let unknown = content(&registry.host, &children[1], &offline).expect_err("nothing is known");
    assert!(matches!(unknown, Answer::Unknown(_)), "{unknown:?}");
    assert_eq!(registry.seen().len(), 2);
    // Bytes that are not those of the digest are not there, and are written anew.
    let file = folder.path().join("digests").join(children[0].replace(':', "-"));
    let body = std::fs::read(&file).expect("a file");
    for spoiled in [&b""[..], b"{}", &body[1..]] {
        std::fs::write(&file, spoiled).expect("the file is written");
        assert_eq!(look(&registry.host, &children[0], Depth::Config, &settings).traffic.requests, 1);
        assert_eq!(std::fs::read(&file).expect("a file"), body);
    }
}

#[test]
fn nothing_is_read_of_bytes_that_are_not_those_of_the_digest() {
    let mut stock = Stock::default();
    let (index, children) = stock.index_of(&PLATFORMS);
    stock.spoil(&format!("manifests/{index}"), r#"{"manifests":[]}"#);
    let config = stock.blob("not it".into());
    let body = format!(r#"{{"config":{{"digest":"{config}","size":6}},"layers":[]}}"#);
    let manifest = stock.manifest(MANIFEST, body);
    stock.spoil(&format!("blobs/{config}"), "evil");
    let registry = serving(stock);
    let host = &registry.host;
    let (settings, folder) = cached();
    for (asked, about) in [(&index, &index), (&manifest, &config)] {
        let why = format!("{host} sent bytes for {about} that it is not the hash of");
        assert_eq!(content(host, asked, &settings), Err(untrusted(&why)));
    }
    assert!(content(host, &children[0], &settings).is_ok());
    let kept = std::fs::read_dir(folder.path().join("digests")).expect("a folder").count();
    assert_eq!(kept, 2, "only what was whole is kept");
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let digest = format!("sha256:{}", "1".repeat(64));
    let blob = format!(r#"{{"digest":"{digest}","size":1}}"#);
    let table = [
        (
            INDEX,
            format!(r#"{{"manifests":[],"config":{blob},"layers":[]}}"#),
            "what is both an index and a manifest",
        ),
        (
            INDEX,
            format!(r#"{{"config":{blob},"layers":[]}}"#),
            &format!("`{MANIFEST}` and called it `{INDEX}`"),
        ),
        (MANIFEST, r#"{"manifests":[]}"#.into(), &format!("`{INDEX}` and called it `{MANIFEST}`")),
        (
            INDEX,
            format!(r#"{{"mediaType":"{MANIFEST}","manifests":[]}}"#),
            &format!("`{MANIFEST}` and called it `{INDEX}`"),
        ),
        (
            MANIFEST,
            format!(r#"{{"mediaType":"{MANIFEST}","manifests":[]}}"#),
            &format!("what calls itself `{MANIFEST}` and is something else"),
        ),
        (MANIFEST, "{}".into(), "what is neither an index nor a manifest"),
        (
            MANIFEST,
            r#"{"config":{"digest":"sha256:x","size":1},"layers":[]}"#.into(),
            "a manifest with `sha256:x` for a digest",
        ),
        (MANIFEST, "[]".into(), "a manifest that cannot be read"),
    ];
    for (media_type, body, why) in table {
        let mut stock = Stock::default();
        let digest = stock.manifest(media_type, body.clone());
        let registry = serving(stock);
        let expected = Err(untrusted(&format!("{} sent {why}", registry.host)));
        assert_eq!(content(&registry.host, &digest, &settings()), expected, "{body}");
    }
}

#[test]
fn schema_1_and_too_much_are_told_apart() {
    let mut stock = Stock::default();
    let signed = stock
        .manifest("application/vnd.docker.distribution.manifest.v1+prettyjws", r#"{"fsLayers":[]}"#.into());
    let long = stock.manifest(INDEX, " ".repeat((4 << 20) + 1));
    let registry = serving(stock);
    let host = &registry.host;
    let schema_1 = content(host, &signed, &settings()).expect_err("schema 1");
    assert_eq!(
        schema_1.reason().expect("a reason").what,
        format!("{host} has a schema 1 image there, which cannot be pinned")
    );
    let why = format!("{host} sent a manifest of more than 4 MiB");
    assert_eq!(content(host, &long, &settings()), Err(untrusted(&why)));
    let gone = content(host, &format!("sha256:{}", "0".repeat(64)), &settings()).expect_err("it is gone");
    assert!(
        matches!(&gone, Answer::Missing(reason) if reason.what.contains("acme/web@sha256:0000")),
        "{gone:?}"
    );
}

#[test]
fn a_login_does_not_follow_a_config_to_another_host() {
    let mut stock = Stock::default();
    let child = stock.image("linux/amd64");
    let store = serving(stock.clone());
    let blob_redirect = Some(format!("http://{}{{path}}", by_name(&store)));
    let lies = Lies {
        login: Login::Token,
        account: Some(("alice", "wonder")),
        stock,
        blob_redirect,
        ..Lies::default()
    };
    let registry = Registry::start(lies);
    let (settings, _folder) = with_config(&alice(&registry.host));
    let found = look(&registry.host, &child, Depth::Config, &settings);
    assert!(found.by_question.values().all(Result::is_ok), "{found:?}");
    // Challenge, token, manifest, config; and where the config is.
    assert_eq!((registry.seen().len(), store.seen().len(), found.traffic.requests), (4, 1, 5));
    assert_eq!(store.seen()[0].authorization, None);
}
