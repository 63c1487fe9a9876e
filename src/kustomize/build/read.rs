//! What a build reads: files, folders, inline texts.
//!
//! In: what a kustomization names. Out: its documents, and the builds of folders.
//! Invariant: what cannot be read or is not followed is told, and never opened without end.

use std::path::Path;
use std::sync::Arc;

use super::super::file::{Input, Kustomization};
use super::super::resource::Resource;
use super::super::sources::Documents;
use super::super::value::Value;
use super::{Builds, Built, Loss};

/// Kustomizations that may be open at once. What goes beyond a limit is told, and not followed.
const DEPTH: usize = 100;

/// Kustomizations and components that one build may open: each may name several, twice.
const OPENED: usize = 100_000;

/// Objects that one build may have.
const OBJECTS: usize = 100_000;

impl<'s> Builds<'s> {
    /// Adds what files, folders and inline texts hold.
    pub(super) fn read(&mut self, at: &Kustomization, inputs: &'s [Input], built: &mut Built) {
        for input in inputs {
            match input {
                Input::Local(path, name) if self.sources.kustomization(path).is_some() => {
                    self.add_base(at, path, name, built);
                }
                _ => {
                    let values = self.documents(at, built, Loss::Objects, input);
                    built.resources.extend(values.into_iter().map(Resource::new));
                }
            }
        }
    }

    fn add_base(&mut self, at: &Kustomization, path: &Path, name: &str, built: &mut Built) {
        if let Err(message) = self.open(path, name) {
            return self.fail(at, built, Loss::Objects, message);
        }
        let base = self.base(path);
        if built.resources.len() + base.resources.len() > OBJECTS {
            let message = format!("`{name}` is not followed: too many objects");
            return self.fail(at, built, Loss::Objects, message);
        }
        built.resources.extend(base.resources);
        built.partial |= base.partial;
        built.generated |= base.generated;
        built.doubt = built.doubt.take().or(base.doubt);
        if !base.fields.is_empty() {
            Arc::make_mut(&mut built.fields).extend(base.fields.iter().cloned());
        }
    }

    /// Builds a component on top of what there is.
    pub(super) fn add_component(&mut self, at: &Kustomization, component: &Input, built: &mut Built) {
        let (path, name) = match component {
            Input::Inline(_) => return,
            Input::Remote(address) => return self.remote(at, built, Loss::Changes, address),
            Input::Local(path, name) => (path, name),
        };
        if self.sources.kustomization(path).is_none() {
            let message = self.missing(path, name);
            return self.fail(at, built, Loss::Changes, message);
        }
        match self.open(path, name) {
            Err(message) => self.fail(at, built, Loss::Changes, message),
            Ok(()) => *built = self.folder(path, std::mem::take(built)),
        }
    }

    /// Counts a folder that is to be built here.
    ///
    /// # Errors
    /// Why it cannot be: a phrase.
    fn open(&mut self, folder: &Path, name: &str) -> Result<(), String> {
        self.opened += 1;
        if self.open.iter().any(|open| open == folder) {
            return Err(format!("`{name}` leads back here: the kustomization includes itself"));
        }
        if self.open.len() >= DEPTH || self.opened >= OPENED {
            return Err(format!("`{name}` is not followed: the build is too deep or too large"));
        }
        Ok(())
    }

    fn remote(&mut self, at: &Kustomization, built: &mut Built, loss: Loss, address: &str) {
        let message = format!("`{address}` is remote and not fetched: images that it brings are not seen");
        self.lose(at, built, loss, message);
    }

    fn missing(&self, path: &Path, name: &str) -> String {
        format!("`{name}` cannot be read: {}", self.reason(path))
    }

    /// Why there is no kustomization at a path.
    pub(super) fn reason(&self, path: &Path) -> String {
        let reason = self.sources.documents(path).and_then(|documents| documents.trouble.clone());
        reason.unwrap_or_else(|| "it holds no kustomization".to_owned())
    }

    /// The documents of a file or an inline text.
    pub(super) fn documents(
        &mut self,
        at: &Kustomization,
        built: &mut Built,
        loss: Loss,
        input: &Input,
    ) -> Vec<Value> {
        let (values, trouble) = match input {
            Input::Remote(address) => {
                self.remote(at, built, loss, address);
                return Vec::new();
            }
            Input::Local(path, name) => match self.sources.documents(path) {
                None => (Vec::new(), Some(self.missing(path, name))),
                Some(Documents { values, trouble }) => {
                    let trouble = trouble.as_ref().map(|why| format!("`{name}` cannot be read: {why}"));
                    (values.clone(), trouble)
                }
            },
            Input::Inline(inline) => {
                let Documents { values, trouble } = Documents::of_inline(inline);
                (values, trouble.map(|why| format!("an inline text cannot be read: {why}")))
            }
        };
        if let Some(message) = trouble {
            self.fail(at, built, loss, message);
        }
        values
    }
}
