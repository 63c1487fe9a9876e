//! Ignores applied to findings.
//!
//! In: the findings of a file, its ignores, the day of the run. Out: the findings that are left, those
//! that are passed over, and what is wrong with the ignores.
//! Invariant: an ignore that is written wrong, has no reason or is past its day ignores nothing.

use std::collections::BTreeSet;

use super::{Check, RULES, about_ignore, find};
use crate::extract::{Extracted, Ignore};
use crate::finding::Finding;
use crate::source::Span;

/// The findings of a file, parted by its ignores.
#[derive(Debug, Default)]
pub struct Sifted {
    /// What is reported.
    pub left: Vec<Finding>,
    /// What is passed over, each with the reason that the file gives.
    pub ignored: Vec<(Finding, String)>,
}

/// What became of an ignore in a run.
#[derive(Debug)]
pub struct Applied<'i> {
    pub(super) ignore: &'i Ignore,
    /// The rules it names that it had nothing to do for.
    pub(super) unused: Vec<&'i str>,
    /// Whether its last day is over.
    pub(super) expired: bool,
}

/// Parts the findings of a file, and adds what is to be said of its ignores. `today` is `YYYY-MM-DD`.
pub fn sift(file: usize, extracted: &Extracted, findings: Vec<Finding>, today: &str) -> Sifted {
    let mut sifted = Sifted::default();
    if extracted.ignores.is_empty() {
        return Sifted { left: findings, ..sifted };
    }
    let mut used: BTreeSet<(usize, &str)> = BTreeSet::new();
    for finding in findings {
        let (mut reason, spans) = (None, spans(&finding, extracted));
        for (number, ignore) in extracted.ignores.iter().enumerate() {
            if applies(ignore, finding.rule, &spans, today) {
                used.insert((number, finding.rule));
                reason.get_or_insert_with(|| ignore.reason.clone());
            }
        }
        sifted.part(finding, reason);
    }
    for (number, ignore) in extracted.ignores.iter().enumerate() {
        let rules = ignore.rules.iter().map(String::as_str);
        let unused = rules.filter(|rule| is_offline(rule) && !used.contains(&(number, rule))).collect();
        let applied = Applied { ignore, unused, expired: is_expired(ignore, today) };
        let fired = RULES.into_iter().find_map(|rule| match rule.check {
            Check::Ignore(check) => check(&applied).map(|draft| about_ignore(rule, draft, file, ignore)),
            _ => None,
        });
        if let Some(finding) = fired {
            let reason = ignored(&finding, extracted, today).map(str::to_owned);
            sifted.part(finding, reason);
        }
    }
    sifted.left.sort_by_key(|finding| (finding.span, finding.rule));
    sifted
}

impl Sifted {
    fn part(&mut self, finding: Finding, reason: Option<String>) {
        match reason {
            Some(reason) => self.ignored.push((finding, reason)),
            None => self.left.push(finding),
        }
    }
}

/// Why a finding is passed over, if it is.
pub fn ignored<'e>(finding: &Finding, extracted: &'e Extracted, today: &str) -> Option<&'e str> {
    let spans = spans(finding, extracted);
    let mut ignores = extracted.ignores.iter();
    ignores.find(|ignore| applies(ignore, finding.rule, &spans, today)).map(|ignore| &*ignore.reason)
}

/// The bytes that a finding is about.
fn spans(finding: &Finding, extracted: &Extracted) -> Vec<Span> {
    let image = finding.image.and_then(|number| extracted.uses.get(number));
    let parts = image.iter().flat_map(|image| &image.parts).map(|part| part.span);
    [finding.span].into_iter().chain(image.map(|image| image.span)).chain(parts).collect()
}

/// Whether an ignore is about a finding. What is cheap to know comes first: a file may have many of both.
fn applies(ignore: &Ignore, rule: &str, spans: &[Span], today: &str) -> bool {
    let Some(covers) = ignore.covers else {
        return false;
    };
    spans.iter().any(|span| covers.start <= span.end && span.start <= covers.end)
        && ignore.rules.iter().any(|named| named == rule)
        && !ignore.reason.is_empty()
        && !is_expired(ignore, today)
}

/// Whether the last day of an ignore is over. One that names no day that there is has none left.
fn is_expired(ignore: &Ignore, today: &str) -> bool {
    ignore.until.as_ref().is_some_and(|until| !is_day(until) || &**until < today)
}

/// Whether a text is a day as in `2026-12-31`, so that days compare as their texts do.
pub(super) fn is_day(text: &str) -> bool {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse::<u16>().ok()
    };
    let dashes = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    let in_year = number(5, 7).is_some_and(|month| (1..=12).contains(&month));
    let in_month = number(8, 10).is_some_and(|day| (1..=31).contains(&day));
    dashes && number(0, 4).is_some() && in_year && in_month
}

/// Whether findings of this name are known from the files alone, so that their absence says something.
/// That holds for names that are none, too.
fn is_offline(id: &str) -> bool {
    !find(id).is_some_and(|rule| matches!(rule.check, Check::Answer(_) | Check::Ignore(_) | Check::Kept(_)))
}

#[cfg(test)]
mod tests {
    use super::is_day;

    #[test]
    fn days() {
        assert!(["2026-12-31", "0000-01-01"].into_iter().all(is_day));
        let none = [
            "",
            "2026-1-01",
            "2026-13-01",
            "2026-12-00",
            "2026-12-31T",
            "2026/12/31",
            "+026-12-31",
            "2026-12-é",
        ];
        assert!(!none.into_iter().any(is_day));
    }
}
