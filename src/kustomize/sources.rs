//! The files that kustomizations reach, read once each.
//!
//! In: texts by absolute path. Out: kustomizations by folder, and the documents of all other files.
//! Invariant: no I/O; a document of a custom resource's schema is not parsed, because no build makes an
//! image of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{Inline, Input, Kustomization};
use super::images::FieldSpec;
use super::is_kustomization;
use super::uses::{Use, uses_with};
use super::value::{Origin, Value, value};
use crate::settings::Field;
use crate::source::Span;
use crate::yaml::{self, Document};

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Source(Content);

#[derive(Clone, Debug)]
enum Content {
    Kustomization(Box<Kustomization>),
    Documents(Documents),
}

/// The documents of a text, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    pub(super) values: Vec<Value>,
    pub(super) trouble: Option<String>,
}

/// Everything that kustomizations reach.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    kustomizations: BTreeMap<OsString, Kustomization>,
    documents: BTreeMap<OsString, Documents>,
    /// Folders with more than one kustomization file.
    pub(super) doubles: Vec<PathBuf>,
}

impl Source {
    /// Reads a file.
    pub fn read(file: &Path, text: &str) -> Self {
        if is_kustomization(file) {
            return Self(Content::Kustomization(Box::new(Kustomization::read(file, text))));
        }
        Self(Content::Documents(Documents::of_file(file, text)))
    }

    /// A file or folder that cannot be read, with the reason: a phrase.
    pub fn unreadable(reason: String) -> Self {
        Self(Content::Documents(Documents { trouble: Some(reason), ..Documents::default() }))
    }

    /// The files and folders that it reads.
    pub fn reads(&self) -> impl Iterator<Item = &PathBuf> {
        let kustomization = match &self.0 {
            Content::Kustomization(kustomization) => Some(kustomization),
            Content::Documents(_) => None,
        };
        kustomization.into_iter().flat_map(|kustomization| kustomization.reads())
    }

    /// Why it cannot be read, if it cannot: a phrase.
    pub fn trouble(&self) -> Option<&str> {
        match &self.0 {
            Content::Kustomization(kustomization) => kustomization.trouble.as_deref(),
            Content::Documents(documents) => documents.trouble.as_deref(),
        }
    }

    /// Whether it gives images other names, as far as it tells by itself.
    pub fn renames(&self) -> bool {
        match &self.0 {
            Content::Kustomization(kustomization) => kustomization.renames(),
            Content::Documents(_) => false,
        }
    }
}

impl Documents {
    fn of_file(file: &Path, text: &str) -> Self {
        let file: Arc<Path> = Arc::from(file);
        let origin = |span| Origin { file: Arc::clone(&file), span };
        let mut documents = Self::default();
        for piece in yaml::split(text) {
            let part = piece.span.slice(text);
            if yaml::is_crd(part) {
                continue;
            }
            match yaml::parse(part, piece.span.start) {
                Ok(parsed) => documents.add(&parsed, &origin),
                Err(fault) => documents.trouble = Some(fault.message),
            }
        }
        documents
    }

    /// The documents of a text in a kustomization.
    pub(super) fn of_inline(inline: &Inline) -> Self {
        let starts = inline.starts();
        let mut documents = Self::default();
        match yaml::parse(&inline.text, 0) {
            Ok(parsed) => documents.add(&parsed, &|span| inline.origin(&starts, span)),
            Err(fault) => documents.trouble = Some(fault.message),
        }
        documents
    }

    fn add(&mut self, parsed: &[Document<'_>], origin: &dyn Fn(Span) -> Origin) {
        for document in parsed.iter().filter(|document| document.root().is_some()) {
            match value(document, origin) {
                Some(value) => self.flatten(value),
                None => self.trouble = Some("its aliases make it too large".to_owned()),
            }
        }
    }

    /// Takes the items of a list one by one, as kustomize does.
    fn flatten(&mut self, value: Value) {
        match value.get("items").filter(|_| value.text_at(&["kind"]).ends_with("List")) {
            Some(items) => items.elements().iter().for_each(|item| self.flatten(item.clone())),
            None if value.is_null() => {}
            None => self.values.push(value),
        }
    }
}

impl Sources {
    /// Adds a file, or a folder that has no kustomization.
    pub fn insert(&mut self, path: PathBuf, source: Source) {
        match source.0 {
            Content::Documents(documents) => {
                self.documents.insert(path.into_os_string(), documents);
            }
            Content::Kustomization(kustomization) => {
                let folder = path.parent().unwrap_or(&path).as_os_str().to_owned();
                match self.kustomizations.entry(folder) {
                    Entry::Occupied(taken) => self.doubles.push(taken.key().into()),
                    Entry::Vacant(free) => {
                        free.insert(*kustomization);
                    }
                }
            }
        }
    }

    /// The kustomization in a folder.
    pub(super) fn kustomization(&self, folder: &Path) -> Option<&Kustomization> {
        self.kustomizations.get(folder.as_os_str())
    }

    /// The documents of a file.
    pub(super) fn documents(&self, file: &Path) -> Option<&Documents> {
        self.documents.get(file.as_os_str())
    }

    /// The folders of the kustomizations that no other includes.
    pub fn roots(&self) -> Vec<PathBuf> {
        let included = self.kustomizations.values().flat_map(Kustomization::includes);
        let included: BTreeSet<&OsStr> = included.map(|path| path.as_os_str()).collect();
        let roots = self.kustomizations.iter().filter(|(_, kustomization)| !kustomization.component);
        roots
            .map(|(folder, _)| folder)
            .filter(|folder| !included.contains(&***folder))
            .map(PathBuf::from)
            .collect()
    }

    /// The files that these folders are built from.
    fn reached<'r>(&'r self, roots: impl Iterator<Item = &'r OsStr>) -> BTreeSet<&'r OsStr> {
        let mut open: Vec<&OsStr> = roots.collect();
        let mut seen = BTreeSet::new();
        while let Some(path) = open.pop() {
            if seen.insert(path) {
                let reads = self.kustomizations.get(path).into_iter().flat_map(Kustomization::reads);
                open.extend(reads.map(|path| path.as_os_str()));
            }
        }
        seen
    }

    /// The places that state an image as builds see them, in the files that these folders are built from.
    pub fn stated(&self, roots: &[PathBuf]) -> Vec<(PathBuf, BTreeSet<Span>)> {
        let fields = self.kustomizations.values().flat_map(|kustomization| self.fields_of(kustomization));
        let fields: BTreeSet<FieldSpec> = fields.collect();
        let origin = |image: Use| image.scalar.origin.as_ref().map(|origin| origin.span);
        let stated = |file: &OsStr| {
            let values = &self.documents.get(file)?.values;
            let places = values.iter().flat_map(|value| uses_with(value, &fields)).filter_map(origin);
            Some((file.into(), places.collect()))
        };
        self.reached(roots.iter().map(|root| root.as_os_str())).into_iter().filter_map(stated).collect()
    }

    /// Fields of images that the configurations of a kustomization name.
    fn fields_of(&self, kustomization: &Kustomization) -> BTreeSet<FieldSpec> {
        let specs = kustomization.configurations.iter().flat_map(|input| match input {
            Input::Local(path, _) => {
                self.documents(path).map(|found| FieldSpec::all(&found.values)).unwrap_or_default()
            }
            Input::Inline(inline) => FieldSpec::all(&Documents::of_inline(inline).values),
            Input::Remote(_) => Vec::new(),
        });
        specs.collect()
    }

    /// Fields that configurations name, as users write them, for every file that their kustomizations reach.
    pub fn configured(&self) -> Vec<(PathBuf, Field)> {
        let mut found = Vec::new();
        for (folder, kustomization) in &self.kustomizations {
            let fields = self.fields_of(kustomization);
            let fields: Vec<Field> = fields.iter().filter_map(FieldSpec::field).collect();
            let folder = (!fields.is_empty()).then_some(&**folder);
            for file in self.reached(folder.into_iter()) {
                found.extend(fields.iter().map(|field| (file.into(), field.clone())));
            }
        }
        found
    }

    /// Whether a file was read.
    pub fn holds(&self, path: &Path) -> bool {
        let folder = path.parent().unwrap_or(path);
        let kustomization = self.kustomization(folder).is_some_and(|found| found.file == path);
        kustomization || self.documents(path).is_some()
    }

    /// Takes another text for a file that was read.
    pub fn replace(&mut self, path: &Path, text: &str) {
        if !self.holds(path) {
            return;
        }
        match Source::read(path, text).0 {
            Content::Documents(documents) => {
                self.documents.insert(path.into(), documents);
            }
            Content::Kustomization(kustomization) => {
                let folder = path.parent().unwrap_or(path);
                self.kustomizations.insert(folder.into(), *kustomization);
            }
        }
    }

    /// All kustomizations, by folder.
    pub(super) fn kustomizations(&self) -> impl Iterator<Item = (&Path, &Kustomization)> {
        self.kustomizations.iter().map(|(folder, kustomization)| (Path::new(folder), kustomization))
    }
}
