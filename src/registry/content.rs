//! Reading indexes, manifests and configs that were asked for by their digest.
//!
//! In: the digest and the bytes. Out: what they say, or why they are not trusted.
//! Invariants: nothing is read of bytes that the digest is not the hash of; bytes that could be read as
//! an index and as a manifest are neither.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use super::fault::escape;
use super::manifest::hex;
use crate::content::{Blob, Child, Content};
use crate::platform::Platform;
use crate::reference::Digest;

pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// Whether a digest is the hash of these bytes.
pub fn is_hash_of(digest: &Digest, bytes: &[u8]) -> bool {
    let hash = if digest.as_str().starts_with("sha512:") {
        hex(&Sha512::digest(bytes))
    } else {
        hex(&Sha256::digest(bytes))
    };
    digest.hex() == hash
}

/// An index or a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    media_type: Option<String>,
    artifact_type: Option<String>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    artifact_type: Option<String>,
    digest: String,
    size: u64,
    platform: Option<Stated>,
    annotations: Option<BTreeMap<String, String>>,
}

/// A platform, in a descriptor or a config.
#[derive(Deserialize)]
struct Stated {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

#[derive(Deserialize)]
struct Config {
    created: Option<String>,
    #[serde(flatten)]
    platform: Stated,
}

/// What a manifest or an index says of itself where it refers to another.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    subject: Option<Descriptor>,
}

/// What something says that it is, and what it refers to.
pub(super) struct Referral {
    pub(super) artifact_type: Option<String>,
    pub(super) subject: Option<Digest>,
}

/// What bytes say that they are and refer to; the digest must be known to be their hash. What has no type of
/// its own has that of its config.
/// Source: OCI distribution specification, listing referrers.
pub(super) fn referral(bytes: &[u8]) -> Result<Referral, String> {
    let own: Own = serde_json::from_slice(bytes).map_err(|_| "sent a manifest that cannot be read")?;
    let of_config = own.config.map(|config| config.media_type);
    let mut types = [own.artifact_type, of_config].into_iter().flatten();
    Ok(Referral {
        artifact_type: types.find(|name| !name.is_empty()),
        subject: own.subject.as_ref().map(digest).transpose()?,
    })
}

/// What bytes say; the digest must be known to be their hash. An error is the end of a sentence about who
/// sent them.
pub fn read(bytes: &[u8]) -> Result<Content, String> {
    let body: Body = serde_json::from_slice(bytes).map_err(|_| "sent a manifest that cannot be read")?;
    let media_type = |known: [&str; 2]| match body.media_type.as_deref() {
        // Only OCI allows to leave it out.
        None => Ok(known[0].to_owned()),
        Some(stated) if known.contains(&stated) => Ok(stated.to_owned()),
        Some(stated) => Err(format!("sent what calls itself `{}` and is something else", escape(stated))),
    };
    let annotations = body.annotations.unwrap_or_default();
    match (body.manifests, body.config, body.layers) {
        (Some(manifests), None, None) => Ok(Content::Index {
            media_type: media_type([OCI_INDEX, DOCKER_INDEX])?,
            manifests: manifests.into_iter().map(child).collect::<Result<_, _>>()?,
            annotations,
        }),
        (None, Some(config), Some(layers)) => Ok(Content::Manifest {
            media_type: media_type([OCI_MANIFEST, DOCKER_MANIFEST])?,
            artifact_type: body.artifact_type,
            platform: None,
            created: None,
            config: Box::new(blob(config)?),
            layers: layers.into_iter().map(blob).collect::<Result<_, _>>()?,
            annotations,
        }),
        // A list without entries is `null` where it is written in Go.
        (None, None, None) if body.media_type.as_deref() == Some(OCI_INDEX) => {
            Ok(Content::Index { media_type: OCI_INDEX.to_owned(), manifests: Vec::new(), annotations })
        }
        (Some(_), _, _) => Err("sent what is both an index and a manifest".into()),
        (None, _, _) => Err("sent what is neither an index nor a manifest".into()),
    }
}

/// Adds to a manifest what its config says, as far as that is the config of an image.
pub fn add_config(content: &mut Content, bytes: &[u8]) {
    let Content::Manifest { platform, created, .. } = content else { return };
    let Ok(config) = serde_json::from_slice::<Config>(bytes) else { return };
    *created = config.created;
    *platform = self::platform(&config.platform);
}

fn child(descriptor: Descriptor) -> Result<Child, String> {
    Ok(Child {
        digest: digest(&descriptor)?,
        media_type: descriptor.media_type,
        artifact_type: descriptor.artifact_type.filter(|name| !name.is_empty()),
        size: descriptor.size,
        platform: descriptor.platform.as_ref().and_then(platform),
        annotations: descriptor.annotations.unwrap_or_default(),
    })
}

fn blob(descriptor: Descriptor) -> Result<Blob, String> {
    Ok(Blob {
        digest: digest(&descriptor)?,
        media_type: descriptor.media_type,
        size: descriptor.size,
        annotations: descriptor.annotations.unwrap_or_default(),
    })
}

fn digest(descriptor: &Descriptor) -> Result<Digest, String> {
    Digest::parse(&descriptor.digest)
        .map_err(|_| format!("sent a manifest with `{}` for a digest", escape(&descriptor.digest)))
}

fn platform(stated: &Stated) -> Option<Platform> {
    let Stated { os, architecture, variant, os_version } = stated;
    (!os.is_empty() && !architecture.is_empty())
        .then(|| Platform::new(os, architecture, variant.as_deref(), os_version.as_deref()))
}
