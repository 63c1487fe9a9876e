//! The steps of a build that change objects.
//!
//! In: a kustomization, and the objects it has so far. Out: the objects with patches, `images:` entries
//! or transformers run over them.
//! Invariant: a step that fails is told and changes nothing, and the others still run.

use std::sync::Arc;

use super::super::file::{Kustomization, Patch};
use super::super::images::{Entry, FieldSpec, Transformer};
use super::super::resource::Resource;
use super::super::select::Target;
use super::super::value::Value;
use super::{Builds, Built};

impl<'s> Builds<'s> {
    /// Adds the image fields that the configurations of a kustomization name.
    pub(super) fn configure(&mut self, at: &'s Kustomization, built: &mut Built) {
        for input in &at.configurations {
            self.documents(at, input, |values| {
                let specs = values.iter().filter_map(|value| value.get("images")).flat_map(Value::elements);
                Arc::make_mut(&mut built.fields).extend(specs.map(FieldSpec::read));
            });
        }
    }

    /// Applies a patch to the objects that it is for.
    pub(super) fn patch(
        &mut self,
        at: &Kustomization,
        patch: &Patch,
        exact: bool,
        resources: &mut Vec<Resource>,
    ) {
        let mut patches = Vec::new();
        self.documents(at, &patch.content, |values| patches = values.to_vec());
        for content in &patches {
            let target = match (&patch.target, exact) {
                (Some(target), true) => Some(Target::exact(target)),
                (Some(target), false) => Target::every(target),
                (None, _) => Some(Target::of_patch(content)),
            };
            let Some(target) = target else {
                self.trouble(at, "the target of a patch is no valid selector".to_owned(), true);
                continue;
            };
            let chosen = |resource: &Resource| target.is(resource);
            let mut failed = None;
            resources.retain_mut(|resource| {
                !chosen(resource)
                    || resource.patch(content).unwrap_or_else(|reason| {
                        failed =
                            Some(format!("a patch of `{}` cannot be applied: {reason}", resource.name()));
                        true
                    })
            });
            if let Some(message) = failed {
                self.trouble(at, message, true);
            }
        }
    }

    /// Runs an entry of `images:` over all objects.
    pub(super) fn images(
        &mut self,
        at: &Kustomization,
        entry: &Entry,
        fields: &[FieldSpec],
        resources: &mut [Resource],
    ) {
        let Some(transformer) = Transformer::new(entry) else {
            let message = format!("the name `{}` of an image is no regular expression", entry.name);
            return self.trouble(at, message, true);
        };
        for resource in resources {
            if let Some(new) = transformer.apply(&resource.value, fields) {
                resource.value = new;
            }
        }
    }

    /// Runs the external transformers that rewrite images.
    pub(super) fn transform(&mut self, at: &'s Kustomization, resources: &mut [Resource]) {
        let mut transformers = Built::default();
        self.read(at, &at.transformers, &mut transformers);
        for transformer in &transformers.resources {
            let kind = transformer.kind();
            if kind == "ImageTagTransformer" {
                let entry = transformer.value.get("imageTag").map(Entry::read).unwrap_or_default();
                let fields = transformer.value.get("fieldSpecs").map(Value::elements).unwrap_or_default();
                let fields: Vec<FieldSpec> = fields.iter().map(FieldSpec::read).collect();
                self.images(at, &entry, &fields, resources);
            } else {
                self.trouble(at, format!("the transformer `{kind}` is not followed"), false);
            }
        }
    }
}
