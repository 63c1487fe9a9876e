//! What must hold for any text.

use kubepin::extract::{Role, extract};
use kubepin::image::ImageUse;
use kubepin::plan;
use kubepin::proof;
use kubepin::reference::{Digest, Reference};
use kubepin::settings::Style;
use kubepin::yaml::{self, Document, Kind};
use proptest::prelude::*;

use crate::laws;

fn digest() -> Digest {
    Digest::parse(&format!("sha256:{}", "0123456789abcdef".repeat(4))).expect("a digest")
}

fn only_document(text: &str) -> Document<'_> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    yaml::parse(&text[mark..], mark).expect("YAML").pop().expect("a document")
}

/// The values of all nodes, in order.
fn values(document: &Document<'_>) -> Vec<String> {
    document.nodes().map(|(_, node)| node.value.to_string()).collect()
}

fn uses(text: &str) -> Vec<ImageUse> {
    extract(text, || Role::Manifest).uses
}

/// A value written in one of YAML's styles, with what may stand around it.
fn image_line() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec!["nginx", "nginx:1.27", "a.io:5000/b/c:x_1", "localhost/d", "1.25"]);
    let comment = prop::sample::select(vec!["", " # why", "\t# ümläut", "   "]);
    let styled = (value, 0..7_usize).prop_map(|(value, style)| match style {
        0 => format!("image: {value}"),
        1 => format!("image: '{value}'"),
        2 => format!("\"image\": \"{value}\""),
        3 => format!("image: &anchor{} {value}", value.len()),
        4 => format!("image: !!str {value}"),
        5 => format!("image:   {value}"),
        _ => format!("image: >-\n          {value}"),
    });
    (styled, comment).prop_map(|(line, comment)| if line.contains('>') { line } else { line + comment })
}

/// Pods with a few containers each, in any line ending, with or without a byte order mark.
fn manifest() -> impl Strategy<Value = String> {
    let container = (image_line(), any::<bool>()).prop_map(|(line, name_first)| {
        if name_first {
            format!("    - name: ä\n      {line}\n")
        } else {
            format!("    - {line}\n      args: [\"{{}}\", 'x']\n")
        }
    });
    let pod = prop::collection::vec(container, 0..4).prop_map(|containers| {
        format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}", containers.concat())
    });
    let pods = prop::collection::vec(pod, 1..4).prop_map(|pods| pods.join("---\n"));
    (pods, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(written)
}

/// A text as editors leave it.
fn written((text, crlf, mark, final_line): (String, bool, bool, bool)) -> String {
    let text = if final_line { text } else { text.trim_end().to_owned() };
    let text = if crlf { text.replace('\n', "\r\n") } else { text };
    if mark { format!("\u{feff}{text}") } else { text }
}

/// A value as it may be written behind a key: on one line and, in block collections only, otherwise.
fn value(block: bool) -> impl Strategy<Value = &'static str> {
    let line = ["v", "'v w'", "\"v\"", "&x v", "!!str 1", "*x", "''", "{n: m}", "[n, {o: 'p'}]", "ü:/#"];
    let other =
        ["", "|\n        v", ">-\n        v\n        w", "'v\n        w'", "\n        v", "v\n        w"];
    prop::sample::select(if block { [&line[..], &other[..]].concat() } else { line.to_vec() })
}

/// One mapping in a manner of writing, in any line ending, with or without a byte order mark.
fn mapping() -> impl Strategy<Value = String> {
    let comment = prop::sample::select(vec!["", " ", " # why", "\t# {ü: 1}"]);
    let lines = prop::collection::vec((value(true), comment), 1..4).prop_map(|pairs| {
        let line = |(at, (value, comment)): (usize, (&str, &str))| {
            let dash = if at == 0 { "  - - " } else { "      " };
            // Behind the lines of a block a comment would be text.
            let comment = if value.contains('\n') { "" } else { comment };
            format!("{dash}k{at}: {value}{comment}\n")
        };
        let lines: Vec<String> = pairs.into_iter().enumerate().map(line).collect();
        format!("l:\n{}", lines.concat())
    });
    let manner = prop::sample::select(vec![
        ("", ": ", ", "),
        ("", " :  ", ",\n    "),
        ("'", ":", ",\n\n  "),
        ("\"", ": ", " , # why\n "),
        ("\"", ":", ","),
    ]);
    let items = (prop::collection::vec(value(false), 1..4), manner, any::<bool>()).prop_map(
        |(values, (quote, colon, comma), trailing)| {
            let item = |(at, value)| format!("{quote}k{at}{quote}{colon}{value} ");
            let items: Vec<String> = values.into_iter().enumerate().map(item).collect();
            format!("l: {{{}{}}} # end\n", items.join(comma), if trailing { comma } else { "" })
        },
    );
    (prop_oneof![lines, items], any::<bool>(), any::<bool>(), any::<bool>()).prop_map(written)
}

/// Every input of the fixtures.
fn fixtures() -> Vec<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().flatten();
    let inputs =
        files.filter(|file| file.file_type().is_file() && file.path().iter().any(|part| part == "input"));
    inputs.map(|file| std::fs::read(file.path()).expect("a fixture")).collect()
}

/// A fixture in which pieces are gone, doubled, or replaced by what YAML is made of.
fn mutant() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "",
        "\n",
        " ",
        "\t",
        "- ",
        ": ",
        "#",
        "'",
        "\"",
        "&a ",
        "*a",
        "!!str ",
        "|\n",
        ">-\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "---\n",
        "...\n",
        "{{ .x }}",
        "<<: ",
        "? ",
        "\r\n",
        "\u{feff}",
        "ü",
        "\0",
        "image: nginx:1\n",
        "@sha256:",
    ]);
    let change = (any::<prop::sample::Index>(), 0..40_usize, piece);
    let file = prop::sample::select(fixtures());
    (file, prop::collection::vec(change, 1..6)).prop_map(|(mut bytes, changes)| {
        for (at, gone, piece) in changes {
            let at = at.index(bytes.len() + 1);
            let end = (at + gone / 2).min(bytes.len());
            bytes.splice(at..end, piece.bytes());
        }
        bytes
    })
}

/// Lines of what YAML is made of, at any depth, with or without an end of the last one.
fn lines() -> impl Strategy<Value = String> {
    let said = prop::sample::select(vec![
        "",
        "a:",
        "a: b",
        "'a': \"b\"",
        "a: b # c",
        "a: b:c",
        "a: 'b''c'",
        "a: [b, 'c']",
        "a: {}",
        "a: |",
        "a: |-",
        "a: |+ # c",
        "a: >",
        "a: &x b",
        "a: *x",
        "a: !t b",
        "- a: b",
        "- a:",
        "- b",
        "-",
        "- - b",
        "- |",
        "b",
        "{}",
        "# c",
        "---",
        "...",
        "? a",
        ": b",
        "\tb",
        "a: b\tc",
        "a: \"b",
        "ä: ü",
        "a: -b",
        "a: - b",
        "b: c: d",
        "%x",
    ]);
    let lines = prop::collection::vec((0..4_usize, said), 0..9);
    (lines, any::<bool>()).prop_map(|(lines, ended)| {
        let lines: Vec<String> = lines.into_iter().map(|(depth, said)| " ".repeat(depth) + said).collect();
        lines.join("\n") + if ended { "\n" } else { "" }
    })
}

/// Texts whose every piece is read line by line, as the parser reads it.
fn read_by_lines(texts: impl Iterator<Item = String>) -> usize {
    texts.filter(|text| laws::lines_are_what_the_parser_reads(text)).count()
}

#[test]
fn fixtures_are_read_by_lines() {
    let texts: Vec<String> =
        fixtures().into_iter().filter_map(|bytes| String::from_utf8(bytes).ok()).collect();
    let all = texts.len();
    let read = read_by_lines(texts.into_iter());
    assert!(read > all / 2, "only {read} of {all}");
}

/// With any manifests: `KUBEPIN_TEST_MANIFESTS=folder cargo test any_manifests -- --ignored`.
#[test]
#[ignore = "takes a folder of manifests"]
fn any_manifests_are_read_by_lines() {
    let folder = std::env::var_os("KUBEPIN_TEST_MANIFESTS").expect("the folder of manifests");
    let files = walkdir::WalkDir::new(folder).into_iter().flatten();
    let named = |path: &std::path::Path| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let texts =
        files.filter(|file| named(file.path())).filter_map(|file| std::fs::read_to_string(file.path()).ok());
    assert!(read_by_lines(texts) > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 5000, ..ProptestConfig::default() })]

    #[test]
    fn any_lines_are_what_the_parser_reads(text in lines()) {
        laws::lines_are_what_the_parser_reads(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_extraction_panic(text in "apiVersion: v1\nkind: Pod\n(image|kind: Pod|apiVersion: v1|spec:|containers:|[-{}\\[\\]:,&*!|>'\"# \n\r\t]|\\{\\{|\\}\\}|---|[a-zä]){0,60}") {
        for role in [Role::Manifest, Role::ChartTemplate, Role::ChartValues] {
            let extracted = extract(&text, || role);
            for image in extracted.uses {
                prop_assert!(text.get(image.span.start..image.span.end).is_some());
                prop_assert!(text.get(image.scalar.span.start..image.scalar.span.end).is_some());
            }
        }
    }

    #[test]
    fn broken_fixtures_keep_the_laws(bytes in mutant()) {
        laws::any_bytes_are_scanned(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            laws::lines_are_what_the_parser_reads(text);
        }
        laws::fixes_keep_to_images(&bytes);
    }

    #[test]
    fn any_text_is_a_reference_or_none(text in "(docker.io|index.docker.io|[a-z]{1,3}|[.:/@_-]|sha256:|[A-Z0-9]|ü| |[a-f0-9]{64}){0,8}") {
        laws::references_are_their_parts(&text);
    }

    #[test]
    fn any_text_is_a_configuration_or_none(text in "(exclude|exempt-images|style|rules|overrides|fields|registries|paths|cooldown|\\[\\[|\\]\\]|=|\"|'|\n|#|[a-zü0-9 .*,{}-]){0,30}") {
        laws::configurations_are_taken_or_refused(&text);
    }

    #[test]
    fn a_mask_keeps_the_length_and_the_rest(text in "([ab:\n ]|\\{\\{-? ?[a-z\"`]{0,4} ?-?\\}\\}){0,20}") {
        for filler in [b' ', b'#'] {
            if let Some(masked) = yaml::mask(&text, filler) {
                prop_assert_eq!(masked.text.len(), text.len());
                for (at, (old, new)) in text.bytes().zip(masked.text.bytes()).enumerate() {
                    let inside = masked.holes.iter().any(|hole| (hole.start..hole.end).contains(&at));
                    prop_assert!(inside || old == new);
                }
            }
        }
    }

    #[test]
    fn pinning_changes_images_and_nothing_else(text in manifest()) {
        let before = uses(&text);
        let mut edits = Vec::new();
        for image in before.iter().filter(|image| plan::can_be_pinned(image)) {
            let reference = image.stated.reference.as_ref().expect("it can be pinned");
            let value = plan::pinned(reference, &digest(), Style::TagAndDigest);
            edits.push(yaml::replace(&text, &image.scalar, &value).expect("one line can be replaced"));
        }
        let after = proof::proved(&text, &edits).expect("the proof holds");
        let pinned = uses(&after);
        prop_assert_eq!(pinned.len(), before.len());
        for (old, new) in before.iter().zip(&pinned) {
            prop_assert_eq!(&old.path, &new.path);
            prop_assert!(!plan::can_be_pinned(new));
            prop_assert!(new.stated.written.starts_with(&old.stated.written));
        }
        let mut unpinned = after;
        for edit in edits {
            unpinned = unpinned.replacen(&edit.text, &text[edit.span.start..edit.span.end], 1);
        }
        prop_assert_eq!(unpinned, text);
    }

    #[test]
    fn pairs_come_in_behind_a_line_and_nothing_else_changes(text in mapping()) {
        let (document, digest) = (only_document(&text), digest().to_string());
        let pairs = [("digest", &*digest), ("y", "it's 1.20")];
        for (id, node) in document.nodes() {
            let Some(sibling) = yaml::Sibling::of(&document, id) else {
                continue;
            };
            let Ok(edit) = yaml::insert(&text, &sibling, &pairs) else {
                let block = matches!(node.kind, Kind::Scalar(yaml::Style::Literal | yaml::Style::Folded));
                let lines = text[sibling.key.start..sibling.value.end].contains('\n');
                prop_assert!(block || lines || node.span.is_empty(), "refused behind {:?}", node.value);
                continue;
            };
            let after = proof::proved(&text, &[edit]).expect("the proof holds");
            let mut expected = values(&document);
            let behind = id.rank() + 1;
            expected.splice(behind..behind, pairs.iter().flat_map(|(key, value)| [key.to_string(), value.to_string()]));
            prop_assert_eq!(values(&only_document(&after)), expected);
        }
    }

    #[test]
    fn a_reference_is_its_parts(name in "([a-z]{1,3}\\.io(:[0-9]{2,4})?/)?[a-z0-9]{1,4}([_-][a-z0-9]{1,3}){0,2}(/[a-z]{1,3}([.][a-z0-9]{1,3})?)?", tag in prop::option::of("[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,8}"), pinned in any::<bool>()) {
        let tag_part = tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest_part = if pinned { format!("@{}", digest()) } else { String::new() };
        let text = format!("{name}{tag_part}{digest_part}");
        let reference = Reference::parse(&text).expect("the grammar is kept to");
        prop_assert_eq!(reference.name(), name);
        prop_assert_eq!(reference.tag(), tag.as_deref());
        prop_assert_eq!(reference.digest().is_some(), pinned);
        prop_assert_eq!(reference.as_str(), text);
    }
}
