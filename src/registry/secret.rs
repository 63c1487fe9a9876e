//! A value that must not be seen.
//!
//! In: a password or a token. Out: header values marked sensitive.
//! Invariant: no `Display`, and a `Debug` that shows nothing, so that no message can hold one by accident.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

/// A password or a token.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(value: String) -> Self {
        Self(value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value itself, to be sent in the body of a request.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// `Bearer SECRET`; `None` when the secret cannot stand in a header.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        sensitive(&format!("Bearer {}", self.0))
    }

    /// `Basic USER:SECRET` in base64.
    pub(super) fn basic(&self, user: &str) -> Option<HeaderValue> {
        sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{}", self.0))))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(value).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_the_secret_nor_its_header() {
        let secret = Secret::new("hunter2".into());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        let header = secret.basic("alice").expect("a header");
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(header.to_str().expect("ascii"), "Basic YWxpY2U6aHVudGVyMg==");
        assert_eq!(format!("{:?}", secret.bearer().expect("a header")), "Sensitive");
        assert_eq!(Secret::new("a\nb".into()).bearer(), None);
    }
}
