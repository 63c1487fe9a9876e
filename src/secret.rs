//! A value that must not be seen.
//!
//! In: a password, a token, or a text that holds some. Out: the same, to who says `expose`.
//! Invariant: no `Display`, and a `Debug` that shows nothing, so that no message can hold one by accident.

use std::fmt;

/// A password, a token, or a text that holds some.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value out of sight.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value. It goes to where it is used, and into nothing that is printed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
