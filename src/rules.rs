//! The rules: what is wrong with an image use, why, and what to do.
//!
//! In: image uses, faults, answers. Out: findings.
//! Invariants: pure; one finding for each image use, of the most specific rule; which rules need an
//! answer shows in their [`Check`].

mod about;
mod covering;
mod digest_gone;
mod expired_ignore;
mod helm_digest_ignored;
mod helm_stale_digest;
mod helm_tag_carries_digest;
mod ignore_without_reason;
mod ignored;
mod known;
mod kustomize_unpins;
mod kustomize_unused_image;
mod latest_tag;
mod malformed_digest;
mod malformed_reference;
mod missing_platform;
mod missing_referrer;
mod shadowed_image;
mod single_platform_pin;
mod tag_changed_digest_kept;
mod tag_moved;
mod tag_without_digest;
mod template_not_read;
mod too_recent;
mod unparsable_document;
mod unresolvable;
mod untagged;
mod unused_ignore;

use crate::answer::Answer;
use crate::extract::{Extracted, Fault};
use crate::finding::{Finding, Related, Severity};
use crate::image::{ImageUse, Outcome, PartKind, Ran, State, Stated, UseKind};
use crate::settings::Task;
use crate::source::Span;
use about::{about_fault, about_ignore, about_use};
pub use ignored::{Applied, Ignores, Judged, Sifted, sift};

pub use known::{Age, Known, Past};

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
    /// A place and a reference that is judged there; offline.
    Use(fn(&ImageUse, &Stated) -> Option<Draft>),
    /// A place and what builds come to because of it; offline.
    Outcome(fn(&ImageUse, &Outcome) -> Option<Draft>),
    /// An entry of `images:` and what it did in builds; offline.
    Ran(fn(&ImageUse, &Ran) -> Option<Draft>),
    /// A place whose digest is known by other tags than the one beside it; offline.
    Kept(fn(&ImageUse) -> Option<Draft>),
    /// A piece that could not be read; offline.
    Fault(fn(&Fault) -> Option<Draft>),
    /// An ignore and what it did; offline.
    Ignore(fn(&Applied<'_>) -> Option<Draft>),
    /// A reference and what the registry said about it.
    Answer(fn(&Stated, &Answer) -> Option<Draft>),
    /// A pin and what is known of it: `verify` alone.
    Pin(fn(&Known<'_>) -> Option<Draft>),
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
    /// The scalar to underline, of a reference that is written in several.
    pub of: Option<PartKind>,
    /// Other places it concerns.
    pub related: Vec<Related>,
    /// How much it weighs, where that is not what the rule says.
    pub severity: Option<Severity>,
}

impl Draft {
    fn new(message: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Self {
        let (message, label, help) = (message.into(), label.into(), help.into());
        Self { message, label, help, part: None, of: None, related: Vec::new(), severity: None }
    }
}

/// What to do about a use that can be pinned, as long as the digest is not known.
fn pin_it(image: &ImageUse, stated: &Stated) -> String {
    if image.kind == UseKind::KustomizeImage {
        return "pin it: `kubepin check --fix` adds the digest to this entry".to_owned();
    }
    // A build may rename what is written here; it is pinned as it is written.
    let whole = image.parts.is_empty() && image.stated.reference.is_ok();
    let written = if whole { &image.stated } else { stated };
    let tag = if written.state == State::Untagged { ":latest" } else { "" };
    format!("pin it: `kubepin check --fix` writes `{}{tag}@sha256:…`", written.written)
}

/// Every rule. Of those that look at a use, the first that fires is the one that is reported.
pub const RULES: [&Rule; 24] = [
    &shadowed_image::RULE,
    &kustomize_unused_image::RULE,
    &malformed_digest::RULE,
    &malformed_reference::RULE,
    &kustomize_unpins::RULE,
    &helm_tag_carries_digest::RULE,
    &helm_digest_ignored::RULE,
    &helm_stale_digest::RULE,
    &tag_changed_digest_kept::RULE,
    &untagged::RULE,
    &latest_tag::RULE,
    &tag_without_digest::RULE,
    &unresolvable::RULE,
    &digest_gone::RULE,
    &tag_moved::RULE,
    &single_platform_pin::RULE,
    &missing_platform::RULE,
    &missing_referrer::RULE,
    &too_recent::RULE,
    &unparsable_document::RULE,
    &template_not_read::RULE,
    &ignore_without_reason::RULE,
    &expired_ignore::RULE,
    &unused_ignore::RULE,
];

/// The rule about tags.
pub const TAG_WITHOUT_DIGEST: &str = tag_without_digest::RULE.id;

/// The rules about references without a digest, or without a right one: what policies of clusters are about.
pub const ABOUT_DIGESTS: [&str; 5] = [
    malformed_digest::RULE.id,
    malformed_reference::RULE.id,
    untagged::RULE.id,
    latest_tag::RULE.id,
    TAG_WITHOUT_DIGEST,
];

/// The rule whose findings have a fix in `verify`.
pub const SINGLE_PLATFORM_PIN: &str = single_platform_pin::RULE.id;

/// The rule whose findings an update mends.
pub const TAG_MOVED: &str = tag_moved::RULE.id;

/// The rule of this name.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.id == id)
}

/// The names of the rules about pins.
pub fn of_pins() -> impl Iterator<Item = &'static str> {
    RULES.into_iter().filter(|rule| matches!(rule.check, Check::Pin(_))).map(|rule| rule.id)
}

/// Whether a task judges a rule, or a name that is none.
pub fn is_judged(id: &str, task: Task) -> bool {
    of_pins().any(|of_pins| of_pins == id) == (task == Task::Verify)
}

/// Judges what a file holds, offline. `file` is its number among the scanned ones.
pub fn judge(file: usize, extracted: &Extracted) -> Vec<Finding> {
    let uses = extracted.uses.iter().enumerate().filter_map(|(number, image)| {
        let (rule, draft) = RULES.into_iter().find_map(|rule| Some((rule, fire(rule, image)?)))?;
        Some(about_use(rule, draft, file, number, image))
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

/// What would be wrong with uses if a base were built alone that every build gives another version.
pub fn judge_alone(file: usize, extracted: &Extracted) -> Vec<Finding> {
    let alone = extracted.uses.iter().enumerate().filter(|(_, image)| image.alone);
    let fired = alone.filter_map(|(number, image)| {
        let (rule, draft) = RULES.into_iter().find_map(|rule| match rule.check {
            Check::Use(check) => check(image, &image.stated).map(|draft| (rule, draft)),
            _ => None,
        })?;
        Some(about_use(rule, draft, file, number, image))
    });
    fired.collect()
}

/// What a rule says about a use, offline.
fn fire(rule: &Rule, image: &ImageUse) -> Option<Draft> {
    match rule.check {
        Check::Use(check) => image.judged().find_map(|stated| check(image, stated)),
        Check::Outcome(check) => image.outcomes.iter().flatten().find_map(|outcome| check(image, outcome)),
        Check::Ran(check) => image.ran.as_ref().and_then(|ran| check(image, ran)),
        Check::Kept(check) => check(image),
        Check::Fault(_) | Check::Ignore(_) | Check::Answer(_) | Check::Pin(_) => None,
    }
}

/// What an answer adds: the finding that takes the place of `before`.
pub fn judge_answer(before: &Finding, image: &ImageUse, stated: &Stated, answer: &Answer) -> Option<Finding> {
    let (rule, draft) = RULES.into_iter().find_map(|rule| match rule.check {
        Check::Answer(check) => check(stated, answer).map(|draft| (rule, draft)),
        _ => None,
    })?;
    Some(about_use(rule, draft, before.file, before.image?, image))
}

/// What is wrong with a pin, by what is known of it: a finding for each cause.
pub fn judge_pin(file: usize, number: usize, image: &ImageUse, known: &Known<'_>) -> Vec<Finding> {
    let fired = RULES.into_iter().filter_map(|rule| match rule.check {
        Check::Pin(check) => check(known).map(|draft| (rule, draft)),
        _ => None,
    });
    fired.map(|(rule, draft)| about_use(rule, draft, file, number, image)).collect()
}
