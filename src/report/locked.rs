//! What became of a lock file, for people.

use std::io::{self, Write};

use super::summary::count;
use crate::resolve::lock::Renewed;

/// Prints what has changed, and how much there is.
///
/// # Errors
/// Those of `out`.
pub fn print(out: &mut dyn Write, file: &str, renewed: &Renewed) -> io::Result<()> {
    let Renewed { lock, added, moved, gone } = renewed;
    for (word, list) in [("new", added), ("moved", moved)] {
        for (reference, digest) in list {
            writeln!(out, "{word:5}  {reference}  {digest}")?;
        }
    }
    for reference in gone {
        writeln!(out, "gone   {reference}")?;
    }
    let (images, added, moved, gone) = (count(lock.len(), "image"), added.len(), moved.len(), gone.len());
    if added + moved + gone == 0 {
        return writeln!(out, "{file}: {images}, nothing new.");
    }
    writeln!(out, "{file}: {images}, {added} new, {moved} moved, {gone} gone.")
}
