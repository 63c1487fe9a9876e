//! What must hold of any input: put to the proof by the fuzz targets and by property tests.
//!
//! In: bytes that nobody vouches for. Out: nothing, or a panic that names the law that is broken.
//! Invariant: no law repeats the code that it is about; a change is held to bytes, not to what planned it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Parser as _;
use kubepin::answer::Answer;
use kubepin::cli::{Cli, Command};
use kubepin::config::{self, ConfigError};
use kubepin::extract::{Extracted, Role, extract, unreadable};
use kubepin::reference::{Digest, Reference};
use kubepin::settings::{Style, Write};
use kubepin::source::Span;
use kubepin::yaml::{self, Text, decode};
use kubepin::{plan, proof, rules};

const ROLES: [Role; 5] =
    [Role::Manifest, Role::ChartTemplate, Role::ChartPartial, Role::ChartValues, Role::Kustomization];

/// Any bytes are read to the end, and every place that is told lies in them.
pub(crate) fn any_bytes_are_scanned(bytes: &[u8]) {
    let text = match decode(bytes) {
        Text::Utf8(text) => text,
        Text::Other { problem, sample, offset } => {
            unreadable(problem, &sample, offset);
            return;
        }
    };
    for role in ROLES {
        let Extracted { uses, faults, .. } = extract(text, || role);
        let spans = uses.iter().flat_map(|image| [image.span].into_iter().chain(plan::scalars(image)));
        for span in spans.chain(faults.iter().map(|fault| fault.span)) {
            assert!(text.get(span.start..span.end).is_some(), "{role:?}: {span:?} is no part of the text");
        }
        rules::judge(0, &Extracted { uses, faults, ..Extracted::default() });
    }
}

/// What is read line by line is what the parser reads; whether it was.
pub(crate) fn lines_are_what_the_parser_reads(text: &str) -> bool {
    let mut all = true;
    for piece in yaml::split(text) {
        let part = piece.span.slice(text);
        let Some(document) = yaml::read_lines(part, piece.span.start) else {
            all = false;
            continue;
        };
        let parsed = yaml::parse_events(part, piece.span.start).expect("YAML");
        let [parsed] = &parsed[..] else { panic!("{} documents in {part:?}", parsed.len()) };
        assert_eq!(parsed.nodes().count(), document.nodes().count(), "{part}");
        for ((_, parsed), (_, read)) in parsed.nodes().zip(document.nodes()) {
            assert_eq!(format!("{parsed:?}"), format!("{read:?}"), "{part}");
        }
    }
    all
}

/// A fix changes scalars of images and adds digests behind them, keeps every use where it is, and leaves
/// nothing for a second one.
pub(crate) fn fixes_keep_to_images(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for role in ROLES {
        for style in [Style::TagAndDigest, Style::DigestOnly, Style::DigestWithComment] {
            let write = Write { style: Some(style), unsafe_fixes: true, ..Write::default() };
            let Some(after) = fixed(text, role, write) else { continue };
            let paths = |text| -> Vec<_> {
                let uses = extract(text, || role).uses;
                uses.into_iter().map(|image| (image.document, image.path, image.kind)).collect()
            };
            assert_eq!(paths(text), paths(&after), "{role:?}, {style:?}: uses came or went");
            assert_eq!(
                fixed(&after, role, write),
                None,
                "{role:?}, {style:?}: a second fix changes something"
            );
        }
    }
}

/// The text with every image pinned; nothing where there is none to pin.
fn fixed(text: &str, role: Role, write: Write) -> Option<String> {
    let extracted = extract(text, || role);
    let digest = Digest::parse(&format!("sha256:{}", "0123456789abcdef".repeat(4))).expect("a digest");
    let answer = Answer::Pinned { digest, media_type: String::new() };
    let mut findings = rules::judge(0, &extracted);
    let mut scalars = BTreeSet::new();
    for finding in &mut findings {
        let image = finding.image.map(|number| &extracted.uses[number]);
        let Some(image) = image.filter(|image| plan::can_be_pinned(image)) else { continue };
        let questions = plan::questions(image, write).len();
        if questions > 0 {
            scalars.extend(plan::scalars(image));
            plan::remedy(finding, image, &vec![&answer; questions], text, write);
        }
    }
    plan::settle(&mut findings);
    let edits = plan::edits(&findings);
    if edits.is_empty() {
        return None;
    }
    for edit in &edits {
        let within = |scalar: &Span| scalar.start <= edit.span.start && edit.span.end <= scalar.end;
        // Pairs and absent values come in, and take nothing away.
        let comes = edit.span.is_empty();
        let known = comes || scalars.iter().any(within) || is_key_of_tag(text, edit.span);
        assert!(known, "{role:?}: {edit:?} is not at an image");
    }
    Some(proof::proved(text, &edits).unwrap_or_else(|why| panic!("{role:?}: {why}")))
}

/// Where a style has digests only, the key of a tag in a kustomization becomes that of the digest.
fn is_key_of_tag(text: &str, span: Span) -> bool {
    span.slice(text).trim_matches(['"', '\'']) == "newTag"
}

/// A reference that is read is its parts, and its question is the same however it is written.
pub(crate) fn references_are_their_parts(text: &str) {
    let Ok(reference) = Reference::parse(text) else { return };
    let tag = reference.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = reference.digest().map(|digest| format!("@{digest}")).unwrap_or_default();
    assert_eq!(format!("{}{tag}{digest}", reference.name()), text);
    let question = reference.question();
    let whole = format!("{}/{}:{}", question.registry, question.repository, question.tag);
    let again = Reference::parse(&whole).unwrap_or_else(|why| panic!("{whole}: {why:?}"));
    assert_eq!(again.question(), question, "{text}");
}

/// Any text of a configuration file is taken or refused in words, at a line that is there.
pub(crate) fn configurations_are_taken_or_refused(text: &str) {
    let words = BTreeMap::from([("kubepin.toml".to_owned(), text.to_owned())]);
    let Command::Krm(settings) = Cli::parse_from(["kubepin", "krm"]).meaning() else { unreachable!() };
    if let Err(ConfigError::Wrong { line, column, why, .. }) =
        config::of_function(settings, &words, Path::new("/"))
    {
        assert!(line <= text.split('\n').count(), "line {line} is not there: {why}");
        assert!(column > 0 && !why.is_empty());
    }
}
