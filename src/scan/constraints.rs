//! Constraints of Gatekeeper among the files of a run.
//!
//! In: what discovery found. Out: the constraints, and which files cannot be read for them.

use crate::discover::Discovered;
use crate::finding::Problem;
use crate::policy::{self, Constraint};

/// The constraints of all targets, in the order of their names.
pub fn constraints(discovered: &Discovered) -> (Vec<Constraint>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for target in &discovered.targets {
        // What cannot be read at all is told by the scan.
        let Some(text) = target.path.as_ref().and_then(|path| std::fs::read_to_string(path).ok()) else {
            continue;
        };
        match policy::constraints(&text) {
            Ok(constraints) => found.extend(constraints),
            Err(error) => {
                let message = format!("cannot be read for constraints of Gatekeeper: {error}");
                problems.push(Problem::failure(&target.name, message));
            }
        }
    }
    (found, problems)
}
