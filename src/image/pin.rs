//! Pins: references with a digest, and the tags that they stand for.
//!
//! In: an image use. Out: the pins that are judged there, with the questions about them.
//! Invariant: a tag is one that the reference, the place or a comment behind it states; none is implied.

use super::{ImageUse, PartKind, Stated};
use crate::reference::{Digest, Question, Reference};

/// A reference with a digest.
#[derive(Clone, Copy, Debug)]
pub struct Pin<'i> {
    /// What is judged.
    pub stated: &'i Stated,
    /// The reference in it.
    pub reference: &'i Reference,
    /// Its digest.
    pub digest: &'i Digest,
    /// The tag that the digest stands for, where one is known.
    pub tag: Option<&'i str>,
}

impl Pin<'_> {
    /// Whether the digest is there.
    pub fn by_digest(&self) -> Question {
        self.reference.question().by_digest(self.digest)
    }

    /// Which digest the tag has now.
    pub fn by_tag(&self) -> Option<Question> {
        Some(Question { tag: self.tag?.to_owned(), ..self.reference.question() })
    }
}

impl ImageUse {
    /// The pins that are judged here.
    pub fn pins(&self) -> Vec<Pin<'_>> {
        if self.shadowed {
            return Vec::new();
        }
        let judged = self.judged().filter(|stated| stated.has_digest());
        let pin = |stated| {
            let reference = Stated::reference(stated)?;
            let tag = reference.tag().or(self.follows.as_deref()).or_else(|| self.tag_beside());
            Some(Pin { stated, reference, digest: reference.digest()?, tag })
        };
        judged.filter_map(pin).collect()
    }

    /// The tag that is stated beside a digest, although what is made of both leaves it out.
    fn tag_beside(&self) -> Option<&str> {
        let part = self.part(PartKind::NewTag).or_else(|| self.part(PartKind::Tag))?;
        part.text.split('@').next().filter(|tag| !tag.is_empty())
    }
}

/// The tag in a comment behind a digest: one word that has a digit in it, or `latest`.
pub fn tag_in_comment(comment: &str) -> Option<&str> {
    let word = comment.trim_start().strip_prefix('#')?.trim();
    let is_tag = Reference::parse(&format!("x:{word}")).is_ok_and(|reference| reference.tag() == Some(word));
    let telling = word == "latest" || word.contains(|c: char| c.is_ascii_digit());
    Some(word).filter(|_| is_tag && telling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_comments() {
        let table = [
            (" # 1.27", Some("1.27")),
            ("  #v1.2.3-alpine ", Some("v1.2.3-alpine")),
            (" # latest", Some("latest")),
            (" # pinned", None),
            (" # see 1.27", None),
            (" # nginx:1.27", None),
            (" # 1.27@x", None),
            (", b: c} # 1.27", None),
            ("", None),
        ];
        for (comment, tag) in table {
            assert_eq!(tag_in_comment(comment), tag, "{comment:?}");
        }
    }
}
