//! What a reference names, as a table or as JSON of schema `kubepin.inspect/1`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{json, referring};
use crate::answer::Traffic;
use crate::content::{Blob, Child, Content};
use crate::reference::Digest;
use crate::referrer::{Referrer, Referrers};
use crate::resolve::Same;
use crate::settings::{Format, Inspect};
use crate::source::printable;

/// The annotation that says of an entry of an index what it is when it is no image.
const KIND: &str = "vnd.docker.reference.type";
/// The annotation that says what such an entry is about.
const ABOUT: &str = "vnd.docker.reference.digest";
/// The annotation that says what an attestation states.
const PREDICATE: &str = "in-toto.io/predicate-type";

/// What media types begin with, or are, that say nothing worth a column.
const USUAL: [&str; 4] = [
    "application/vnd.oci.image.layer.v1.",
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.image.rootfs.diff.",
    "application/vnd.docker.container.image.v1+json",
];

/// What was found out about a reference.
#[derive(Debug, Serialize)]
pub struct Inspected {
    /// The reference in its normal form.
    pub reference: String,
    /// Its digest.
    pub digest: Digest,
    /// What that names.
    pub content: Content,
    /// What is in an index, as far as it was looked into.
    pub manifests: BTreeMap<Digest, Content>,
    /// The tags of the same digest, where they were wanted and are known.
    pub tags: Option<Same>,
    /// What refers to it, where that is known.
    pub referrers: Option<Referrers>,
    /// What it cost.
    pub registry: Traffic,
}

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    #[serde(flatten)]
    inspected: &'r Inspected,
}

/// Prints what was found.
///
/// # Errors
/// Those of `out`.
pub fn print(out: &mut dyn Write, inspected: &Inspected, settings: &Inspect) -> io::Result<()> {
    if settings.output.format == Format::Json {
        return json::document(out, &Document { schema: "kubepin.inspect/1", inspected });
    }
    let Inspected { reference, digest, content, manifests, tags: same, referrers, .. } = inspected;
    writeln!(out, "{}", printable(reference))?;
    let (media_type, annotations) = match content {
        Content::Index { media_type, annotations, .. }
        | Content::Manifest { media_type, annotations, .. } => (media_type, annotations),
    };
    writeln!(out, "{digest}  {}", printable(media_type))?;
    pairs(out, annotations)?;
    writeln!(out)?;
    let rows = match content {
        Content::Index { manifests: listed, .. } => {
            listed.iter().flat_map(|child| self::listed(child, listed, manifests)).collect()
        }
        manifest @ Content::Manifest { platform, .. } => {
            let label =
                platform.as_ref().map_or("manifest".to_owned(), |platform| printable(&platform.to_string()));
            described(label, digest, manifest, None)
        }
    };
    table(out, &rows)?;
    same.as_ref().map_or(Ok(()), |same| tags(out, same))?;
    referrers.as_ref().map_or(Ok(()), |referrers| referring(out, &referrers.list))
}

/// A line of the table.
struct Row<'r> {
    label: String,
    digest: &'r Digest,
    size: Option<u64>,
    note: String,
}

/// The lines for an entry of an index.
fn listed<'r>(child: &'r Child, all: &[Child], contents: &'r BTreeMap<Digest, Content>) -> Vec<Row<'r>> {
    let label = label(child, all);
    let note = match contents.get(&child.digest) {
        Some(content @ Content::Manifest { .. }) => {
            return described(label, &child.digest, content, contradiction(child, content));
        }
        Some(Content::Index { manifests, .. }) => format!("an index of {}", manifests.len()),
        None => "not looked into".to_owned(),
    };
    vec![Row { label, digest: &child.digest, size: None, note }]
}

/// What an entry of an index is called: its platform, or what it says about another entry.
fn label(child: &Child, all: &[Child]) -> String {
    let Some(kind) = child.annotations.get(KIND) else {
        let platform = child.platform.as_ref();
        return platform.map_or("no platform".to_owned(), |platform| printable(&platform.to_string()));
    };
    let kind = printable(kind.trim_end_matches("-manifest"));
    let about = child.annotations.get(ABOUT);
    let about = all.iter().find(|other| Some(other.digest.as_str()) == about.map(String::as_str));
    match about.and_then(|other| other.platform.as_ref()) {
        Some(platform) => format!("{kind} of {}", printable(&platform.to_string())),
        None => kind,
    }
}

/// The lines for a manifest.
fn described<'r>(
    label: String,
    digest: &'r Digest,
    content: &'r Content,
    note: Option<String>,
) -> Vec<Row<'r>> {
    let Content::Manifest { artifact_type, created, config, layers, .. } = content else { return Vec::new() };
    let created = created.as_deref().map(|created| format!("created {}", printable(created)));
    let notes: Vec<String> =
        artifact_type.as_deref().map(printable).into_iter().chain(created).chain(note).collect();
    let size = layers.iter().fold(config.size, |sum, layer| sum.saturating_add(layer.size));
    let mut rows = vec![Row { label, digest, size: Some(size), note: notes.join(", ") }];
    rows.push(part("  config", config));
    rows.extend(layers.iter().map(|layer| part("  layer", layer)));
    rows
}

/// What the config of an image says, where the index says something else. Variants are often left out.
fn contradiction(child: &Child, content: &Content) -> Option<String> {
    let (Some(stated), Content::Manifest { platform: Some(own), .. }) = (&child.platform, content) else {
        return None;
    };
    let differs = (&stated.os, &stated.architecture) != (&own.os, &own.architecture) && !stated.is_unknown();
    differs.then(|| format!("its config says {}", printable(&own.to_string())))
}

fn part<'r>(label: &str, blob: &'r Blob) -> Row<'r> {
    let kind = USUAL.iter().find_map(|prefix| blob.media_type.strip_prefix(prefix));
    let note = blob.annotations.get(PREDICATE).map_or(kind.unwrap_or(&blob.media_type), String::as_str);
    Row { label: label.to_owned(), digest: &blob.digest, size: Some(blob.size), note: printable(note) }
}

fn table(out: &mut dyn Write, rows: &[Row<'_>]) -> io::Result<()> {
    let width = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
    let digits = rows.iter().map(|row| row.digest.as_str().len()).max().unwrap_or(0);
    for Row { label, digest, size, note } in rows {
        let (digest, size) = (digest.as_str(), size.map(humane).unwrap_or_default());
        writeln!(out, "{}", format!("{label:width$}  {digest:digits$}  {size:>9}  {note}").trim_end())?;
    }
    Ok(())
}

/// Annotations, aligned.
fn pairs(out: &mut dyn Write, annotations: &BTreeMap<String, String>) -> io::Result<()> {
    let width = annotations.keys().map(|key| printable(key).chars().count()).max().unwrap_or(0);
    for (key, value) in annotations {
        writeln!(out, "{:width$}  {}", printable(key), printable(value))?;
    }
    Ok(())
}

fn referring(out: &mut dyn Write, referrers: &[Referrer]) -> io::Result<()> {
    if referrers.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nreferrers")?;
    table(out, &referrers.iter().map(referrer).collect::<Vec<_>>())
}

fn referrer(referrer: &Referrer) -> Row<'_> {
    let Referrer { digest, artifact_type, size, .. } = referrer;
    let label = printable(artifact_type.as_deref().unwrap_or("(of no stated type)"));
    let note = referring::note(referrer).unwrap_or_default();
    Row { label: format!("  {label}"), digest, size: *size, note }
}

fn tags(out: &mut dyn Write, same: &Same) -> io::Result<()> {
    let Same { tags, looked_at, all, more, .. } = same;
    let (number, have) = (tags.len(), if tags.len() == 1 { "has" } else { "have" });
    write!(out, "\n{number} of {looked_at} tags {have} this digest")?;
    match (all - looked_at, more) {
        (0, false) => writeln!(out)?,
        (rest, false) => writeln!(out, "; the other {rest} were not looked at")?,
        (rest, true) => writeln!(out, "; {rest} others were not looked at, and more are there")?,
    }
    tags.iter().try_for_each(|tag| writeln!(out, "  {tag}"))
}

/// A number of bytes as people say it.
fn humane(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    // Tenths, rounded; integers so that every machine prints the same.
    let (mut tenths, mut unit) = (u128::from(bytes) * 10, 0);
    while tenths >= 10 * 1024 && unit + 1 < units.len() {
        (tenths, unit) = ((tenths + 512) / 1024, unit + 1);
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{}.{} {}", tenths / 10, tenths % 10, units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::humane;

    #[test]
    fn sizes_as_people_say_them() {
        let table = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (31_457_280, "30.0 MiB"),
            (u64::MAX, "16777216.0 TiB"),
        ];
        for (bytes, expected) in table {
            assert_eq!(humane(bytes), expected);
        }
    }
}
