//! What refers to a digest.
//!
//! In: the digest, and where to look. Out: its referrers: those that the registry lists or, where it has no
//! such list, those of the tag schema; and what cosign keeps under tags of its own.
//! Invariants: only an answer that can mean nothing else than that the registry keeps no list leads to the
//! tag schema; whether a registry filters or not, what is wanted is told apart here; what is required is
//! looked at itself (`referral`).

use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};

use super::content::{self, OCI_INDEX};
use super::endpoint::Endpoint;
use super::fault::{self, Refusal, Stop};
use super::manifest;
use super::pages::PAGE_LIMIT;
use super::visit::{BODY_LIMIT, Got, Page, Visit};
use crate::answer::{Answer, Reason};
use crate::content::{Child, Content};
use crate::reference::Digest;
use crate::referrer::{COSIGN_TAGS, Claim, Referrer, Referrers, Scheme, Wanted, cosign_type, tag_of};

impl Visit<'_> {
    /// What refers to the digest.
    pub(super) async fn referrers(&self, digest: &Digest, wanted: &Wanted) -> Result<Referrers, Stop> {
        let listed = match wanted.scheme {
            Some(Scheme::Tag) => None,
            None if self.host.lists_no_referrers.get().is_some() => None,
            Some(Scheme::Api) | None => self.listed(digest, wanted).await?,
        };
        let mut referrers = match listed {
            Some(referrers) => referrers,
            None if wanted.scheme == Some(Scheme::Api) => return Err(no_list(&self.endpoint.host)),
            None => self.indexed(digest).await?,
        };
        let mut seen = BTreeSet::new();
        let key = |referrer: &Referrer| (referrer.digest.clone(), referrer.artifact_type.clone());
        referrers.list.retain(|referrer| seen.insert(key(referrer)));
        if wanted.cosign {
            referrers.list.extend(self.under_tags(digest).await?);
        }
        self.look_at(&mut referrers, digest, &wanted.required).await?;
        referrers.list.retain(|referrer| wanted.is_about(referrer));
        Ok(referrers)
    }

    /// What the registry lists; `None` where it keeps no list.
    async fn listed(&self, digest: &Digest, wanted: &Wanted) -> Result<Option<Referrers>, Stop> {
        let mut url = self.endpoint.referrers(self.base, digest);
        if let Some(artifact_type) = &wanted.artifact_type {
            url.query_pairs_mut().append_pair("artifactType", artifact_type);
        }
        let page = Page::new(Method::GET, url, OCI_INDEX, "a list of referrers");
        let (headers, body) = match self.got(&page, PAGE_LIMIT).await? {
            Got::Body(headers, body) if is_index(&headers) => (headers, body),
            // Portals answer everything with a page of theirs.
            Got::Body(..) => return Ok(None),
            Got::Refusal(refusal, _) if keeps_no_list(&refusal) => {
                // That it does not know this digest says nothing of others.
                if refusal.status != StatusCode::NOT_FOUND || refusal.code.is_none() {
                    let _ = self.host.lists_no_referrers.set(());
                }
                return Ok(None);
            }
            Got::Refusal(refusal, access) => {
                return Err(Stop::Final(fault::refused(self.endpoint, &refusal, &access.standing())));
            }
        };
        let host = &self.endpoint.host;
        let mut list = entries(host, &body)?;
        let take = |headers: &HeaderMap, body: &[u8]| {
            if !is_index(headers) {
                let what = format!("{host} continues a list of referrers with something else");
                return Err(Stop::untrusted(what));
            }
            list.extend(entries(host, body)?);
            Ok(())
        };
        let cut = self.further(page, headers, take).await?;
        Ok(Some(Referrers { scheme: Scheme::Api, list, cut }))
    }

    /// What the index under the tag lists that stands for the digest.
    async fn indexed(&self, digest: &Digest) -> Result<Referrers, Stop> {
        let body = self.index_of_tag(&tag_of(digest)).await?.map(|(_, body)| body);
        let list = body.map_or(Ok(Vec::new()), |body| entries(&self.endpoint.host, &body))?;
        Ok(Referrers { scheme: Scheme::Tag, list, cut: false })
    }

    /// What is under a tag: headers and body; `None` where there is no such tag.
    pub(super) async fn index_of_tag(&self, tag: &str) -> Result<Option<(HeaderMap, Vec<u8>)>, Stop> {
        let endpoint = self.endpoint.with_tag(tag);
        let visit = Visit { endpoint: &endpoint, ..*self };
        match visit.got(&visit.manifest_page(Method::GET), BODY_LIMIT).await? {
            Got::Body(headers, body) => {
                manifest::from_body(&endpoint.host, &headers, &body)?;
                Ok(Some((headers, body)))
            }
            Got::Refusal(refusal, _)
                if refusal.status == StatusCode::NOT_FOUND && !knows_no_name(&refusal) =>
            {
                Ok(None)
            }
            Got::Refusal(refusal, access) => {
                Err(Stop::Final(fault::refused(&endpoint, &refusal, &access.standing())))
            }
        }
    }

    /// What cosign has put under its tags, as it did before there were referrers.
    async fn under_tags(&self, digest: &Digest) -> Result<Vec<Referrer>, Stop> {
        let mut found = Vec::new();
        for end in COSIGN_TAGS {
            let tag = format!("{}.{end}", tag_of(digest));
            let endpoint: Endpoint = self.endpoint.with_tag(&tag);
            let visit = Visit { endpoint: &endpoint, ..*self };
            match visit.digest().await {
                Ok(Answer::Pinned { digest, media_type }) => found.push(Referrer {
                    digest,
                    media_type,
                    artifact_type: Some(cosign_type(end)),
                    size: None,
                    annotations: BTreeMap::new(),
                    tag: Some(tag),
                    claim: Claim::Listed,
                }),
                Ok(Answer::Missing(_)) | Err(Stop::Final(Answer::Missing(_))) => {}
                Ok(answer) => return Err(Stop::Final(answer)),
                Err(stop) => return Err(stop),
            }
        }
        Ok(found)
    }
}

/// What an index of referrers lists.
pub(super) fn entries(host: &str, body: &[u8]) -> Result<Vec<Referrer>, Stop> {
    match content::read(body).map_err(|why| Stop::untrusted(format!("{host} {why}")))? {
        Content::Index { manifests, .. } => Ok(manifests.into_iter().map(referrer).collect()),
        Content::Manifest { .. } => {
            Err(Stop::untrusted(format!("{host} has a manifest where an index of referrers should be")))
        }
    }
}

fn referrer(child: Child) -> Referrer {
    let Child { digest, media_type, artifact_type, size, platform: _, annotations } = child;
    let (size, tag, claim) = (Some(size), None, Claim::Listed);
    Referrer { digest, media_type, artifact_type, size, annotations, tag, claim }
}

fn is_index(headers: &HeaderMap) -> bool {
    manifest::media_type(headers).is_some_and(|media_type| media_type.eq_ignore_ascii_case(OCI_INDEX))
}

/// Whether a registry says that it has no list of referrers: by any of the ways that are in use.
fn keeps_no_list(refusal: &Refusal) -> bool {
    matches!(refusal.status.as_u16(), 400 | 404 | 405 | 406 | 501) && !knows_no_name(refusal)
}

fn knows_no_name(refusal: &Refusal) -> bool {
    refusal.code.as_deref() == Some("NAME_UNKNOWN")
}

fn no_list(host: &str) -> Stop {
    Stop::Final(Answer::Unknown(Reason {
        what: format!("{host} keeps no list of referrers"),
        hint: Some("leave out --distribution-spec: then the tag schema is looked at".into()),
    }))
}
