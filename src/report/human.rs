//! The report for people: source, underline, why, what to do.
//!
//! The only place that knows miette, which is given a few lines of source for each finding, never a
//! file: it looks for line ends from the first byte of what it is given.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity, SourceCode, SourceSpan, SpanContents,
};

use crate::finding::{self, Finding, Related};
use crate::scan::Scanned;
use crate::settings::Output;
use crate::source::{Lines, Span, printable};

/// Lines shown before and after the place.
const CONTEXT: usize = 1;
/// Longest piece of source that is shown, in bytes.
const SHOWN: usize = 2000;
/// What is shown before and after a place in a line that is too long, in bytes.
const AROUND: usize = 60;

/// Prints findings with their source.
pub(super) fn print(
    out: &mut dyn Write,
    scanned: &Scanned,
    findings: &[Finding],
    output: &Output,
) -> io::Result<()> {
    let handler = handler(output);
    for of_file in findings.chunk_by(|a, b| a.file == b.file) {
        let file = &scanned.files[of_file[0].file];
        let text = file.shown();
        let lines = Lines::new(&text);
        for finding in of_file {
            let snippet = Snippet::of(&file.target.name, &text, &lines, finding.span);
            let mut rendered = String::new();
            let shown = Shown { finding, snippet };
            handler.render_report(&mut rendered, &shown).map_err(io::Error::other)?;
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
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// A finding in the form that the renderer takes.
#[derive(Debug)]
struct Shown<'f> {
    finding: &'f Finding,
    snippet: Snippet,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
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
        let mut help = self.finding.help.clone();
        for Related { file, at, what } in &self.finding.related {
            let file = file.as_ref().map(|file| format!("{file}:")).unwrap_or_default();
            help = format!("{help}\n{file}{}:{}: {what}", at.line, at.column);
        }
        if let Some(template) = &self.finding.template {
            help = format!("{help}\nit is rendered from {}", printable(template));
        }
        for built in &self.finding.builds {
            help = format!("{help}\n{built}");
        }
        if let Some(builds) = self.finding.of_builds().filter(|_| self.finding.builds.is_empty()) {
            help = format!("{help}\nit is built by {builds}");
        }
        if let Some(why_not) = &self.finding.why_not {
            help = format!("{help}\n--fix leaves it: {why_not}");
        }
        Some(Box::new(help))
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

/// A few lines of a file.
#[derive(Debug)]
struct Snippet {
    name: String,
    /// The lines, without control characters.
    source: String,
    /// Where `source` begins in the file.
    offset: usize,
    /// 0-based line and column of `source` in the file.
    line: usize,
    column: usize,
    /// The place, in the file.
    place: Span,
}

impl Snippet {
    fn of(name: &str, text: &str, lines: &Lines<'_>, place: Span) -> Self {
        let place = Span::new(place.start.min(text.len()), place.end.min(text.len()));
        let (first, last) = (lines.position(place.start).line, lines.position(place.end).line);
        let mut shown = lines.span_of(first.saturating_sub(CONTEXT).max(1), last + CONTEXT);
        if shown.len() > SHOWN {
            let own = lines.span_of(first, first);
            let start = boundary(text, place.start.saturating_sub(AROUND)).max(own.start);
            let end = boundary(text, (place.start + 2 * AROUND).min(text.len())).min(own.end);
            shown = Span::new(start, end.max(start));
        }
        let begin = lines.position(shown.start);
        let place = Span::new(place.start, place.end.min(shown.end).max(place.start));
        let (line, column) = (begin.line - 1, begin.column - 1);
        let source = without_controls(shown.slice(text));
        Self { name: name.to_owned(), source, offset: shown.start, line, column, place }
    }
}

/// The last place up to `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The text with control characters replaced by as many bytes, so that no file speaks to the terminal.
fn without_controls(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => " ".repeat(c.len_utf8()),
        '\u{feff}' => " ".repeat(3),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

impl SourceCode for Snippet {
    /// With context: all of the snippet. Without: from the place on, whose line and column are asked so.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let skipped = if before == 0 { span.offset() - self.offset } else { 0 };
        let (passed, data) = self.source.split_at(skipped);
        let (line, column) = match passed.rfind('\n') {
            Some(at) => (self.line + passed.matches('\n').count(), passed[at + 1..].chars().count()),
            None => (self.line, self.column + passed.chars().count()),
        };
        let span = SourceSpan::from((self.offset + skipped, data.len()));
        let (name, lines) = (self.name.clone(), data.lines().count());
        Ok(Box::new(MietteSpanContents::new_named(name, data.as_bytes(), span, line, column, lines)))
    }
}
