//! Pins: references with a digest, and the tags that they stand for.
//!
//! In: an image use. Out: the pins that are judged there, with the questions about them.
//! Invariant: a tag is one that the reference, the place, its chart or a comment behind it states; none is
//! implied.

use super::{ImageUse, Machine, PartKind, Stated};
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
    /// The tag that the digest stands for, where one is stated or made.
    pub tag: Option<&'i str>,
    /// The tag that a comment names, where there is none but that.
    pub commented: Option<&'i str>,
    /// The machines that the image has to run on, by what its pods say.
    pub machines: &'i [Machine<String>],
}

impl Pin<'_> {
    /// Whether the digest is there.
    pub fn by_digest(&self) -> Question {
        self.reference.question().by_digest(self.digest)
    }

    /// Which digest the tag has now.
    pub fn by_tag(&self) -> Option<Question> {
        let tag = self.tag.or(self.commented)?.to_owned();
        Some(Question { tag, ..self.reference.question() })
    }
}

impl ImageUse {
    /// The pins that are judged here.
    pub fn pins(&self) -> Vec<Pin<'_>> {
        let judged = self.judged_on().filter(|_| !self.shadowed);
        judged.filter_map(|(stated, machines)| self.pin(stated, machines)).collect()
    }

    /// The pins that are judged here; where none is, the one that is written.
    pub fn written_pins(&self) -> Vec<Pin<'_>> {
        let judged = self.pins();
        if judged.is_empty() && !self.shadowed {
            self.pin(&self.stated, &self.machines).into_iter().collect()
        } else {
            judged
        }
    }

    /// The pin that a reference which is judged here becomes with a digest.
    pub fn pin_to<'i>(&'i self, stated: &'i Stated, digest: &'i Digest) -> Option<Pin<'i>> {
        let reference = stated.reference()?;
        let own = self.judged_on().find(|(judged, _)| std::ptr::eq(*judged, stated));
        let machines = own.map_or(&*self.machines, |(_, machines)| machines);
        Some(Pin { stated, reference, digest, tag: reference.tag(), commented: None, machines })
    }

    pub(super) fn pin<'i>(&'i self, stated: &'i Stated, machines: &'i [Machine<String>]) -> Option<Pin<'i>> {
        let reference = stated.reference().filter(|_| stated.has_digest())?;
        let tag = reference.tag().or(self.tag_without_digest.as_deref()).or_else(|| self.tag_beside());
        let commented = self.commented.as_deref().filter(|_| tag.is_none());
        Some(Pin { stated, reference, digest: reference.digest()?, tag, commented, machines })
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
