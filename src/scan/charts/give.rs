//! Giving image uses what comes of them.
//!
//! In: what came out of a chart. Out: image uses with outcomes, forms and reasons; images that no line
//! states become uses of the file they come out of.
//! Invariant: where it is not known what comes out, that is said, and a fix needs to be asked for.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::install::{Install, Spot};
use crate::discover::name_from;
use crate::finding::Problem;
use crate::helm::CHART_FILE;
use crate::image::{
    BuiltImage, Effective, Form, ImageUse, Machines, Object, Outcome, PartKind, State, Stated, UseKind,
};
use crate::scan::Scanned;
use crate::scan::effective::Wanted;
use crate::settings::{Builds, Read};
use crate::source::{Position, Span};
use crate::yaml::{Scalar, Style};

const NOT_MADE: &str = "rendered with these values, the chart makes no image of it";
const IMPLIED: &str = "its version is that of the chart (`appVersion`), and a digest would hold it there while the chart moves on";
const NO_KEY: &str =
    "the values have no key for the digest, and adding one changes what users of the chart see";
const IN_TAG: &str =
    "the chart has no key for the digest, so it goes behind the tag, where all that reads the tag finds it";
const BY_TEMPLATE: &str = "a template puts it together: the digest belongs where its parts are stated";
const BY_NO_LINE: &str = "no line of a template or of values states it by itself";
const BY_ARCHIVE: &str = "it comes out of a chart in an archive: values of this chart can pin it";
const NOT_RENDERED: &str = "helm could not render its chart, so no fix can be proved";

/// What came of an install.
#[derive(Default)]
pub(super) struct Made {
    pub(super) install: Install,
    pub(super) app_version: String,
    /// Places in values.
    pub(super) values: Vec<(Spot, Traced)>,
    /// Lines of templates, with the images that no value states.
    pub(super) lines: Vec<(Spot, Vec<BuiltImage>)>,
    /// Images of neither, with the file of the template if it has one.
    pub(super) rest: Vec<(Option<PathBuf>, BuiltImage)>,
    /// Places of which nothing is known.
    pub(super) unknown: Vec<Spot>,
    /// Why something is not known.
    pub(super) fault: Option<String>,
}

/// What comes of a place.
pub(super) struct Traced {
    /// The images that come out.
    pub(super) images: Vec<BuiltImage>,
    /// A line that a digest in the tag gets into, and that is none of these images.
    pub(super) elsewhere: Option<String>,
    /// The tag that comes out without the digest, where none does beside it.
    pub(super) tag: Option<String>,
    /// How a digest gets through, or why in no way; `None` where that was not tried.
    pub(super) form: Option<Result<Form, String>>,
}

/// Gives the image uses of a scan what came of an install, and returns the install.
pub(super) fn give(scanned: &mut Scanned, made: Made, wanted: &Wanted<'_>, read: &Read) -> Install {
    let by_helm = read.render.is_some();
    if let Some(why) = made.fault {
        let name = name_from(wanted.working_folder, &made.install.folder.join(CHART_FILE));
        scanned.problems.push(if by_helm {
            let message =
                format!("the chart is not rendered, so what becomes of its images is unknown: {why}");
            Problem::failure(name, message).hint(hint(&why))
        } else {
            let message =
                format!("not all of the chart is rendered, so what becomes of its images is unknown: {why}");
            Problem::note(name, message)
        });
    }
    let listed = read.builds != Builds::Judged;
    for spot in made.unknown.into_iter().filter(|_| by_helm) {
        if let Some(image) = at(scanned, spot) {
            image.hold = image.hold.take().or(Some(NOT_RENDERED.to_owned()));
        }
    }
    for (spot, traced) in made.values {
        if let Some(image) = at(scanned, spot) {
            if listed {
                image.effective.extend(traced.images.iter().cloned().map(effective));
            }
            value(image, traced, &made.install, &made.app_version);
        }
    }
    for (spot, images) in made.lines {
        if let Some(image) = at(scanned, spot) {
            if image.stated.state == State::Templated {
                line(image, &images, &made.install.name);
            }
            image.effective.extend(images.into_iter().filter(|_| listed).map(effective));
        }
    }
    for (template, built) in made.rest {
        rest(scanned, (template, built), &made.install, wanted);
    }
    made.install
}

fn at(scanned: &mut Scanned, spot: Spot) -> Option<&mut ImageUse> {
    scanned.files.get_mut(spot.file)?.extracted.uses.get_mut(spot.image)
}

/// What to do about a helm that failed.
fn hint(why: &str) -> String {
    if why.contains("missing in charts/") {
        "fetch its dependencies: `helm dependency build`".to_owned()
    } else {
        "see what `helm template` says; --values and --set give the chart what it asks for".to_owned()
    }
}

/// Gives a place in values what comes of it.
fn value(image: &mut ImageUse, traced: Traced, install: &Install, app_version: &str) {
    if traced.images.is_empty() {
        image.caution = Some(NOT_MADE.to_owned());
        return;
    }
    image.outcomes = Some(outcomes(&traced.images, &install.name, traced.elsewhere.as_deref()));
    image.caution.clone_from(&install.doubt);
    image.tag_without_digest = traced.tag;
    let pinned_for = image.part(PartKind::Digest).and_then(|digest| digest.pinned_for.clone());
    let left_behind = pinned_for.filter(|version| version != app_version);
    image.stale = left_behind.map(|version| (version, app_version.to_owned()));
    let states_tag =
        image.parts.is_empty() || image.part(PartKind::Tag).is_some_and(|tag| !tag.text.is_empty());
    match traced.form {
        None => {}
        Some(Err(reason)) => {
            let reason = if states_tag { reason } else { IMPLIED.to_owned() };
            image.hold = image.hold.take().or(Some(reason));
        }
        Some(Ok(form)) => {
            image.caution = match form {
                _ if !states_tag => Some(IMPLIED.to_owned()),
                Form::Whole | Form::DigestKey { .. } => image.caution.take(),
                Form::NewKey { .. } => Some(NO_KEY.to_owned()),
                Form::Tag => Some(IN_TAG.to_owned()),
            };
            image.implied = (!states_tag).then(|| app_version.to_owned());
            image.form = Some(form);
        }
    }
}

/// Gives a line of a template the images that come out of it and that no value states.
fn line(image: &mut ImageUse, images: &[BuiltImage], chart: &Arc<str>) {
    let mut all = image.outcomes.take().unwrap_or_default();
    for outcome in outcomes(images, chart, None) {
        if all.iter().all(|known| known.stated.written != outcome.stated.written) {
            all.push(outcome);
        }
    }
    image.outcomes = Some(all);
    image.hold = Some(BY_TEMPLATE.to_owned());
}

/// Each reference of some images, once.
fn outcomes(images: &[BuiltImage], chart: &Arc<str>, elsewhere: Option<&str>) -> Vec<Outcome> {
    let mut references: Vec<&str> = images.iter().map(|image| image.reference.as_str()).collect();
    references.sort_unstable();
    references.dedup();
    let outcome = |reference: &str| Outcome {
        stated: Stated::of(reference.to_owned()),
        roots: vec![Arc::clone(chart)],
        dropped: None,
        elsewhere: elsewhere.map(str::to_owned),
        machines: machines(images.iter().filter(|image| image.reference == reference)),
    };
    references.into_iter().map(outcome).collect()
}

/// The machines that the pods of some images may come to, each once.
fn machines<'b>(images: impl Iterator<Item = &'b BuiltImage>) -> Machines {
    let machines: BTreeSet<_> = images.flat_map(|image| image.machines.iter().cloned()).collect();
    machines.into_iter().collect()
}

fn effective(image: BuiltImage) -> Effective {
    Effective { image, through: Vec::new() }
}

/// An image that comes out of a chart by no line of its own becomes a use of the template's file, or of the
/// chart's where that is in an archive.
fn rest(
    scanned: &mut Scanned,
    (template, built): (Option<PathBuf>, BuiltImage),
    install: &Install,
    wanted: &Wanted<'_>,
) {
    let hold = if template.is_some() { BY_NO_LINE } else { BY_ARCHIVE };
    let path = template.unwrap_or_else(|| install.folder.join(CHART_FILE));
    let Some(target) = wanted.discovered.targets.iter().find(|target| target.absolute == path) else {
        return;
    };
    let known = scanned.files.iter().position(|file| file.target.absolute == path);
    let number = match known {
        Some(number) => number,
        None => match (wanted.file)(target) {
            Ok(file) => {
                scanned.files.push(file);
                scanned.files.len() - 1
            }
            Err(problem) => return scanned.problems.push(problem),
        },
    };
    let image = unstated(&built, hold, &install.name);
    let uses = &mut scanned.files[number].extracted.uses;
    let same = |known: &ImageUse| {
        known.path == image.path
            && known.object == image.object
            && known.stated.written == image.stated.written
    };
    if !uses.iter().any(same) {
        uses.push(image);
    }
}

/// An image that no bytes of a file state: a use of the file as a whole.
fn unstated(built: &BuiltImage, hold: &str, chart: &Arc<str>) -> ImageUse {
    let begin = Position { line: 1, column: 1 };
    let nowhere = Span::new(0, 0);
    let scalar = Scalar::alone(nowhere, Style::Plain);
    let stated = Stated::of(built.reference.clone());
    let object =
        Object { kind: Some(built.kind.clone()), name: Some(built.name.clone()), ..Object::default() };
    ImageUse {
        object: Arc::new(object),
        path: built.path.clone(),
        outcomes: Some(outcomes(std::slice::from_ref(built), chart, None)),
        hold: Some(hold.to_owned()),
        effective: vec![effective(built.clone())],
        ..ImageUse::new(UseKind::HelmTemplate, stated, scalar, (nowhere, begin, begin))
    }
}
