//! What was attached to an image: its digest, or JSON of schema `kubepin.attach/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::json;
use crate::answer::Traffic;
use crate::reference::Question;
use crate::referrer::Attached;
use crate::settings::{Attach, Format};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    /// The image, by its digest.
    reference: String,
    artifact_type: &'a str,
    #[serde(flatten)]
    attached: &'a Attached,
    registry: Traffic,
}

/// Prints what was attached to an image.
///
/// # Errors
/// Those of `out`.
pub fn print(
    out: &mut dyn Write,
    image: &Question,
    attached: &Attached,
    (settings, registry): (&Attach, Traffic),
) -> io::Result<()> {
    if settings.output.format != Format::Json {
        return writeln!(out, "{}", attached.digest);
    }
    let (reference, artifact_type) = (image.to_string(), settings.artifact_type.as_str());
    json::document(
        out,
        &Document { schema: "kubepin.attach/1", reference, artifact_type, attached, registry },
    )
}
