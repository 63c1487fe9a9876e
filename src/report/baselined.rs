//! What is said of a baseline that was written.

use std::io::{self, Write};

use super::summary::count;
use crate::settings::Task;
use crate::source::printable;

/// Prints what was written, and how it is used.
pub fn print(out: &mut dyn Write, name: &str, findings: usize, task: Task) -> io::Result<()> {
    let command = if task == Task::Verify { "verify" } else { "check" };
    let (name, findings) = (printable(name), count(findings, "finding"));
    writeln!(out, "{findings} written to {name}.")?;
    writeln!(out, "Report what is new: kubepin {command} --baseline {name}")
}
