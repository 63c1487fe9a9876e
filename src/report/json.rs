//! JSON, schemas `kubepin.check/1` and `kubepin.list/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::unknown::{self, UnknownJson};
use super::{Report, Summary};
use crate::answer::Traffic;
use crate::finding::{Finding, Fix, Problem, Severity, Weight};
use crate::image::{BuiltImage, Effective, ImageUse, Part, PartKind, State, Through, UseKind};
use crate::plan;
use crate::scan::{Scanned, ScannedFile};
use crate::source::Span;

#[derive(Serialize)]
struct Check<'r> {
    schema: &'static str,
    findings: Vec<FindingJson<'r>>,
    problems: Vec<ProblemJson<'r>>,
    summary: Summary,
    registry: Traffic,
}

#[derive(Serialize)]
struct List<'r> {
    schema: &'static str,
    images: Vec<ImageJson<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Vec<UnknownJson<'r>>>,
    problems: Vec<ProblemJson<'r>>,
}

#[derive(Serialize)]
pub(super) struct FindingJson<'r> {
    rule: &'static str,
    severity: Severity,
    message: &'r str,
    help: &'r str,
    file: &'r str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    span: Span,
    image: Option<ImageJson<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roots: Vec<&'r str>,
    fix: Option<&'r Fix>,
    why_not: Option<&'r str>,
}

#[derive(Serialize)]
struct ImageJson<'r> {
    file: &'r str,
    line: usize,
    column: usize,
    span: Span,
    document: usize,
    api_version: Option<&'r str>,
    kind: Option<&'r str>,
    namespace: Option<&'r str>,
    name: Option<&'r str>,
    path: &'r str,
    #[serde(rename = "use")]
    use_kind: UseKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'r str>,
    reference: &'r str,
    state: State,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartJson<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<Vec<EffectiveJson<'r>>>,
}

#[derive(Serialize)]
struct EffectiveJson<'r> {
    root: &'r str,
    kind: &'r str,
    name: &'r str,
    path: &'r str,
    #[serde(rename = "use")]
    use_kind: UseKind,
    reference: &'r str,
    through: Vec<ThroughJson<'r>>,
}

#[derive(Serialize)]
struct ThroughJson<'r> {
    file: &'r str,
    line: usize,
    column: usize,
    sets: &'r [PartKind],
    reference: &'r str,
}

#[derive(Serialize)]
struct PartJson<'r> {
    part: PartKind,
    text: &'r str,
    span: Span,
}

#[derive(Serialize)]
pub(super) struct ProblemJson<'r> {
    file: &'r str,
    line: Option<usize>,
    column: Option<usize>,
    message: &'r str,
}

pub(super) fn print(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let scanned = &report.scanned;
    let check = Check {
        schema: "kubepin.check/1",
        findings: report.recorded().map(|finding| finding_json(scanned, finding)).collect(),
        problems: problems(scanned),
        summary: Summary::of(report),
        registry: report.answers.traffic,
    };
    document(out, &check)
}

pub(super) fn print_list(out: &mut dyn Write, scanned: &Scanned, builds: bool) -> io::Result<()> {
    let mut images: Vec<ImageJson<'_>> = Vec::new();
    for file in &scanned.files {
        images.extend(file.extracted.uses.iter().map(|image| ImageJson {
            effective: builds.then(|| image.effective.iter().map(effective_json).collect()),
            ..image_json(file, image)
        }));
    }
    let problems = problems(scanned);
    let unknown = scanned.unknown.as_ref().map(|found| found.iter().map(unknown::json).collect());
    document(out, &List { schema: "kubepin.list/1", images, unknown, problems })
}

pub(super) fn document(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

pub(super) fn finding_json<'r>(scanned: &'r Scanned, finding: &'r Finding) -> FindingJson<'r> {
    let file = &scanned.files[finding.file];
    FindingJson {
        rule: finding.rule,
        severity: finding.severity,
        message: &finding.message,
        help: &finding.help,
        file: &file.target.name,
        line: finding.start.line,
        column: finding.start.column,
        end_line: finding.end.line,
        end_column: finding.end.column,
        span: finding.span,
        image: file.image(finding).map(|image| image_json(file, image)),
        roots: finding.roots.iter().map(|root| &**root).collect(),
        fix: finding.fix.as_ref(),
        why_not: why_not(file, finding),
    }
}

fn image_json<'r>(file: &'r ScannedFile, image: &'r ImageUse) -> ImageJson<'r> {
    let object = &image.object;
    ImageJson {
        file: &file.target.name,
        line: image.start.line,
        column: image.start.column,
        span: image.span,
        document: image.document,
        api_version: object.api_version.as_deref(),
        kind: object.kind.as_deref(),
        namespace: object.namespace.as_deref(),
        name: object.name.as_deref(),
        path: &image.path,
        use_kind: image.kind,
        template: object.template.as_deref(),
        reference: &image.stated.written,
        state: image.stated.state,
        parts: image.parts.iter().map(part_json).collect(),
        effective: None,
    }
}

fn part_json(part: &Part) -> PartJson<'_> {
    PartJson { part: part.kind, text: &part.text, span: part.span }
}

fn effective_json(effective: &Effective) -> EffectiveJson<'_> {
    let Effective { image, through } = effective;
    let BuiltImage { root, kind, name, path, use_kind, reference, .. } = image;
    let through = through.iter().map(|Through { place, sets, reference }| ThroughJson {
        file: &place.file,
        line: place.at.line,
        column: place.at.column,
        sets,
        reference,
    });
    EffectiveJson { root, kind, name, path, use_kind: *use_kind, reference, through: through.collect() }
}

pub(super) fn problems(scanned: &Scanned) -> Vec<ProblemJson<'_>> {
    let failures = scanned.problems.iter().filter(|problem| problem.weight == Weight::Failure);
    failures.map(problem_json).collect()
}

fn problem_json(problem: &Problem) -> ProblemJson<'_> {
    let (line, column) = (problem.at.map(|at| at.line), problem.at.map(|at| at.column));
    ProblemJson { file: &problem.file, line, column, message: &problem.message }
}

/// Why there is no fix; nothing where there is one.
fn why_not<'r>(file: &ScannedFile, finding: &'r Finding) -> Option<&'r str> {
    let pinnable = file.image(finding).is_some_and(plan::can_be_pinned);
    let unasked =
        if pinnable { "no registry was asked: --diff and --fix do" } else { "only a person can mend it" };
    finding.why_not.as_deref().or_else(|| finding.fix.is_none().then_some(unasked))
}
