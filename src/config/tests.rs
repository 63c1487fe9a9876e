use std::path::Path;

use super::TEMPLATE;
use super::written::read;

#[test]
fn what_is_wrong_is_said_where_it_is() {
    let table = [
        ("nonsense = 1", "nonsense", "unknown field `nonsense`"),
        ("exclude = 'a'", "'a'", "invalid type"),
        ("exclude = ['a[']", "'a['", "`a[` is no glob: unclosed character class"),
        ("[rules]\nno-such = 'off'", "no-such", "there is no rule `no-such`"),
        ("[rules]\nuntagged = 'loud'", "'loud'", "unknown variant `loud`"),
        ("[[overrides]]\npaths = ['**a']\nrules = {x = 'off'}", "x", "there is no rule `x`"),
        ("platforms = ['linux']", "'linux'", "`linux` is no platform: write OS/ARCH"),
        ("cooldown = 'soon'", "'soon'", "`soon` is no time, as `3d` or `12h` are: "),
        ("cooldown = 3", "3", "invalid type"),
        ("[[overrides]]\nplatforms = ['a/']", "'a/'", "`a/` is no platform"),
        ("[[fields]]\npaths = ['a..b']", "'a..b'", "`a..b` has an empty step: a path is like"),
        ("[policy]\nnamespaces = ['kube-*']", "'kube-*'", "`kube-*` is no namespace: write each whole"),
        ("[registries.'a.io']\nmirror = 'https://b.io'", "'https://b.io'", "has a scheme"),
        (
            "[[overrides]]\npaths = ['a']\nrules = {untagged = 'off'}\n[[overrides]]\npaths = ['a']\nrules = { untagged = 'error'}",
            "untagged",
            "another level for `a` in an override before",
        ),
        (
            "[[overrides]]\npaths = ['a']\nstyle = 'digest-only'\n[[overrides]]\npaths = ['a']\nstyle = 'tag-and-digest'",
            "'tag-and-digest'",
            "another style for `a` in an override before",
        ),
    ];
    for (text, place, why) in table {
        let (span, found) = read("kubepin.toml", Path::new("/x"), text).expect_err(text);
        assert!(found.contains(why), "{text}: {found}");
        assert_eq!(text.get(span), Some(place), "{text}");
    }
}

#[test]
fn the_schema_has_every_key_and_no_other() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/kubepin.schema.json")).expect("JSON");
    let keys = |at: &str| -> Vec<String> {
        let known = schema.pointer(at).and_then(serde_json::Value::as_object).expect("properties");
        known.keys().cloned().collect()
    };
    // What the reader expects is in its own words for a key that it does not know.
    let expected = |text: &str| -> Vec<String> {
        let (_, why) = read("kubepin.toml", Path::new("/x"), text).expect_err(text);
        let words = why.split('`').skip(3).step_by(2).map(str::to_owned);
        let mut words: Vec<String> = words.collect();
        words.sort();
        words
    };
    let table = [
        ("/properties", "zzz = 1"),
        ("/properties/overrides/items/properties", "[[overrides]]\nzzz = 1"),
        ("/properties/fields/items/properties", "[[fields]]\nzzz = 1"),
        ("/properties/policy/properties", "[policy]\nzzz = 1"),
        ("/properties/registries/additionalProperties/properties", "[registries.x]\nzzz = 1"),
    ];
    for (at, text) in table {
        assert_eq!(keys(at), expected(text), "{at}");
    }
}

#[test]
fn the_template_is_read_with_and_without_its_marks() {
    read("kubepin.toml", Path::new("/x"), TEMPLATE).expect("the template");
    let bare = TEMPLATE.lines().map(|line| line.strip_prefix('#').unwrap_or(line));
    let keys: Vec<&str> = bare.filter(|line| !line.starts_with(' ')).collect();
    let keys = keys.join("\n");
    let config = read("kubepin.toml", Path::new("/x"), &keys).map_err(|(_, why)| why).expect("its keys");
    assert_eq!((config.fields.len(), config.judge.overrides.len(), config.hosts.mirrors.len()), (1, 1, 1));
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/kubepin.schema.json")).expect("JSON");
    for key in schema["properties"].as_object().expect("properties").keys() {
        assert!(TEMPLATE.contains(key.as_str()), "the template lacks {key}");
    }
}
