//! Attaching an artifact to an image.
//!
//! In: the digest of the image, and the artifact. Out: its digest, once the registry has it and finds it.
//! Invariants: the same artifact has the same digest; an index of the tag schema keeps every entry that it
//! has, and is read again after it was written, since others may write it at the same time.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::ETAG;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::content::{self, OCI_INDEX, OCI_MANIFEST};
use super::fault::Stop;
use super::push::{Upload, hash};
use super::referrers::entries;
use super::visit::Visit;
use crate::content::Content;
use crate::reference::Digest;
use crate::referrer::{Artifact, Attached, Scheme, tag_of};

/// The config of what is no image.
/// Source: OCI image specification, manifest.md.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");
/// The annotation with the name of a file.
const TITLE: &str = "org.opencontainers.image.title";
/// How often an index is written that others write, too.
const WRITES: u32 = 5;
/// Longest wait before it is written once more.
const WAIT: Duration = Duration::from_millis(200);

impl Visit<'_> {
    /// Attaches an artifact.
    pub(super) async fn attach(&self, subject: &Digest, artifact: &Artifact) -> Result<Attached, Stop> {
        let image = self.manifest(subject).await?;
        let content = content::read(&image);
        let (Content::Index { media_type, .. } | Content::Manifest { media_type, .. }) =
            content.map_err(|why| Stop::untrusted(format!("{} {why}", self.endpoint.host)))?;
        let config = self.blob(EMPTY.0, EMPTY.1).await?;
        let mut layers = Vec::new();
        for file in &artifact.files {
            let mut layer = self.blob(&file.media_type, &file.bytes).await?;
            layer["annotations"] = json!({TITLE: file.name});
            layers.push(layer);
        }
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": artifact.artifact_type,
            "config": config,
            "layers": layers,
            "subject": {"mediaType": media_type, "digest": subject.as_str(), "size": image.len()},
        });
        if !artifact.annotations.is_empty() {
            manifest["annotations"] = json!(artifact.annotations);
        }
        let bytes = manifest.to_string().into_bytes();
        let (digest, size) = (hash(&bytes)?, bytes.len());
        let headers = self.push(digest.as_str(), OCI_MANIFEST, bytes).await?;
        let listed =
            headers.get("oci-subject").is_some_and(|value| value.as_bytes() == subject.as_str().as_bytes());
        let scheme = if listed { Scheme::Api } else { Scheme::Tag };
        if !listed {
            let mut entry = json!({"mediaType": OCI_MANIFEST, "digest": digest.as_str(), "size": size,
                "artifactType": artifact.artifact_type});
            if !artifact.annotations.is_empty() {
                entry["annotations"] = json!(artifact.annotations);
            }
            self.enter(&tag_of(subject), &digest, entry).await?;
        }
        Ok(Attached { digest, media_type: OCI_MANIFEST.to_owned(), size, scheme })
    }

    /// Enters a digest into the index under a tag.
    async fn enter(&self, tag: &str, digest: &Digest, entry: Value) -> Result<(), Stop> {
        let host = &self.endpoint.host;
        let url = self.endpoint.with_tag(tag).manifest(self.base);
        for write in 0..=WRITES {
            let found = self.index_of_tag(tag).await?;
            let (mut index, mark) = match &found {
                None => (json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}), None),
                Some((headers, body)) => {
                    if entries(host, body)?.iter().any(|there| there.digest == *digest) {
                        return Ok(());
                    }
                    (serde_json::from_slice(body).unwrap_or_default(), headers.get(ETAG).cloned())
                }
            };
            if write == WRITES {
                break;
            }
            match &mut index["manifests"] {
                Value::Array(entries) => entries.push(entry.clone()),
                none => *none = json!([entry]),
            }
            let bytes = index.to_string().into_bytes();
            let upload = Upload { media_type: OCI_INDEX, bytes, replaces: mark };
            match self.answer_to(Method::PUT, url.clone(), Arc::new(upload)).await? {
                Ok(_) => {}
                Err((refusal, _)) if refusal.status == StatusCode::PRECONDITION_FAILED => {}
                Err((_, answer)) => return Err(answer),
            }
            if write > 0 {
                // Not before a write: nothing else should happen between a read and that.
                sleep(WAIT.mul_f64(fastrand::f64()) * write).await;
            }
        }
        Err(Stop::untrusted(format!(
            "{host} has the artifact as {digest}, but lost its entry under the tag {tag} {WRITES} times: others write there, too"
        )))
    }
}
