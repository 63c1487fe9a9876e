//! Every image use, as a table or as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{json, unknown};
use crate::finding::named;
use crate::image::{BuiltImage, Effective, Through};
use crate::scan::Scanned;
use crate::settings::{Builds, Format, Settings};
use crate::source::printable;

/// Prints what a scan found.
///
/// # Errors
/// Those of `out`.
pub fn print(out: &mut dyn Write, scanned: &Scanned, settings: &Settings) -> io::Result<()> {
    match settings.output.format {
        Format::Json => json::print_list(out, scanned, settings.read.builds != Builds::None),
        _ => match &scanned.unknown {
            Some(found) => unknown::table(out, found),
            None => table(out, scanned),
        },
    }
}

fn table(out: &mut dyn Write, scanned: &Scanned) -> io::Result<()> {
    let uses =
        scanned.files.iter().flat_map(|file| file.extracted.uses.iter().map(move |image| (file, image)));
    let rows: Vec<([String; 4], &[Effective])> = uses
        .map(|(file, image)| {
            let place = format!("{}:{}", file.target.name, image.start.line);
            let object = printable(&image.object.title());
            let row =
                [place, object, image.stated.state.as_str().to_owned(), printable(&image.stated.written)];
            (row, &*image.effective)
        })
        .collect();
    let width = |column: usize| rows.iter().map(|(row, _)| row[column].chars().count()).max().unwrap_or(0);
    let (place, object, state) = (width(0), width(1), width(2));
    for ([a, b, c, d], effective) in &rows {
        writeln!(out, "{}", format!("{a:place$}  {b:object$}  {c:state$}  {d}").trim_end())?;
        builds(out, effective)?;
    }
    Ok(())
}

/// What builds make of an image: a line for each reference and the way to it, with the builds that come
/// to it.
fn builds(out: &mut dyn Write, effective: &[Effective]) -> io::Result<()> {
    let mut roots: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for Effective { image: BuiltImage { root, reference, .. }, through } in effective {
        let entries: Vec<String> =
            through.iter().map(|Through { place, .. }| format!("{}:{}", place.file, place.at.line)).collect();
        let way =
            if entries.is_empty() { String::new() } else { format!(", through {}", entries.join(", ")) };
        let roots = roots.entry((reference, way)).or_default();
        if roots.last() != Some(&&**root) {
            roots.push(root);
        }
    }
    for ((reference, way), roots) in roots {
        let roots: Vec<String> = roots.iter().map(|root| printable(root)).collect();
        writeln!(out, "    {} in {}{way}", printable(reference), named(&roots))?;
    }
    Ok(())
}
