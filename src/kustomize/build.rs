//! Builds: what a kustomization and everything below it come to.
//!
//! In: the files that kustomizations reach. Out: the images of every build, each with the place that
//! states it and the entries it went through; what entries did; what kept a build from being followed.
//! Invariants: a base is built once, however many overlays share it; the order of steps is kustomize's;
//! a kustomization that includes itself is told and left out.
//! Source: kustomize `api/internal/target/kusttarget.go` and `kusttarget_configplugin.go`.

mod read;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::Kustomization;
use super::images::FieldSpec;
use super::resource::Resource;
use super::sources::Sources;
use super::uses::{Use, uses_with};
use super::value::{Caution, Origin, Scalar};
use crate::image::{BuiltImage, Machine, Machines, PartKind, Ran};

/// An image of a build, and where it comes from.
#[derive(Clone, Debug)]
pub struct Row {
    /// The place that states it: a scalar, or what holds it.
    pub origin: Origin,
    /// What is stated there.
    pub stated: String,
    /// The entries that it went through, in order.
    pub steps: Vec<Passed>,
    /// Other places that have a part in it.
    pub others: BTreeSet<Origin>,
    /// Whether a replacement put it together from several places.
    pub mixed: bool,
    /// What else a digest in it would do.
    pub caution: Option<Caution>,
    /// What comes out.
    pub image: BuiltImage,
    /// The machines that its pod may come to, with the places that say so.
    pub machines: Arc<[Machine<Option<Origin>>]>,
    /// Why that may not be so: a phrase.
    pub doubt: Option<Arc<str>>,
}

/// What a build comes to.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its images.
    pub rows: Vec<Row>,
    /// Whether its images are known to be what the rows say.
    pub sure: bool,
}

/// An entry of `images:` that an image went through.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The name in the entry.
    pub origin: Origin,
    /// The parts of a reference that it sets.
    pub sets: Vec<PartKind>,
    /// The reference before it.
    pub before: String,
}

/// What kept a build from being followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// The kustomization file.
    pub file: PathBuf,
    /// What is wrong: a phrase.
    pub message: String,
    /// Whether the build itself would fail, or is only not followed.
    pub fatal: bool,
}

/// Builds over one set of files.
#[derive(Debug)]
pub struct Builds<'s> {
    sources: &'s Sources,
    /// Bases that were built.
    built: BTreeMap<OsString, Built>,
    /// The folders that are being built.
    open: Vec<PathBuf>,
    /// How many were opened for this build.
    opened: usize,
    met: BTreeSet<OsString>,
    /// What entries did, by their names' places.
    ran: BTreeMap<Origin, Ran>,
    troubles: BTreeSet<Trouble>,
}

/// What a kustomization comes to.
#[derive(Clone, Debug, Default)]
struct Built {
    resources: Vec<Resource>,
    /// Fields that `configurations` add; they hold for every kustomization above, too.
    fields: Arc<BTreeSet<FieldSpec>>,
    /// Whether objects may be missing.
    partial: bool,
    /// Whether generators make objects that are not here, and have no images.
    generated: bool,
    /// Why references may be others than they seem.
    doubt: Option<Arc<str>>,
}

/// What is lost where a build is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// Objects, which have images of their own.
    Objects,
    /// Changes of objects that are there.
    Changes,
}

impl<'s> Builds<'s> {
    /// No builds yet.
    pub fn of(sources: &'s Sources) -> Self {
        let file = |folder: &PathBuf| sources.kustomization(folder).map(|k| k.file.clone());
        let double = |file| Trouble {
            file,
            message: "the folder has several kustomization files, and a build takes none".to_owned(),
            fatal: true,
        };
        let troubles = sources.doubles.iter().filter_map(file).map(double).collect();
        Self {
            sources,
            built: BTreeMap::new(),
            open: Vec::new(),
            opened: 0,
            met: BTreeSet::new(),
            ran: BTreeMap::new(),
            troubles,
        }
    }

    /// The build of a folder, whose rows call it `name`.
    pub fn make(&mut self, folder: &Path, name: &str) -> Build {
        self.opened = 0;
        if self.sources.kustomization(folder).is_none() {
            let message = format!("cannot be built: {}", self.reason(folder));
            self.troubles.insert(Trouble { file: folder.to_owned(), message, fatal: true });
        }
        let built = self.folder(folder, Built::default());
        let root: Arc<str> = Arc::from(name);
        let row = |resource: &Resource, image: Use| {
            let scalar = &*image.scalar;
            Some(Row {
                origin: scalar.origin.clone()?,
                stated: scalar.stated().to_owned(),
                steps: passed(scalar),
                others: scalar.mixed.iter().flat_map(|mixed| mixed.others.clone()).collect(),
                mixed: scalar.mixed.is_some(),
                caution: scalar.caution,
                machines: image.machines,
                image: BuiltImage {
                    root: Arc::clone(&root),
                    kind: resource.kind().to_owned(),
                    name: resource.name().to_owned(),
                    path: image.path,
                    use_kind: image.kind,
                    reference: scalar.text.clone(),
                    machines: Machines::default(),
                },
                doubt: built.doubt.clone(),
            })
        };
        let mut rows = Vec::new();
        for resource in built.resources.iter().filter(|resource| !resource.is_local()) {
            rows.extend(
                uses_with(&resource.value, &built.fields)
                    .into_iter()
                    .filter_map(|image| row(resource, image)),
            );
        }
        Build { rows, sure: built.doubt.is_none() }
    }

    /// Builds kustomizations that only a circle reaches, for what is to be said of them.
    pub fn build_rest(&mut self) {
        for (folder, kustomization) in self.sources.kustomizations() {
            if !kustomization.component && !self.met.contains(folder.as_os_str()) {
                self.folder(folder, Built::default());
            }
        }
    }

    /// What entries did, by their names' places, and what kept builds from being followed.
    pub fn end(self) -> (BTreeMap<Origin, Ran>, BTreeSet<Trouble>) {
        (self.ran, self.troubles)
    }

    /// Builds the kustomization of a folder, if it has one, on top of what there is.
    fn folder(&mut self, folder: &Path, below: Built) -> Built {
        let Some(kustomization) = self.sources.kustomization(folder) else {
            return below;
        };
        self.met.insert(folder.into());
        self.open.push(folder.to_owned());
        let built = self.build(kustomization, below);
        self.open.pop();
        built
    }

    /// A base, built once.
    fn base(&mut self, folder: &Path) -> Built {
        if let Some(built) = self.built.get(folder.as_os_str()) {
            return built.clone();
        }
        let built = self.folder(folder, Built::default());
        self.built.insert(folder.into(), built.clone());
        built
    }

    fn build(&mut self, at: &'s Kustomization, mut built: Built) -> Built {
        for field in &at.bringing {
            let message = format!("`{field}` is not followed: images that it brings are not seen");
            self.lose(at, &mut built, Loss::Objects, message);
        }
        self.read(at, &at.resources, &mut built);
        at.components.iter().for_each(|component| self.add_component(at, component, &mut built));
        self.configure(at, &mut built);
        at.patches.iter().for_each(|patch| self.patch(at, patch, false, &mut built));
        built.resources.iter_mut().for_each(|resource| resource.dress(at));
        at.late_patches.iter().for_each(|patch| self.patch(at, patch, true, &mut built));
        let fields = FieldSpec::builtin().into_iter().chain(built.fields.iter().cloned());
        let fields: Vec<FieldSpec> = fields.collect::<BTreeSet<_>>().into_iter().collect();
        at.images.iter().for_each(|entry| self.images(at, entry, &fields, &mut built));
        built.generated |= at.generates;
        at.replacements
            .iter()
            .for_each(|(entry, file)| self.replacement(at, entry, file.as_ref(), &mut built));
        self.transform(at, &mut built);
        built
    }

    /// Tells of something that would end the build.
    fn fail(&mut self, at: &Kustomization, built: &mut Built, loss: Loss, message: String) {
        self.miss(built, loss, Trouble { file: at.file.clone(), message, fatal: true });
    }

    /// Tells of something that is not followed.
    fn lose(&mut self, at: &Kustomization, built: &mut Built, loss: Loss, message: String) {
        self.miss(built, loss, Trouble { file: at.file.clone(), message, fatal: false });
    }

    fn miss(&mut self, built: &mut Built, loss: Loss, trouble: Trouble) {
        built.partial = true;
        if loss == Loss::Changes {
            built.doubt.get_or_insert_with(|| Arc::from(trouble.message.as_str()));
        }
        self.troubles.insert(trouble);
    }
}

/// The entries that a scalar went through, in order.
fn passed(scalar: &Scalar) -> Vec<Passed> {
    let passed = scalar.steps().filter_map(|step| {
        let origin = step.entry.origin.clone()?;
        Some(Passed { origin, sets: step.entry.sets(), before: step.before.clone() })
    });
    let mut passed: Vec<Passed> = passed.collect();
    passed.reverse();
    passed
}
