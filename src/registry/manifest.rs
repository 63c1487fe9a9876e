//! Reading the digest off the answer to a manifest request.
//!
//! In: headers, and for a GET the exact bytes. Out: a pin, or why the answer is not trusted.
//! Invariant: a digest is either stated by the registry in a well-formed header and contradicted by
//! nothing, or it is the hash of the bytes. Bytes that could be read in two ways are refused.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256, Sha512};

use super::content;
use super::fault::{Stop, escape};
use crate::answer::{Answer, Reason};
use crate::content::Content;
use crate::reference::Digest;

/// The media types of what may be pinned, as `Accept` has them. A registry that misses one of them
/// there may answer 404, or with the digest of one platform only.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What a successful HEAD says; `None` when it states no digest.
pub(super) fn from_head(host: &str, headers: &HeaderMap) -> Result<Option<Answer>, Stop> {
    let Some(digest) = stated(headers) else { return Ok(None) };
    let media_type = match media_type(headers) {
        Some(media_type) => accepted(host, media_type)?,
        None => String::new(),
    };
    Ok(Some(Answer::Pinned { digest, media_type }))
}

/// Checks that what was sent for a digest is what it names, and one thing only.
pub(super) fn by_digest(host: &str, digest: &Digest, headers: &HeaderMap, body: &[u8]) -> Result<(), Stop> {
    let stated = checked(host, headers, body)?;
    hash(host, digest, body)?;
    let content = content::read(body).map_err(|why| Stop::untrusted(format!("{host} {why}")))?;
    let (Content::Index { media_type, .. } | Content::Manifest { media_type, .. }) = &content;
    let is_index = |media_type: &str| media_type.contains("index") || media_type.contains("list");
    if is_index(media_type) == is_index(&stated) {
        return Ok(());
    }
    Err(Stop::untrusted(format!("{host} sent `{media_type}` and called it `{stated}`")))
}

/// Checks that a digest is the hash of what was sent for it.
pub(super) fn hash(host: &str, digest: &Digest, body: &[u8]) -> Result<(), Stop> {
    if content::is_hash_of(digest, body) {
        return Ok(());
    }
    Err(Stop::untrusted(format!("{host} sent bytes for {digest} that it is not the hash of")))
}

/// What a successful GET says.
pub(super) fn from_body(host: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Stop> {
    let media_type = checked(host, headers, body)?;
    let sha256 = format!("sha256:{}", hex(&Sha256::digest(body)));
    let digest = match stated(headers) {
        Some(stated) if stated.as_str().starts_with("sha512:") => {
            agree(host, stated, &format!("sha512:{}", hex(&Sha512::digest(body))))
        }
        Some(stated) => agree(host, stated, &sha256),
        None => Digest::parse(&sha256).map_err(Stop::untrusted),
    }?;
    Ok(Answer::Pinned { digest, media_type })
}

/// The digest the registry states, if it is one and always the same one.
fn stated(headers: &HeaderMap) -> Option<Digest> {
    let mut values = headers.get_all("docker-content-digest").iter();
    let first = values.next()?;
    let agreed = values.all(|other| other == first);
    Digest::parse(first.to_str().ok()?).ok().filter(|_| agreed)
}

pub(super) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split_once(';').map_or(value, |(media_type, _)| media_type).trim())
}

fn accepted(host: &str, media_type: &str) -> Result<String, Stop> {
    let known = media_type.to_ascii_lowercase();
    if ACCEPT.split(", ").any(|accepted| accepted == known) {
        return Ok(known);
    }
    if known.starts_with("application/vnd.docker.distribution.manifest.v1+") {
        return Err(schema_1(host));
    }
    Err(Stop::untrusted(format!("{host} answered with `{}`, which is no image", escape(media_type))))
}

/// Its digest leaves signatures out that are in its bytes, so registries do not agree on it.
fn schema_1(host: &str) -> Stop {
    Stop::Final(Answer::Untrusted(Reason {
        what: format!("{host} has a schema 1 image there, which cannot be pinned"),
        hint: Some("build it again, or copy it with a tool that converts it to OCI".into()),
    }))
}

fn agree(host: &str, stated: Digest, computed: &str) -> Result<Digest, Stop> {
    if stated.as_str() == computed {
        return Ok(stated);
    }
    Err(Stop::untrusted(format!("{host} states the digest {stated}, but sent bytes of {computed}")))
}

/// The members of a body that say what it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    media_type: Option<String>,
    manifests: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    /// Only schema 1 has it.
    fs_layers: Option<IgnoredAny>,
}

/// The media type that a body is sent with, unless the body says otherwise.
fn checked(host: &str, headers: &HeaderMap, body: &[u8]) -> Result<String, Stop> {
    let Some(media_type) = media_type(headers) else {
        return Err(Stop::untrusted(format!(
            "{host} does not say what it sent: the answer has no Content-Type"
        )));
    };
    let media_type = accepted(host, media_type)?;
    check(host, &media_type, body)?;
    Ok(media_type)
}

fn check(host: &str, media_type: &str, body: &[u8]) -> Result<(), Stop> {
    let Ok(shape) = serde_json::from_slice::<Shape>(body) else {
        return Err(Stop::untrusted(format!("{host} sent a manifest that cannot be read")));
    };
    if shape.fs_layers.is_some() {
        return Err(schema_1(host));
    }
    if shape.manifests.is_some() && (shape.layers.is_some() || shape.config.is_some()) {
        return Err(Stop::untrusted(format!("{host} sent what is both an index and a manifest")));
    }
    match shape.media_type {
        Some(inner) if inner != media_type => {
            let inner = escape(&inner);
            Err(Stop::untrusted(format!("{host} sent `{inner}` and called it `{media_type}`")))
        }
        _ => Ok(()),
    }
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}
