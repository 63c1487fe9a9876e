//! Reports that go into files, beside what is printed.
//!
//! In: a report, and where it is wanted. Out: files, each whole; a problem for each that could not be
//! written.

use std::io;
use std::path::Path;

use crate::finding::Problem;
use crate::report::{self, Report};
use crate::settings::{Format, Output, OutputFile, Settings};
use crate::write::{self, WriteError};

/// Writes the report into every file that gets it.
pub(super) fn write(report: &Report, settings: &Settings) -> io::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for OutputFile { format, path } in &settings.output.files {
        let text = text(report, *format, settings)?;
        problems.extend(write::overwrite(path, &text).err().map(|error| {
            let hint = "name a file in a folder that is there and can be written";
            not_written(path, "the report", &error).hint(hint)
        }));
    }
    if let Some(path) =
        settings.output.step_summary.as_ref().filter(|_| settings.output.format == Format::Github)
    {
        let text = text(report, Format::Markdown, settings)?;
        let failed = write::append(path, &text).err();
        problems.extend(failed.map(|error| not_written(path, "the summary of the step", &error)));
    }
    Ok(problems)
}

fn text(report: &Report, format: Format, settings: &Settings) -> io::Result<String> {
    let output = Output { format, color: false, unicode: true, ..settings.output.clone() };
    let mut text = Vec::new();
    report::print(&mut text, report, &Settings { output, ..settings.clone() })?;
    String::from_utf8(text).map_err(io::Error::other)
}

fn not_written(path: &Path, what: &str, error: &WriteError) -> Problem {
    Problem::failure(
        crate::source::printable(&path.to_string_lossy()),
        format!("{what} is not written: {error}"),
    )
}
