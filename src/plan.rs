//! From findings and answers to edits.
//!
//! In: the text of a file, its image uses and findings, the answers of registries. Out: the edits that
//! pin what can be pinned, and for every other finding why it stays.
//! Invariants: nothing is written for a question without an answer; a scalar is edited once, however
//! many uses share it; edits are sorted and do not overlap.

use crate::answer::Answer;
use crate::finding::{Applicability, Edit, Finding, Fix};
use crate::image::{ImageUse, State};
use crate::reference::{Digest, Question, Reference};
use crate::settings::{Style, Write};
use crate::source::Span;
use crate::yaml;

/// Whether a use is one that pinning would mend.
pub fn can_be_pinned(image: &ImageUse) -> bool {
    matches!(image.state, State::Untagged | State::Tagged) && !image.shadowed
}

/// The use's reference with a digest: the name as written, the tag as the style wants it.
pub fn pinned(reference: &Reference, digest: &Digest, style: Style) -> String {
    match style {
        Style::TagAndDigest => {
            let tag = reference.tag().unwrap_or("latest");
            format!("{}:{tag}@{digest}", reference.name())
        }
        Style::DigestOnly => format!("{}@{digest}", reference.name()),
    }
}

/// Why a use that can be pinned is left alone.
pub fn obstacle(image: &ImageUse, write: &Write) -> Option<String> {
    let caution = image.caution.as_ref().filter(|_| !write.unsafe_fixes);
    let caution = caution.map(|caution| format!("{caution}; --unsafe-fixes pins it all the same"));
    image.hold.clone().or(caution)
}

/// What has to be asked to mend a use: nothing where the answer could not be written.
pub fn question(image: &ImageUse, write: &Write) -> Option<Question> {
    let reference = image.reference.as_ref().ok()?;
    (can_be_pinned(image) && obstacle(image, write).is_none()).then(|| reference.question())
}

/// Completes a finding about a use: with a fix where the answer allows one, else with the reason.
pub fn remedy(finding: &mut Finding, image: &ImageUse, answer: &Answer, text: &str, style: Style) {
    let Ok(reference) = &image.reference else {
        return;
    };
    let Answer::Pinned { digest, .. } = answer else {
        let open = answer.unanswered().map(|reason| format!("no digest: {}", reason.what));
        return finding.why_not = open.or_else(|| Some("there is no digest to pin".to_owned()));
    };
    let value = pinned(reference, digest, style);
    match yaml::replace(text, &image.scalar, &value) {
        Ok(edit) => {
            let safe = image.caution.is_none();
            let applicability = if safe { Applicability::Safe } else { Applicability::Unsafe };
            finding.fix = Some(Fix { edits: vec![edit], applicability });
        }
        Err(refusal) => finding.why_not = Some(refusal.0),
    }
    finding.help = format!("write `{value}`");
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
