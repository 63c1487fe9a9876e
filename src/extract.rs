//! From the text of a file to the image uses in it.
//!
//! In: a text and the part its file plays. Out: image uses in the order of the text, and what could
//! not be read.
//! Invariants: a piece without an image key and without an ignore is never parsed; a piece that cannot be read is a fault
//! beside the uses of the others; no I/O.

mod collect;
mod composed;
mod fields;
mod gitops;
mod ignores;
mod kinds;
mod kustomization;
mod machines;
mod nested;
mod object;
mod partial;
mod path;
mod pod;
mod pull_secret;
mod reading;
mod shape;
mod unknown;
mod values;

use rayon::prelude::*;

use crate::image::ImageUse;
use crate::source::{Lines, Position, Span};
use crate::yaml::{self, Forms, Piece};
use collect::Collector;
pub use fields::{Fields, check_path};
pub use ignores::Ignore;
pub(crate) use kustomization::{LISTS, TRANSFORMED, TRANSFORMER};
pub(crate) use machines::{SELECTOR, TERMS, word};
pub(crate) use object::is_never;
pub(crate) use pod::{CONTAINERS, spec_path};
pub use pull_secret::{PullSecret, pull_secrets};
use reading::Reading;
pub(crate) use shape::{CONTAINER_KEYS, NEVER, SPLIT_KEYS, states_version};
pub use unknown::{Unknown, unknown};
pub(crate) use values::REPOSITORY_KEYS;

/// The key that every image use of a core kind is under.
const NEEDLE: &str = "image";
/// What the other words have in common that tell of images: `repository`, `imageRepository`, `OCIRepository`.
const REPOSITORIES: &str = "epository";

/// Bytes of a text whose pieces are worth several threads.
const LARGE: usize = 1 << 20;
/// Pieces that a thread takes at once.
const TOGETHER: usize = 64;

/// The part a file plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Kubernetes objects.
    #[default]
    Manifest,
    /// A Go template of a chart that renders to Kubernetes objects.
    ChartTemplate,
    /// A file of definitions for templates.
    ChartPartial,
    /// Values of a chart.
    ChartValues,
    /// A kustomization.
    Kustomization,
}

/// What a text holds.
#[derive(Debug, Default)]
pub struct Extracted {
    /// Image uses, by position.
    pub uses: Vec<ImageUse>,
    /// Pieces that could not be read.
    pub faults: Vec<Fault>,
    /// Where it says that findings are to be passed over.
    pub ignores: Vec<Ignore>,
    /// Number of documents.
    pub documents: usize,
    /// The part that the file plays, where it was asked for.
    pub role: Role,
}

/// A piece of a file that could not be read.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is lost by it.
    pub kind: FaultKind,
    /// The place to look at.
    pub span: Span,
    /// Where it begins.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
    /// What is wrong: a phrase without a full stop.
    pub message: String,
}

/// What is lost by a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A document of Kubernetes objects.
    Manifest,
    /// A file of Kubernetes objects that is not UTF-8.
    Encoding,
    /// A template of a chart.
    Template,
    /// Something that does not look like Kubernetes.
    Foreign,
}

/// Finds the image uses of a text. `role` is asked only for a text that may have some.
pub fn extract(text: &str, role: impl FnOnce() -> Role) -> Extracted {
    extract_with(text, &Fields::default(), role)
}

/// Finds the image uses of a text, those in fields that users name among them.
pub fn extract_with(text: &str, fields: &Fields, role: impl FnOnce() -> Role) -> Extracted {
    let none = || Extracted { documents: count(&yaml::split(text)), ..Extracted::default() };
    let mentions = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    let ignoring = ignores::mentioned(text);
    if !ignoring
        && !mentions(NEEDLE)
        && !mentions(REPOSITORIES)
        && !kinds::named(text)
        && !fields.may_be_in(text)
    {
        return none();
    }
    let role = role();
    if role == Role::ChartPartial {
        return definitions(text, ignoring);
    }
    let (forms, lines) = (Forms::of(text), Lines::new(text));
    let pieces = yaml::split(forms.first().0);
    let mut extracted = Extracted { documents: count(&pieces), role, ..Extracted::default() };
    if ignoring {
        extracted.ignores = ignores::of_file(text, &lines);
    }
    let look = Look { text, forms: &forms, role, fields, lines: &lines, ignoring };
    let parts: Vec<Extracted> = if text.len() < LARGE {
        vec![look.pieces(&pieces)]
    } else {
        pieces.par_chunks(TOGETHER).map(|pieces| look.pieces(pieces)).collect()
    };
    // They are kept to the end, most of them one to a file.
    extracted.uses.reserve_exact(parts.iter().map(|part| part.uses.len()).sum());
    for part in parts {
        extracted.uses.extend(part.uses);
        extracted.faults.extend(part.faults);
        extracted.ignores.extend(part.ignores);
    }
    extracted.uses.sort_by_key(|image| (image.span, image.shadowed));
    extracted
}

/// What is known of a text when its pieces are looked at.
struct Look<'t> {
    text: &'t str,
    forms: &'t Forms<'t>,
    role: Role,
    fields: &'t Fields,
    lines: &'t Lines<'t>,
    /// Whether it says anywhere that findings are to be passed over.
    ignoring: bool,
}

impl Look<'_> {
    /// What pieces hold.
    fn pieces(&self, pieces: &[Piece]) -> Extracted {
        let mut found = Extracted::default();
        for &piece in pieces {
            self.piece(piece, &mut found);
        }
        found
    }

    /// Adds what a piece holds.
    fn piece(&self, piece: Piece, found: &mut Extracted) {
        let &Self { text, forms, role, fields, lines, .. } = self;
        let part = piece.span.slice(forms.first().0);
        let runs = may_run_images(part, role, fields);
        let ignoring = self.ignoring && ignores::mentioned(piece.span.slice(text));
        if !runs && !ignoring {
            return;
        }
        match Reading::of(text, forms, piece, role) {
            Ok(reading) => {
                for document in reading.documents.iter().filter(|_| runs) {
                    let mut collector = Collector::new(document, &reading, role, lines);
                    collector.fields = Some(fields);
                    found.uses.extend(collector.uses());
                }
                if ignoring {
                    found.ignores.extend(ignores::of_piece(&reading, lines));
                }
            }
            Err(fault) if runs => found.faults.push(fault_at(text, lines, piece, role, fault)),
            // What is in a piece that cannot be read and runs nothing is of no concern.
            Err(_) => {}
        }
    }
}

/// What a file of definitions for templates holds.
fn definitions(text: &str, ignoring: bool) -> Extracted {
    let uses = partial::images(text);
    let mut ignores = Vec::new();
    if ignoring {
        let lines = Lines::new(text);
        let hidden = |at: usize| uses.iter().any(|image| (image.span.start..image.span.end).contains(&at));
        ignores = ignores::of_file(text, &lines);
        ignores.extend(ignores::of_lines(text, Span::new(0, text.len()), &lines, hidden));
    }
    Extracted { uses, ignores, faults: Vec::new(), documents: 1, role: Role::ChartPartial }
}

/// Whether a piece names an image, in the way that the part of its file asks for.
fn names_image(text: &str, role: Role) -> bool {
    if role == Role::Kustomization {
        return kustomization::LISTS.iter().any(|key| yaml::holds_key(text, key));
    }
    let others = values::NEEDLES.iter().chain([&kustomization::TRANSFORMED]);
    [&NEEDLE].into_iter().chain(others).any(|key| yaml::holds_key(text, key))
        || text.contains(gitops::OCI_REPOSITORY)
        || role == Role::Manifest && yaml::holds_key(text, kustomization::LISTS[0])
        || kinds::named(text)
}

/// Whether a piece may run images, as far as its bytes tell: it names an image, and states what
/// Kubernetes demands of an object, unless it plays another part.
fn may_run_images(piece: &str, role: Role, fields: &Fields) -> bool {
    let whole = matches!(role, Role::ChartValues | Role::Kustomization);
    let names = || names_image(piece, role) || fields.may_be_in(piece);
    (whole || yaml::states(piece, "apiVersion") && yaml::states(piece, "kind"))
        && !yaml::is_crd(piece)
        && names()
}

fn count(pieces: &[Piece]) -> usize {
    pieces.last().map_or(0, |last| last.document + 1)
}

/// A fault for a file that is no text at all.
pub fn unreadable(problem: String, sample: &str, offset: usize) -> Fault {
    let kind = if yaml::looks_like_manifest(sample) { FaultKind::Encoding } else { FaultKind::Foreign };
    let start = Lines::new(sample).position(offset.min(sample.len()));
    Fault { kind, span: Span::new(offset, offset), start, end: start, message: problem }
}

fn fault_at(text: &str, lines: &Lines<'_>, piece: Piece, role: Role, fault: yaml::Fault) -> Fault {
    let raw = piece.span.slice(text);
    let kind = match role {
        Role::ChartTemplate => FaultKind::Template,
        _ if yaml::looks_like_manifest(raw) && !raw.contains("{{") => FaultKind::Manifest,
        _ => FaultKind::Foreign,
    };
    let end = fault.offset + text[fault.offset..].chars().next().map_or(0, char::len_utf8);
    let (start, stop) = (lines.position(fault.offset), lines.position(end));
    Fault { kind, span: Span::new(fault.offset, end), start, end: stop, message: fault.message }
}

#[cfg(test)]
mod tests {
    use super::{NEEDLE, REPOSITORIES, gitops, kustomization, values};

    #[test]
    fn one_word_finds_the_others() {
        let words = values::NEEDLES.iter().chain([&gitops::OCI_REPOSITORY, &kustomization::TRANSFORMED]);
        for word in words.chain(&kustomization::LISTS) {
            assert!(word.contains(NEEDLE) || word.contains(REPOSITORIES), "{word} would be passed over");
        }
    }
}
