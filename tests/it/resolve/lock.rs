//! `kubepin lock`, `--locked` and `--offline`.

use super::{digest_of, pod};
use crate::lying::{Lies, Registry, manifest};
use crate::sandbox::{Ran, Sandbox};

/// A registry, and a sandbox with `pod.yaml`.
struct World {
    registry: Registry,
    sandbox: Sandbox,
}

impl World {
    fn of(lies: Lies, images: &[&str]) -> Self {
        let world = Self { registry: Registry::start(lies), sandbox: Sandbox::empty() };
        world.use_images("pod.yaml", images);
        world
    }

    /// Writes a pod that runs these images of the registry.
    fn use_images(&self, file: &str, images: &[&str]) {
        let images: Vec<String> = images.iter().map(|image| self.image(image)).collect();
        self.sandbox.write(file, pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    }

    fn image(&self, image: &str) -> String {
        format!("{}/acme/{image}", self.registry.host)
    }

    fn lock(&self, arguments: &[&str]) -> Ran {
        self.sandbox.run(&[&["lock"], arguments].concat())
    }

    /// The lock file, with `HOST` for the registry.
    fn locked(&self) -> String {
        let text = String::from_utf8(self.sandbox.read("kubepin.lock")).expect("UTF-8");
        text.replace(&self.registry.host, "HOST")
    }

    /// The references that are locked.
    fn names(&self) -> Vec<String> {
        let text = self.locked();
        let names = text.lines().filter_map(|line| line.strip_prefix("reference = \"HOST/acme/"));
        names.map(|name| name.trim_end_matches('"').to_owned()).collect()
    }

    /// Puts this in place of that in the lock file.
    fn edit(&self, from: &str, to: &str) {
        let text = String::from_utf8(self.sandbox.read("kubepin.lock")).expect("UTF-8");
        assert!(text.contains(from), "{from} is not in {text}");
        self.sandbox.write("kubepin.lock", text.replace(from, to));
    }

    /// Gives every entry times that are long past.
    fn age(&self) {
        let text = self.locked();
        let time =
            text.split("first-seen = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a time");
        self.edit(time, "2020-01-01T00:00:00Z");
    }
}

fn of(name: &str, tag: &str) -> String {
    manifest(&format!("acme/{name}"), tag).1
}

#[test]
fn every_image_gets_an_entry_and_a_second_run_changes_nothing() {
    let pinned = format!("web:v2@{}", of("web", "v2"));
    let world = World::of(Lies::default(), &["web:v1", "job", "web:v1", &pinned, "$(VAR)"]);
    let ran = world.lock(&[]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(ran.stdout.ends_with("\nkubepin.lock: 3 images, 3 new, 0 moved, 0 gone.\n"), "{}", ran.stdout);
    let text = world.locked();
    let time = text.split("first-seen = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a time");
    let block = |name: &str, digest: &str| {
        format!(
            "\n[[image]]\nreference = \"HOST/acme/{name}\"\ndigest = \"{digest}\"\nmedia-type = \"{}\"\n\
            first-seen = \"{time}\"\nresolved-at = \"{time}\"\n",
            crate::lying::INDEX
        )
    };
    let expected = [
        "# Written by `kubepin lock`. Commit it, and let no hand edit it.\nversion = 1\n".to_owned(),
        block("job:latest", &of("job", "latest")),
        block("web:v1", &of("web", "v1")),
        block(&pinned, &of("web", "v2")),
    ];
    assert_eq!(text, expected.concat());
    let by_digest = format!("HEAD /v2/acme/web/manifests/{}", of("web", "v2"));
    let mut lines = world.registry.lines();
    lines.sort();
    assert_eq!(lines.len(), 3);
    assert!(lines.contains(&by_digest), "{lines:?}");
    world.age();
    let aged = world.locked();
    let again = world.lock(&[]);
    assert_eq!((again.status, &*again.stdout), (0, "kubepin.lock: 3 images, nothing new.\n"));
    assert_eq!(world.locked(), aged);
    assert_eq!(world.registry.seen().len(), 6, "it never uses the cache");
}

#[test]
fn times_tell_when_a_digest_came_and_when_an_entry_changed() {
    let world = World::of(Lies::default(), &["web:v1", "job:v1"]);
    world.lock(&[]);
    world.age();
    let block = |name: &str| {
        let text = world.locked();
        text.split("[[image]]")
            .find(|block| block.contains(&format!("acme/{name}\"")))
            .expect("an entry")
            .to_owned()
    };
    let old = "2020-01-01T00:00:00Z";
    // Another digest: both are new.
    world.edit(&of("web", "v1"), &digest_of("before"));
    let ran = world.lock(&[]);
    assert!(
        ran.stdout.contains(&format!("moved  {}  {}\n", world.image("web:v1"), of("web", "v1"))),
        "{}",
        ran.stdout
    );
    assert!(
        !block("web:v1").contains(old) && block("job:v1").matches(old).count() == 2,
        "{}",
        world.locked()
    );
    // Another media type of the same digest: it was seen before.
    world.edit("index.v1+json", "manifest.v1+json");
    world.lock(&[]);
    assert!(block("job:v1").contains(&format!("first-seen = \"{old}\"")), "{}", world.locked());
    assert!(!block("job:v1").contains(&format!("resolved-at = \"{old}\"")), "{}", world.locked());
    // The same digest, written behind the tag by now: it was seen before, too.
    let pinned = format!("job:v1@{}", of("job", "v1"));
    world.use_images("pod.yaml", &["web:v1", &pinned]);
    let ran = world.lock(&[]);
    assert!(ran.stdout.ends_with("kubepin.lock: 3 images, 1 new, 0 moved, 0 gone.\n"), "{}", ran.stdout);
    assert!(block(&pinned).contains(&format!("first-seen = \"{old}\"")), "{}", world.locked());
    // The tag that the digest had stays known until nothing is pinned to either.
    world.use_images("pod.yaml", &["web:v1"]);
    let ran = world.lock(&[]);
    assert!(ran.stdout.ends_with("kubepin.lock: 1 image, 0 new, 0 moved, 2 gone.\n"), "{}", ran.stdout);
}

#[test]
fn what_is_not_read_keeps_its_entries() {
    let world = World::of(Lies::default(), &["web:v1", "web:v2"]);
    world.use_images("other/pod.yaml", &["job:v1"]);
    world.lock(&[]);
    assert_eq!(world.names(), ["job:v1", "web:v1", "web:v2"]);
    world.use_images("pod.yaml", &["web:v3"]);
    let part = world.lock(&["pod.yaml"]);
    assert!(part.stdout.ends_with("kubepin.lock: 4 images, 1 new, 0 moved, 0 gone.\n"), "{}", part.stdout);
    // A file that cannot be read may use anything.
    let failed = world.lock(&[".", "none.yaml"]);
    assert_eq!((failed.status, world.names().len()), (2, 4), "{failed:?}");
    let whole = world.lock(&[]);
    let gone = ["web:v1", "web:v2"].map(|name| format!("gone   {}\n", world.image(name))).concat();
    assert_eq!(whole.stdout, format!("{gone}kubepin.lock: 2 images, 0 new, 0 moved, 2 gone.\n"));
    assert_eq!(world.names(), ["job:v1", "web:v3"]);
}

#[test]
fn what_nobody_answers_for_stays_as_it_was() {
    let world = World::of(Lies { missing: "absent", ..Lies::default() }, &["web:v1"]);
    world.lock(&[]);
    world.edit("acme/web:v1", "acme/web:absent");
    let before = world.locked();
    let gone = format!("absent:v1@{}", digest_of("gone"));
    world.use_images("pod.yaml", &["web:absent", "job:absent", "web:v1", &gone]);
    let ran = world.lock(&[]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stderr.matches("error: no digest for ").count(), 3, "{}", ran.stderr);
    let text = world.locked();
    assert!(text.contains(before.split_once("[[image]]").expect("an entry").1.trim()), "{text}");
    assert_eq!(world.names().len(), 2, "what was answered is locked: {text}");
}

#[test]
fn an_answer_with_another_digest_than_was_asked_for_is_none() {
    let pinned = format!("web:v1@{}", digest_of("mine"));
    let world = World::of(Lies { digest: Some(digest_of("theirs")), ..Lies::default() }, &[&pinned]);
    let ran = world.lock(&[]);
    assert_eq!(ran.status, 2);
    let message = format!("no digest for {}@{}: ", world.image("web"), digest_of("mine"));
    assert!(ran.stderr.contains(&message), "{}", ran.stderr);
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn locked_answers_come_without_a_connection() {
    let world = World::of(Lies::default(), &["web:v1", "job"]);
    world.lock(&[]);
    world.edit(&of("web", "v1"), &digest_of("locked"));
    let asked = world.registry.seen().len();
    let diff = world.sandbox.run(&["check", "--diff", "--locked"]);
    assert_eq!(diff.status, 1, "{}", diff.stderr);
    let expected = [("web:v1", digest_of("locked")), ("job:latest", of("job", "latest"))];
    for (name, digest) in expected {
        assert!(
            diff.stdout.contains(&format!("+      image: {}@{digest}", world.image(name))),
            "{}",
            diff.stdout
        );
    }
    let resolved = world.sandbox.run(&["resolve", "--locked", &world.image("web:v1")]);
    assert_eq!(resolved.stdout, format!("{}\n", digest_of("locked")));
    let missing = world.sandbox.run(&["resolve", "--locked", &world.image("web:v9"), &world.image("job")]);
    assert_eq!((missing.status, missing.stdout), (2, format!("\n{}\n", of("job", "latest"))));
    let message = format!(
        "error: no digest for {}: the lock file has no entry for it\n  hint: run `kubepin lock`: it locks what files use\n",
        world.image("web:v9")
    );
    assert_eq!(missing.stderr, message);
    world.use_images("pod.yaml", &["web:v9"]);
    let fix = world.sandbox.run(&["check", "--fix", "--locked"]);
    assert_eq!((fix.status, fix.stderr.contains(&message)), (2, true), "{}", fix.stderr);
    assert_eq!(world.registry.seen().len(), asked);
}

#[test]
fn offline_takes_what_is_at_hand() {
    let world = World::of(Lies::default(), &["web:v1", "job:v1"]);
    let image = |name: &str| world.image(name);
    let resolve = |arguments: &[&str]| {
        let all = ["web:v1", "job:v1", "cached:v1"].map(image);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let ran = world.sandbox.run(&[&["resolve", "--offline"], arguments, &all].concat());
        (ran.status, ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(resolve(&[]), (2, vec![String::new(); 3]), "without a lock file");
    world.lock(&[]);
    world.sandbox.run(&["resolve", &image("cached:v1")]);
    let asked = world.registry.seen().len();
    world.sandbox.write("built.txt", format!("{}@{}", image("web:v1"), digest_of("built")));
    let (job, cached) = (of("job", "v1"), of("cached", "v1"));
    assert_eq!(resolve(&["--digests", "built.txt"]), (0, vec![digest_of("built"), job.clone(), cached]));
    assert_eq!(resolve(&["--no-cache"]), (2, vec![of("web", "v1"), job, String::new()]));
    assert_eq!(world.registry.seen().len(), asked);
}

#[test]
fn the_nearest_lock_file_up_to_the_root_of_the_repository() {
    let world = World::of(Lies::default(), &[]);
    world.sandbox.write("repo/.git/HEAD", "");
    world.use_images("repo/a/b/pod.yaml", &["web:v1"]);
    let run = |folder: &str, arguments: &[&str]| {
        let mut command = world.sandbox.command(arguments);
        let output = command.current_dir(world.sandbox.path().join(folder)).output().expect("kubepin runs");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    };
    let there = |file: &str| world.sandbox.path().join(file).exists();
    run("repo/a/b", &["lock"]);
    assert!(there("repo/kubepin.lock") && !there("repo/a/b/kubepin.lock"));
    std::fs::rename(
        world.sandbox.path().join("repo/kubepin.lock"),
        world.sandbox.path().join("repo/a/kubepin.lock"),
    )
    .expect("it is moved");
    run("repo/a/b", &["lock"]);
    run("repo/a/b", &["resolve", "--locked", &world.image("web:v1")]);
    assert!(!there("repo/kubepin.lock"));
    run("repo", &["lock", "--lock-file", "prod.lock"]);
    assert!(there("repo/prod.lock") && !there("repo/kubepin.lock"));
    run("repo", &["resolve", "--locked", "--lock-file", "prod.lock", &world.image("web:v1")]);
}

#[test]
fn what_is_wrong_with_a_lock_file_is_said_with_its_place() {
    let world = World::of(Lies::default(), &["job:v1", "web:v1"]);
    world.lock(&[]);
    let good = String::from_utf8(world.sandbox.read("kubepin.lock")).expect("UTF-8");
    let (job, web) = (world.image("job:v1"), world.image("web:v1"));
    let table = [
        (
            good.replace("version = 1", "version = 2"),
            "2:11: version 2 of the lock file is not known, only 1: update kubepin",
        ),
        (good.replace("version = 1\n", ""), "1:1: missing field `version`"),
        (good.replacen("sha256:", "md5:", 1), "6:10: unknown digest algorithm `md5`"),
        (
            good.replacen(&of("job", "v1"), "sha256:abc", 1),
            "6:10: a sha256 digest has 64 hex digits, this one has 3",
        ),
        (good.replace(&web, &job), &format!("12:13: `{job}` is locked in line 5 already: remove one")),
        (good.replace(&web, "No Image"), "12:13: "),
        (good.replace(&web, &format!("{web}@{}", digest_of("x"))), "13:10: "),
        (good.replacen("first-seen = \"2", "first-seen = \"x2", 1), "8:14: a time is written like"),
        (good.replacen("first-seen", "seen", 1), "8:1: unknown field `seen`"),
        (
            good.replacen("[[image]]", "<<<<<<< ours\n[[image]]", 1),
            "4:1: conflict markers of git: take either side, then run `kubepin lock`",
        ),
        (good.replacen("digest = \"", "digest = ", 1), "6:"),
        (good.replacen("sha256:", "\\u001b[2J:", 1), "6:10: unknown digest algorithm `\\u{1b}[2J`"),
    ];
    for (text, message) in table {
        world.sandbox.write("kubepin.lock", &text);
        for command in [&["resolve", "--locked", &job][..], &["lock"]] {
            let ran = world.sandbox.run(command);
            assert_eq!((ran.status, &*ran.stdout), (2, ""), "{message}");
            assert!(
                ran.stderr.starts_with(&format!("error: kubepin.lock:{message}")),
                "{message}: {}",
                ran.stderr
            );
        }
        assert_eq!(world.sandbox.read("kubepin.lock"), text.as_bytes(), "it is left as it is");
    }
    std::fs::remove_file(world.sandbox.path().join("kubepin.lock")).expect("it goes");
    let ran = world.sandbox.run(&["check", "--fix", "--locked"]);
    let expected = "error: kubepin.lock: there is no such file: `kubepin lock` writes it\n";
    assert_eq!((ran.status, &*ran.stderr), (2, expected));
}

#[test]
fn what_was_asked_of_an_image_once_is_kept() {
    let world = World::of(Lies::default(), &["web:v1"]);
    world.lock(&[]);
    world.edit("first-seen", "platforms = [\"linux/amd64\"]\ncreated = \"2021-05-05T00:00:00Z\"\nfirst-seen");
    let more = world.locked();
    assert!(world.lock(&[]).stdout.ends_with("1 image, nothing new.\n"));
    assert_eq!(
        world.locked().replace("platforms = [\n    \"linux/amd64\",\n]", "platforms = [\"linux/amd64\"]"),
        more
    );
}

#[cfg(unix)]
#[test]
fn the_file_has_the_mode_of_new_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::of(Lies::default(), &["web:v1"]);
    world.lock(&["-q"]);
    let mode = |file: &str| {
        let metadata = world.sandbox.path().join(file).metadata().expect("a file");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("kubepin.lock"), mode("pod.yaml"));
    let left = std::fs::read_dir(world.sandbox.path()).expect("a folder").count();
    assert_eq!(left, 2, "no temp file is left");
}
