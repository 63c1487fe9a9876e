//! Every image use, as a table or as JSON.

use std::io::{self, Write};

use super::json;
use crate::scan::Scanned;
use crate::settings::{Format, Output};
use crate::source::printable;

/// Prints what a scan found.
///
/// # Errors
/// Those of `out`.
pub fn print(out: &mut dyn Write, scanned: &Scanned, output: &Output) -> io::Result<()> {
    match output.format {
        Format::Json => json::print_list(out, scanned),
        Format::Human | Format::Concise | Format::Github => table(out, scanned),
    }
}

fn table(out: &mut dyn Write, scanned: &Scanned) -> io::Result<()> {
    let uses =
        scanned.files.iter().flat_map(|file| file.extracted.uses.iter().map(move |image| (file, image)));
    let rows: Vec<[String; 4]> = uses
        .map(|(file, image)| {
            let place = format!("{}:{}", file.target.name, image.start.line);
            let object = printable(&image.object.title());
            [place, object, image.state.as_str().to_owned(), printable(&image.written)]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (place, object, state) = (width(0), width(1), width(2));
    for [a, b, c, d] in &rows {
        writeln!(out, "{}", format!("{a:place$}  {b:object$}  {c:state$}  {d}").trim_end())?;
    }
    Ok(())
}
