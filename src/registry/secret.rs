//! Secrets on the wire.
//!
//! In: a password or a token. Out: header values marked sensitive.
//! Invariant: a header shows its secret in no `Debug` either.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

pub(super) use crate::secret::Secret;

impl Secret {
    /// `Bearer SECRET`; `None` when the secret cannot stand in a header.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        sensitive(&format!("Bearer {}", self.expose()))
    }

    /// `Basic USER:SECRET` in base64.
    pub(super) fn basic(&self, user: &str) -> Option<HeaderValue> {
        sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{}", self.expose()))))
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
