//! What builds of kustomizations say about an image use.
//!
//! In: what the builds came to. Out: plain data beside the use.
//! Invariant: a place is named as reports name it, so that nothing is looked up to print it.

use std::sync::Arc;

use super::{Machines, PartKind, Stated, UseKind};
use crate::source::Position;

/// A reference that builds come to by the version which a place states.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the cluster gets.
    pub stated: Stated,
    /// The folders of the kustomizations that are built.
    pub roots: Vec<Arc<str>>,
    /// The digest that was there before this place took it away, if one was.
    pub dropped: Option<Dropped>,
    /// A line of a rendered chart that the digest in the tag gets into, and that is no image.
    pub elsewhere: Option<String>,
    /// The machines that the pods may come to.
    pub machines: Machines,
}

/// A digest that an entry of `images:` takes away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dropped {
    /// The reference with it.
    pub reference: String,
    /// Where it is stated.
    pub place: Place,
}

/// A place in a file, for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name in reports.
    pub file: Arc<str>,
    /// Where in it.
    pub at: Position,
}

/// What an entry of `images:` did in the builds that ran it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Whether it matched nothing, as far as can be known: everything it ran over was read.
    pub idle: bool,
    /// A reference that it left alone and that may have been meant: of the same last name.
    pub near: Option<String>,
    /// Whether that one has the name, in a field that kustomize does not look into.
    pub unseen: bool,
    /// A reference that it matched by its name's being a regular expression.
    pub other: Option<String>,
}

/// An image of a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuiltImage {
    /// The folder of the kustomization that is built.
    pub root: Arc<str>,
    /// `kind` of the object that comes out.
    pub kind: String,
    /// `metadata.name` of it.
    pub name: String,
    /// Way from its root.
    pub path: String,
    /// What kind of place it is there.
    pub use_kind: UseKind,
    /// What the cluster gets.
    pub reference: String,
    /// The machines that its pod may come to; of the builds of kustomizations, places tell that.
    pub machines: Machines,
}

/// What one build makes of an image use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effective {
    /// What comes out.
    pub image: BuiltImage,
    /// The entries of `images:` that made it so, in order.
    pub through: Vec<Through>,
}

/// An entry of `images:` on the way of a reference through a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Through {
    /// The entry.
    pub place: Place,
    /// The parts of the reference that it sets.
    pub sets: Vec<PartKind>,
    /// The reference behind it.
    pub reference: String,
}
