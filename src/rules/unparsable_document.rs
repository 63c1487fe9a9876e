//! `unparsable-document`: Kubernetes objects that cannot be read.

use super::{Check, Draft, Rule};
use crate::extract::{Fault, FaultKind};
use crate::finding::Severity;
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "unparsable-document",
    summary: "A Kubernetes document cannot be read, so its images are unknown",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/unparsable-document.md"),
    check: Check::Fault(check),
};

fn check(fault: &Fault) -> Option<Draft> {
    let (label, help) = match fault.kind {
        FaultKind::Manifest => ("reading stops here", "mend the syntax"),
        FaultKind::Encoding => ("not UTF-8 from here on", "save the file as UTF-8, as Kubernetes wants it"),
        FaultKind::Template | FaultKind::Foreign => return None,
    };
    let message = format!("this document cannot be read: {}", printable(&fault.message));
    Some(Draft::new(
        message,
        label,
        format!("{help}; its images are unknown until then, and none is written"),
    ))
}
