//! `kustomize-unused-image`: an entry of `images:` that matches nothing.

use super::{Check, Draft, Rule};
use crate::finding::Severity;
use crate::image::{ImageUse, PartKind, Ran};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    id: "kustomize-unused-image",
    summary: "An entry of `images:` matches no image of its tree",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/kustomize-unused-image.md"),
    check: Check::Ran(check),
};

fn check(image: &ImageUse, ran: &Ran) -> Option<Draft> {
    let name = image.part(PartKind::Name).filter(|_| ran.idle)?;
    let help = match &ran.near {
        Some(near) if ran.unseen => format!(
            "`{}` is in a field that kustomize does not look into: `configurations:` can name the field",
            printable(near)
        ),
        Some(near) => format!(
            "the tree has `{}`: kustomize compares names as they are written, so write that one",
            printable(near)
        ),
        None => "correct the name, or delete the entry".to_owned(),
    };
    let message = format!("`{}` matches no image here, so this entry does nothing", printable(&name.text));
    Some(Draft { of: Some(PartKind::Name), ..Draft::new(message, "kustomize finds no such image", help) })
}
