//! The tags of a repository.
//!
//! In: an endpoint. Out: its tags, page by page; and what each one is, where the registry says that, too.
//! Invariant: what is no tag by the grammar is left out.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;

use super::fault::Stop;
use super::pages::PAGE_LIMIT;
use super::visit::{Page, Visit};
use crate::reference::Reference;

/// Tags in one page, as far as the registry likes. ECR takes no more.
const WISHED: &str = "n=1000";

/// The tags of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// All tags, in the order of the registry.
    pub names: Vec<String>,
    /// Tags by digest, where the registry lists them like that: Google's do.
    pub by_digest: BTreeMap<String, Vec<String>>,
    /// Whether there were more than are read.
    pub cut: bool,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    manifest: BTreeMap<String, Image>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    tag: Vec<String>,
}

impl Visit<'_> {
    /// The tags of the repository.
    pub(super) async fn tags(&self) -> Result<Tags, Stop> {
        let host = &self.endpoint.host;
        let mut url = self.endpoint.tags(self.base);
        url.set_query(Some(WISHED));
        let page = Page::new(Method::GET, url, "application/json", "a list of tags");
        let (headers, body) = self.body(&page, PAGE_LIMIT).await?;
        let mut tags = Tags::default();
        tags.add(host, &body)?;
        tags.cut = self.further(page, headers, |_, body| tags.add(host, body)).await?;
        Ok(tags)
    }
}

impl Tags {
    /// Adds those of a page.
    fn add(&mut self, host: &str, body: &[u8]) -> Result<(), Stop> {
        let list: List = serde_json::from_slice(body)
            .map_err(|_| Stop::untrusted(format!("{host} sent a list of tags that cannot be read")))?;
        self.names.extend(list.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)));
        for (digest, Image { tag: names }) in list.manifest {
            self.by_digest.entry(digest).or_default().extend(names.into_iter().filter(|tag| is_tag(tag)));
        }
        Ok(())
    }
}

fn is_tag(text: &str) -> bool {
    Reference::parse(&format!("a:{text}")).is_ok_and(|reference| reference.tag() == Some(text))
}
