//! Strings that look like references and that nothing covers, as a table or as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::extract::Unknown;
use crate::source::{Span, printable};

/// A string in a file, as JSON.
#[derive(Serialize)]
pub(super) struct UnknownJson<'r> {
    file: &'r str,
    line: usize,
    column: usize,
    span: Span,
    document: usize,
    api_version: Option<&'r str>,
    kind: Option<&'r str>,
    namespace: Option<&'r str>,
    name: Option<&'r str>,
    /// The key of `[[fields]]` that takes the path.
    key: &'static str,
    path: &'r str,
    value: &'r str,
}

pub(super) fn json((file, unknown): &(String, Unknown)) -> UnknownJson<'_> {
    let object = &unknown.object;
    UnknownJson {
        file,
        line: unknown.start.line,
        column: unknown.start.column,
        span: unknown.span,
        document: unknown.document,
        api_version: object.api_version.as_deref(),
        kind: object.kind.as_deref(),
        namespace: object.namespace.as_deref(),
        name: object.name.as_deref(),
        key: if unknown.is_url { "urls" } else { "paths" },
        path: &unknown.path,
        value: &unknown.value,
    }
}

/// A line for each: the place, what `[[fields]]` takes, the value.
pub(super) fn table(out: &mut dyn Write, found: &[(String, Unknown)]) -> io::Result<()> {
    let row = |(file, unknown): &(String, Unknown)| {
        let place = format!("{file}:{}", unknown.start.line);
        let text = |text: &Option<String>| text.as_deref().unwrap_or("-").to_owned();
        let kind = format!("{} {}", text(&unknown.object.api_version), text(&unknown.object.kind));
        [place, printable(&kind), printable(&unknown.path), printable(&unknown.value)]
    };
    let rows: Vec<[String; 4]> = found.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (place, kind, path) = (width(0), width(1), width(2));
    for [a, b, c, d] in &rows {
        writeln!(out, "{a:place$}  {b:kind$}  {c:path$}  {d}")?;
    }
    Ok(())
}
