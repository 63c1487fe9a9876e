//! The last lines of a report: what was found, and the next command to run.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use crate::finding::Weight;
use crate::image::State;
use crate::plan;
use crate::settings::{Mode, Reach, Settings, Task};

/// Counts of a check.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Documents in them.
    pub documents: usize,
    /// Image uses.
    pub images: usize,
    /// Places with a pin, where it is about pins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pins: Option<usize>,
    /// Image uses without one, where it is about pins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpinned: Option<usize>,
    /// Findings that are left, by rule.
    pub findings: BTreeMap<&'static str, usize>,
    /// Findings that were mended, or would be by `--fix`.
    pub fixed: usize,
    /// Findings that files say are to be ignored.
    pub ignored: usize,
    /// Findings that the baseline knows, or that are on untouched lines.
    pub known: usize,
    /// Questions that no registry answered.
    pub unanswered: usize,
}

impl Summary {
    /// Counts a report.
    pub fn of(report: &Report) -> Self {
        let mut findings = BTreeMap::new();
        for finding in &report.findings {
            *findings.entry(finding.rule).or_default() += 1;
        }
        let answers = report.answers.by_question.values();
        let uses = || report.scanned.files.iter().flat_map(|file| &file.extracted.uses);
        Self {
            files: report.scanned.read,
            documents: report.scanned.documents,
            images: uses().count(),
            pins: report.pins,
            unpinned: report.pins.map(|_| uses().filter(|image| plan::lacks_digest(image)).count()),
            findings,
            fixed: report.fixed,
            ignored: report.ignored,
            known: report.known,
            unanswered: answers.filter(|answer| answer.unanswered().is_some()).count(),
        }
    }
}

pub(super) fn print(out: &mut dyn Write, report: &Report, settings: &Settings) -> io::Result<()> {
    let summary = Summary::of(report);
    let left = report.findings.len();
    let images = count(summary.images, "image");
    let read = count(summary.files, "file");
    let cached = report.answers.traffic.cached;
    if cached > 0 {
        let answers = count(cached, "answer");
        writeln!(out, "{answers} of an earlier run used again (--no-cache asks anew).")?;
    }
    overlooked(out, report)?;
    match settings.mode {
        Mode::Report if left > 0 => {
            let files = report.findings.chunk_by(|a, b| a.file == b.file).count();
            let findings = count(left, "finding");
            writeln!(out, "{findings} in {} ({images} in {read} looked at).", count(files, "file"))?;
            next_command(out, report, settings)
        }
        _ if left + report.fixed == 0 && report.known > 0 => {
            writeln!(out, "Nothing new ({images} in {read} looked at).")
        }
        _ if left + report.fixed == 0 => all_is_well(out, report, &images, &read),
        _ if report.fixed == 0 => {
            writeln!(out, "Nothing to write for {}.", count(left, "finding"))?;
            about_the_rest(out, report, settings)
        }
        Mode::Diff => {
            let (all, files) = (count(left + report.fixed, "finding"), count(report.changed, "file"));
            writeln!(out, "{} of {all} would be fixed in {files}.", report.fixed)?;
            writeln!(out, "Write it: kubepin check --fix{}", arguments(settings))
        }
        Mode::Report | Mode::Fix => {
            let (all, files) = (count(left + report.fixed, "finding"), count(report.changed, "file"));
            writeln!(out, "{} of {all} fixed in {files}.", report.fixed)?;
            about_the_rest(out, report, settings)
        }
    }
}

/// Says how many findings are not reported.
pub(super) fn overlooked(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.ignored > 0 {
        let findings = count(report.ignored, "finding");
        writeln!(out, "{findings} ignored, as files say (-v names each, with its reason).")?;
    }
    if report.known > 0 {
        writeln!(out, "{} known before, and left out.", count(report.known, "finding"))?;
    }
    Ok(())
}

fn all_is_well(out: &mut dyn Write, report: &Report, images: &str, read: &str) -> io::Result<()> {
    let uses = || report.scanned.files.iter().flat_map(|file| &file.extracted.uses);
    let open =
        uses().filter(|image| matches!(image.stated.state, State::Templated | State::Placeholder)).count();
    if uses().next().is_none() {
        let failed = report.scanned.problems.iter().any(|problem| problem.weight == Weight::Failure);
        let rest = if failed { ", and not all that was asked for" } else { "" };
        return writeln!(out, "No images found ({read} read{rest}).");
    }
    write!(out, "Nothing to pin: {images} in {read}")?;
    if open > 0 {
        write!(out, ", {open} of them filled in later (templates, variables, builds) and not judged")?;
    }
    writeln!(out, ".")
}

fn next_command(out: &mut dyn Write, report: &Report, settings: &Settings) -> io::Result<()> {
    let open = report.findings.iter().filter(|finding| finding.why_not.is_none());
    let images = open.filter_map(|finding| report.scanned.image(finding));
    let pinnable = images.filter(|image| plan::can_be_pinned(image)).count();
    if pinnable == 0 {
        return about_the_rest(out, report, settings);
    }
    let arguments = arguments(settings);
    writeln!(out, "See the change that pins {pinnable} of them: kubepin check --diff{arguments}")?;
    writeln!(out, "Make it:                               kubepin check --fix{arguments}")
}

/// The next command for what no safe fix mends.
fn about_the_rest(out: &mut dyn Write, report: &Report, settings: &Settings) -> io::Result<()> {
    let images = report.findings.iter().filter_map(|finding| report.scanned.image(finding));
    let unsafely = images.filter(|image| image.caution.is_some() && image.hold.is_none());
    let unsafely = unsafely.filter(|image| plan::can_be_pinned(image)).count();
    if unsafely > 0 && !settings.write.unsafe_fixes {
        let arguments = arguments(settings);
        return writeln!(
            out,
            "See the change that pins {unsafely} of them, too: kubepin check --diff --unsafe-fixes{arguments}"
        );
    }
    explain(out, report)
}

/// The command that explains the rule with the most findings; none where answers are what is missing.
pub(super) fn explain(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let summary = Summary::of(report);
    let most = summary.findings.iter().rev().max_by_key(|(_, number)| **number);
    match most.filter(|_| summary.unanswered == 0) {
        Some((rule, _)) => writeln!(out, "Read what to do: kubepin explain {rule}"),
        None => Ok(()),
    }
}

/// What was typed and a second run needs, for a command to copy.
pub(super) fn arguments(settings: &Settings) -> String {
    let mut typed: Vec<String> = Vec::new();
    if settings.write.unsafe_fixes {
        typed.push("--unsafe-fixes".to_owned());
    }
    let pinning = settings.task == Task::Pin;
    if let Some(cooldown) = settings.demands.cooldown_in_words().filter(|_| !pinning) {
        typed.push(format!("--cooldown={cooldown}"));
    }
    if let Some(platform) = &settings.ask.platform {
        typed.push(format!("--platform={platform}"));
    }
    match settings.ask.sources.reach {
        Reach::Registries => {}
        Reach::Offline => typed.push("--offline".to_owned()),
        Reach::Locked => typed.push("--locked".to_owned()),
    }
    if let Some(render) = &settings.read.render {
        typed.push("--render".to_owned());
        typed.extend(
            render.values.iter().flat_map(|path| ["-f".to_owned(), path.to_string_lossy().into_owned()]),
        );
        typed.extend(render.sets.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
        typed.extend(render.arguments.iter().map(|argument| format!("--helm-arg={argument}")));
    }
    let (read, overlook) = (&settings.read, &settings.overlook);
    let flags = [
        ("--no-ignore", read.no_ignore),
        ("--hidden", read.hidden),
        ("--no-inline-ignores", pinning && !overlook.ignores),
    ];
    typed.extend(flags.into_iter().filter(|(_, wanted)| *wanted).map(|(flag, _)| flag.to_owned()));
    typed.extend(read.exclude.iter().map(|glob| format!("--exclude={glob}")));
    let (baseline, base) = (overlook.baseline.iter(), overlook.diff_base.iter());
    typed.extend(baseline.filter(|_| pinning).map(|file| format!("--baseline={}", file.to_string_lossy())));
    typed.extend(base.filter(|_| pinning).map(|revision| format!("--diff-base={revision}")));
    let paths: Vec<String> =
        settings.read.paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    if paths != ["."] && paths.iter().map(String::len).sum::<usize>() <= 200 {
        typed.extend(paths);
    }
    let quoted = typed.iter().map(|word| {
        let plain = word.chars().all(|c| c.is_alphanumeric() || "/._-+=@:,".contains(c));
        if plain { format!(" {word}") } else { format!(" '{}'", word.replace('\'', "'\\''")) }
    });
    quoted.collect()
}

pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
