//! What is said of questions without a digest.

use std::collections::BTreeMap;

use crate::answer::Reason;
use crate::finding::{Problem, Weight, named};
use crate::reference::Question;

/// A problem for each reason.
pub(super) fn problems<'a>(
    open: impl Iterator<Item = (&'a Question, &'a Reason)>,
    weight: Weight,
) -> Vec<Problem> {
    let mut reasons: BTreeMap<(&str, Option<&str>), Vec<String>> = BTreeMap::new();
    for (question, Reason { what, hint }) in open {
        reasons.entry((what, hint.as_deref())).or_default().push(question.to_string());
    }
    let problem = |((what, hint), questions): ((&str, Option<&str>), Vec<String>)| {
        let problem = Problem::failure("", format!("no digest for {}: {what}", named(&questions)));
        Problem { weight, hint: hint.map(str::to_owned), ..problem }
    };
    reasons.into_iter().map(problem).collect()
}
