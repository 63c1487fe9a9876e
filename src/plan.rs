//! From findings and answers to edits.
//!
//! In: the text of a file, its image uses and findings, the answers of registries. Out: the edits that
//! pin what can be pinned, and for every other finding why it stays.
//! Invariants: nothing is written for a question without an answer; a scalar is edited once, however
//! many uses share it; edits are sorted and do not overlap.

mod entry;
mod repin;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Answer;
use crate::finding::{Applicability, Edit, Finding, Fix};
use crate::image::{ImageUse, PartKind, State, Stated, UseKind};
use crate::reference::{Digest, Question, Reference};
use crate::settings::{Style, Write};
use crate::source::Span;
use crate::yaml::{self, Refusal, Style as ScalarStyle, Surroundings};

pub use repin::{Goal, repin, turn};

/// Whether a use is one that pinning would mend.
pub fn can_be_pinned(image: &ImageUse) -> bool {
    lacks_digest(image) || !image.shadowed && image.alone && is_open(&image.stated)
}

/// Whether something is run because of a use that has no digest.
pub fn lacks_digest(image: &ImageUse) -> bool {
    !image.shadowed && image.judged().any(is_open)
}

fn is_open(stated: &Stated) -> bool {
    matches!(stated.state, State::Untagged | State::Tagged)
}

/// A reference with a digest: the name as written, the tag as the style wants it.
pub fn pinned(reference: &Reference, digest: &Digest, style: Style) -> String {
    match style {
        Style::TagAndDigest => {
            let tag = reference.tag().unwrap_or("latest");
            format!("{}:{tag}@{digest}", reference.name())
        }
        Style::DigestOnly | Style::DigestWithComment => format!("{}@{digest}", reference.name()),
    }
}

/// Why a use that can be pinned is left alone.
pub fn obstacle(image: &ImageUse, write: Write) -> Option<String> {
    let caution = image.caution.as_ref().filter(|_| !write.unsafe_fixes);
    let caution = caution.map(|caution| format!("{caution}; --unsafe-fixes pins it all the same"));
    image.hold.clone().or(caution)
}

/// What is judged at a use and has to be asked to mend it, each with its question: nothing where the
/// answers could not be written.
pub fn questions(image: &ImageUse, write: Write) -> Vec<(&Stated, Question)> {
    if image.shadowed || obstacle(image, write).is_some() {
        return Vec::new();
    }
    let alone = Some(&image.stated).filter(|_| image.alone && write.unsafe_fixes);
    let open = image.judged().chain(alone).filter(|stated| is_open(stated));
    open.filter_map(|stated| Some((stated, stated.reference.as_ref().ok()?.question()))).collect()
}

/// Completes a finding about a use: with a fix where the answers allow one, else with the reason.
pub fn remedy(finding: &mut Finding, image: &ImageUse, answers: &[&Answer], text: &str, write: Write) {
    let digest = match one_digest(answers) {
        Ok(digest) => digest,
        Err(why_not) => return finding.why_not = Some(why_not),
    };
    let pin = match image.kind {
        UseKind::KustomizeImage => entry::pin(image, digest, text, write),
        UseKind::Flux if image.part(PartKind::Name).is_some() => entry::pin(image, digest, text, write),
        _ if !image.parts.is_empty() => values::pin(image, digest, text),
        _ => pin(image, digest, text, write.style.unwrap_or_default()),
    };
    let edits = pin.map(|Pin { edits, help }| {
        finding.help = help;
        edits
    });
    carry(finding, image, edits);
}

/// Gives a finding about a use the edits that mend it, or why there are none.
pub fn carry(finding: &mut Finding, image: &ImageUse, edits: Result<Vec<Edit>, Refusal>) {
    match edits {
        Ok(edits) => {
            let safe = image.caution.is_none();
            let applicability = if safe { Applicability::Safe } else { Applicability::Unsafe };
            finding.fix = Some(Fix { edits, applicability });
        }
        Err(refusal) => finding.why_not = Some(refusal.0),
    }
}

/// What pins a use.
struct Pin {
    edits: Vec<Edit>,
    help: String,
}

/// The digest that all answers come to.
fn one_digest<'a>(answers: &[&'a Answer]) -> Result<&'a Digest, String> {
    let mut found = None;
    for answer in answers {
        let Answer::Pinned { digest, .. } = answer else {
            let open = answer.unanswered().map(|reason| format!("no digest: {}", reason.what));
            return Err(open.unwrap_or_else(|| "there is no digest to pin".to_owned()));
        };
        if *found.get_or_insert(digest) != digest {
            return Err("the images that builds make of it have different digests".to_owned());
        }
    }
    found.ok_or_else(|| "no registry was asked".to_owned())
}

/// Pins a reference that one scalar holds.
fn pin(image: &ImageUse, digest: &Digest, text: &str, style: Style) -> Result<Pin, Refusal> {
    let unread = |_: &_| Refusal("what is written here is no reference by itself".to_owned());
    let reference = image.stated.reference.as_ref().map_err(unread)?;
    let value = format!("{}{}", image.scheme, pinned(reference, digest, style));
    let mut edit = yaml::replace(text, &image.scalar, &value)?;
    let mut help = format!("write `{value}`");
    if style == Style::DigestWithComment {
        let tag = reference.tag().unwrap_or("latest");
        edit.text.push_str(&tag_behind(image, text, tag)?);
        help = format!("write `{value} # {tag}`");
    }
    Ok(Pin { edits: vec![edit], help })
}

/// The comment that says which tag a digest was; nothing where it is there already.
fn tag_behind(image: &ImageUse, text: &str, tag: &str) -> Result<String, Refusal> {
    let scalar = &image.scalar;
    let on_its_line = !matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded)
        && scalar.surroundings == Surroundings::Block
        && !scalar.inside
        && !scalar.span.slice(text).contains('\n');
    if !on_its_line {
        return Err(Refusal("there is no room behind it for a comment with the tag".to_owned()));
    }
    let rest = text[scalar.span.end..].lines().next().unwrap_or_default().trim();
    match rest.strip_prefix('#').map(str::trim) {
        None if rest.is_empty() => Ok(format!(" # {tag}")),
        Some(there) if there == tag => Ok(String::new()),
        _ => Err(Refusal("there is a comment behind it, and the tag would need one".to_owned())),
    }
}

/// Takes fixes away that would give the same bytes different texts: of a scalar that several uses share.
pub fn settle(findings: &mut [Finding]) {
    let mut wanted: BTreeMap<Span, BTreeSet<String>> = BTreeMap::new();
    for edit in findings.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits) {
        wanted.entry(edit.span).or_default().insert(edit.text.clone());
    }
    for finding in findings {
        let torn = |edit: &Edit| wanted.get(&edit.span).is_some_and(|texts| texts.len() > 1);
        if finding.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(torn)) {
            finding.fix = None;
            finding.why_not = Some("uses that share this value need different digests".to_owned());
        }
    }
}

/// The edits of all fixes, each once.
pub fn edits(findings: &[Finding]) -> Vec<Edit> {
    let fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    let mut edits: Vec<Edit> = fixes.flat_map(|fix| fix.edits.clone()).collect();
    edits.sort_by(|a, b| (a.span, &a.text).cmp(&(b.span, &b.text)));
    edits.dedup();
    edits
}

/// The text with all edits made. Edits are sorted and do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut after =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for edit in edits {
        after.push_str(&text[at..edit.span.start]);
        after.push_str(&edit.text);
        at = edit.span.end;
    }
    after.push_str(&text[at..]);
    after
}

/// Where a span that no edit touches is once the edits are made.
pub fn moved(span: Span, edits: &[Edit]) -> Span {
    let before = edits.iter().take_while(|edit| edit.span.end <= span.start);
    let (grown, gone) =
        before.fold((0, 0), |(grown, gone), edit| (grown + edit.text.len(), gone + edit.span.len()));
    Span::new(span.start + grown - gone, span.end + grown - gone)
}
