//! Changing pins that are there.
//!
//! In: an image use with a digest, and what it should state. Out: edits of the place that states it.
//! Invariants: a digest is changed in the form that it has; what goes with one is what `fix` adds, and no
//! more; a place that does not state the digest itself is refused.

use crate::finding::{Edit, Finding, Reads, Severity};
use crate::image::{ImageUse, Part, PartKind, Pin, UseKind};
use crate::reference::{Digest, Reference};
use crate::source::Span;
use crate::yaml::{self, Refusal, Scalar};

/// What a pin should state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// This digest in place of its own.
    Digest(Digest),
    /// No digest, and this tag.
    Tag(String),
}

impl Goal {
    /// What becomes of the reference that is judged.
    pub fn reached(&self, pin: &Pin<'_>) -> String {
        let name = pin.reference.name();
        match self {
            Self::Tag(tag) => format!("{name}:{tag}"),
            Self::Digest(digest) => {
                let tag = pin.reference.tag().map(|tag| format!(":{tag}"));
                format!("{name}{}@{digest}", tag.unwrap_or_default())
            }
        }
    }
}

/// The edits that make a place with this digest state what it should.
///
/// # Errors
/// Why it cannot be done safely.
pub fn repin(image: &ImageUse, digest: &Digest, goal: &Goal, text: &str) -> Result<Vec<Edit>, Refusal> {
    let scheme = image.scheme;
    match (held(image, digest)?, goal) {
        (Held::Alone(part), Goal::Digest(new)) => {
            let bare = !part.text.contains(':');
            let new = if bare { same_algorithm(digest, new)?.hex() } else { new.as_str() };
            Ok(vec![yaml::replace(text, &part.scalar, new)?])
        }
        (Held::Behind(scalar, before), Goal::Digest(new)) => {
            Ok(vec![yaml::replace(text, scalar, &format!("{scheme}{before}@{new}"))?])
        }
        (Held::Behind(scalar, before), Goal::Tag(tag)) => {
            let tagged = !image.parts.is_empty()
                || Reference::parse(before).is_ok_and(|reference| reference.tag().is_some());
            if tagged {
                return Ok(vec![yaml::cut(text, scalar, &format!("{scheme}{before}"))?]);
            }
            let edit = yaml::replace(text, scalar, &format!("{scheme}{before}:{tag}"))?;
            // It has become what the comment said.
            let said = image.commented.as_ref() == Some(tag);
            Ok(vec![if said { without_comment(edit, text) } else { edit }])
        }
        (Held::Alone(part), Goal::Tag(tag)) => match tag_key(image) {
            Some(key) => without_pair(image, part, (key, tag), text),
            None => Ok(vec![emptied(part, text)?]),
        },
    }
}

/// Where a digest stands.
enum Held<'i> {
    /// In a scalar of its own.
    Alone(&'i Part),
    /// In a scalar, behind this, and that behind the scheme of a URL where it is one.
    Behind(&'i Scalar, &'i str),
}

/// Where the digest of a place stands.
fn held<'i>(image: &'i ImageUse, digest: &Digest) -> Result<Held<'i>, Refusal> {
    let own = image.part(PartKind::Digest).filter(|part| !part.text.is_empty());
    if let Some(part) = own.filter(|part| [digest.as_str(), digest.hex()].contains(&&*part.text)) {
        return Ok(Held::Alone(part));
    }
    let parts = image.parts.iter().filter(|part| part.kind != PartKind::Name);
    let parts = parts.map(|part| (&part.scalar, part.text.as_str()));
    let whole = image.parts.is_empty().then_some((&image.scalar, image.stated.written.as_str()));
    let behind = |(scalar, text): (&'i Scalar, &'i str)| {
        let before = text.strip_suffix(digest.as_str())?.strip_suffix('@')?;
        Some(Held::Behind(scalar, before))
    };
    let elsewhere = || Refusal("the digest is stated elsewhere".to_owned());
    parts.chain(whole).find_map(behind).filter(|_| own.is_none()).ok_or_else(elsewhere)
}

/// A digest without the name of its algorithm is one of the same.
fn same_algorithm<'d>(old: &Digest, new: &'d Digest) -> Result<&'d Digest, Refusal> {
    let refusal = || Refusal(format!("the digest is written without its algorithm, and {new} has another"));
    Some(new).filter(|new| new.hex().len() == old.hex().len()).ok_or_else(refusal)
}

/// The key for a tag in what is written as an entry of `images:`, or as a `ref` of Flux: there a digest is a
/// pair of its own, that comes and goes.
fn tag_key(image: &ImageUse) -> Option<&'static str> {
    let entry = image.part(PartKind::Name).is_some();
    match image.kind {
        UseKind::KustomizeImage => Some("newTag"),
        UseKind::Flux if entry => Some("newTag"),
        UseKind::Flux => Some("tag"),
        _ => None,
    }
}

/// Takes the pair of a digest out; where no tag is beside it, the tag takes its place.
fn without_pair(
    image: &ImageUse,
    digest: &Part,
    (key, tag): (&str, &str),
    text: &str,
) -> Result<Vec<Edit>, Refusal> {
    let pair = digest.sibling.as_ref().filter(|_| !digest.scalar.inside);
    let pair = pair.ok_or_else(|| Refusal("it is not written as plain pairs".to_owned()))?;
    match image.part(PartKind::NewTag).or_else(|| image.part(PartKind::Tag)) {
        Some(stated) if stated.text.is_empty() => Err(Refusal(format!("its `{key}` is empty"))),
        Some(_) => Ok(vec![yaml::remove(text, pair, "digest", &digest.text)?]),
        None => {
            Ok(vec![yaml::replace(text, &pair.key_scalar(), key)?, yaml::replace(text, &digest.scalar, tag)?])
        }
    }
}

/// Empties the key of a digest. Whether `fix` filled it or added it cannot be told; empty, it says the same.
fn emptied(digest: &Part, text: &str) -> Result<Edit, Refusal> {
    let edit = yaml::replace(text, &digest.scalar, "")?;
    // The comment is about the digest that goes.
    Ok(if digest.pinned_for.is_some() { without_comment(edit, text) } else { edit })
}

/// The edit of a scalar, with the comment behind it going, too.
fn without_comment(edit: Edit, text: &str) -> Edit {
    let line = text[edit.span.end..].lines().next().unwrap_or_default().trim_end();
    match edit.reads {
        Reads::Scalar(value) => {
            let span = Span::new(edit.span.start, edit.span.end + line.len());
            Edit { span, reads: Reads::Bare(value), ..edit }
        }
        _ => edit,
    }
}

/// A change that is asked for at a place. It is kept as a finding of no rule, so that it goes the way of
/// fixes.
pub fn turn(file: usize, number: usize, image: &ImageUse) -> Finding {
    Finding {
        rule: "",
        severity: Severity::Warning,
        file,
        image: Some(number),
        span: image.span,
        start: image.start,
        end: image.end,
        message: image.stated.written.clone(),
        label: String::new(),
        help: String::new(),
        fix: None,
        why_not: None,
        related: Vec::new(),
        roots: Vec::new(),
        builds: Vec::new(),
        template: None,
    }
}
