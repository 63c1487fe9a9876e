//! `tag-moved`: a pin that its tag has left behind.

use super::{Check, Draft, Known, Past, Rule};
use crate::answer::Answer;
use crate::finding::Severity;
use crate::image::PartKind;

pub(super) const RULE: Rule = Rule {
    id: "tag-moved",
    summary: "The tag of a pin points to another digest",
    severity: Severity::Warning,
    page: include_str!("../../docs/rules/tag-moved.md"),
    check: Check::Pin(check),
};

fn check(known: &Known<'_>) -> Option<Draft> {
    if known.gone().is_some() || known.child().is_some() {
        return None;
    }
    let tagged = known.tagged_name();
    let draft = match (known.tag?, known.moved_to()) {
        (_, Some(now)) => {
            let update = format!("`kubepin update` moves it to {now}");
            let (message, label, help) = match &known.past {
                Past::Unknown => (
                    format!("`{tagged}` is another image by now than the one that is pinned"),
                    "runs as before, and gets no fixes",
                    update,
                ),
                Past::Recorded(at) => (
                    format!("`{tagged}` was moved to another image: this digest was its own on {at}"),
                    "runs as before, and gets no fixes",
                    update,
                ),
                Past::Others(tags) => {
                    let tags: Vec<String> = tags.iter().map(|tag| format!("`{tag}`")).collect();
                    let tags = tags.join(", ");
                    let message = format!(
                        "`{tagged}` is another image: the lock file knows this digest as that of {tags} alone"
                    );
                    (message, "the digest wins: another version runs than the tag says", update)
                }
            };
            Draft::new(message, label, help)
        }
        // A comment need not be a tag.
        (Answer::Missing(reason), None) if known.pin.tag.is_some() => Draft::new(
            format!("`{tagged}` does not exist any more, the digest does: {}", reason.what),
            "nothing tells which version it is, and registries remove what has no tag",
            "pin a tag that exists",
        ),
        _ => return None,
    };
    let never = known.moved_to().is_some() && matches!(known.past, Past::Others(_));
    let severity = never.then_some(Severity::Error);
    Some(Draft { of: Some(PartKind::Digest), severity, ..draft })
}
