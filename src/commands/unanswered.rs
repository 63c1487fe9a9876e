//! What is said of questions without a digest.

use std::collections::BTreeMap;

use crate::answer::Reason;
use crate::finding::{Problem, Weight, named};
use crate::reference::Question;

/// What is missing of most questions.
pub(super) const NO_DIGEST: &str = "no digest for";

/// A problem for each reason, beginning with what is missing.
pub(super) fn problems<'a>(
    open: impl Iterator<Item = (&'a Question, &'a Reason)>,
    (lead, weight): (&str, Weight),
) -> Vec<Problem> {
    let mut reasons: BTreeMap<(&str, Option<&str>), Vec<String>> = BTreeMap::new();
    for (question, Reason { what, hint }) in open {
        reasons.entry((what, hint.as_deref())).or_default().push(question.to_string());
    }
    let problem = |((what, hint), questions): ((&str, Option<&str>), Vec<String>)| {
        let problem = Problem::failure("", format!("{lead} {}: {what}", named(&questions)));
        Problem { weight, hint: hint.map(str::to_owned), ..problem }
    };
    reasons.into_iter().map(problem).collect()
}
