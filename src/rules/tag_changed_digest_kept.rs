//! `tag-changed-digest-kept`: a new tag beside the digest of an old one.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, Kept, PartKind, Witness};
use crate::source::{Span, printable};

pub(super) const RULE: Rule = Rule {
    id: "tag-changed-digest-kept",
    summary: "A tag was changed, and the digest beside it is still that of another one",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/tag-changed-digest-kept.md"),
    check: Check::Kept(check),
};

fn check(image: &ImageUse) -> Option<Draft> {
    let Kept { tag, others, witness, file } = image.kept.as_ref()?;
    let others: Vec<String> = others.iter().map(|other| format!("`{}`", printable(other))).collect();
    let others = others.join(", ");
    let witness = match witness {
        Witness::Git(revision) => format!("as the file was at `{}`", printable(revision)),
        Witness::Lock => "as kubepin.lock knows it".to_owned(),
    };
    let tag = printable(tag);
    let message = format!("`{tag}` is stated with the digest of {others}, {witness}");
    let help = format!("`kubepin update {}` writes the digest that `{tag}` has now", printable(file));
    let draft = Draft::new(message, "the digest wins: what runs does not change with the tag", help);
    let written = &image.stated.written;
    let part = written.find('@').map(|at| Span::new(at + 1, written.len()));
    Some(Draft { part, of: Some(PartKind::Digest), ..draft })
}
