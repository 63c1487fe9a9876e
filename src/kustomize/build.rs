//! Builds: what a kustomization and everything below it come to.
//!
//! In: the files that kustomizations reach. Out: the images of every build, each with the place that
//! states it, and what kept a build from being followed.
//! Invariants: a base is built once, however many overlays share it; the order of steps is kustomize's;
//! a kustomization that includes itself is told and left out.
//! Source: kustomize `api/internal/target/kusttarget.go` and `kusttarget_configplugin.go`.

mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{Input, Kustomization};
use super::images::FieldSpec;
use super::resource::Resource;
use super::sources::{Documents, Sources};
use super::uses::{Use, uses};
use super::value::Value;
use crate::image::Effective;
use crate::source::Span;

/// Kustomizations that may be open at once. What goes beyond a limit is told, and not followed.
const DEPTH: usize = 100;

/// Kustomizations and components that one build may open: each may name several, twice.
const OPENED: usize = 100_000;

/// Objects that one build may have.
const OBJECTS: usize = 100_000;

/// An image of a build, and the place that states it.
#[derive(Debug)]
pub struct Row {
    /// The file.
    pub file: Arc<Path>,
    /// The bytes of its scalar, or of what holds it.
    pub span: Span,
    /// What is stated there.
    pub stated: String,
    /// What the build makes of it.
    pub effective: Effective,
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
    built: BTreeMap<PathBuf, Built>,
    /// The folders that are being built.
    open: Vec<PathBuf>,
    /// How many were opened for this build.
    opened: usize,
    met: BTreeSet<PathBuf>,
    troubles: BTreeSet<Trouble>,
}

/// What a kustomization comes to.
#[derive(Clone, Debug, Default)]
struct Built {
    resources: Vec<Resource>,
    /// Fields that `configurations` add; they hold for every kustomization above, too.
    fields: Arc<BTreeSet<FieldSpec>>,
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
        Self { sources, built: BTreeMap::new(), open: Vec::new(), opened: 0, met: BTreeSet::new(), troubles }
    }

    /// The folders of the kustomizations that no other includes.
    pub fn roots(&self) -> Vec<PathBuf> {
        let all = || self.sources.kustomizations().filter(|(_, kustomization)| !kustomization.component);
        let included: BTreeSet<&PathBuf> =
            self.sources.kustomizations().flat_map(|(_, kustomization)| kustomization.includes()).collect();
        all().map(|(folder, _)| folder).filter(|folder| !included.contains(folder)).cloned().collect()
    }

    /// The images of the build of a folder, whose rows call it `name`.
    pub fn rows(&mut self, folder: &Path, name: &str) -> Vec<Row> {
        let name: Arc<str> = Arc::from(name);
        self.opened = 0;
        if self.sources.kustomization(folder).is_none() {
            let message = format!("cannot be built: {}", self.reason(folder));
            self.troubles.insert(Trouble { file: folder.to_owned(), message, fatal: true });
        }
        let built = self.folder(folder, Built::default());
        let row = |resource: &Resource, image: Use| {
            let origin = image.scalar.origin.as_ref()?;
            Some(Row {
                file: Arc::clone(&origin.file),
                span: origin.span,
                stated: image.scalar.stated.as_ref().unwrap_or(&image.scalar.text).clone(),
                effective: Effective {
                    root: Arc::clone(&name),
                    kind: resource.kind().to_owned(),
                    name: resource.name().to_owned(),
                    path: image.path,
                    use_kind: image.kind,
                    reference: image.scalar.text.clone(),
                },
            })
        };
        let mut rows = Vec::new();
        for resource in &built.resources {
            rows.extend(uses(&resource.value).into_iter().filter_map(|image| row(resource, image)));
        }
        rows
    }

    /// What kept builds from being followed; unless `only` what was built counts, kustomizations that
    /// only a circle reaches are told, too.
    pub fn troubles(mut self, only: bool) -> BTreeSet<Trouble> {
        if only {
            return self.troubles;
        }
        let circles = self.sources.kustomizations().filter(|(_, kustomization)| !kustomization.component);
        for (folder, _) in circles {
            if !self.met.contains(folder) {
                self.folder(folder, Built::default());
            }
        }
        self.troubles
    }

    fn trouble(&mut self, at: &Kustomization, message: String, fatal: bool) {
        self.troubles.insert(Trouble { file: at.file.clone(), message, fatal });
    }

    /// Builds the kustomization of a folder, if it has one, on top of what there is.
    fn folder(&mut self, folder: &Path, below: Built) -> Built {
        let Some(kustomization) = self.sources.kustomization(folder) else {
            return below;
        };
        self.met.insert(folder.to_owned());
        self.open.push(folder.to_owned());
        let built = self.build(kustomization, below);
        self.open.pop();
        built
    }

    fn build(&mut self, at: &'s Kustomization, mut built: Built) -> Built {
        for field in &at.not_followed {
            self.trouble(
                at,
                format!("`{field}` is not followed: images that it makes are not listed"),
                false,
            );
        }
        self.read(at, &at.resources, &mut built);
        for component in &at.components {
            match component {
                Input::Local(path, name) if self.sources.kustomization(path).is_none() => {
                    self.missing(at, path, name);
                }
                Input::Local(path, name) => {
                    if self.may_open(at, path, name) {
                        built = self.folder(path, built);
                    }
                }
                Input::Inline(_) => {}
                Input::Remote(address) => self.remote(at, address),
            }
        }
        self.configure(at, &mut built);
        let late = at.late_patches.iter();
        at.patches.iter().for_each(|patch| self.patch(at, patch, false, &mut built.resources));
        built.resources.iter_mut().for_each(|resource| resource.dress(at));
        late.for_each(|patch| self.patch(at, patch, true, &mut built.resources));
        let fields = FieldSpec::builtin().into_iter().chain(built.fields.iter().cloned());
        let fields: Vec<FieldSpec> = fields.collect::<BTreeSet<_>>().into_iter().collect();
        at.images.iter().for_each(|entry| self.images(at, entry, &fields, &mut built.resources));
        self.transform(at, &mut built.resources);
        built
    }

    /// Adds what files, folders and inline texts hold.
    fn read(&mut self, at: &Kustomization, inputs: &'s [Input], built: &mut Built) {
        for input in inputs {
            match input {
                Input::Remote(address) => self.remote(at, address),
                Input::Local(path, name) if self.sources.kustomization(path).is_some() => {
                    if self.may_open(at, path, name) {
                        let base = self.base(path);
                        if built.resources.len() + base.resources.len() > OBJECTS {
                            self.trouble(at, format!("`{name}` is not followed: too many objects"), true);
                            continue;
                        }
                        built.resources.extend(base.resources);
                        Arc::make_mut(&mut built.fields).extend(base.fields.iter().cloned());
                    }
                }
                Input::Local(..) | Input::Inline(_) => {
                    self.documents(at, input, |values| {
                        built.resources.extend(values.iter().cloned().map(Resource::new));
                    });
                }
            }
        }
    }

    /// A base, built once.
    fn base(&mut self, folder: &Path) -> Built {
        if let Some(built) = self.built.get(folder) {
            return built.clone();
        }
        let built = self.folder(folder, Built::default());
        self.built.insert(folder.to_owned(), built.clone());
        built
    }

    /// Whether a folder can be built here: it is not being built already.
    fn may_open(&mut self, at: &Kustomization, folder: &Path, name: &str) -> bool {
        if self.open.iter().any(|open| open == folder) {
            self.trouble(at, format!("`{name}` leads back here: the kustomization includes itself"), true);
            return false;
        }
        self.opened += 1;
        let follows = self.open.len() < DEPTH && self.opened < OPENED;
        if !follows {
            self.trouble(at, format!("`{name}` is not followed: the build is too deep or too large"), true);
        }
        follows
    }

    fn remote(&mut self, at: &Kustomization, address: &str) {
        self.trouble(at, format!("`{address}` is remote: images that it brings are not listed"), false);
    }

    fn missing(&mut self, at: &Kustomization, path: &Path, name: &str) {
        let reason = self.reason(path);
        self.trouble(at, format!("`{name}` cannot be read: {reason}"), true);
    }

    /// Why there is no kustomization at a path.
    fn reason(&self, path: &Path) -> String {
        let reason = self.sources.documents(path).and_then(|documents| documents.trouble.clone());
        reason.unwrap_or_else(|| "it holds no kustomization".to_owned())
    }

    /// Hands the documents of a file or an inline text to `take`.
    fn documents(&mut self, at: &Kustomization, input: &Input, mut take: impl FnMut(&[Value])) {
        let trouble = match input {
            Input::Remote(address) => return self.remote(at, address),
            Input::Local(path, name) => match self.sources.documents(path) {
                None => return self.missing(at, path, name),
                Some(documents) => {
                    take(&documents.values);
                    documents.trouble.as_ref().map(|trouble| format!("`{name}` cannot be read: {trouble}"))
                }
            },
            Input::Inline(inline) => {
                let documents = Documents::of_inline(inline);
                take(&documents.values);
                documents.trouble.map(|trouble| format!("an inline text cannot be read: {trouble}"))
            }
        };
        if let Some(message) = trouble {
            self.trouble(at, message, true);
        }
    }
}
