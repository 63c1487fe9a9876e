//! `kubepin attach`: files that refer to an image.

use std::io::{self, Write as _};

use super::lookup::{self, Lookup, problem};
use super::{print_problems, told};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::referrer::Artifact;
use crate::report::attached;
use crate::settings::Attach;

/// Attaches files to an image.
pub(super) fn run(settings: &Attach) -> Result<Exit, Failure> {
    let reference = lookup::reference(&settings.reference)?;
    let mut lookup = Lookup::new(&settings.ask, &settings.output);
    if let Some(digest) = lookup.digest(&reference)? {
        let image = reference.question().by_digest(&digest);
        let (artifact_type, annotations) = (settings.artifact_type.clone(), settings.annotations.clone());
        let artifact = Artifact { artifact_type, annotations, files: Vec::new() };
        let asked = lookup.session.attach(&image, artifact, &settings.files)?;
        lookup.traffic.add(asked.traffic);
        lookup.problems.extend(told(&asked.warnings, &asked.notes));
        match asked.said {
            Ok(attached) => {
                let mut out = io::stdout().lock();
                attached::print(&mut out, &image, &attached, (settings, lookup.traffic))?;
                out.flush()?;
            }
            Err(answer) => {
                lookup.problems.extend(problem(&format!("nothing is attached to {image}"), &answer));
            }
        }
    }
    print_problems(&lookup.problems, &settings.output)
}
