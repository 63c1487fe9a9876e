//! Versions and ranges of them, as Masterminds' semver has it.
//!
//! In: texts. Out: versions, and whether one is in a range.
//! Invariant: a version with a pre-release is in no range whose bound has none.

use std::cmp::Ordering;

use super::super::value::Value;
use super::{Table, text};

pub(super) const TABLE: Table = &[
    ("semver", |args| {
        let written = text(args, 0)?;
        let version = Version::parse(written).ok_or("Invalid Semantic Version")?;
        Ok(Value::map([
            ("Major", Value::Int(version.numbers[0])),
            ("Minor", Value::Int(version.numbers[1])),
            ("Patch", Value::Int(version.numbers[2])),
            ("Prerelease", version.pre.as_str().into()),
            ("Metadata", written.split_once('+').map_or("", |(_, metadata)| metadata).into()),
            ("Original", written.into()),
        ]))
    }),
    ("semverCompare", |args| {
        let version = Version::parse(text(args, 1)?).ok_or("Invalid Semantic Version")?;
        in_range(text(args, 0)?, &version).map(Value::Bool)
    }),
];

/// A version; of a range's bound, only the first `known` numbers are written.
#[derive(Debug)]
struct Version {
    numbers: [i64; 3],
    known: usize,
    pre: String,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let text = text.split('+').next()?;
        let (core, pre) = text.split_once('-').unwrap_or((text, ""));
        let mut version = Self { numbers: [0; 3], known: 0, pre: pre.to_owned() };
        let parts: Vec<&str> = core.split('.').collect();
        if parts.len() > 3 {
            return None;
        }
        for (number, part) in version.numbers.iter_mut().zip(parts) {
            if matches!(part, "x" | "X" | "*") {
                break;
            }
            *number = part.parse().ok().filter(|number| *number >= 0)?;
            version.known += 1;
        }
        Some(version)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let pre = match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_pre(&self.pre, &other.pre),
        };
        self.numbers.cmp(&other.numbers).then(pre)
    }
}

fn compare_pre(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// Whether a version is in one of the ranges that `||` parts.
pub(in crate::helm) fn is_in(range: &str, version: &str) -> bool {
    Version::parse(version).is_some_and(|version| in_range(range, &version).unwrap_or(false))
}

fn in_range(range: &str, version: &Version) -> Result<bool, String> {
    let mut any = false;
    for one in range.split("||") {
        any |= in_all(one, version)?;
    }
    Ok(any)
}

fn in_all(range: &str, version: &Version) -> Result<bool, String> {
    if let Some((from, to)) = range.split_once(" - ") {
        return Ok(
            holds(&format!(">={}", from.trim()), version)? && holds(&format!("<={}", to.trim()), version)?
        );
    }
    let mut all = true;
    let mut operator = String::new();
    for word in range.split([',', ' ']).filter(|word| !word.is_empty()) {
        operator.push_str(word);
        // An operator may stand apart from its version.
        if word.ends_with(|c: char| c.is_alphanumeric() || c == '*') {
            all &= holds(&operator, version)?;
            operator.clear();
        }
    }
    Ok(all)
}

/// Whether one comparison holds.
fn holds(comparison: &str, version: &Version) -> Result<bool, String> {
    let start = comparison.find(|c: char| c.is_alphanumeric() || c == '*').unwrap_or(comparison.len());
    let (operator, bound) = comparison.split_at(start);
    let bound = Version::parse(bound).ok_or_else(|| format!("improper constraint: {comparison}"))?;
    if !version.pre.is_empty() && bound.pre.is_empty() {
        return Ok(false);
    }
    let ordering = version.compare(&bound);
    // Numbers that the bound does not write stand for any.
    let within = version.numbers[..bound.known] == bound.numbers[..bound.known];
    let partial = bound.known < 3;
    Ok(match operator.trim() {
        "" | "=" if partial => within,
        "" | "=" => ordering.is_eq(),
        "!=" => {
            if partial {
                !within
            } else {
                ordering.is_ne()
            }
        }
        ">" => ordering.is_gt() && !(partial && within),
        "<" => ordering.is_lt(),
        ">=" | "=>" => ordering.is_ge(),
        "<=" | "=<" => ordering.is_le() || partial && within,
        "~" | "~>" => {
            ordering.is_ge() && version.numbers[..bound.known.min(2)] == bound.numbers[..bound.known.min(2)]
        }
        "^" => {
            let fixed = bound.numbers.iter().position(|number| *number > 0).unwrap_or(2) + 1;
            let fixed = fixed.min(bound.known);
            ordering.is_ge() && version.numbers[..fixed] == bound.numbers[..fixed]
        }
        _ => return Err(format!("improper constraint: {comparison}")),
    })
}
