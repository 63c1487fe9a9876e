//! Image references: `[registry[:port]/]repository[:tag][@digest]`.
//!
//! In: the text of one reference. Out: its parts with their places, or what is wrong and where.
//! Invariant: the text is kept as written. Names are normalised only in a [`Question`], the form
//! that is asked, and an implied `latest` never turns into a written tag.
//!
//! Grammar and normalisation are those of the distribution project's reference package, v0.6.0.

mod digest;
mod grammar;

use std::fmt;
use std::ops::Range;

use crate::source::Span;

pub use digest::Digest;

/// The registry of a name that states none.
pub const DOCKER_HUB: &str = "docker.io";
/// What a repository of Docker Hub without a slash lies in.
const OFFICIAL: &str = "library/";
/// Longest repository, in bytes, an implied `library/` among them.
const REPOSITORY_LIMIT: usize = 255;

/// A well-formed reference, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    text: String,
    registry: Option<Range<usize>>,
    repository: Range<usize>,
    tag: Option<Range<usize>>,
    digest: Option<Digest>,
}

/// Why a text is no reference, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The part that is wrong.
    pub part: Part,
    /// Bytes of the text that are to blame.
    pub span: Span,
    /// A sentence without a full stop.
    pub message: String,
}

/// The parts of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Registry host and port.
    Registry,
    /// Repository path.
    Repository,
    /// Tag.
    Tag,
    /// Digest.
    Digest,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// The first part that breaks the grammar, with its place in `text`.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (name, tag, digest) = grammar::split(text)?;
        let (registry, repository) = grammar::split_registry(name);
        grammar::check(text, registry.clone(), &repository)?;
        let reference = Self { text: text.to_owned(), registry, repository, tag, digest };
        let length = reference.repository().len() + if reference.is_official() { OFFICIAL.len() } else { 0 };
        if length > REPOSITORY_LIMIT {
            let Range { start, end } = reference.repository;
            let message =
                format!("a repository has at most {REPOSITORY_LIMIT} characters, this one has {length}");
            return Err(Malformed { part: Part::Repository, span: Span::new(start, end), message });
        }
        Ok(reference)
    }

    /// The whole reference, as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Registry and repository, as written.
    pub fn name(&self) -> &str {
        &self.text[..self.repository.end]
    }

    /// The registry, when one is written.
    pub fn registry(&self) -> Option<&str> {
        self.registry.clone().map(|range| &self.text[range])
    }

    /// The repository, as written (without an implied `library/`).
    pub fn repository(&self) -> &str {
        &self.text[self.repository.clone()]
    }

    /// The tag, when one is written. An implied `latest` is `None`.
    pub fn tag(&self) -> Option<&str> {
        self.tag.clone().map(|range| &self.text[range])
    }

    /// The digest, when one is written.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What to ask a registry to learn the digest of the tag: the name normalised, the tag or `latest`.
    pub fn question(&self) -> Question {
        let library = if self.is_official() { OFFICIAL } else { "" };
        let repository = format!("{library}{}", self.repository());
        let tag = self.tag().unwrap_or("latest").to_owned();
        Question { registry: self.known_registry().to_owned(), repository, tag }
    }

    /// The registry under the name that people know it by.
    fn known_registry(&self) -> &str {
        match self.registry() {
            None | Some("index.docker.io" | "registry-1.docker.io") => DOCKER_HUB,
            Some(registry) => registry,
        }
    }

    /// Whether `library/` is implied.
    fn is_official(&self) -> bool {
        self.known_registry() == DOCKER_HUB && !self.repository().contains('/')
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A question for a registry: which digest does this tag point to? Names are normalised, so that
/// every way to write one image is one question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Host and port of the registry as people know it: `docker.io`, not the host of its API.
    pub registry: String,
    /// Repository with an implied `library/` written out.
    pub repository: String,
    /// Tag, `latest` when none was written; or the digest, where that is what is asked for.
    pub tag: String,
}

impl Question {
    /// The same repository, asked for a digest: whether it is there, and what it is.
    #[must_use]
    pub fn by_digest(self, digest: &Digest) -> Self {
        Self { tag: digest.to_string(), ..self }
    }

    /// Whether it asks for a digest. No tag has a colon.
    pub fn is_by_digest(&self) -> bool {
        self.tag.contains(':')
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_by_digest() { '@' } else { ':' };
        write!(f, "{}/{}{mark}{}", self.registry, self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_questions() {
        let hex = "a".repeat(64);
        let table = [
            ("nginx", "docker.io/library/nginx:latest", None),
            ("nginx:1.27", "docker.io/library/nginx:1.27", Some("1.27")),
            ("index.docker.io/nginx:1", "docker.io/library/nginx:1", Some("1")),
            ("registry-1.docker.io/acme/web", "docker.io/acme/web:latest", None),
            ("host/img", "docker.io/host/img:latest", None),
            ("localhost/foo:a", "localhost/foo:a", Some("a")),
            ("localhost:5000/foo", "localhost:5000/foo:latest", None),
            ("[::1]:5000/x:y", "[::1]:5000/x:y", Some("y")),
            ("FOO/bar:1", "FOO/bar:1", Some("1")),
            ("ghcr.io/a/b--c/d__e.f:v1-2_3", "ghcr.io/a/b--c/d__e.f:v1-2_3", Some("v1-2_3")),
            ("openpolicyagent:443/opa", "openpolicyagent:443/opa:latest", None),
        ];
        for (text, question, tag) in table {
            let reference = Reference::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(reference.question().to_string(), question, "{text}");
            assert_eq!(reference.tag(), tag, "{text}");
        }
        let pinned = format!("a.io/b:1@sha256:{hex}");
        let pinned = Reference::parse(&pinned).expect("a pinned reference");
        assert_eq!((pinned.name(), pinned.tag()), ("a.io/b", Some("1")));
        assert_eq!(pinned.digest().map(Digest::as_str), Some(format!("sha256:{hex}").as_str()));
    }

    #[test]
    fn malformed_parts_are_named_and_placed() {
        let hex = "a".repeat(64);
        // With its implied `library/`.
        let long = "a".repeat(248);
        assert!(Reference::parse(&format!("localhost/{long}")).is_ok());
        let table = [
            ("", Part::Repository, "", "names a repository"),
            ("Nginx", Part::Repository, "Nginx", "lower-case"),
            ("alpine:invalid!", Part::Tag, "invalid!", "holds `!`"),
            ("nginx:", Part::Tag, ":", "without a tag"),
            ("a.io/", Part::Repository, "a.io/", "names a repository"),
            ("a//b", Part::Repository, "a//b", "empty component"),
            ("a.io:port/b", Part::Registry, "a.io:port", "port"),
            ("a.io:+5/b", Part::Registry, "a.io:+5", "port"),
            ("[::zz]/b", Part::Registry, "[::zz]", "IPv6"),
            ("[::1]x/b", Part::Registry, "[::1]x", "port"),
            ("my nginx:1", Part::Repository, "my nginx", "a blank"),
            ("nginx@sha256:abc", Part::Digest, "sha256:abc", "64 hex digits, this one has 3"),
            ("nginx@md5:abc", Part::Digest, "md5:abc", "unknown digest algorithm"),
            ("nginx@", Part::Digest, "", "algorithm:hex"),
            (hex.as_str(), Part::Repository, hex.as_str(), "image id"),
            ("a-/b", Part::Repository, "a-", "begin and end"),
            (&long, Part::Repository, &long, "at most 255 characters, this one has 256"),
        ];
        for (text, part, blamed, message) in table {
            let error = Reference::parse(text).expect_err(text);
            assert_eq!((error.part, error.span.slice(text)), (part, blamed), "{text}");
            assert!(error.message.contains(message), "{text}: {}", error.message);
        }
        let upper = format!("nginx@sha256:{}", "A".repeat(64));
        assert_eq!(Reference::parse(&upper).expect_err("upper-case hex").part, Part::Digest);
    }
}
