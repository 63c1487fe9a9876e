//! Strings in files that look like references and that nothing covers.
//!
//! In: what discovery found, what a scan made of it. Out: the strings, by file.
//! Invariant: a place that a scan knows, at first hand or through a build or a chart, is not among them.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use rayon::prelude::*;

use super::{Scanned, ScannedFile};
use crate::context::Context;
use crate::discover::{Discovered, Target, read_file};
use crate::extract::{self, Unknown};
use crate::source::Span;
use crate::yaml::{self, Text};

/// The strings of all targets, with the names of their files.
pub fn unknown(discovered: &Discovered, scanned: &Scanned) -> Vec<(String, Unknown)> {
    let context = Context::of(&super::context_files(&discovered.context));
    let files = scanned.files.iter().map(|file| (&*file.target.absolute, file));
    let files: HashMap<&Path, &ScannedFile> = files.collect();
    let of_target = |target: &Target| {
        let file = files.get(&*target.absolute).copied();
        // What cannot be read was told by the scan.
        let bytes = match (&target.path, file) {
            (Some(path), _) => read_file(path).unwrap_or_default(),
            (None, file) => file.and_then(|file| file.kept.clone()).unwrap_or_default(),
        };
        let Text::Utf8(text) = yaml::decode(&bytes) else { return Vec::new() };
        let found = extract::unknown(text, context.role(&target.absolute), &known(file));
        found.into_iter().map(|unknown| (target.name.clone(), unknown)).collect()
    };
    discovered.targets.par_iter().flat_map_iter(of_target).collect()
}

/// The places of a file that are known.
fn known(file: Option<&ScannedFile>) -> BTreeSet<Span> {
    let uses = file.into_iter().flat_map(|file| &file.extracted.uses);
    let places = uses.flat_map(|image| {
        let parts = image.parts.iter().flat_map(|part| [part.span, part.scalar.span]);
        parts.chain([image.span, image.scalar.span])
    });
    places.collect()
}
