//! What must hold for any text.

use kubepin::extract::{Role, extract};
use kubepin::image::ImageUse;
use kubepin::plan;
use kubepin::proof;
use kubepin::reference::{Digest, Reference};
use kubepin::settings::Style;
use kubepin::yaml;
use proptest::prelude::*;

fn digest() -> Digest {
    Digest::parse(&format!("sha256:{}", "0123456789abcdef".repeat(4))).expect("a digest")
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
    (pods, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(text, crlf, mark, final_line)| {
        let text = if final_line { text } else { text.trim_end().to_owned() };
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        if mark { format!("\u{feff}{text}") } else { text }
    })
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
            let reference = image.reference.as_ref().expect("it can be pinned");
            let value = plan::pinned(reference, &digest(), Style::TagAndDigest);
            edits.push(yaml::replace(&text, &image.scalar, &value).expect("one line can be replaced"));
        }
        let after = proof::proved(&text, &edits).expect("the proof holds");
        let pinned = uses(&after);
        prop_assert_eq!(pinned.len(), before.len());
        for (old, new) in before.iter().zip(&pinned) {
            prop_assert_eq!(&old.path, &new.path);
            prop_assert!(!plan::can_be_pinned(new));
            prop_assert!(new.written.starts_with(&old.written));
        }
        let mut unpinned = after;
        for edit in edits {
            unpinned = unpinned.replacen(&edit.text, &text[edit.span.start..edit.span.end], 1);
        }
        prop_assert_eq!(unpinned, text);
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
