//! Lists that come in pages.
//!
//! In: the first page of a list. Out: the further ones, in their order.
//! Invariants: a next page is on the same origin, is none that was there already, and there are not more of
//! them than the limit.

use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};

use super::fault::Stop;
use super::visit::{Page, Visit};

/// Longest page, in bytes.
pub(super) const PAGE_LIMIT: usize = 8 << 20;
/// Most pages of one list.
const PAGES: usize = 100;

impl Visit<'_> {
    /// Reads the pages behind the one with these headers. Whether there were more than are read.
    pub(super) async fn further(
        &self,
        mut page: Page,
        mut headers: HeaderMap,
        mut take: impl FnMut(&HeaderMap, &[u8]) -> Result<(), Stop>,
    ) -> Result<bool, Stop> {
        let (host, what) = (&self.endpoint.host, page.what);
        let mut seen = Vec::new();
        while let Some(next) = next(&page.url, &headers) {
            seen.push(page.url);
            if next.origin() != self.base.origin() {
                return Err(Stop::untrusted(format!("{host} continues {what} at another host")));
            }
            if seen.contains(&next) {
                return Err(Stop::untrusted(format!("{host} sends {what} without end")));
            }
            if seen.len() == PAGES {
                return Ok(true);
            }
            page.url = next;
            let (got, body) = self.body(&page, PAGE_LIMIT).await?;
            take(&got, &body)?;
            headers = got;
        }
        Ok(false)
    }
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
