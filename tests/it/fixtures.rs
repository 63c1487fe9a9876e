//! Every folder `fixtures/AREA/CASE` is a case: `input/`, and what kubepin makes of it.
//!
//! `UPDATE=1 cargo test fixtures` writes the expectations, `CASE=area/case` picks one. Beside them each
//! case is held to what must be true of all: fixing twice is fixing once, only bytes of images change,
//! the diff is the fix, what is pinned comes off (`unpin.diff` says where not), what is locked is what registries say, and threads change nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::lying::stock::shelf;
use crate::lying::{Lies, Registry};
use crate::sandbox::{Ran, Sandbox};

/// `case.yaml`, where a case needs more than its input.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Case {
    /// Arguments for every check.
    pub(crate) args: Vec<String>,
    /// Arguments for the list that is shown.
    list: Vec<String>,
    /// Arguments for `verify`, where a case is about pins of images that a registry has.
    pub(crate) verify: Option<Vec<String>>,
}

/// Every case: its name, its folder, and what it needs.
pub(crate) fn cases() -> impl Iterator<Item = (String, PathBuf, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let inputs = walkdir::WalkDir::new(&root).min_depth(3).max_depth(3).sort_by_file_name();
    let inputs = inputs.into_iter().flatten().filter(|entry| entry.file_name() == "input");
    inputs.map(move |entry| {
        let folder = entry.path().parent().expect("a case").to_owned();
        let name = folder.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
        let case = std::fs::read_to_string(folder.join("case.yaml")).unwrap_or_default();
        let case = serde_yaml::from_str::<Option<Case>>(&case).expect("a case.yaml").unwrap_or_default();
        (name, folder, case)
    })
}

struct Fixture {
    name: String,
    folder: PathBuf,
    case: Case,
    /// Host of the lying registry, which stands for every registry.
    host: String,
    /// Host of one that has certain images and no others.
    shelf: String,
}

#[test]
fn fixtures() {
    let registry = Registry::start(Lies { missing: "absent", ..Lies::default() });
    let shelf = Registry::start(Lies { stock: shelf(), ..Lies::default() });
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut failures = String::new();
    let mut count = 0;
    for (name, folder, case) in cases().filter(|(name, ..)| name.contains(&wanted)) {
        let (host, shelf) = (registry.host.clone(), shelf.host.clone());
        let fixture = Fixture { name, folder, case, host, shelf };
        count += 1;
        fixture.check(&mut failures);
    }
    assert!(count > 0, "no case is called {wanted:?}");
    assert!(failures.is_empty(), "{failures}\nUPDATE=1 cargo test fixtures   writes what is now");
}

impl Fixture {
    fn check(&self, failures: &mut String) {
        let sandbox = Sandbox::copy_of(&self.folder.join("input"));
        let mirror = format!("*={}", self.host);
        let check = self.run(&sandbox, &["check"]);
        let own: Vec<&str> = self.case.list.iter().map(String::as_str).collect();
        let list = self.run(&sandbox, &[&["list"], &own[..]].concat());
        let diff = self.run(&sandbox, &["check", "--diff", "--registry-mirror", &mirror]);
        self.expect(failures, "report.txt", &transcript(&check));
        self.expect(failures, "list.txt", &transcript(&list));
        self.expect(failures, "fix.diff", &diff.stdout);
        self.expect(
            failures,
            "fix.txt",
            &transcript(&Ran { stdout: diff.stderr.clone(), stderr: String::new(), ..diff }),
        );
        self.expect(failures, "unpin.diff", &self.unpinned());
        if let Some(broken) = self.pins(failures) {
            writeln!(failures, "{}: {broken}", self.name).expect("a string");
        }
        let invariants = [
            self.threads_change_nothing(&sandbox, &check),
            self.locks(&diff.stdout),
            self.fix(&sandbox, &diff.stdout),
        ];
        for broken in invariants.into_iter().flatten() {
            writeln!(failures, "{}: {broken}", self.name).expect("a string");
        }
    }

    fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Ran {
        let own = self.case.args.iter().map(String::as_str).filter(|_| arguments[0] == "check");
        sandbox.run(&arguments.iter().copied().chain(own).collect::<Vec<_>>())
    }

    fn expect(&self, failures: &mut String, file: &str, found: &str) {
        let path = self.folder.join(file);
        // The port is another one in each run.
        let found = &found.replace(&self.host, "127.0.0.1:12345").replace(&self.shelf, "127.0.0.1:12345");
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected == *found {
            return;
        }
        if std::env::var_os("UPDATE").is_some() {
            match found.as_str() {
                "" => std::fs::remove_file(&path).expect("an old expectation"),
                found => std::fs::write(&path, found).expect("a new expectation"),
            }
            return;
        }
        let diff = similar::TextDiff::from_lines(&expected, found);
        let name = format!("{}/{file}", self.name);
        write!(failures, "{}", diff.unified_diff().header(&name, "found")).expect("a string");
    }

    fn threads_change_nothing(&self, sandbox: &Sandbox, check: &Ran) -> Option<String> {
        let one = self.run(sandbox, &["check", "--threads", "1"]);
        let many = self.run(sandbox, &["check", "--threads", "8"]);
        (one != many || one != *check).then(|| "the report depends on the number of threads".to_owned())
    }

    /// Whether the lock file answers every question of a check, and just so.
    fn locks(&self, diff: &str) -> Option<String> {
        let sandbox = Sandbox::copy_of(&self.folder.join("input"));
        let mirror = format!("*={}", self.host);
        self.run(&sandbox, &["lock", "--registry-mirror", &mirror]);
        let locked = self.run(&sandbox, &["check", "--diff", "--locked"]);
        (locked.stdout != diff).then(|| "the lock file does not say what the registry says".to_owned())
    }

    /// Verifies and updates pins, and says which invariant that breaks.
    fn pins(&self, failures: &mut String) -> Option<String> {
        let own: Vec<&str> = self.case.verify.as_ref()?.iter().map(String::as_str).collect();
        let sandbox = Sandbox::copy_of(&self.folder.join("input"));
        let mirror = format!("*={}", self.shelf);
        let asking = |command: &'static str| [command, "--registry-mirror", &mirror];
        let verified = sandbox.run(&[&asking("verify"), &own[..]].concat());
        let diff = sandbox.run(&[&asking("update")[..], &["--diff"]].concat());
        self.expect(failures, "verify.txt", &transcript(&verified));
        self.expect(failures, "update.diff", &diff.stdout);
        self.expect(
            failures,
            "update.txt",
            &transcript(&Ran { stdout: diff.stderr.clone(), stderr: String::new(), ..diff }),
        );
        let (before, uses) = (sandbox.files(), self.uses(&sandbox));
        sandbox.run(&asking("update"));
        let after = sandbox.files();
        let patched = Sandbox::copy_of(&self.folder.join("input"));
        if !apply(&patched, &diff.stdout) || patched.files() != after {
            return Some("`git apply` of the diff is not the update".into());
        }
        sandbox.run(&asking("update"));
        if sandbox.files() != after {
            return Some("a second update changes something".into());
        }
        only_images_change((&before, &uses), (&after, &self.uses(&sandbox)), false)
    }

    /// Where taking off what was pinned does not give the bytes that were there.
    fn unpinned(&self) -> String {
        let sandbox = Sandbox::copy_of(&self.folder.join("input"));
        let mirror = format!("*={}", self.host);
        let before = sandbox.files();
        self.run(&sandbox, &["lock", "--lock-file", "../kubepin.lock", "--registry-mirror", &mirror]);
        self.run(&sandbox, &["check", "--fix", "--registry-mirror", &mirror]);
        let unpin = ["unpin", "--unsafe-fixes", "--lock-file", "../kubepin.lock"];
        self.run(&sandbox, &unpin);
        let after = sandbox.files();
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let changed = before.iter().filter(|(name, bytes)| after[*name] != **bytes);
        let diff = |(name, bytes): (&String, &Vec<u8>)| {
            let (old, new) = (text(bytes), text(&after[name]));
            similar::TextDiff::from_lines(&old, &new).unified_diff().header(name, name).to_string()
        };
        changed.map(diff).collect()
    }

    /// Fixes the sandbox, and says which invariant the fix breaks.
    fn fix(&self, sandbox: &Sandbox, diff: &str) -> Option<String> {
        let mirror = format!("*={}", self.host);
        let before = sandbox.files();
        let uses = self.uses(sandbox);
        self.run(sandbox, &["check", "--fix", "--registry-mirror", &mirror]);
        let once = sandbox.files();
        if before.keys().ne(once.keys()) {
            return Some("the fix made files come or go".into());
        }
        let comments = self.case.args.iter().any(|argument| argument == "digest-with-comment");
        if let Some(broken) = only_images_change((&before, &uses), (&once, &self.uses(sandbox)), comments) {
            return Some(broken);
        }
        let patched = Sandbox::copy_of(&self.folder.join("input"));
        if !diff.is_empty() && (!apply(&patched, diff) || patched.files() != once) {
            return Some("`git apply` of the diff is not the fix".into());
        }
        self.run(sandbox, &["check", "--fix", "--registry-mirror", &mirror]);
        (sandbox.files() != once).then(|| "a second fix changes something".into())
    }

    fn uses(&self, sandbox: &Sandbox) -> Vec<Value> {
        let listed = self.run(sandbox, &["list", "--effective", "--format", "json"]).stdout;
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        assert_eq!(listed["schema"], "kubepin.list/1");
        listed["images"].as_array().expect("an array").clone()
    }
}

fn transcript(ran: &Ran) -> String {
    let stderr =
        if ran.stderr.is_empty() { String::new() } else { format!("--- standard error\n{}", ran.stderr) };
    format!("{}{stderr}--- exit {}\n", ran.stdout, ran.status)
}

fn apply(sandbox: &Sandbox, diff: &str) -> bool {
    sandbox.write(".patch", diff);
    let git = Command::new("git")
        .args(["apply", "--whitespace=nowarn", ".patch"])
        .current_dir(sandbox.path())
        .status();
    std::fs::remove_file(sandbox.path().join(".patch")).expect("the patch");
    git.expect("git runs").success()
}

/// Files, and the image uses in them.
type Tree<'t> = (&'t BTreeMap<String, Vec<u8>>, &'t [Value]);

/// Whether both trees are the same outside of the spans of image uses, and the uses the same but for
/// their references; with `comments` a tag may come in behind an image.
fn only_images_change((before, old): Tree<'_>, (after, new): Tree<'_>, comments: bool) -> Option<String> {
    let same = |key: &str| old.iter().map(|image| &image[key]).eq(new.iter().map(|image| &image[key]));
    if !["file", "document", "path", "use", "kind", "name", "namespace"].iter().all(|key| same(key)) {
        return Some("the fix changed which image uses there are".into());
    }
    let tag_behind = regex::Regex::new(r"IMAGE # [\w.-]+").expect("a pattern");
    let rest = |files: &BTreeMap<String, Vec<u8>>, uses: &[Value]| -> Vec<(String, String)> {
        let cut = |(name, bytes): (&String, &Vec<u8>)| {
            let text = String::from_utf8_lossy(bytes);
            let of_file = uses.iter().filter(|image| image["file"] == **name);
            let mut spans: Vec<(usize, usize, bool)> = of_file.map(|image| whole(&text, image)).collect();
            spans.sort_unstable();
            let mut at = 0;
            let mut rest = String::new();
            for (start, end, composed) in spans.into_iter().filter(|_| text.len() == bytes.len()) {
                rest.push_str(&text[at..start.max(at)]);
                rest.push_str(&if composed { without_pins(&text[start..end]) } else { "IMAGE".to_owned() });
                at = end.max(at);
            }
            rest.push_str(&text[at..]);
            (name.clone(), if comments { tag_behind.replace_all(&rest, "IMAGE").into_owned() } else { rest })
        };
        files.iter().map(cut).collect()
    };
    (rest(before, old) != rest(after, new)).then(|| "the fix changed bytes outside of images".into())
}

/// The bytes of a use. Of one that is written in several scalars: from the first to the end of the last
/// one's line, and that it is one.
fn whole(text: &str, image: &Value) -> (usize, usize, bool) {
    let parts = image["parts"].as_array().into_iter().flatten().map(|part| span(&part["span"]));
    match parts.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) {
        None => (span(&image["span"]).0, span(&image["span"]).1, false),
        Some((start, end)) => (start, text[end..].find('\n').map_or(text.len(), |line| end + line), true),
    }
}

/// An entry of `images:` without the pairs that a fix may add or change, and without white space.
fn without_pins(entry: &str) -> String {
    let pins = r#",?\s*["']?(\w*[tT]ag|digest|sha)["']?:\s*["']?[\w.:@-]*["']?( # appVersion [^\n]*)?"#;
    let pins = regex::Regex::new(pins).expect("a pattern");
    let digest = regex::Regex::new("@sha256:[0-9a-f]{64}").expect("a pattern");
    digest.replace_all(&pins.replace_all(entry, ""), "").split_whitespace().collect()
}

fn span(value: &Value) -> (usize, usize) {
    let number = |key: &str| usize::try_from(value[key].as_u64().expect("a number")).expect("a small one");
    (number("start"), number("end"))
}
