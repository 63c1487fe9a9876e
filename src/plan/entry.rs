//! Pinning an entry of `images:`.
//!
//! In: an entry and a digest. Out: edits of the entry.
//! Invariants: a digest is never written into `newName`; what the entry makes of a reference stays the
//! same but for the digest, and for the tag where the style leaves tags out.

use super::Pin;
use crate::image::{ImageUse, Part, PartKind};
use crate::reference::Digest;
use crate::settings::{KustomizeForm, Style, Write};
use crate::yaml::{self, Refusal};

/// Pins what an entry makes of references.
pub(super) fn pin(image: &ImageUse, digest: &Digest, text: &str, write: Write) -> Result<Pin, Refusal> {
    let digest = digest.to_string();
    match image.part(PartKind::NewTag).filter(|tag| !tag.text.is_empty()) {
        Some(tag) => beside(image, tag, &digest, text, write),
        None => renaming(image, &digest, text, write),
    }
}

/// Pins an entry that states a tag.
fn beside(image: &ImageUse, tag: &Part, digest: &str, text: &str, write: Write) -> Result<Pin, Refusal> {
    let empty = image.part(PartKind::Digest);
    let edits = match (write.style.unwrap_or_default(), write.kustomize_form.unwrap_or_default()) {
        (Style::DigestOnly, _) if empty.is_none() => {
            let key = tag.sibling.as_ref().ok_or_else(no_pair)?.key_scalar();
            vec![yaml::replace(text, &key, "digest")?, yaml::replace(text, &tag.scalar, digest)?]
        }
        (Style::TagAndDigest | Style::DigestWithComment, KustomizeForm::TagWithDigest) => {
            let value = format!("{}@{digest}", tag.text);
            let edit = yaml::replace(text, &tag.scalar, &value)?;
            return Ok(Pin { edits: vec![edit], help: format!("write `newTag: {value}`") });
        }
        _ => match empty {
            Some(empty) => vec![yaml::replace(text, &empty.scalar, digest)?],
            None => vec![insert(text, tag, &[("digest", digest)])?],
        },
    };
    Ok(Pin { edits, help: format!("write `digest: {digest}` into the entry") })
}

/// Pins an entry that only renames: the tag that its builds have comes with the digest.
fn renaming(image: &ImageUse, digest: &str, text: &str, write: Write) -> Result<Pin, Refusal> {
    let name = image.part(PartKind::NewName).ok_or_else(no_pair)?;
    let mut tags = image.judged().map(|stated| {
        let reference = stated.reference.as_ref().ok();
        reference.and_then(|reference| reference.tag()).unwrap_or("latest").to_owned()
    });
    let tag = tags.next().unwrap_or_default();
    if tags.any(|other| other != tag) {
        return Err(Refusal("it renames images of different tags".to_owned()));
    }
    let with_digest = format!("{tag}@{digest}");
    let (new_tag, by_digest) = ((PartKind::NewTag, "newTag"), (PartKind::Digest, "digest"));
    let pairs = match (write.style.unwrap_or_default(), write.kustomize_form.unwrap_or_default()) {
        (Style::DigestOnly, _) => vec![(by_digest, digest)],
        (_, KustomizeForm::TagWithDigest) => vec![(new_tag, &*with_digest)],
        (_, KustomizeForm::DigestKey) => vec![(new_tag, &*tag), (by_digest, digest)],
    };
    let (mut edits, mut lines, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for ((part, key), value) in pairs {
        lines.push(format!("`{key}: {value}`"));
        // A key may be there with an empty value, which means the same as none.
        match image.part(part) {
            Some(empty) => edits.push(yaml::replace(text, &empty.scalar, value)?),
            None => missing.push((key, value)),
        }
    }
    if !missing.is_empty() {
        edits.push(insert(text, name, &missing)?);
    }
    Ok(Pin { edits, help: format!("write {} into the entry", lines.join(" and ")) })
}

fn insert(text: &str, part: &Part, pairs: &[(&str, &str)]) -> Result<crate::finding::Edit, Refusal> {
    yaml::insert(text, part.sibling.as_ref().ok_or_else(no_pair)?, pairs)
}

fn no_pair() -> Refusal {
    Refusal("the entry is not written as plain pairs of keys and values".to_owned())
}
