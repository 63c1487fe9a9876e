//! `kubepin attach`.

use serde_json::Value;

use crate::lying::pushed::Push;
use crate::lying::stock::Stock;
use crate::lying::{Lies, Login, Registry, digest};
use crate::sandbox::{Ran, Sandbox};

const SBOM: &str = "application/spdx+json";
const FILE: &str = r#"{"spdxVersion":"SPDX-2.3"}"#;

/// A registry that has an image under the tag `1` and takes pushes; the digest of the image.
fn registry(push: Push, lies: Lies) -> (Registry, String) {
    let mut stock = Stock::default();
    let image = stock.image("linux/amd64");
    stock.tag("1", &image);
    (Registry::start(Lies { stock, push: Some(push), ..lies }), image)
}

/// Attaches a bill of materials; with the login of `alice`, if there is one.
fn attach(registry: &Registry, arguments: &[&str]) -> Ran {
    let sandbox = Sandbox::empty();
    sandbox.write("sbom.json", FILE);
    let login = format!(r#"{{"auths":{{"{}":{{"auth":"YWxpY2U6d29uZGVy"}}}}}}"#, registry.host);
    sandbox.write(".docker/config.json", login);
    let image = format!("{}/acme/web:1", registry.host);
    let file = format!("sbom.json:{SBOM}");
    sandbox.run(&[&["attach", &image, &file, "--artifact-type", SBOM], arguments].concat())
}

/// The requests, shortened.
fn asked(registry: &Registry) -> Vec<String> {
    registry.lines().into_iter().map(|line| line.replace("/v2/acme/web/", "")).collect()
}

#[test]
fn an_artifact_goes_blob_by_blob_and_is_found() {
    let (registry, image) = registry(Push::default(), Lies::default());
    let ran = attach(&registry, &["--annotation", "org.example.by=ci", "--annotation", "a=b=c"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
    let attached = ran.stdout.trim_end();
    let tag = image.replace(':', "-");
    let (empty, file) = (digest(b"{}"), digest(FILE.as_bytes()));
    let upload =
        |digest: &str| format!("PUT blobs/uploads/1?_state=a%2Fb%3D&digest={}", digest.replace(':', "%3A"));
    let expected = [
        "HEAD manifests/1".to_owned(),
        format!("GET manifests/{image}"),
        format!("HEAD blobs/{empty}"),
        "POST blobs/uploads/".to_owned(),
        upload(&empty),
        format!("HEAD blobs/{file}"),
        "POST blobs/uploads/".to_owned(),
        upload(&file),
        format!("PUT manifests/{attached}"),
        format!("GET manifests/{tag}"),
        format!("PUT manifests/{tag}"),
        format!("GET manifests/{tag}"),
    ];
    assert_eq!(asked(&registry), expected);
    let manifest: Value = serde_json::from_str(&registry.seen()[8].form).expect("JSON");
    assert_eq!((&manifest["artifactType"], &manifest["subject"]["digest"]), (&SBOM.into(), &image.into()));
    assert_eq!(
        (&manifest["layers"][0]["digest"], &manifest["layers"][0]["mediaType"]),
        (&file.into(), &SBOM.into())
    );
    assert_eq!(manifest["annotations"], serde_json::json!({"org.example.by": "ci", "a": "b=c"}));
    let index: Value = serde_json::from_str(&registry.seen()[10].form).expect("JSON");
    assert_eq!(
        (&index["manifests"][0]["digest"], &index["manifests"][0]["artifactType"]),
        (&attached.into(), &SBOM.into())
    );
    // Once more: it is the same, and nothing is written but the manifest.
    let before = registry.seen().len();
    let again = attach(&registry, &["--annotation", "org.example.by=ci", "--annotation", "a=b=c"]);
    assert_eq!(again.stdout, ran.stdout);
    let puts: Vec<String> =
        asked(&registry).split_off(before).into_iter().filter(|line| line.starts_with('P')).collect();
    assert_eq!(puts, [format!("PUT manifests/{attached}")]);
}

#[test]
fn a_registry_that_lists_it_needs_no_index() {
    let (registry, _) = registry(Push { lists: true, ..Push::default() }, Lies::default());
    let ran = attach(&registry, &["--format", "json"]);
    let attached: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&attached["schema"], &attached["scheme"]), (&"kubepin.attach/1".into(), &"api".into()));
    assert_eq!(asked(&registry).len(), 2 + 2 * 3 + 1);
}

#[test]
fn what_others_write_into_the_index_stays() {
    for (marks, loses, requests) in [(false, 1, 5), (true, 1, 5), (false, 2, 7), (true, 2, 7)] {
        let (registry, image) = registry(Push { loses, marks, ..Push::default() }, Lies::default());
        let ran = attach(&registry, &[]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
        let tag = image.replace(':', "-");
        let of_tag = registry.seen().into_iter().filter(|seen| seen.line.ends_with(&tag));
        let of_tag: Vec<_> = of_tag.collect();
        assert_eq!(of_tag.len(), requests, "reads and writes by turns");
        let last = &of_tag[requests - 2];
        let index: Value = serde_json::from_str(&last.form).expect("JSON");
        let entries = index["manifests"].as_array().expect("entries");
        assert_eq!(entries[0]["digest"], digest(format!("other {loses}").as_bytes()));
        assert_eq!((entries.len(), entries[1]["digest"].as_str()), (2, Some(ran.stdout.trim_end())));
        assert_eq!(last.headers.contains_key("if-match"), marks);
    }
    let (registry, _) = registry(Push { loses: 99, ..Push::default() }, Lies::default());
    let ran = attach(&registry, &[]);
    assert_eq!((ran.status, &*ran.stdout), (2, ""));
    assert!(ran.stderr.contains("lost its entry under the tag sha256-"), "{}", ran.stderr);
}

#[test]
fn a_token_is_for_pushing_and_comes_from_the_realm_of_the_registry() {
    // Quay's realm is below its API.
    let challenges = vec![r#"Bearer realm="{me}/v2/auth",service="lying""#.to_owned()];
    let lies =
        Lies { login: Login::Token, account: Some(("alice", "wonder")), challenges, ..Lies::default() };
    let (registry, _) = registry(Push { lists: true, ..Push::default() }, lies);
    let ran = attach(&registry, &[]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
    let asked = registry.lines();
    assert_eq!(asked[1], "GET /v2/auth?service=lying&scope=repository%3Aacme%2Fweb%3Apull%2Cpush");
    assert_eq!(asked.len(), 2 + 2 + 2 * 3 + 1, "one token serves all: {asked:?}");
}

#[test]
fn a_login_does_not_go_where_uploads_are_sent() {
    let elsewhere = Registry::start(Lies { push: Some(Push::default()), ..Lies::default() });
    let foreign = elsewhere.url.replace("127.0.0.1", "localhost");
    let lies = Lies { login: Login::Basic, account: Some(("alice", "wonder")), ..Lies::default() };
    let location = format!("{foreign}/v2/x/blobs/uploads/9?sig=a%2Bb");
    let (registry, _) = registry(Push { location, lists: true, ..Push::default() }, lies);
    let ran = attach(&registry, &[]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
    let seen = elsewhere.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        assert_eq!(seen.authorization, None);
        assert!(
            seen.line.starts_with("PUT /v2/x/blobs/uploads/9?sig=a%2Bb&digest=sha256%3A"),
            "{}",
            seen.line
        );
    }
    assert!(registry.seen().iter().skip(1).all(|seen| seen.authorization.is_some()));
}

#[test]
fn nothing_is_attached_at_a_mirror_that_was_not_typed() {
    let (registry, _) = registry(Push { lists: true, ..Push::default() }, Lies::default());
    let sandbox = Sandbox::empty();
    sandbox.write("sbom.json", FILE);
    let mirror = Registry::start(Lies::default());
    let config = format!("[registries.'{}']\nmirror = '{}'\n", registry.host, mirror.host);
    sandbox.write("kubepin.toml", config);
    let image = format!("{}/acme/web:1", registry.host);
    let ran = sandbox.run(&["attach", &image, "sbom.json", "--artifact-type", SBOM]);
    assert_eq!((ran.status, mirror.seen().len()), (0, 0), "{ran:?}");
    assert!(registry.seen().len() > 5);
}

#[test]
fn no_more_is_read_than_fits_into_memory() {
    let (registry, _) = registry(Push::default(), Lies::default());
    let image = format!("{}/acme/web:1", registry.host);
    let sandbox = Sandbox::empty();
    for (name, mebibytes) in [("half", 60), ("large", 101)] {
        let file = std::fs::File::create(sandbox.path().join(name)).expect("a file");
        file.set_len(mebibytes << 20).expect("space that is not taken");
    }
    for (files, why) in [
        (&["large"][..], "large: it is larger than 100 MiB"),
        (&["half", "half"], "half: together, the files up to this one are larger than 100 MiB"),
        #[cfg(unix)]
        (&["/dev/zero"], "/dev/zero: it is no file, but a pipe or a device"),
    ] {
        let before = registry.seen().len();
        let ran = sandbox.run(&[&["attach", &image, "--artifact-type", SBOM], files].concat());
        assert_eq!((ran.status, &*ran.stdout, registry.seen().len() - before), (2, "", 1), "{ran:?}");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn what_is_not_taken_is_told() {
    for (location, why) in [
        ("http://user:secret@127.0.0.1:1/x?", "a URL with a user name in it"),
        ("ftp://127.0.0.1/x?", "what is no HTTP URL"),
        ("http://169.254.169.254/x?a=b", "link-local"),
    ] {
        let (registry, _) =
            registry(Push { location: location.to_owned(), ..Push::default() }, Lies::default());
        let ran = attach(&registry, &[]);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{location}");
        assert!(ran.stderr.contains("nothing is attached to") && ran.stderr.contains(why), "{}", ran.stderr);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
    let (registry, _) = registry(Push::default(), Lies::default());
    let image = format!("{}/acme/web:1", registry.host);
    let ran = Sandbox::empty().run(&["attach", &image, "absent.json", "--artifact-type", SBOM]);
    assert_eq!((ran.status, registry.seen().len()), (2, 1), "nothing is sent without all files: {ran:?}");
    assert!(ran.stderr.starts_with("error: absent.json: "), "{}", ran.stderr);
}
