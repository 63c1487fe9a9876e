//! The tags of a repository.
//!
//! In: an endpoint. Out: its tags, page by page; and what each one is, where the registry says that, too.
//! Invariants: a next page is on the same origin, is none that was there already, and there are not more of
//! them than the limit; what is no tag by the grammar is left out.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, LINK};
use reqwest::{Method, Url};
use serde::Deserialize;

use super::fault::Stop;
use super::visit::{Page, Visit};
use crate::reference::Reference;

/// Longest page, in bytes.
const PAGE_LIMIT: usize = 8 << 20;
/// Most pages of one list.
const PAGES: usize = 100;
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
        let (mut tags, mut seen) = (Tags::default(), Vec::new());
        while seen.len() < PAGES {
            let page = Page {
                method: Method::GET,
                url: url.clone(),
                accept: "application/json",
                what: "a list of tags",
            };
            let (headers, body) = self.body(&page, PAGE_LIMIT).await?;
            let list: List = serde_json::from_slice(&body)
                .map_err(|_| Stop::untrusted(format!("{host} sent a list of tags that cannot be read")))?;
            tags.names.extend(list.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)));
            for (digest, Image { tag: names }) in list.manifest {
                tags.by_digest.entry(digest).or_default().extend(names.into_iter().filter(|tag| is_tag(tag)));
            }
            let Some(next) = next(&url, &headers) else { return Ok(tags) };
            seen.push(url);
            if next.origin() != self.base.origin() {
                return Err(Stop::untrusted(format!("{host} continues its list of tags at another host")));
            }
            if seen.contains(&next) {
                return Err(Stop::untrusted(format!("{host} sends a list of tags without end")));
            }
            url = next;
        }
        tags.cut = true;
        Ok(tags)
    }
}

fn is_tag(text: &str) -> bool {
    Reference::parse(&format!("a:{text}")).is_ok_and(|reference| reference.tag() == Some(text))
}

/// The page that a `Link` header calls the next one.
fn next(url: &Url, headers: &HeaderMap) -> Option<Url> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let target = links.flat_map(|value| value.split(',')).find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim(), r#"rel="next""# | "rel=next");
        parameters.split(';').any(is_next).then_some(target)
    })?;
    url.join(target).ok()
}

/// Follows what any header holds.
#[cfg(any(test, fuzzing))]
pub(super) fn read_any(value: reqwest::header::HeaderValue) {
    let url = Url::parse("https://r.example/v2/a/tags/list").expect("a URL");
    next(&url, &[(LINK, value)].into_iter().collect());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_followed_or_not(value in "(</v2/|>|;|rel=|next|\"|https://|[ ,?:@]|[a-zü]){0,20}") {
            if let Ok(value) = value.parse() {
                read_any(value);
            }
        }
    }

    #[test]
    fn links_to_a_next_page() {
        let url = Url::parse("https://r.example/v2/a/b/tags/list?n=1000").expect("a URL");
        let table = [
            (
                r#"</v2/a/b/tags/list?last=x&n=1>; rel="next""#,
                Some("https://r.example/v2/a/b/tags/list?last=x&n=1"),
            ),
            // Quay's and ECR's marks of a place mean nothing to others, and go back as they came.
            (
                r#"</v2/a/b/tags/list?n=50&next_page=gAAB%3D%3D%2B>; rel="next""#,
                Some("https://r.example/v2/a/b/tags/list?n=50&next_page=gAAB%3D%3D%2B"),
            ),
            ("<?last=x>; rel=next", Some("https://r.example/v2/a/b/tags/list?last=x")),
            (r#"<https://o.example/x>;rel="prev", </y>;rel="next""#, Some("https://r.example/y")),
            (r#"</y>; rel="last""#, None),
            ("/y; rel=next", None),
        ];
        for (value, expected) in table {
            let headers = [(LINK, value.parse().expect("a value"))].into_iter().collect();
            assert_eq!(next(&url, &headers).as_ref().map(Url::as_str), expected, "{value}");
        }
    }
}
