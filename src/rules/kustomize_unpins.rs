//! `kustomize-unpins`: an entry of `images:` that takes a digest away.

use super::{Check, Draft, Rule};
use crate::finding::{Related, Severity};
use crate::image::{ImageUse, Outcome, PartKind};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "kustomize-unpins",
    summary: "An entry of `images:` drops a digest that was there",
    severity: Severity::Error,
    page: include_str!("../../docs/rules/kustomize-unpins.md"),
    check: Check::Outcome(check),
};

fn check(image: &ImageUse, outcome: &Outcome) -> Option<Draft> {
    let dropped = outcome.dropped.as_ref()?;
    let (key, help) = match image.part(PartKind::TagSuffix) {
        None => {
            ("newTag", "give the new tag a digest of its own: `kubepin check --fix` adds it to this entry")
        }
        Some(_) => {
            ("tagSuffix", "state the whole tag as `newTag`; then `kubepin check --fix` adds its digest")
        }
    };
    let message = format!(
        "`{}` runs without a digest: `{key}` drops the one of `{}`",
        printable(&outcome.stated.written),
        printable(&dropped.reference)
    );
    let related = Related {
        file: Some(dropped.place.file.to_string()),
        at: dropped.place.at,
        what: "the digest that is dropped comes from here".to_owned(),
    };
    let draft = Draft::new(message, "sets a tag without a digest: kustomize drops the old one", help);
    Some(Draft { related: vec![related], ..draft })
}
