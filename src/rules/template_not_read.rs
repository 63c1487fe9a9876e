//! `template-not-read`: a template of a chart that cannot be read.

use super::{Check, Draft, Rule};
use crate::extract::{Fault, FaultKind};
use crate::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "template-not-read",
    summary: "A template of a chart cannot be read, so its literal images are unknown",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/template-not-read.md"),
    check: Check::Fault(check),
};

fn check(fault: &Fault) -> Option<Draft> {
    (fault.kind == FaultKind::Template).then(|| {
        Draft::new(
            format!("this template is not YAML even with its actions taken out: {}", fault.message),
            "reading stops here",
            "check the rendered chart instead: `helm template … | kubepin check -`",
        )
    })
}
