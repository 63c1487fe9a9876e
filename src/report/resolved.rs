//! Digests of references, as lines or as JSON of schema `kubepin.resolve/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::json;
use crate::answer::Traffic;
use crate::settings::{Format, Resolve};

/// What came of one reference.
#[derive(Debug, Default, Serialize)]
pub struct Resolved<'r> {
    /// The reference as it was given.
    pub reference: &'r str,
    /// Its digest, if there is one.
    pub digest: Option<&'r str>,
    /// The reference with the digest.
    pub pinned: Option<String>,
    /// Media type of what the digest names, where that was told.
    pub media_type: Option<&'r str>,
    /// Why there is no digest.
    pub error: Option<&'r str>,
}

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    images: &'r [Resolved<'r>],
    registry: Traffic,
}

/// Prints a line for each reference. It is empty where there is no digest, so that lines can be counted.
///
/// # Errors
/// Those of `out`.
pub fn print(
    out: &mut dyn Write,
    rows: &[Resolved<'_>],
    traffic: Traffic,
    settings: &Resolve,
) -> io::Result<()> {
    if settings.output.format == Format::Json {
        let document = Document { schema: "kubepin.resolve/1", images: rows, registry: traffic };
        return json::document(out, &document);
    }
    for row in rows {
        let text = if settings.full { row.pinned.as_deref() } else { row.digest };
        writeln!(out, "{}", text.unwrap_or_default())?;
    }
    Ok(())
}
