//! The configuration file, as a user meets it.

use crate::lying::{Lies, Registry, manifest};
use crate::sandbox::Sandbox;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - {name: a, image: \"IMAGE\"}\n";

fn pod(sandbox: &Sandbox, name: &str, image: &str) {
    sandbox.write(name, POD.replace("IMAGE", image));
}

/// What a check says, in lines, and its status.
fn check(sandbox: &Sandbox, arguments: &[&str]) -> (Vec<String>, String, i32) {
    let ran = sandbox.run(&[&["check", "--format", "concise"], arguments].concat());
    (ran.stdout.lines().map(str::to_owned).collect(), ran.stderr, ran.status)
}

fn tree() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(".git/HEAD", "");
    pod(&sandbox, "prod/a.yaml", "nginx:1");
    pod(&sandbox, "dev/b.yaml", "nginx:latest");
    pod(&sandbox, "vendor/x/c.yaml", "redis:7");
    pod(&sandbox, "own.yaml", "registry.internal/team/app:1");
    sandbox
}

#[test]
fn what_counts_can_be_tuned() {
    let sandbox = tree();
    assert_eq!(check(&sandbox, &[]).0.len(), 4);
    sandbox.write(
        "kubepin.toml",
        "exclude = ['vendor/**']\nexempt-images = ['registry.internal/*']\n[[overrides]]\npaths = ['dev/**']\nrules = { latest-tag = 'warning' }\n",
    );
    let (lines, stderr, status) = check(&sandbox, &[]);
    let begins: Vec<&str> = lines.iter().map(|line| line.split('`').next().unwrap_or_default()).collect();
    assert_eq!(
        begins,
        ["dev/b.yaml:6:24: warning[latest-tag] ", "prod/a.yaml:6:24: error[tag-without-digest] "]
    );
    assert_eq!((stderr.as_str(), status), ("", 1));
    assert_eq!(check(&sandbox, &["dev"]).2, 0);
    assert_eq!(check(&sandbox, &["--strict", "dev"]).2, 1);
    assert_eq!(check(&sandbox, &["--isolated"]).0.len(), 4);
    // It is found from below, too, up to the root of the repository.
    let mut below = sandbox.command(&["check", "--format", "concise", "."]);
    let ran = below.current_dir(sandbox.path().join("dev")).output().expect("kubepin runs");
    assert_eq!(ran.status.code(), Some(0));
    sandbox.write("other.toml", "[rules]\ntag-without-digest = 'off'\nlatest-tag = 'off'\n");
    assert_eq!(check(&sandbox, &["--config", "other.toml"]).0.len(), 0);
}

#[test]
fn what_is_wrong_with_it_stops_the_run() {
    let sandbox = tree();
    sandbox.write("kubepin.toml", "[rules]\nlatest = 'off'\n");
    let (lines, stderr, status) = check(&sandbox, &[]);
    let expected = "error: kubepin.toml:2:1: there is no rule `latest`: `kubepin rules` lists all\n  2 | latest = 'off'\n";
    assert_eq!((lines.len(), stderr.as_str(), status), (0, expected, 2));
    let (_, stderr, status) = check(&sandbox, &["--config", "absent.toml"]);
    assert_eq!(
        stderr,
        "error: the configuration file absent.toml cannot be read: no such file or directory\n"
    );
    assert_eq!(status, 2);
}

#[test]
fn an_exemption_that_nothing_needs_is_told_where_it_stands() {
    let sandbox = tree();
    sandbox.write("kubepin.toml", "exempt-images = [\n  'registry.internal/*',\n  'nobody/*',\n]\n");
    let (_, stderr, _) = check(&sandbox, &[]);
    let expected = "warning: kubepin.toml:3:3: the exemption `nobody/*` is about no image\n";
    assert!(stderr.starts_with(expected), "{stderr}");
    // A run over a part of the tree cannot know.
    assert_eq!(check(&sandbox, &["prod"]).1, "");
}

#[test]
fn exempt_images_are_not_asked_for_and_styles_and_mirrors_hold() {
    let registry = Registry::start(Lies::default());
    let sandbox = tree();
    let config = "style = 'digest-only'\nexempt-images = ['registry.internal/*']\nexclude = ['vendor']\n[[overrides]]\npaths = ['dev/**']\nstyle = 'tag-and-digest'\n[registries.'docker.io']\nmirror = 'HOST'\n";
    sandbox.write("kubepin.toml", config.replace("HOST", &registry.host));
    let ran = sandbox.run(&["check", "--fix", "--no-cache"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let text = |name: &str| String::from_utf8(sandbox.read(name)).expect("UTF-8");
    assert!(text("prod/a.yaml").contains("\"nginx@sha256:"));
    assert!(text("dev/b.yaml").contains("\"nginx:latest@sha256:"));
    assert!(text("own.yaml").contains("\"registry.internal/team/app:1\""));
    assert_eq!(registry.seen().len(), 2);
}

#[test]
fn fields_that_users_name_are_read_and_pinned() {
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let sandbox = Sandbox::empty();
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  runtime: acme/run:1 # kept\n  plugins:\n    - {name: a, from: \"oci://quay.io/acme/plugin:2\"}\n    - {name: b, from: https://example.com/x}\n";
    sandbox.write("widget.yaml", widget);
    assert_eq!(check(&sandbox, &[]).0.len(), 0);
    sandbox.write(
        "kubepin.toml",
        "[[fields]]\napi-version = 'example.com/*'\nkind = 'Widget'\npaths = ['spec.runtime']\nurls = ['spec.plugins[].from']\n",
    );
    let (lines, _, status) = check(&sandbox, &[]);
    assert_eq!((lines.len(), status), (2, 1), "{lines:?}");
    let ran = sandbox.run(&["check", "--fix", "--registry-mirror", &mirror]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let fixed = String::from_utf8(sandbox.read("widget.yaml")).expect("UTF-8");
    let digests = regex::Regex::new("@sha256:[0-9a-f]{64}").expect("a pattern");
    assert_eq!(digests.find_iter(&fixed).count(), 2);
    assert_eq!(digests.replace_all(&fixed, ""), widget);
}

#[test]
fn init_writes_what_can_be_read_and_overwrites_nothing() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run(&["init"]);
    assert!(ran.stdout.starts_with("wrote kubepin.toml"), "{ran:?}");
    let again = sandbox.run(&["init"]);
    assert_eq!(
        again.stderr,
        "error: kubepin.toml is there already, and is left as it is\n  hint: edit it, or move it away\n"
    );
    assert_eq!((ran.status, again.status), (0, 2));
    assert_eq!(check(&sandbox, &[]).2, 0);
}

#[test]
fn settings_are_shown_as_a_file_that_means_the_same() {
    let sandbox = tree();
    sandbox.write("kubepin.toml", "exclude = ['vendor/**']\nexempt-images = ['a/*']\nplatforms = ['linux/arm', 'windows(10.0.20348)/amd64']\ncooldown = '1d 12h'\n[rules]\nuntagged = 'off'\n[[overrides]]\npaths = ['dev/**']\nrules = {untagged = 'error'}\nstyle = 'digest-only'\nplatforms = []\n[[fields]]\nkind = 'W'\npaths = ['a.b']\n[registries.'docker.io']\nmirror = 'm'\n");
    let shown = sandbox.run(&["check", "--show-settings", "--style", "digest-only"]);
    let (_, text) = shown.stdout.split_once('\n').expect("a line that says where from");
    assert!(text.contains("style = \"digest-only\"") && text.contains("cooldown = \"36h\""), "{text}");
    sandbox.write("kubepin.toml", text);
    assert_eq!(sandbox.run(&["check", "--show-settings"]).stdout, shown.stdout);
}

#[test]
fn exemptions_of_gatekeeper_are_taken_over() {
    let sandbox = tree();
    let constraint = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sImageDigests\nmetadata: {name: digests}\nspec:\n  enforcementAction: dryrun\n  match:\n    kinds: [{apiGroups: [\"\"], kinds: [Pod]}]\n    excludedNamespaces: [kube-system]\n  parameters:\n    exemptImages: [\"registry.internal/*\", \"a\\\"b:1\"]\n";
    sandbox.write("constraint.yaml", format!("apiVersion: v1\nkind: Namespace\n---\n{constraint}"));
    let ran = sandbox.run(&["policy", "import", "constraint.yaml"]);
    let expected = "# K8sImageDigests/digests\n# it is about Pod; kubepin judges every kind that runs images\n# it holds not in the namespaces kube-system; kubepin judges all\n# it does not deny (enforcementAction: dryrun); see `rules` for levels\nexempt-images = [\n  'a\"b:1',\n  \"registry.internal/*\",\n]\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.status), (expected, "", 0));
    sandbox.write("kubepin.toml", ran.stdout);
    assert!(!check(&sandbox, &[]).0.iter().any(|line| line.starts_with("own.yaml")));
    let ran = sandbox.run(&["policy", "import", "own.yaml"]);
    assert!(ran.stderr.starts_with("error: own.yaml has no constraint of kind K8sImageDigests\n"), "{ran:?}");
    assert_eq!(ran.status, 2);
}

#[test]
fn resolve_and_inspect_ask_as_the_file_says() {
    let registry = Registry::start(Lies::default());
    let sandbox = tree();
    sandbox.write("kubepin.toml", format!("[registries.'docker.io']\nmirror = '{}'\n", registry.host));
    let (_, digest) = manifest("library/nginx", "1");
    assert_eq!(sandbox.run(&["resolve", "nginx:1"]).stdout, format!("{digest}\n"));
    assert_eq!(sandbox.run(&["inspect", "nginx:1"]).status, 2, "the stock has nothing to look into");
    let asked = [
        "HEAD /v2/library/nginx/manifests/1".to_owned(),
        format!("GET /v2/library/nginx/manifests/{digest}"),
    ];
    assert_eq!(registry.lines(), [&asked[..1], &asked[..]].concat());
    // What is typed wins, and the file may be left out or be wrong.
    let typed = format!("docker.io={}", Registry::start(Lies::default()).host);
    assert_eq!(sandbox.run(&["resolve", "nginx:1", "--no-cache", "--registry-mirror", &typed]).status, 2);
    assert_eq!(sandbox.run(&["resolve", "nginx:1", "--isolated", "--offline", "--no-cache"]).status, 2);
    assert_eq!(registry.seen().len(), 3);
    sandbox.write("kubepin.toml", "[registries.'docker.io']\nmirrors = 'a'\n");
    for command in ["resolve", "inspect"] {
        let ran = sandbox.run(&[command, "nginx:1"]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.starts_with("error: kubepin.toml:2:1: unknown field `mirrors`"), "{}", ran.stderr);
    }
}

#[test]
fn strings_that_no_rule_covers_are_listed_as_fields_take_them() {
    let sandbox = Sandbox::empty();
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  labels: {image: example.com/a:1.2}\n\
                  spec:\n  url: https://example.com/a:1.2\n  port: example.com:8080\n  runtime.d:\n    engines:\n    - use: ghcr.io/acme/engine:1.2\n  bundle: oci://ghcr.io/acme/bundle:1.2\n";
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: nginx:1.27\n    args: [nginx:1.28.1]\n    env:\n    - {name: RELATED_IMAGE, value: redis:stable}\n    - {name: HOST, value: redis:6379}\n";
    let data = "apiVersion: v1\nkind: ConfigMap\ndata:\n  sidecar: ghcr.io/acme/sidecar:1.2\n";
    sandbox.write("all.yaml", format!("{widget}---\n{pod}---\n{data}"));
    sandbox.write("values.yaml", "x: ghcr.io/acme/engine:1.2\n");
    let rows = |ran: &str| -> Vec<String> {
        ran.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let listed = sandbox.run(&["list", "--unknown"]);
    let expected = [
        "all.yaml:10 example.com/v1 Widget spec.*.engines[].use ghcr.io/acme/engine:1.2",
        "all.yaml:11 example.com/v1 Widget spec.bundle oci://ghcr.io/acme/bundle:1.2",
        "all.yaml:20 v1 Pod spec.containers[].env[name=RELATED_IMAGE].value redis:stable",
        "all.yaml:26 v1 ConfigMap data.sidecar ghcr.io/acme/sidecar:1.2",
    ];
    assert_eq!(
        (rows(&listed.stdout), listed.status),
        (expected.map(str::to_owned).to_vec(), 0),
        "{listed:?}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["list", "--unknown", "--format", "json"]).stdout).expect("JSON");
    let found = json["unknown"].as_array().expect("what was found");
    assert_eq!(json["images"].as_array().map(Vec::len), Some(1));
    let field = |unknown: &serde_json::Value| {
        let text = |key: &str| unknown[key].as_str().expect(key);
        let (api_version, kind, key) = (text("api_version"), text("kind"), text("key"));
        let path = text("path");
        format!("[[fields]]\napi-version = {api_version:?}\nkind = {kind:?}\n{key} = [{path:?}]\n")
    };
    let fields: String = found.iter().map(field).collect();
    sandbox.write("kubepin.toml", fields);
    assert_eq!(sandbox.run(&["list", "--unknown"]).stdout, "", "what it says to write covers all of them");
    let listed = sandbox.run(&["list"]).stdout;
    assert_eq!(listed.lines().count(), 5, "{listed}");
}

#[test]
fn a_field_may_be_a_mapping_that_states_an_image() {
    let sandbox = Sandbox::empty();
    let widget =
        "apiVersion: example.com/v1\nkind: Widget\nspec:\n  engine: {repository: nginx, version: \"1.27\"}\n";
    sandbox.write("a.yaml", widget);
    assert_eq!(sandbox.run(&["list"]).stdout, "");
    sandbox.write("kubepin.toml", "[[fields]]\nkind = \"Widget\"\npaths = [\"spec.engine\"]\n");
    assert_eq!(sandbox.run(&["list"]).stdout, "a.yaml:4  Widget  tagged  nginx:1.27\n");
    let registry = Registry::start(Lies::default());
    let mirror = format!("*={}", registry.host);
    let fix = ["check", "--fix", "--registry-mirror", &mirror];
    let ran = sandbox.run(&fix);
    assert!(ran.status == 1 && ran.stdout.contains("--unsafe-fixes pins it all the same"), "{ran:?}");
    assert_eq!(sandbox.read("a.yaml"), widget.as_bytes());
    assert_eq!(sandbox.run(&[&fix[..], &["--unsafe-fixes"]].concat()).status, 0);
    let now = String::from_utf8(sandbox.read("a.yaml")).expect("UTF-8");
    assert!(now.contains("version: \"1.27@sha256:"), "{now}");
}
