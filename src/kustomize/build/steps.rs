//! The steps of a build that change objects.
//!
//! In: a kustomization, and the objects it has so far. Out: the objects with patches, `images:` entries,
//! replacements or transformers run over them; what entries did.
//! Invariant: a step that fails is told and changes nothing, and the others still run.

use std::sync::Arc;

use super::super::entry::{Entry, split};
use super::super::file::{Input, Kustomization, Patch};
use super::super::images::{FieldSpec, Transformer};
use super::super::replacement::{Failure, Replacement};
use super::super::resource::Resource;
use super::super::select::Target;
use super::super::uses::uses;
use super::super::value::Value;
use super::{Builds, Built, Loss};
use crate::extract::{TRANSFORMED, TRANSFORMER};

impl<'s> Builds<'s> {
    /// Adds the image fields that the configurations of a kustomization name.
    pub(super) fn configure(&mut self, at: &'s Kustomization, built: &mut Built) {
        for input in &at.configurations {
            let values = self.documents(at, built, Loss::Changes, input);
            Arc::make_mut(&mut built.fields).extend(FieldSpec::all(&values));
        }
    }

    /// Applies a patch to the objects that it is for.
    pub(super) fn patch(&mut self, at: &Kustomization, patch: &Patch, exact: bool, built: &mut Built) {
        for content in &self.documents(at, built, Loss::Changes, &patch.content) {
            let target = match (&patch.target, exact) {
                (Some(target), true) => Some(Target::exact(target)),
                (Some(target), false) => Target::every(target),
                (None, _) => Some(Target::of_patch(content)),
            };
            let Some(target) = target else {
                let message = "the target of a patch is no valid selector".to_owned();
                self.fail(at, built, Loss::Changes, message);
                continue;
            };
            let mut failed = None;
            built.resources.retain_mut(|resource| {
                !target.is(resource)
                    || resource.patch(content).unwrap_or_else(|reason| {
                        let name = resource.name();
                        failed = Some(format!("a patch of `{name}` cannot be applied: {reason}"));
                        true
                    })
            });
            if let Some(message) = failed {
                self.fail(at, built, Loss::Changes, message);
            }
        }
    }

    /// Runs an entry of `images:` over all objects.
    pub(super) fn images(
        &mut self,
        at: &Kustomization,
        entry: &Arc<Entry>,
        fields: &[FieldSpec],
        built: &mut Built,
    ) {
        let Some(transformer) = Transformer::new(entry) else {
            let message = format!("the name `{}` of an image is no regular expression", entry.name);
            return self.fail(at, built, Loss::Changes, message);
        };
        for resource in &mut built.resources {
            if let Some(new) = transformer.apply(&resource.value, fields) {
                resource.value = new;
            }
        }
        let Some(origin) = entry.origin.clone() else {
            return;
        };
        let idle = !transformer.matched.get() && !built.partial;
        let near = idle.then(|| near(&entry.name, &built.resources)).flatten();
        let unseen = near.as_ref().is_some_and(|near| transformer.fits(near));
        // A component runs several times: one match is enough, and so is one doubt.
        let ran = self.ran.entry(origin);
        let first = matches!(ran, std::collections::btree_map::Entry::Vacant(_));
        let ran = ran.or_default();
        ran.idle = idle && (first || ran.idle);
        ran.near = ran.near.take().or(near);
        ran.unseen |= unseen;
        ran.other = ran.other.take().or(transformer.other.take());
    }

    /// Makes the replacements that an entry of `replacements` states, or its file.
    pub(super) fn replacement(
        &mut self,
        at: &Kustomization,
        entry: &Value,
        file: Option<&Input>,
        built: &mut Built,
    ) {
        let Some(file) = file else {
            return self.replace(at, entry, built);
        };
        if entry.get("source").or(entry.get("targets")).is_some() {
            let message = "a replacement names a file and states one of its own, too".to_owned();
            return self.fail(at, built, Loss::Changes, message);
        }
        // What stands behind the first document is not read.
        match self.documents(at, built, Loss::Changes, file).first() {
            Some(Value::List(entries)) => entries.iter().for_each(|entry| self.replace(at, entry, built)),
            Some(entry) => self.replace(at, entry, built),
            None => {}
        }
    }

    fn replace(&mut self, at: &Kustomization, entry: &Value, built: &mut Built) {
        let cannot = |reason| format!("a replacement cannot be made: {reason}");
        let replacement = match Replacement::read(entry) {
            Err(reason) => return self.fail(at, built, Loss::Changes, cannot(reason)),
            Ok(replacement) => replacement,
        };
        let mut resources = built.resources.clone();
        let Err(failure) = replacement.apply(&mut resources) else {
            return built.resources = resources;
        };
        let (reason, fatal) = match failure {
            Failure::Wrong(reason) => (reason, true),
            Failure::Missing(reason) if built.generated => {
                (format!("{reason}, or a generator makes it"), false)
            }
            Failure::Missing(reason) => (reason, !built.partial),
            Failure::Unseen(reason) => (reason, false),
        };
        if fatal {
            self.fail(at, built, Loss::Changes, cannot(reason));
        } else if replacement.writes_images(&built.resources) {
            let message = format!("a replacement that writes images is not followed: {reason}");
            self.lose(at, built, Loss::Changes, message);
        }
    }

    /// Runs the external transformers that rewrite images.
    pub(super) fn transform(&mut self, at: &'s Kustomization, built: &mut Built) {
        let mut transformers = Built::default();
        self.read(at, &at.transformers, &mut transformers);
        let unread = transformers.partial.then(|| Arc::from("its transformers are not known whole"));
        built.doubt = built.doubt.take().or(unread);
        for transformer in &transformers.resources {
            let kind = transformer.kind();
            if kind == TRANSFORMER {
                let entry = Arc::new(transformer.value.get(TRANSFORMED).map(Entry::read).unwrap_or_default());
                let fields = transformer.value.get("fieldSpecs").map(Value::elements).unwrap_or_default();
                let fields: Vec<FieldSpec> = fields.iter().map(FieldSpec::read).collect();
                self.images(at, &entry, &fields, built);
            } else if kind == "ReplacementTransformer" {
                let entries = transformer.value.get("replacements").map(Value::elements).unwrap_or_default();
                for entry in entries {
                    match entry.get("path").and_then(Value::text) {
                        None => self.replace(at, entry, built),
                        Some(path) => {
                            let message = format!("`{path}`, which a transformer names, is not followed");
                            self.lose(at, built, Loss::Changes, message);
                        }
                    }
                }
            } else {
                let message = format!("the transformer `{kind}` is not followed");
                self.lose(at, built, Loss::Changes, message);
            }
        }
    }
}

/// A reference of the objects with the same last name as an entry that matches none.
fn near(name: &str, resources: &[Resource]) -> Option<String> {
    let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
    let wanted = last(split(name).0)?;
    let uses = resources.iter().flat_map(|resource| uses(&resource.value));
    let mut written = uses.map(|image| image.scalar.text.clone());
    written.find(|written| last(split(written).0).as_deref() == Some(&wanted))
}
