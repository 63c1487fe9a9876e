//! Lists of referrers.
//!
//! In: what refers to what. Out: pages of a list.
//! Invariant: what is listed need not be there.

use std::collections::BTreeMap;

use super::INDEX;

/// What a registry lists as referrers, and how it lies about it.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// Entries of the list of each digest.
    pub(crate) entries: BTreeMap<String, Vec<String>>,
    /// So many in one page.
    pub(crate) page: usize,
    /// Whether it filters by artifact type, and says so.
    pub(crate) filters: bool,
    /// Media type of the list.
    pub(crate) media_type: &'static str,
    /// The whole body of every page; empty: a list.
    pub(crate) body: &'static str,
    /// Where the next page is, in place of its own; `{me}` stands for the URL of the registry.
    pub(crate) link: Option<&'static str>,
    /// Status of every request for a list, and the code of the error.
    pub(crate) status: Option<(u16, &'static str)>,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            page: 1000,
            filters: false,
            media_type: INDEX,
            body: "",
            link: None,
            status: None,
        }
    }
}

/// An entry of a list; without an artifact type where that is empty.
pub(crate) fn entry(digest: &str, artifact_type: &str) -> String {
    let of_type = if artifact_type.is_empty() {
        String::new()
    } else {
        format!(r#""artifactType":"{artifact_type}","#)
    };
    format!(r#"{{"mediaType":"{}",{of_type}"digest":"{digest}","size":7}}"#, super::stock::MANIFEST)
}

/// An index of these entries.
pub(crate) fn index(entries: &[String]) -> String {
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#, entries.join(","))
}

impl Listing {
    /// Lists what refers to a digest.
    pub(crate) fn of(digest: &str, entries: Vec<String>) -> Self {
        Self { entries: [(digest.to_owned(), entries)].into(), ..Self::default() }
    }

    /// A page and its headers. `path` is the one asked for, `url` that of the registry.
    pub(super) fn page(&self, path: &str, query: &str, url: &str) -> (String, Vec<(&'static str, String)>) {
        let digest = path.rsplit('/').next().unwrap_or_default();
        let value = |name: &str| {
            let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
            pair.map(|(_, value)| value.replace("%2F", "/").replace("%2B", "+"))
        };
        let mut entries = self.entries.get(digest).cloned().unwrap_or_default();
        let mut headers = vec![("content-type", self.media_type.to_owned())];
        if let Some(wanted) = value("artifactType").filter(|_| self.filters) {
            entries.retain(|entry| entry.contains(&format!(r#""artifactType":"{wanted}""#)));
            headers.push(("oci-filters-applied", "artifactType".to_owned()));
        }
        let from = value("from").and_then(|from| from.parse().ok()).unwrap_or(0);
        let to = entries.len().min(from + self.page);
        if to < entries.len() {
            let own = format!("{path}?from={to}");
            let target = self.link.map_or(own, |link| link.replace("{me}", url));
            headers.push(("link", format!(r#"<{target}>; rel="next""#)));
        }
        let body = if self.body.is_empty() { index(&entries[from..to]) } else { self.body.to_owned() };
        (body, headers)
    }
}
