//! `kubepin attach`: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use super::{LookupArgs, pair};
use crate::settings::{Ask, Attach};

/// The media type of a file of which none is stated.
const BYTES: &str = "application/octet-stream";

#[derive(Debug, Args)]
pub(super) struct AttachArgs {
    /// Reference of an image, by tag or by digest
    #[arg(value_name = "REF")]
    reference: String,
    /// Files, with their media types if need be: `sbom.json:application/spdx+json`
    #[arg(value_name = "FILE[:TYPE]", required = true)]
    files: Vec<String>,
    /// What they are together: `application/spdx+json`
    #[arg(long, value_name = "TYPE", value_parser = media_type, help_heading = "What is attached")]
    artifact_type: String,
    /// Say this of it, too (repeatable)
    #[arg(long, value_name = "KEY=VALUE", value_parser = annotation, help_heading = "What is attached")]
    annotation: Vec<(String, String)>,
    #[command(flatten)]
    lookup: LookupArgs,
}

impl AttachArgs {
    pub(super) fn settings(self) -> Attach {
        let Self { reference, files, artifact_type, annotation, lookup } = self;
        let (ask, config, output) = lookup.settings();
        Attach {
            reference,
            files: files.iter().map(|text| file(text)).collect(),
            artifact_type,
            annotations: annotation.into_iter().collect(),
            ask: Ask { push: true, ..ask },
            config,
            output,
        }
    }
}

/// A file, and its media type: what stands behind the last colon, if it looks like one.
fn file(text: &str) -> (PathBuf, String) {
    match text.rsplit_once(':') {
        Some((path, name)) if !path.is_empty() && media_type(name).is_ok() => (path.into(), name.to_owned()),
        _ => (text.into(), BYTES.to_owned()),
    }
}

fn media_type(text: &str) -> Result<String, String> {
    let is_name = |part: &str| {
        let may_stand = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(may_stand)
    };
    match text.split_once('/') {
        Some((kind, name)) if is_name(kind) && is_name(name) => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is no media type, as `application/spdx+json` is")),
    }
}

fn annotation(text: &str) -> Result<(String, String), String> {
    let (key, value) = pair(text).ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_their_media_types() {
        let table = [
            ("sbom.json", "sbom.json", BYTES),
            ("a/sbom.json:application/spdx+json", "a/sbom.json", "application/spdx+json"),
            ("C:/dir/sbom.json", "C:/dir/sbom.json", BYTES),
            ("a:b", "a:b", BYTES),
            ("a:b/c d", "a:b/c d", BYTES),
            (":b/c", ":b/c", BYTES),
        ];
        for (text, path, media_type) in table {
            assert_eq!(file(text), (path.into(), media_type.to_owned()), "{text}");
        }
    }
}
