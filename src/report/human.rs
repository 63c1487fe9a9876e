//! The report for people: source, underline, why, what to do.
//!
//! In: findings and the texts of their files. Out: text as wide as the terminal.
//! Invariant: what it costs to show a finding does not grow with its file, or with its line.
//!
//! The only place that knows miette, which is given a few lines of source for each finding, never a
//! file: it looks for line ends from the first byte of what it is given.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity, SourceCode, SourceSpan, SpanContents,
};

use super::Report;
use super::record::{brief, words};
use super::snippet::Snippet;
use crate::finding::{self, Finding};
use crate::scan::ScannedFile;
use crate::settings::Output;
use crate::source::Lines;

/// Lines shown before and after the place.
pub(super) const CONTEXT: usize = 1;

/// Prints findings with their source.
pub(super) fn print(out: &mut dyn Write, report: &Report, output: &Output) -> io::Result<()> {
    let findings = &report.findings;
    let handler = handler(output);
    for of_file in findings.chunk_by(|a, b| a.file == b.file) {
        let file = &report.scanned.files[of_file[0].file];
        let text = report.text(file);
        let lines = Lines::new(&text);
        for finding in of_file {
            let snippet = Snippet::of(file, &text, &lines, finding, output.source_width);
            let mut rendered = String::new();
            let shown = Shown { finding, file, snippet };
            handler.render_report(&mut rendered, &shown).map_err(io::Error::other)?;
            let rendered = if output.unicode { rendered } else { rendered.replace('…', "...") };
            writeln!(out, "{}\n", rendered.trim_end())?;
        }
    }
    Ok(())
}

fn handler(output: &Output) -> GraphicalReportHandler {
    let theme = match (output.unicode, output.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(output.width)
        .with_context_lines(CONTEXT)
        .with_links(false)
        .with_primary_span_start()
        // A reference stays in one piece, to be copied: a terminal breaks what is too wide by itself.
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .with_break_words(false)
}

/// A finding in the form that the renderer takes.
#[derive(Debug)]
struct Shown<'f> {
    finding: &'f Finding,
    file: &'f ScannedFile,
    snippet: Snippet<'f>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&brief(&self.finding.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.finding.rule))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.severity {
            finding::Severity::Error => Severity::Error,
            finding::Severity::Warning => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(words(self.file, self.finding).join("\n")))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.snippet)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.snippet.place;
        let label =
            LabeledSpan::new_primary_with_span(Some(self.finding.label.clone()), (span.start, span.len()));
        Some(Box::new(std::iter::once(label)))
    }
}

impl SourceCode for Snippet<'_> {
    /// With context: all of the snippet. Without: from the place on, whose line and column are asked so.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (skipped, line, column) = if before == 0 {
            (self.place.start, self.start.line, self.start.column)
        } else {
            (0, self.line, 1)
        };
        let data = &self.source[skipped..];
        let (span, lines) = (SourceSpan::from((skipped, data.len())), data.lines().count());
        let contents = MietteSpanContents::new_named(
            self.name.to_owned(),
            data.as_bytes(),
            span,
            line - 1,
            column - 1,
            lines,
        );
        Ok(Box::new(contents))
    }
}
