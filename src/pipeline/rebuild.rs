//! Building again: planned edits are held to what builds and charts make of them.
//!
//! In: planned changes, the builds as they were, what may become of an image. Out: the changes without the
//! fixes that would give a build anything else.
//! Invariant: behind this step every image of every build and chart that was looked at is as it was, or what
//! it was to become: the same with the digest that its registry answered, or without its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::change::{self, Change};
use super::rerender;
use crate::answer::{Answer, Answers};
use crate::finding::Finding;
use crate::image::PartKind;
use crate::kustomize::{Builds, Row};
use crate::plan;
use crate::reference::Reference;
use crate::scan::{Built, Root, Scanned, ScannedFile};
use crate::source::Span;

/// Whether an image, as builds have it, may become another one.
pub(super) type Right<'r> = dyn Fn(&str, &str) -> bool + Sync + 'r;

/// Takes fixes away until every build comes to what it should.
pub(super) fn hold_to(planned: &mut [Change], scanned: &Scanned, right: &Right<'_>) {
    let mut all = false;
    loop {
        let texts = texts(planned, scanned);
        let mut wrong = wrong(&scanned.built, &texts, right);
        wrong.extend(rerender::wrong(planned, scanned, &texts, right));
        if wrong.is_empty() {
            return;
        }
        let mut withdrawn = 0;
        for (change, file) in planned.iter_mut().zip(&scanned.files) {
            let read = all && texts.contains_key(&*file.target.absolute);
            withdrawn += withdraw(change, file, &wrong, read);
        }
        if withdrawn == 0 && std::mem::replace(&mut all, true) {
            return;
        }
    }
}

/// What changed files that builds and charts read would be.
fn texts<'s>(planned: &[Change], scanned: &'s Scanned) -> BTreeMap<&'s Path, String> {
    let changed = planned.iter().zip(&scanned.files).filter(|(change, _)| !change.edits.is_empty());
    let read = changed.filter(|(_, file)| {
        let path = &*file.target.absolute;
        scanned.built.reads(path) || scanned.charts.read(path)
    });
    read.filter_map(|(change, file)| {
        Some((&*file.target.absolute, plan::apply(&file.text().ok()?, &change.edits)))
    })
    .collect()
}

/// Something that a build comes to and should not.
pub(super) struct Wrong {
    pub(super) file: Arc<Path>,
    /// The place that has a part in it; `None`: any of the file.
    pub(super) span: Option<Span>,
    pub(super) why: String,
}

/// What builds of these texts come to and should not.
fn wrong(built: &Built, texts: &BTreeMap<&Path, String>, right: &Right<'_>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let Some(sources) = built.sources.as_ref().filter(|_| !texts.is_empty() && !built.roots.is_empty())
    else {
        return wrong;
    };
    let mut sources = sources.clone();
    for (path, text) in texts.iter().filter(|(path, _)| built.reads(path)) {
        sources.replace(path, text);
    }
    let mut builds = Builds::of(&sources);
    for Root { folder, name, rows: before } in &built.roots {
        let after = builds.make(folder, name).rows;
        if before.len() != after.len() {
            let why = format!("the build of `{name}` would fail or have other images");
            wrong.extend(before.iter().flat_map(places).map(|(file, _)| Wrong {
                file,
                span: None,
                why: why.clone(),
            }));
            continue;
        }
        let is_right = |(old, new): &(&Row, &Row)| {
            place(old) == place(new) && right(&old.image.reference, &new.image.reference)
        };
        for (old, new) in before.iter().zip(&after).filter(|rows| !is_right(rows)) {
            let why = format!(
                "the build of `{name}` would have `{}`, which is not known to be right",
                new.image.reference
            );
            let wrongs = places(old).map(|(file, span)| Wrong { file, span: Some(span), why: why.clone() });
            wrong.extend(wrongs);
        }
    }
    wrong
}

/// The places that have a part in an image.
fn places(row: &Row) -> impl Iterator<Item = (Arc<Path>, Span)> {
    let origins = row.steps.iter().map(|step| &step.origin).chain([&row.origin]).chain(&row.others);
    origins.map(|origin| (Arc::clone(&origin.file), origin.span))
}

/// The place that an image has in its build.
fn place(row: &Row) -> [&str; 3] {
    [&row.image.kind, &row.image.name, &row.image.path]
}

/// Whether a reference is what it was, or the same with the digest that its registry answered.
pub(super) fn is_same_or_pinned(old: &str, new: &str, answers: &Answers) -> bool {
    if old == new {
        return true;
    }
    let (Ok(before), Ok(after)) = (Reference::parse(old), Reference::parse(new)) else {
        return false;
    };
    let tag_stays = after.tag().is_none_or(|tag| tag == before.tag().unwrap_or("latest"));
    let answer = answers.by_question.get(&before.question()).filter(|_| before.digest().is_none());
    let Some(Answer::Pinned { digest, .. }) = answer else {
        return false;
    };
    before.name() == after.name() && tag_stays && after.digest() == Some(digest)
}

/// Takes the fixes of a file away that have a part in what is wrong, or all of them. How many go.
fn withdraw(change: &mut Change, file: &ScannedFile, wrong: &[Wrong], all: bool) -> usize {
    let of_file = || wrong.iter().filter(|wrong| *wrong.file == *file.target.absolute);
    let reason = |finding: &Finding| {
        let found = of_file().find(|wrong| wrong.span.is_none_or(|span| stands_for(file, finding, span)));
        found.or_else(|| wrong.first().filter(|_| all)).map(|wrong| wrong.why.clone())
    };
    let mut withdrawn = 0;
    for finding in &mut change.mended {
        if let Some(why) = reason(finding) {
            finding.fix = None;
            finding.why_not = Some(format!("with it, {why}"));
            withdrawn += 1;
        }
    }
    if withdrawn > 0 {
        let Change { left, mended, .. } = std::mem::take(change);
        *change = change::again(file, [left, mended].concat());
    }
    withdrawn
}

/// Whether a finding is about the place with these bytes.
fn stands_for(file: &ScannedFile, finding: &Finding, span: Span) -> bool {
    file.image(finding).is_some_and(|image| {
        let name = image.part(PartKind::Name).map(|name| name.span);
        [Some(image.span), Some(image.scalar.span), name].contains(&Some(span))
    })
}
