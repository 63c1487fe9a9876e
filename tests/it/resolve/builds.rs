//! What build tools wrote down.

use super::digest_of;
use crate::lying::{Lies, Registry, manifest};
use crate::sandbox::{Ran, Sandbox};

/// What `resolve` makes of references where nobody can be asked, given files.
fn resolve(references: &[&str], files: &[&str]) -> (Sandbox, Ran) {
    let sandbox = Sandbox::empty();
    let mut arguments = vec!["resolve".to_owned(), "-v".to_owned()];
    for (number, text) in files.iter().enumerate() {
        sandbox.write(&format!("{number}.txt"), text);
        arguments.extend(["--digests".to_owned(), format!("{number}.txt")]);
    }
    arguments.extend(references.iter().map(ToString::to_string));
    let ran = sandbox.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    (sandbox, ran)
}

/// A file in each form, of `127.0.0.1:1/acme/web:v1` with the digest of `web`.
fn forms() -> [(&'static str, String); 8] {
    let (name, web, other) = ("127.0.0.1:1/acme/web", digest_of("web"), digest_of("other"));
    [
        ("lines", format!("{name}:v1@{web}\n127.0.0.1:1/acme/job:v1@{other}\n")),
        (
            "Cloud Build",
            format!(
                r#"{{"id":"1","images":["x"],"results":{{"buildStepImages":[""],
                "images":[{{"digest":"{web}","name":"{name}:v1","pushTiming":{{}}}}]}},"status":"SUCCESS"}}"#
            ),
        ),
        (
            "buildx",
            format!(
                r#"{{"containerimage.config.digest":"{other}","containerimage.digest":"{web}",
                "image.name":"127.0.0.1:1/acme/web:v0,{name}:v1"}}"#
            ),
        ),
        (
            "bake",
            format!(
                r#"{{"buildx.build.warnings":[],"db":{{"containerimage.digest":"{other}"}},
                "web":{{"containerimage.digest":"{web}","image.name":"{name}:v1"}}}}"#
            ),
        ),
        ("Skaffold", format!(r#"{{"builds":[{{"imageName":"web","tag":"{name}:v1@{web}"}}]}}"#)),
        (
            "kbld",
            format!(
                "apiVersion: kbld.k14s.io/v1alpha1\nkind: Config\nminimumRequiredVersion: 0.17.0\noverrides:\n\
                - image: {name}:v1\n  newImage: {name}@{web}\n  preresolved: true\n"
            ),
        ),
        (
            "imgpkg",
            format!(
                "---\napiVersion: imgpkg.carvel.dev/v1alpha1\nimages:\n- annotations:\n    kbld.carvel.dev/id: {name}:v1\n    \
                kbld.carvel.dev/origins: |\n      - resolved:\n          tag: v1\n  image: {name}@{web}\n\
                - image: {name}@{other}\nkind: ImagesLock\n"
            ),
        ),
        ("lines of Windows", format!("\u{feff}{name}:v1@{web}\r\n")),
    ]
}

#[test]
fn every_form_is_read() {
    for (form, text) in forms() {
        let (_, ran) = resolve(&["127.0.0.1:1/acme/web:v1"], &[&text]);
        assert_eq!(
            (ran.status, ran.stdout),
            (0, format!("{}\n", digest_of("web"))),
            "{form}: {}",
            ran.stderr
        );
    }
}

#[test]
fn they_go_before_the_registry_and_the_cache_and_answer_for_nothing_else() {
    let (registry, sandbox) = (Registry::start(Lies::default()), Sandbox::empty());
    let (web, job) = (format!("{}/acme/web:v1", registry.host), format!("{}/acme/job:v1", registry.host));
    assert_eq!(sandbox.run(&["resolve", &web]).stdout, format!("{}\n", manifest("acme/web", "v1").1));
    sandbox.write("built.txt", format!("{web}@{}", digest_of("built")));
    sandbox.write("pod.yaml", super::pod(&[&web, &job]));
    let fixed = sandbox.run(&["check", "--fix", "--digests", "built.txt"]);
    assert_eq!(fixed.status, 0, "{fixed:?}");
    let expected =
        [&format!("{web}@{}", digest_of("built")), &format!("{job}@{}", manifest("acme/job", "v1").1)];
    assert_eq!(sandbox.read("pod.yaml"), super::pod(&expected.map(String::as_str)).as_bytes());
    assert_eq!(registry.lines(), ["HEAD /v2/acme/web/manifests/v1", "HEAD /v2/acme/job/manifests/v1"]);
    // What a file says is not what a registry said.
    assert_eq!(sandbox.run(&["resolve", &web]).stdout, format!("{}\n", manifest("acme/web", "v1").1));
}

#[test]
fn names_are_compared_as_they_are_asked() {
    let digest = digest_of("nginx");
    let (_, ran) = resolve(
        &["nginx", "nginx:1"],
        &[&format!("index.docker.io/library/nginx@{digest}\nnginx:1@{digest}")],
    );
    assert_eq!((ran.status, ran.stdout), (0, format!("{digest}\n{digest}\n")));
}

#[test]
fn what_says_nothing_of_a_tag_is_a_note() {
    let (name, web) = ("127.0.0.1:1/acme/web", digest_of("web"));
    let kbld = |image: &str, new: &str| {
        format!(
            "apiVersion: kbld.k14s.io/v1alpha1\nkind: Config\noverrides:\n- image: {image}\n  newImage: {new}\n"
        )
    };
    let elsewhere = format!("127.0.0.1:1/mirror/web@{web}");
    let table = [
        kbld(&format!("{name}:v1"), &elsewhere),
        kbld(&format!("{name}@{web}"), &format!("{name}@{web}")),
        kbld("ko://example.com/cmd", &format!("{name}@{web}")),
        kbld(&format!("{name}:v1"), &format!("{name}:v2")),
        format!(r#"{{"builds":[{{"imageName":"web","tag":"{name}:v1"}}]}}"#),
    ];
    for text in table {
        let (_, ran) = resolve(&["127.0.0.1:1/acme/web:v1"], &[&text]);
        assert_eq!((ran.status, &*ran.stdout), (2, "\n"), "{text}");
        assert!(ran.stderr.contains("note: 0.txt: "), "{text}: {}", ran.stderr);
    }
}

#[test]
fn what_is_no_use_stops_the_run() {
    let (name, web, other) = ("127.0.0.1:1/acme/web", digest_of("web"), digest_of("other"));
    let by_digest_only = format!(r#"{{"containerimage.digest":"{web}","image.name":"{name}"}}"#);
    let loaded = format!(r#"{{"results":{{"images":[{{"name":"{name}:v1","digest":"sha256:abc"}}]}}}}"#);
    let table: [(&[&str], &str); 7] = [
        (&["hello: world"], "0.txt: states no digests in a form that is known: lines `name:tag@sha256:…`, "),
        (&[""], "0.txt: states no digests in a form that is known"),
        (&["nginx:1.27"], "0.txt: states no digests in a form that is known"),
        (&[&by_digest_only], "0.txt: names no image with a digest: was the build pushed under a name?"),
        (&[r#"{"results":{}}"#], "0.txt: names no image with a digest"),
        (
            &[&loaded],
            "0.txt: `127.0.0.1:1/acme/web:v1@sha256:abc` is no image reference: a sha256 digest has 64",
        ),
        (
            &[&format!("{name}:v1@{web}"), &format!("{name}:v1@{other}")],
            &format!(
                "1.txt: says that {name}:v1 is {other}, but 0.txt says {web}: leave out what is not the last push"
            ),
        ),
    ];
    for (files, message) in table {
        let (_, ran) = resolve(&["127.0.0.1:1/acme/web:v1"], files);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{files:?}");
        assert!(ran.stderr.starts_with(&format!("error: {message}")), "{}", ran.stderr);
    }
    let ran = Sandbox::empty().run(&["resolve", "--digests", "none.txt", "nginx"]);
    assert_eq!(
        (ran.status, &*ran.stderr),
        (2, "error: none.txt: cannot be read: no such file or directory\n")
    );
}
