//! Digests: an algorithm and the hash of a manifest or index.
//!
//! In: a text. Out: a [`Digest`], or what is wrong with it.
//! Source: OCI image specification, descriptor.md: algorithms, and lower-case hex of the exact length.

use std::fmt;

/// The hash of an image manifest or index, `sha256:` or `sha512:` and lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Digest(String);

impl Digest {
    /// Reads a digest.
    ///
    /// # Errors
    /// A sentence about what is wrong: no algorithm, an unknown one, wrong length, not lower-case hex.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((algorithm, hex)) = text.split_once(':') else {
            return Err("a digest is `algorithm:hex`, for example `sha256:` and 64 hex digits".into());
        };
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => {
                return Err(format!("unknown digest algorithm `{algorithm}`: images use sha256 (or sha512)"));
            }
        };
        if hex.len() != length {
            return Err(format!(
                "a {algorithm} digest has {length} hex digits, this one has {}",
                hex.chars().count()
            ));
        }
        if !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(format!("a {algorithm} digest is {length} lower-case hex digits"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The hash without the name of its algorithm.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, hex)| hex)
    }

    /// `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
