//! Ignores applied to findings.
//!
//! In: the findings of a file, its ignores, the day of the run. Out: the findings that are left, those
//! that are passed over, and what is wrong with the ignores.
//! Invariants: an ignore that is written wrong, has no reason or is past its day ignores nothing; it is said
//! to be of no use only where its rule was judged.

use std::collections::BTreeSet;

use super::covering::Covering;
use super::{Check, RULES, Rule, about_ignore, find};
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
    /// Image uses that are reported and that an ignore may be meant for which is written wrong, with its
    /// line.
    pub meant: Vec<(usize, usize)>,
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

/// Which rules were judged, so that the absence of their findings says something.
#[derive(Clone, Debug)]
pub enum Judged {
    /// Those that need to ask nobody; and ignores of all rules are looked at.
    Offline,
    /// Of those about pins these; and ignores of no other are looked at.
    Pins(Vec<&'static str>),
}

/// The ignores of a file, as findings need them.
pub struct Ignores<'e> {
    extracted: &'e Extracted,
    covering: Covering<'e>,
    /// `YYYY-MM-DD`
    today: &'e str,
}

impl<'e> Ignores<'e> {
    /// Those of a file. `today` is `YYYY-MM-DD`.
    pub fn of(extracted: &'e Extracted, today: &'e str) -> Self {
        Self { extracted, covering: Covering::of(&extracted.ignores, is_doubtful), today }
    }

    /// Why a finding is passed over, if it is.
    pub fn reason(&self, finding: &Finding) -> Option<&'e str> {
        self.that_apply(finding).next().map(|ignore| &*ignore.reason)
    }

    fn that_apply(&self, finding: &Finding) -> impl Iterator<Item = &'e Ignore> {
        let rule = finding.rule;
        let named = self.spans(finding).flat_map(move |span| self.covering.named(span, rule));
        named.filter(|ignore| !is_wrong(ignore) && !is_expired(ignore, self.today))
    }

    /// The nearest that is written wrong and may be meant for a finding.
    fn meant_for(&self, finding: &Finding) -> Option<&'e Ignore> {
        let doubtful = self.spans(finding).flat_map(|span| self.covering.doubtful(span));
        let meant = doubtful.filter(|ignore| {
            let named = |named: &String| named == finding.rule || find(named).is_none();
            ignore.rules.is_empty() || ignore.rules.iter().any(named)
        });
        meant.min_by_key(|ignore| ignore.covers.len())
    }

    /// The bytes that a finding is about.
    fn spans(&self, finding: &Finding) -> impl Iterator<Item = Span> {
        let image = finding.image.and_then(|number| self.extracted.uses.get(number));
        let parts = image.into_iter().flat_map(|image| &image.parts).map(|part| part.span);
        [finding.span].into_iter().chain(image.map(|image| image.span)).chain(parts)
    }
}

/// Parts the findings of a file, and adds what is to be said of its ignores. `today` is `YYYY-MM-DD`.
pub fn sift(
    file: usize,
    extracted: &Extracted,
    findings: Vec<Finding>,
    today: &str,
    judged: &Judged,
) -> Sifted {
    let mut sifted = Sifted::default();
    if extracted.ignores.is_empty() {
        return Sifted { left: findings, ..sifted };
    }
    let ignores = Ignores::of(extracted, today);
    let mut used: BTreeSet<(Span, &str)> = BTreeSet::new();
    for finding in findings {
        let applying: Vec<&Ignore> = ignores.that_apply(&finding).collect();
        used.extend(applying.iter().map(|ignore| (ignore.span, finding.rule)));
        let reason = applying.first().map(|ignore| ignore.reason.clone());
        if let (None, Some(number), Some(ignore)) = (&reason, finding.image, ignores.meant_for(&finding)) {
            sifted.meant.push((number, ignore.start.line));
        }
        sifted.part(finding, reason);
    }
    for ignore in extracted.ignores.iter().filter(|ignore| judged.looks_at(ignore)) {
        let rules = ignore.rules.iter().map(String::as_str);
        let unused = rules.filter(|rule| judged.has(rule) && !used.contains(&(ignore.span, rule))).collect();
        let applied = Applied { ignore, unused, expired: is_expired(ignore, today) };
        let fired = RULES.into_iter().find_map(|rule| match rule.check {
            Check::Ignore(check) => check(&applied).map(|draft| about_ignore(rule, draft, file, ignore)),
            _ => None,
        });
        if let Some(finding) = fired {
            let reason = ignores.reason(&finding).map(str::to_owned);
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

/// Whether an ignore is written so that it cannot be told what it ignores, or why, or until when: it
/// ignores nothing.
fn is_wrong(ignore: &Ignore) -> bool {
    let no_day = ignore.until.as_ref().is_some_and(|until| !is_day(until));
    ignore.misplaced || ignore.reason.is_empty() || no_day
}

/// Whether an ignore may be meant for more than it ignores.
fn is_doubtful(ignore: &Ignore) -> bool {
    is_wrong(ignore) || ignore.rules.iter().any(|named| find(named).is_none())
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

impl Judged {
    /// Whether findings of this name would be known. Without asking anyone that holds for names that are none.
    fn has(&self, id: &str) -> bool {
        let asks = |rule: &Rule| {
            matches!(rule.check, Check::Answer(_) | Check::Pin(_) | Check::Ignore(_) | Check::Kept(_))
        };
        match self {
            Self::Offline => !find(id).is_some_and(asks),
            Self::Pins(ids) => ids.contains(&id),
        }
    }

    fn looks_at(&self, ignore: &Ignore) -> bool {
        matches!(self, Self::Offline) || ignore.rules.iter().any(|rule| self.has(rule))
    }
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
