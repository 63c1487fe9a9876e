use std::path::Path as FilePath;

use super::*;
use crate::extract::Role;
use crate::extract::object::objects;
use crate::extract::reading::Reading;
use crate::source::{Lines, Span};
use crate::yaml::{self, Piece};

/// The texts of the fixture that has an object for every row.
fn texts() -> Vec<String> {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/custom/kinds/input");
    let files = std::fs::read_dir(folder).expect("the fixture");
    files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a text")).collect()
}

/// How many images `collect` finds that the shape of an object does not tell, over all texts.
fn found(texts: &[String], collect: &dyn Fn(&mut Collector<'_, '_>, NodeId, &str, &str)) -> usize {
    let mut found = 0;
    for text in texts {
        let lines = Lines::new(text);
        for piece in yaml::split(text) {
            let documents = yaml::parse(piece.span.slice(text), piece.span.start).expect("YAML");
            let piece = Piece { span: Span::new(0, text.len()), ..piece };
            let reading = Reading { documents: Vec::new(), piece, raw: text, masked: None };
            for document in &documents {
                for (root, object) in objects(&reading, document) {
                    let mut known = Collector::new(document, &reading, Role::Manifest, &lines);
                    shape::object(&mut known, root, UseKind::CustomResource);
                    let mut more = Collector::new(document, &reading, Role::Manifest, &lines);
                    let api_version = object.api_version.unwrap_or_default();
                    let group = api_version.split('/').next().unwrap_or_default();
                    collect(&mut more, root, group, &object.kind.unwrap_or_default());
                    found += more.places.keys().filter(|place| !known.places.contains_key(place)).count();
                }
            }
        }
    }
    found
}

#[test]
fn the_table_can_be_read() {
    let table: Result<Table, _> = toml::from_str(include_str!("../kinds.toml"));
    assert!(table.expect("a table").kinds.len() > 40);
}

/// A row, and each path in it, is there for something: an object of the fixture whose image nothing else finds.
#[test]
fn every_path_finds_what_nothing_else_does() {
    let texts = texts();
    for row in &TABLE.kinds {
        let alone = |images: Vec<Path>, urls: Vec<Path>, parts: Vec<Parts>| {
            let part = Row { group: row.group.clone(), kinds: row.kinds.clone(), images, urls, parts };
            found(&texts, &|collector, root, group, kind| {
                if part.is_about(group, kind) {
                    part.collect(collector, root);
                }
            })
        };
        for path in &row.images {
            assert!(alone(vec![path.clone()], Vec::new(), Vec::new()) > 0, "{}: {path:?}", row.group);
        }
        for path in &row.urls {
            assert!(alone(Vec::new(), vec![path.clone()], Vec::new()) > 0, "{}: {path:?}", row.group);
        }
        for parts in &row.parts {
            assert!(alone(Vec::new(), Vec::new(), vec![parts.clone()]) > 0, "{}: {parts:?}", row.group);
        }
        for kind in row.kinds.iter().flatten() {
            let of_kind = |collector: &mut Collector<'_, '_>, root, group: &str, found: &str| {
                if found == kind && row.is_about(group, kind) {
                    row.collect(collector, root);
                }
            };
            assert!(found(&texts, &of_kind) > 0, "{}: {kind}", row.group);
        }
    }
}

/// No row is doubled by the others: without it, the fixture has fewer images.
#[test]
fn without_a_row_an_image_is_lost() {
    let texts = texts();
    let without = |left_out: Option<usize>| {
        found(&texts, &|collector, root, group, kind| {
            let rows = TABLE.kinds.iter().enumerate().filter(|(number, _)| Some(*number) != left_out);
            rows.filter(|(_, row)| row.is_about(group, kind))
                .for_each(|(_, row)| row.collect(collector, root));
        })
    };
    let whole = without(None);
    for (number, row) in TABLE.kinds.iter().enumerate() {
        assert!(without(Some(number)) < whole, "row {number}: {} {:?}", row.group, row.kinds);
    }
}

#[test]
fn groups_are_exact_or_all_below() {
    let row = |group: &str| Row {
        group: group.to_owned(),
        kinds: None,
        images: Vec::new(),
        urls: Vec::new(),
        parts: Vec::new(),
    };
    assert!(row("a.example").is_about("a.example", "K"));
    assert!(!row("a.example").is_about("b.a.example", "K"));
    assert!(row("*.a.example").is_about("b.a.example", "K"));
    assert!(!row("*.a.example").is_about("a.example", "K"));
    assert!(!row("*.a.example").is_about("ba.example", "K"));
}
