//! From the words of a rule to a finding about a place.
//!
//! In: a rule, its words, what they are about. Out: the finding, with the bytes to underline.
//! Invariant: what is underlined is the value that is named, or the place that stands for it.

use std::collections::BTreeSet;

use super::{Check, Draft, Rule};
use crate::extract::{Fault, Ignore};
use crate::finding::{Finding, Related, named};
use crate::image::{ImageUse, Outcome};
use crate::source::{Position, Span};
use crate::yaml::Style;

/// Bytes, and where they begin and end.
type Place = (Span, Position, Position);

pub(super) fn about_use(rule: &Rule, draft: Draft, file: usize, number: usize, image: &ImageUse) -> Finding {
    let place = locate(image, &draft);
    let what = "shares this value, through an anchor";
    let shares = image.shared_with.iter().map(|&at| Related { file: None, at, what: what.to_owned() });
    let related = shares.chain(draft.related.iter().cloned()).collect();
    let judges = !matches!(rule.check, Check::Ran(_));
    let open = image.outcomes.iter().flatten().filter(|outcome| judges && is_about(rule, outcome));
    let (mut roots, mut builds) = (BTreeSet::new(), Vec::new());
    for outcome in open {
        roots.extend(outcome.roots.iter().cloned());
        builds.extend(becomes(image, outcome));
    }
    let roots = roots.into_iter().collect();
    let template = image.object.template.clone();
    Finding { image: Some(number), related, roots, builds, template, ..finding(rule, draft, file, place) }
}

/// Whether a rule speaks of what builds come to: of pins, or of all else.
fn is_about(rule: &Rule, outcome: &Outcome) -> bool {
    matches!(rule.check, Check::Pin(_) | Check::Kept(_)) == outcome.stated.has_digest()
}

/// What builds make of a place, where that is not what it states.
fn becomes(image: &ImageUse, outcome: &Outcome) -> Option<String> {
    let (written, built) = (&image.stated.written, &outcome.stated.written);
    let roots: Vec<String> = outcome.roots.iter().map(|root| format!("`{root}`")).collect();
    (written != built).then(|| format!("it becomes `{built}` in {}", named(&roots)))
}

/// The bytes of a part of the value, where the value stands in the file as it reads; else of all of it.
fn locate(image: &ImageUse, draft: &Draft) -> Place {
    if let Some(part) = draft.of.and_then(|kind| image.part(kind)) {
        return (part.span, part.start, part.end);
    }
    let quote = match image.scalar.style {
        Style::Plain => 0,
        Style::Single | Style::Double => 1,
        Style::Literal | Style::Folded => return (image.span, image.start, image.end),
    };
    let written = &image.stated.written;
    let built = image.outcomes.iter().flatten().any(|outcome| outcome.stated.written != *written);
    let as_it_reads = image.span == image.scalar.span && image.span.len() == written.len() + 2 * quote;
    let part = draft.part.filter(|part| as_it_reads && !built && !part.is_empty());
    let Some((part, before)) = part.and_then(|part| Some((part, written.get(..part.start)?))) else {
        return (image.span, image.start, image.end);
    };
    let column = image.start.column + quote + before.chars().count();
    let start = Position { column, ..image.start };
    let end = Position { column: column + part.slice(written).chars().count(), ..start };
    (part.shift(image.span.start + quote), start, end)
}

pub(super) fn about_fault(rule: &Rule, draft: Draft, file: usize, fault: &Fault) -> Finding {
    finding(rule, draft, file, (fault.span, fault.start, fault.end))
}

pub(super) fn about_ignore(rule: &Rule, draft: Draft, file: usize, ignore: &Ignore) -> Finding {
    finding(rule, draft, file, (ignore.span, ignore.start, ignore.end))
}

fn finding(rule: &Rule, draft: Draft, file: usize, (span, start, end): Place) -> Finding {
    Finding {
        rule: rule.id,
        severity: draft.severity.unwrap_or(rule.severity),
        file,
        image: None,
        span,
        start,
        end,
        message: draft.message,
        label: draft.label,
        help: draft.help,
        fix: None,
        why_not: None,
        related: draft.related,
        roots: Vec::new(),
        builds: Vec::new(),
        template: None,
    }
}
