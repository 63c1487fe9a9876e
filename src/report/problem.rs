//! Problems of a run, for standard error.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::finding::{Problem, Weight};

/// Prints problems: failures always, notes when they are wanted.
pub fn print(out: &mut dyn Write, problems: &[Problem], notes: bool) -> io::Result<()> {
    for problem in problems.iter().filter(|problem| notes || problem.weight > Weight::Note) {
        let (word, color) = match problem.weight {
            Weight::Failure => ("error", AnsiColor::Red),
            Weight::Warning => ("warning", AnsiColor::Yellow),
            Weight::Note => ("note", AnsiColor::Cyan),
        };
        let style = Style::new().bold().fg_color(Some(color.into()));
        let place = match problem.at {
            Some(at) => format!("{}:{}:{}: ", problem.file, at.line, at.column),
            None if problem.file.is_empty() => String::new(),
            None => format!("{}: ", problem.file),
        };
        writeln!(out, "{style}{word}{style:#}: {place}{}", problem.message)?;
        if let Some(hint) = &problem.hint {
            writeln!(out, "  hint: {hint}")?;
        }
    }
    Ok(())
}
