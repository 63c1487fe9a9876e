//! Replacements: values copied from one object into fields of others.
//!
//! In: an entry of `replacements`, the objects of a build. Out: the objects with the value in the fields of
//! its targets.
//! Invariants: exactly as kustomize 5.5 does it. An object is selected by any name that it ever had, and
//! each name exactly.
//! Source: kustomize `api/filters/replacement/replacement.go`.

mod copied;
mod path;

use copied::{Copied, Options};

use super::resource::Resource;
use super::select::Marks;
use super::uses::uses;
use super::value::Value;

/// The field that is meant where none is named.
const FIELD: &str = "metadata.name";

/// Fields that kustomizations make or merge in ways that are not followed. No image is below of them.
const MADE: [&str; 9] = [
    "annotations",
    "labels",
    "matchLabels",
    "namespace",
    "ports",
    "replicas",
    "selector",
    "subjects",
    "webhooks",
];

/// A replacement.
#[derive(Debug)]
pub(super) struct Replacement {
    /// `None` where it is stated in the entry itself, which kustomize 5.5 does not know.
    source: Option<Source>,
    targets: Vec<Target>,
}

/// Why a replacement cannot be made: a phrase.
#[derive(Debug)]
pub(super) enum Failure {
    /// No build makes it.
    Wrong(String),
    /// Something is not there. No build makes it, if all is known of what is there.
    Missing(String),
    /// Something is not there because it is not looked at.
    Unseen(String),
}

/// Where a value comes from.
#[derive(Debug)]
struct Source {
    object: Id,
    path: String,
    options: Options,
}

/// Where a value goes.
#[derive(Debug)]
struct Target {
    select: (Id, Marks),
    rejects: Vec<(Id, Marks)>,
    paths: Vec<String>,
    options: Options,
}

/// What names objects; an empty text stands for any.
#[derive(Debug, PartialEq, Eq)]
struct Id {
    group: String,
    version: String,
    kind: String,
    name: String,
    namespace: String,
}

impl Replacement {
    /// Reads an entry of `replacements`.
    ///
    /// # Errors
    /// Why it is none: a phrase.
    pub(super) fn read(entry: &Value) -> Result<Self, String> {
        let there = |key: &str| entry.get(key).filter(|value| !value.is_null());
        let targets = there("targets").map(Value::elements).unwrap_or_default();
        let source = there("source").map(Source::read);
        if targets.is_empty() || source.is_none() && there("sourceValue").is_none() {
            return Err("it needs a source and a target".to_owned());
        }
        let targets: Option<Vec<Target>> = targets.iter().map(Target::read).collect();
        let targets = targets.ok_or_else(|| "a target has no `select`".to_owned())?;
        Ok(Self { source, targets })
    }

    /// Copies the value into the fields of all targets.
    ///
    /// # Errors
    /// Why not. The objects are of no use then.
    pub(super) fn apply(&self, resources: &mut [Resource]) -> Result<(), Failure> {
        let Some(source) = &self.source else {
            return Err(Failure::Unseen("`sourceValue` is not known to kustomize 5.5".to_owned()));
        };
        let copied = source.take(resources)?;
        for target in &self.targets {
            for resource in resources.iter_mut().filter(|resource| target.is(resource)) {
                target.paths.iter().try_for_each(|path| target.write(resource, path, &copied))?;
            }
        }
        Ok(())
    }

    /// Whether it would write an image, whatever its source is.
    pub(super) fn writes_images(&self, resources: &[Resource]) -> bool {
        let nothing = Copied(Value::made(""));
        let mut written = resources.to_vec();
        for target in &self.targets {
            for resource in written.iter_mut().filter(|resource| target.is(resource)) {
                for path in &target.paths {
                    target.write(resource, path, &nothing).ok();
                }
            }
        }
        let images = |resource: &Resource| -> Vec<(String, String)> {
            uses(&resource.value).into_iter().map(|image| (image.path, image.scalar.text.clone())).collect()
        };
        resources.iter().zip(&written).any(|(before, after)| images(before) != images(after))
    }
}

impl Source {
    fn read(source: &Value) -> Self {
        let path = Some(source.text_at(&["fieldPath"])).filter(|path| !path.is_empty()).unwrap_or(FIELD);
        Self {
            object: Id::read(source),
            path: path.to_owned(),
            options: Options::read(source.get("options")),
        }
    }

    fn take(&self, resources: &mut [Resource]) -> Result<Copied, Failure> {
        let mut found = resources.iter_mut().filter(|resource| self.object.is(resource));
        let Some(resource) = found.next() else {
            let reason = format!("{} is not there", self.object.title());
            let schema = ["", "CustomResourceDefinition"].contains(&&*self.object.kind);
            return Err(if schema { Failure::Unseen(reason) } else { Failure::Missing(reason) });
        };
        if found.next().is_some() {
            return Err(Failure::Wrong(format!("several objects are {}", self.object.title())));
        }
        Copied::take(&mut resource.value, &self.path, &self.options).map_err(|reason| {
            let reason = format!("`{}` of {} {reason}", self.path, self.object.title());
            if is_made(&self.path) { Failure::Unseen(reason) } else { Failure::Missing(reason) }
        })
    }
}

impl Target {
    /// Reads a target; `None` where it does not say of what.
    fn read(target: &Value) -> Option<Self> {
        let selector = |value: &Value| (Id::read(value), Marks::read(value));
        let list = |key: &str| target.get(key).map(Value::elements).unwrap_or_default();
        let select = target.get("select").filter(|select| select.map().is_some())?;
        let mut paths: Vec<String> =
            list("fieldPaths").iter().filter_map(Value::text).map(str::to_owned).collect();
        if paths.is_empty() {
            paths.push(FIELD.to_owned());
        }
        Some(Self {
            select: selector(select),
            rejects: list("reject").iter().map(selector).collect(),
            paths,
            options: Options::read(target.get("options")),
        })
    }

    /// Whether it is for an object. Measured: what is rejected by its name need not have the labels, too.
    fn is(&self, resource: &Resource) -> bool {
        let rejects = |(id, marks): &(Id, Marks)| {
            !id.is_empty() && id.is(resource) || !marks.is_empty() && marks.fit(resource)
        };
        let (id, marks) = &self.select;
        id.is(resource) && marks.fit(resource) && !self.rejects.iter().any(rejects)
    }

    fn write(&self, resource: &mut Resource, path: &str, copied: &Copied) -> Result<(), Failure> {
        let steps = path::steps(path);
        let create = self.options.create.then_some(&copied.0);
        let mut write = |field: &mut Value| copied.write(field, &self.options);
        let reason = match path::visit(&mut resource.value, &steps, create, &mut write) {
            Ok(0) => "is missing".to_owned(),
            Ok(_) => return Ok(()),
            Err(reason) => reason,
        };
        if is_made(path) {
            return Ok(());
        }
        Err(Failure::Missing(format!("`{path}` of `{}/{}` {reason}", resource.kind(), resource.name())))
    }
}

impl Id {
    fn read(value: &Value) -> Self {
        let text = |key: &str| value.text_at(&[key]).to_owned();
        Self {
            group: text("group"),
            version: text("version"),
            kind: text("kind"),
            name: text("name"),
            namespace: text("namespace"),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .iter()
            .all(|text| text.is_empty())
    }

    /// Whether an object has, or had, this name.
    fn is(&self, resource: &Resource) -> bool {
        let fits = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        let (group, version) = resource.group_version();
        let mut names = resource.names();
        fits(&self.group, group)
            && fits(&self.version, version)
            && fits(&self.kind, resource.kind())
            && names.any(|(name, home)| fits(&self.name, name) && fits(&self.namespace, home))
    }

    /// How a source is called, as far as it is stated.
    fn title(&self) -> String {
        let stated = [&*self.kind, &*self.name].into_iter().filter(|text| !text.is_empty());
        let stated: Vec<&str> = stated.collect();
        if stated.is_empty() { "its source".to_owned() } else { format!("its source `{}`", stated.join("/")) }
    }
}

/// Whether a field may come from something that is not followed.
fn is_made(path: &str) -> bool {
    path::steps(path).iter().any(|step| MADE.contains(&step.as_str()))
}

#[cfg(test)]
mod tests;
