//! `kubepin policy import`: what Gatekeeper exempts, for the configuration.
//!
//! In: files and folders with constraints of Gatekeeper's library. Out: the lines of `kubepin.toml` that mean the
//! same, on standard output.
//! Invariants: what one constraint exempts and another does not is told, as Gatekeeper would deny it; what has no counterpart is told in a comment beside it, never left out.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use crate::commands::tell;
use crate::discover::discover;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::policy::{Constraint, KIND};
use crate::scan;
use crate::settings::Read;

/// Prints what the constraints below some paths exempt.
pub(in crate::commands) fn import(paths: Vec<PathBuf>) -> Result<Exit, Failure> {
    let names: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let discovered = discover(&Read { paths, ..Read::default() }, &std::env::current_dir()?);
    let (constraints, mut problems) = scan::constraints(&discovered);
    problems.extend(discovered.problems);
    let exit = tell(&problems, false)?;
    if constraints.is_empty() {
        let message = format!("{} has no constraint of kind {KIND}", names.join(", "));
        return Err(Failure::usage(
            message,
            "`kubectl get k8simagedigests -o yaml` prints those of a cluster",
        ));
    }
    let mut out = std::io::stdout().lock();
    for constraint in &constraints {
        writeln!(out, "# {KIND}/{}", constraint.name())?;
        for line in constraint.differences() {
            writeln!(out, "# {line}")?;
        }
    }
    let exempt: BTreeSet<&String> = constraints.iter().flat_map(Constraint::exempt).collect();
    writeln!(out, "exempt-images = [")?;
    for image in exempt {
        let mut others = constraints.iter().filter(|constraint| !constraint.exempt().contains(image));
        let other = others.next().map(|other| format!(" # not in {}", other.name()));
        writeln!(out, "  {},{}", toml::Value::from(image.as_str()), other.unwrap_or_default())?;
    }
    writeln!(out, "]")?;
    Ok(exit)
}
