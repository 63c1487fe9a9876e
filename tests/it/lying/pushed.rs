//! What is pushed.
//!
//! In: uploads and manifests. Out: whether they are taken.
//! Invariant: nothing is taken under a digest that is not its own.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Seen, digest};

/// How a registry that takes pushes lies.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// Where an upload goes; `{me}` stands for the URL of the registry.
    pub(crate) location: String,
    /// Whether it says that it lists what refers to others.
    pub(crate) lists: bool,
    /// So many writes under tags are lost: somebody else writes right behind them.
    pub(crate) loses: usize,
    /// Whether it tells writers by `ETag` and `If-Match` that somebody else was faster.
    pub(crate) marks: bool,
}

impl Default for Push {
    fn default() -> Self {
        let location = "/v2/acme/web/blobs/uploads/1?_state=a%2Fb%3D".to_owned();
        Self { location, lists: false, loses: 0, marks: false }
    }
}

/// What is there by now: media type and body by `manifests/NAME` or `blobs/DIGEST`.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) there: Mutex<BTreeMap<String, (String, String)>>,
    lost: Mutex<usize>,
}

/// Status, headers and body of an answer.
pub(super) type Taken = (u16, Vec<(&'static str, String)>, String);

impl Shelf {
    /// The answer to a request about what is pushed; `None` where it is about something else.
    pub(super) fn answer(&self, push: &Push, seen: &Seen, url: &str) -> Option<Taken> {
        let (method, target) = seen.line.split_once(' ')?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let name = ["/manifests/", "/blobs/"].iter().find_map(|kind| {
            let (_, name) = path.split_once(kind)?;
            Some(format!("{}/{name}", kind.trim_matches('/')))
        })?;
        match method {
            "POST" => Some((202, vec![("location", push.location.replace("{me}", url))], String::new())),
            "PUT" if name.starts_with("blobs/") => Some(self.blob(query, seen)),
            "PUT" => Some(self.manifest(push, name, seen)),
            _ => {
                let (media_type, body) = self.there.lock().expect("the shelf").get(&name)?.clone();
                let mark = ("etag", format!(r#""{}""#, digest(body.as_bytes())));
                let headers =
                    [("content-type", media_type)].into_iter().chain(Some(mark).filter(|_| push.marks));
                Some((200, headers.collect(), body))
            }
        }
    }

    fn blob(&self, query: &str, seen: &Seen) -> Taken {
        let own = digest(seen.form.as_bytes());
        if query.ends_with(&format!("&digest={}", own.replace(':', "%3A"))) {
            let blob = ("application/octet-stream".to_owned(), seen.form.clone());
            self.there.lock().expect("the shelf").insert(format!("blobs/{own}"), blob);
            return (201, Vec::new(), String::new());
        }
        (400, Vec::new(), r#"{"errors":[{"code":"DIGEST_INVALID"}]}"#.to_owned())
    }

    fn manifest(&self, push: &Push, name: String, seen: &Seen) -> Taken {
        let mut there = self.there.lock().expect("the shelf");
        let body = seen.form.clone();
        let mut headers = Vec::new();
        if name.contains(':') {
            assert_eq!(name, format!("manifests/{}", digest(body.as_bytes())));
            let subject: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            let subject =
                subject["subject"]["digest"].as_str().map(|subject| ("oci-subject", subject.to_owned()));
            headers.extend(subject.filter(|_| push.lists));
        } else {
            let mut lost = self.lost.lock().expect("a number");
            *lost += 1;
            if *lost <= push.loses {
                // Somebody else's entry is there in place of ours.
                let other = super::listing::entry(&digest(format!("other {lost}").as_bytes()), "a/other");
                let other = super::listing::index(&[other]);
                let before = there.insert(name, (super::INDEX.to_owned(), other));
                let mark = before.map(|(_, body)| format!(r#""{}""#, digest(body.as_bytes())));
                if push.marks && (mark.is_none() || seen.headers.get("if-match") == mark.as_ref()) {
                    return (412, Vec::new(), String::new());
                }
                return (201, Vec::new(), String::new());
            }
        }
        there.insert(name, (seen.headers["content-type"].clone(), body));
        (201, headers, String::new())
    }
}
