//! The steps of a build that change objects.
//!
//! In: a kustomization, and the objects it has so far. Out: the objects with patches, `images:` entries
//! or transformers run over them; what entries did.
//! Invariant: a step that fails is told and changes nothing, and the others still run.

use std::sync::Arc;

use super::super::entry::{Entry, split};
use super::super::file::{Kustomization, Patch};
use super::super::images::{FieldSpec, Transformer};
use super::super::resource::Resource;
use super::super::select::Target;
use super::super::uses::uses;
use super::super::value::Value;
use super::{Builds, Built, Loss};

impl<'s> Builds<'s> {
    /// Adds the image fields that the configurations of a kustomization name.
    pub(super) fn configure(&mut self, at: &'s Kustomization, built: &mut Built) {
        for input in &at.configurations {
            let values = self.documents(at, built, Loss::Changes, input);
            let specs = values.iter().filter_map(|value| value.get("images")).flat_map(Value::elements);
            Arc::make_mut(&mut built.fields).extend(specs.map(FieldSpec::read));
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

    /// Runs the external transformers that rewrite images.
    pub(super) fn transform(&mut self, at: &'s Kustomization, built: &mut Built) {
        let mut transformers = Built::default();
        self.read(at, &at.transformers, &mut transformers);
        let unread = transformers.partial.then(|| Arc::from("its transformers are not known whole"));
        built.doubt = built.doubt.take().or(unread);
        for transformer in &transformers.resources {
            let kind = transformer.kind();
            if kind == "ImageTagTransformer" {
                let entry = Arc::new(transformer.value.get("imageTag").map(Entry::read).unwrap_or_default());
                let fields = transformer.value.get("fieldSpecs").map(Value::elements).unwrap_or_default();
                let fields: Vec<FieldSpec> = fields.iter().map(FieldSpec::read).collect();
                self.images(at, &entry, &fields, built);
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
