//! The rules: what is wrong with an image use, why, and what to do.
//!
//! In: image uses, faults, answers. Out: findings.
//! Invariants: pure; one finding for each image use, of the most specific rule; which rules need an
//! answer shows in their [`Check`].

mod latest_tag;
mod malformed_digest;
mod malformed_reference;
mod shadowed_image;
mod tag_without_digest;
mod template_not_read;
mod unparsable_document;
mod unresolvable;
mod untagged;

use crate::answer::Answer;
use crate::extract::{Extracted, Fault};
use crate::finding::{Finding, Severity};
use crate::image::{ImageUse, State};
use crate::source::{Position, Span};
use crate::yaml::Style;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which names what is wrong.
    pub id: &'static str,
    /// What it finds, in a line.
    pub summary: &'static str,
    /// How much its findings weigh.
    pub severity: Severity,
    /// Its page, in Markdown.
    pub page: &'static str,
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// An image use alone; offline.
    Use(fn(&ImageUse) -> Option<Draft>),
    /// A piece that could not be read; offline.
    Fault(fn(&Fault) -> Option<Draft>),
    /// An image use and what the registry said about it.
    Answer(fn(&ImageUse, &Answer) -> Option<Draft>),
}

/// The words of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What is wrong, in a line.
    pub message: String,
    /// Why it matters, in a few words, under the underlined bytes.
    pub label: String,
    /// What to do.
    pub help: String,
    /// The part of the value to underline, when it is not the whole of it.
    pub part: Option<Span>,
}

impl Draft {
    fn new(message: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), label: label.into(), help: help.into(), part: None }
    }
}

/// What to do about a use that can be pinned, as long as the digest is not known.
fn pin_it(image: &ImageUse) -> String {
    let tag = if image.state == State::Untagged { ":latest" } else { "" };
    format!("pin it: `kubepin check --fix` writes `{}{tag}@sha256:…`", image.written)
}

/// Every rule. Of those that look at a use, the first that fires is the one that is reported.
pub const RULES: [&Rule; 9] = [
    &shadowed_image::RULE,
    &malformed_digest::RULE,
    &malformed_reference::RULE,
    &untagged::RULE,
    &latest_tag::RULE,
    &tag_without_digest::RULE,
    &unresolvable::RULE,
    &unparsable_document::RULE,
    &template_not_read::RULE,
];

/// The rule of this name.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.id == id)
}

/// Judges what a file holds, offline. `file` is its number among the scanned ones.
pub fn judge(file: usize, extracted: &Extracted) -> Vec<Finding> {
    let uses = extracted.uses.iter().enumerate().filter_map(|(number, image)| {
        let fired = RULES.into_iter().find_map(|rule| match rule.check {
            Check::Use(check) => check(image).map(|draft| (rule, draft)),
            _ => None,
        });
        fired.map(|(rule, draft)| about_use(rule, draft, file, number, image))
    });
    let faults = extracted.faults.iter().filter_map(|fault| {
        RULES.into_iter().find_map(|rule| match rule.check {
            Check::Fault(check) => check(fault).map(|draft| about_fault(rule, draft, file, fault)),
            _ => None,
        })
    });
    let mut findings: Vec<Finding> = uses.chain(faults).collect();
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    findings
}

/// What an answer adds: the finding that takes the place of `before`.
pub fn judge_answer(before: &Finding, image: &ImageUse, answer: &Answer) -> Option<Finding> {
    let (rule, draft) = RULES.into_iter().find_map(|rule| match rule.check {
        Check::Answer(check) => check(image, answer).map(|draft| (rule, draft)),
        _ => None,
    })?;
    Some(about_use(rule, draft, before.file, before.image?, image))
}

/// Bytes, and where they begin and end.
type Place = (Span, Position, Position);

fn about_use(rule: &Rule, draft: Draft, file: usize, number: usize, image: &ImageUse) -> Finding {
    let place = locate(image, draft.part);
    let also = |&at| (at, "shares this value, through an anchor".to_owned());
    let related = image.shared_with.iter().map(also).collect();
    Finding { image: Some(number), related, ..finding(rule, draft, file, place) }
}

/// The bytes of a part of the value, where the value stands in the file as it reads; else of all of it.
fn locate(image: &ImageUse, part: Option<Span>) -> Place {
    let quote = match image.scalar.style {
        Style::Plain => 0,
        Style::Single | Style::Double => 1,
        Style::Literal | Style::Folded => return (image.span, image.start, image.end),
    };
    let as_it_reads = image.span == image.scalar.span && image.span.len() == image.written.len() + 2 * quote;
    let part = part.filter(|part| as_it_reads && !part.is_empty());
    let Some((part, before)) = part.and_then(|part| Some((part, image.written.get(..part.start)?))) else {
        return (image.span, image.start, image.end);
    };
    let column = image.start.column + quote + before.chars().count();
    let start = Position { column, ..image.start };
    let end = Position { column: column + part.slice(&image.written).chars().count(), ..start };
    (part.shift(image.span.start + quote), start, end)
}

fn about_fault(rule: &Rule, draft: Draft, file: usize, fault: &Fault) -> Finding {
    finding(rule, draft, file, (fault.span, fault.start, fault.end))
}

fn finding(rule: &Rule, draft: Draft, file: usize, (span, start, end): Place) -> Finding {
    Finding {
        rule: rule.id,
        severity: rule.severity,
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
        related: Vec::new(),
    }
}
