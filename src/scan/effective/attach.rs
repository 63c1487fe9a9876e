//! Putting what builds come to under the image uses of files.
//!
//! In: the images of builds, verdicts about places. Out: image uses with their outcomes.
//! Invariant: a place is told by its bytes; what no image use stands for becomes one of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

use super::Built;
use super::places::Places;
use crate::image::{Dropped, Effective, ImageUse, Machine, Outcome, PartKind, Ran, Stated, Through, UseKind};
use crate::kustomize::{self, Origin, Reached, Row, Verdict};
use crate::scan::ScannedFile;
use crate::source::{ByPath, Span};

const NOT_BUILT: &str = "no build that could be followed runs this entry, so what it comes to is not known";

/// What builds say about the places of one file.
#[derive(Default)]
pub(super) struct Found {
    /// Places that state an image, with what is stated there and what builds make of it.
    origins: BTreeMap<(Span, String), Vec<Effective>>,
    verdicts: BTreeMap<Span, Judged>,
    /// What entries did, by the places of their names.
    ran: BTreeMap<Span, Ran>,
    /// Places that builds replace or leave out.
    unused: BTreeSet<Span>,
}

/// What is said about one place.
struct Judged {
    outcomes: Vec<Outcome>,
    alone: bool,
    caution: Option<String>,
    hold: Option<String>,
}

/// What builds say, by file; for a list with each image of each build.
pub(super) fn by_file(
    built: &Built,
    verdicts: BTreeMap<Origin, Verdict>,
    places: &Places,
    listed: bool,
) -> ByPath<OsString, Found> {
    let mut files: ByPath<OsString, Found> = ByPath::default();
    for row in built.rows() {
        let found = files.entry((*row.origin.file).into()).or_default();
        let at = found.origins.entry((row.origin.span, row.stated.clone())).or_default();
        if listed {
            at.push(effective(row, places));
        }
    }
    for (origin, verdict) in verdicts {
        let found = files.entry((*origin.file).into()).or_default();
        found.verdicts.insert(origin.span, judged(verdict, places));
    }
    files
}

/// Adds what entries did, and the places in files whose every image is in a build that is known whole, or is
/// replaced there.
pub(super) fn add(
    files: &mut ByPath<OsString, Found>,
    ran: BTreeMap<Origin, Ran>,
    stated: Vec<(PathBuf, BTreeSet<Span>)>,
) {
    for (origin, ran) in ran {
        files.entry((*origin.file).into()).or_default().ran.insert(origin.span, ran);
    }
    for (path, stated) in stated.into_iter().filter(|(_, stated)| !stated.is_empty()) {
        files.entry(path.into()).or_default().unused = stated;
    }
}

impl Found {
    /// Whether a file must be looked at for it that had no image use of its own.
    pub(super) fn needs_a_file(&self) -> bool {
        !self.origins.is_empty()
    }
}

/// Adds what builds say to the image uses of a file.
pub(super) fn attach(file: &mut ScannedFile, mut found: Found) {
    for image in &mut file.extracted.uses {
        for span in spans(image) {
            let at = (span, String::new())..(Span::new(span.start, span.end + 1), String::new());
            let keys: Vec<_> = found.origins.range(at).map(|(key, _)| key.clone()).collect();
            image.effective.extend(keys.iter().filter_map(|key| found.origins.remove(key)).flatten());
        }
    }
    if let Some(text) = file.text().ok().filter(|_| !found.origins.is_empty()) {
        let rest = std::mem::take(&mut found.origins).into_iter();
        let rest = rest.map(|((span, stated), effective)| (span, stated, effective)).collect();
        file.extracted.uses.extend(kustomize::stated(&text, rest));
        file.extracted.uses.sort_by_key(|image| (image.span, image.shadowed));
    }
    for image in &mut file.extracted.uses {
        found.judge(image);
    }
}

impl Found {
    /// Gives an image use what builds come to by it.
    fn judge(&mut self, image: &mut ImageUse) {
        if image.kind == UseKind::KustomizeImage {
            return self.judge_entry(image);
        }
        if let Some(span) = spans(image).find(|span| self.verdicts.contains_key(span)) {
            self.give(image, span);
        } else if spans(image).any(|span| self.unused.contains(&span)) && !image.shadowed {
            image.outcomes = Some(Vec::new());
        }
    }

    fn judge_entry(&mut self, image: &mut ImageUse) {
        let Some(name) = image.part(PartKind::Name).map(|name| name.span) else {
            return;
        };
        image.ran = self.ran.remove(&name);
        if self.verdicts.contains_key(&name) {
            return self.give(image, name);
        }
        let states_tag = image.part(PartKind::NewTag).is_some_and(|tag| !tag.text.is_empty());
        if image.ran.is_some() || !states_tag {
            image.outcomes = Some(Vec::new());
        } else {
            image.hold = Some(NOT_BUILT.to_owned());
        }
    }

    fn give(&mut self, image: &mut ImageUse, span: Span) {
        let Some(Judged { mut outcomes, alone, caution, hold }) = self.verdicts.remove(&span) else {
            return;
        };
        for outcome in &mut outcomes {
            // What the place is known to be beyond its text: a name that is built, an injected image.
            if outcome.stated.written == image.stated.written {
                outcome.stated.state = image.stated.state;
            }
        }
        image.alone = alone && outcomes.is_empty();
        image.outcomes = Some(outcomes);
        image.caution = image.caution.take().or(caution);
        image.hold = image.hold.take().or(hold);
    }
}

fn judged(verdict: Verdict, places: &Places) -> Judged {
    let renamed = verdict.renamed.map(|(reference, root)| {
        format!(
            "`{root}` makes it `{reference}`, where the digest of this repository may not exist, so each build \
             has to be pinned where it gets its name"
        )
    });
    let doubt = verdict.doubt.map(|doubt| format!("not all is known of what is built from it: {doubt}"));
    let from = verdict.outcomes.iter().find_map(|reached| reached.from.as_ref()).map(|from| {
        let place = places.get(from);
        format!(
            "this entry renames and states no tag; one beside the digest hides later changes of {}:{}",
            place.file, place.at.line
        )
    });
    let outcomes = verdict.outcomes.into_iter().map(|reached| outcome(reached, places)).collect();
    let caution = renamed.or(from).or(doubt).or(verdict.caution.map(str::to_owned));
    let hold = verdict.hold.map(str::to_owned);
    Judged { outcomes, alone: verdict.alone, caution, hold }
}

fn outcome(reached: Reached, places: &Places) -> Outcome {
    let dropped = |(reference, origin)| Dropped { reference, place: places.get(&origin) };
    let stated = |machine: Machine<Option<Origin>>| {
        let place = machine.at.as_ref().map(|origin| places.get(origin));
        let words = place.map(|place| format!("{}:{}", place.file, place.at.line));
        machine.stated_at(words.unwrap_or_else(|| "a kustomization".to_owned()))
    };
    Outcome {
        stated: Stated::of(reached.reference),
        roots: reached.roots.into_iter().collect(),
        dropped: reached.dropped.map(dropped),
        elsewhere: None,
        machines: reached.machines.into_iter().map(stated).collect(),
    }
}

fn effective(row: &Row, places: &Places) -> Effective {
    let after = row.steps.iter().skip(1).map(|step| &step.before).chain([&row.image.reference]);
    let through = row.steps.iter().zip(after).map(|(step, after)| Through {
        place: places.get(&step.origin),
        sets: step.sets.clone(),
        reference: after.clone(),
    });
    Effective { image: row.image.clone(), through: through.collect() }
}

/// The spans that stand for an image use: that of the place, and that of the scalar unless it is
/// elsewhere, behind an alias.
fn spans(image: &ImageUse) -> impl Iterator<Item = Span> + use<> {
    let (place, scalar) = (image.span, image.scalar.span);
    let here = scalar.start <= place.end && place.start <= scalar.end && scalar != place;
    [place].into_iter().chain(here.then_some(scalar))
}
