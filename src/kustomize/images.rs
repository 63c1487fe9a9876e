//! The `images` transformer: entries run over objects.
//!
//! In: entries and objects. Out: the objects with their references rewritten, each with
//! the entries that matched it.
//! Invariants: exactly as kustomize 5.5 does it, with its two filters one after the other, which is why
//! a tag suffix is added twice; a rewritten reference keeps the place that states it.
//! Source: kustomize `api/filters/imagetag`, `api/internal/image/image.go`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::entry::Entry;
use super::resource::group_version;
use super::value::{Scalar, Step, Value};
use crate::settings::Field;

/// A field of some kinds that holds a reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FieldSpec {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) path: Vec<String>,
}

/// Where kustomize looks for images of its own accord.
/// Source: kustomize `api/internal/konfig/builtinpluginconsts/images.go`, v5.5.
const FIELDS: [&str; 4] = [
    "spec/containers/image",
    "spec/initContainers/image",
    "spec/template/spec/containers/image",
    "spec/template/spec/initContainers/image",
];

impl FieldSpec {
    /// The fields that kustomize knows.
    pub(super) fn builtin() -> Vec<Self> {
        let spec = |path: &&str| Self {
            group: String::new(),
            version: String::new(),
            kind: String::new(),
            path: path.split('/').map(str::to_owned).collect(),
        };
        FIELDS.iter().map(spec).collect()
    }

    /// Reads the fields of transformer configurations.
    pub(super) fn all(configurations: &[Value]) -> Vec<Self> {
        let specs = configurations.iter().filter_map(|value| value.get("images")).flat_map(Value::elements);
        specs.map(Self::read).collect()
    }

    /// Reads a field of a transformer configuration.
    pub(super) fn read(value: &Value) -> Self {
        let text = |key: &str| value.text_at(&[key]).to_owned();
        // `\/` is a slash of a key, which no field of an image has.
        let path = value.text_at(&["path"]).split('/').filter(|step| !step.is_empty());
        let path = path.map(|step| step.trim_end_matches("[]").to_owned()).collect();
        Self { group: text("group"), version: text("version"), kind: text("kind"), path }
    }

    /// The field as users write it. A group that is not stated is any, and so is a version.
    pub(super) fn field(&self) -> Option<Field> {
        let any = |text: &str| if text.is_empty() { "*".to_owned() } else { text.to_owned() };
        let api_version = match (&*self.group, &*self.version) {
            ("", "") => "*".to_owned(),
            ("", version) => format!("*{version}"),
            (group, version) => format!("{group}/{}", any(version)),
        };
        let plain = |key: &String| !key.contains(['.', '[', '*']);
        let plain = !self.path.is_empty() && self.path.iter().all(plain);
        // A list on the way is gone through.
        plain.then(|| Field {
            api_version,
            kind: any(&self.kind),
            paths: vec![self.path.join("[*].")],
            urls: Vec::new(),
        })
    }

    /// The scalars that an object has there, each with its path.
    pub(super) fn scalars(&self, object: &Value) -> Vec<(String, Arc<Scalar>)> {
        let (group, version) = group_version(object);
        let mut found = Vec::new();
        if self.is_of(group, version, object.text_at(&["kind"])) {
            scalars(object, &self.path, String::new(), &mut found);
        }
        found
    }

    fn is_of(&self, group: &str, version: &str, kind: &str) -> bool {
        let fits = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        fits(&self.group, group) && fits(&self.version, version) && fits(&self.kind, kind)
    }
}

/// The scalars at a path of a value, in every element of the lists on the way.
fn scalars(value: &Value, path: &[String], way: String, found: &mut Vec<(String, Arc<Scalar>)>) {
    match (value, path.split_first()) {
        (Value::List(list), _) => {
            for (at, element) in list.iter().enumerate() {
                scalars(element, path, format!("{way}[{at}]"), found);
            }
        }
        (Value::Map(map), Some((step, rest))) => {
            if let Some(value) = map.get(step.as_str()) {
                let dot = if way.is_empty() { "" } else { "." };
                scalars(value, rest, format!("{way}{dot}{step}"), found);
            }
        }
        (Value::Scalar(scalar), None) => found.push((way, Arc::clone(scalar))),
        _ => {}
    }
}

/// An entry that is ready to run.
#[derive(Debug)]
pub(super) struct Transformer {
    entry: Arc<Entry>,
    name: Regex,
    /// Whether something matched.
    pub(super) matched: Cell<bool>,
    /// Something that matched and begins with another text than the name.
    pub(super) other: RefCell<Option<String>>,
}

impl Transformer {
    /// Prepares an entry; `None` where its name is no regular expression, which ends a build.
    pub(super) fn new(entry: &Arc<Entry>) -> Option<Self> {
        // Source: kustomize `api/internal/image/image.go`, `IsImageMatched`.
        let pattern = format!("^{}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", entry.name);
        let name = Regex::new(&pattern).ok()?;
        Some(Self { entry: Arc::clone(entry), name, matched: Cell::default(), other: RefCell::default() })
    }

    /// Whether a reference has the name.
    pub(super) fn fits(&self, written: &str) -> bool {
        self.name.is_match(written)
    }

    /// Rewrites the references of an object; `None` where it changes nothing.
    pub(super) fn apply(&self, object: &Value, fields: &[FieldSpec]) -> Option<Value> {
        let (group, version) = group_version(object);
        let kind = object.text_at(&["kind"]);
        let mut changed = None;
        if kind != "CustomResourceDefinition" {
            changed = self.anywhere(object);
        }
        for field in fields.iter().filter(|field| field.is_of(group, version, kind)) {
            let new = self.at(changed.as_ref().unwrap_or(object), &field.path);
            changed = new.or(changed);
        }
        changed
    }

    /// `image` of the elements of any list of containers, however deep.
    fn anywhere(&self, value: &Value) -> Option<Value> {
        let image = ["image".to_owned()];
        match value {
            Value::Map(map) => rebuilt_map(map, |key, value| {
                let container =
                    matches!(key, "containers" | "initContainers") && matches!(value, Value::List(_));
                let changed = if container { self.at(value, &image) } else { None };
                let deeper = self.anywhere(changed.as_ref().unwrap_or(value));
                deeper.or(changed)
            }),
            Value::List(list) => rebuilt_list(list, |element| self.anywhere(element)),
            Value::Scalar(_) => None,
        }
    }

    /// The scalar at a path, in every element of the lists on the way.
    fn at(&self, value: &Value, path: &[String]) -> Option<Value> {
        match (value, path.split_first()) {
            (Value::List(list), _) => rebuilt_list(list, |element| self.at(element, path)),
            (Value::Map(map), Some((step, rest))) => {
                let new = self.at(map.get(step.as_str())?, rest)?;
                let mut map = map.clone();
                Arc::make_mut(&mut map).insert(Arc::from(step.as_str()), new);
                Some(Value::Map(map))
            }
            (Value::Scalar(scalar), None) => self.scalar(scalar),
            _ => None,
        }
    }

    fn scalar(&self, scalar: &Scalar) -> Option<Value> {
        if scalar.null || !self.fits(&scalar.text) {
            return None;
        }
        self.matched.set(true);
        let text = self.entry.rewrite(&scalar.text);
        // The second filter meets what the first one made.
        let again = scalar.step.as_ref().filter(|step| Arc::ptr_eq(&step.entry, &self.entry));
        let step = again.cloned().unwrap_or_else(|| {
            self.look_at(&scalar.text);
            let (entry, before) = (Arc::clone(&self.entry), scalar.text.clone());
            Arc::new(Step { entry, before, earlier: scalar.step.clone() })
        });
        Some(Value::Scalar(Arc::new(Scalar { text, step: Some(step), ..scalar.clone() })))
    }

    /// Remembers a reference that matched, if its name is another one than that of the entry.
    fn look_at(&self, written: &str) {
        let rest = written.strip_prefix(&*self.entry.name);
        if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@'])) {
            self.other.borrow_mut().get_or_insert_with(|| written.to_owned());
        }
    }
}

/// A mapping with the values that change; `None` where none does.
fn rebuilt_map(
    map: &BTreeMap<Arc<str>, Value>,
    change: impl Fn(&str, &Value) -> Option<Value>,
) -> Option<Value> {
    let changes: Vec<(Arc<str>, Value)> =
        map.iter().filter_map(|(key, value)| Some((Arc::clone(key), change(key, value)?))).collect();
    if changes.is_empty() {
        return None;
    }
    let mut map = map.clone();
    map.extend(changes);
    Some(Value::Map(Arc::new(map)))
}

/// A list with the elements that change; `None` where none does.
fn rebuilt_list(list: &[Value], change: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let changes: Vec<(usize, Value)> =
        list.iter().enumerate().filter_map(|(at, element)| Some((at, change(element)?))).collect();
    if changes.is_empty() {
        return None;
    }
    let mut list = list.to_vec();
    for (at, element) in changes {
        list[at] = element;
    }
    Some(Value::List(Arc::new(list)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reference becomes in a pod, where both filters meet it.
    fn becomes(entry: &str, written: &str) -> String {
        let tree = |text: &str| {
            let documents = crate::yaml::parse(text, 0).expect("YAML");
            let origin = |span| super::super::value::Origin { file: std::path::Path::new("/f").into(), span };
            super::super::value::value(&documents[0], &origin).expect("a small document")
        };
        let entry = Arc::new(Entry::read(&tree(entry)));
        let pod =
            tree(&format!("{{apiVersion: v1, kind: Pod, spec: {{containers: [{{image: '{written}'}}]}}}}"));
        let new =
            Transformer::new(&entry).expect("a pattern").apply(&pod, &FieldSpec::builtin()).unwrap_or(pod);
        new.at(&["spec", "containers"]).expect("containers").elements()[0].text_at(&["image"]).to_owned()
    }

    #[test]
    fn the_table_that_was_measured() {
        let written = ["nginx", "nginx:1.0", "nginx@sha256:aaa", "nginx:1.0@sha256:aaa"];
        for (entry, expected) in [
            ("{name: nginx, digest: 'sha256:b'}", ["nginx@sha256:b"; 4]),
            ("{name: nginx, newTag: '2.0'}", ["nginx:2.0"; 4]),
            ("{name: nginx, newTag: '2.0', digest: 'sha256:b'}", ["nginx:2.0@sha256:b"; 4]),
            (
                "{name: nginx, newName: m/nginx}",
                ["m/nginx", "m/nginx:1.0", "m/nginx@sha256:aaa", "m/nginx:1.0@sha256:aaa"],
            ),
            ("{name: nginx, tagSuffix: -x}", ["nginx:-x-x", "nginx:1.0-x-x", "nginx:-x-x", "nginx:1.0-x-x"]),
            (
                "{name: 'nginx:1.0', digest: 'sha256:b'}",
                ["nginx", "nginx@sha256:b", "nginx@sha256:aaa", "nginx@sha256:b"],
            ),
            ("{name: ngin., newTag: '3'}", ["nginx:3"; 4]),
        ] {
            assert_eq!(written.map(|written| becomes(entry, written)), expected, "{entry}");
        }
        for other in ["docker.io/library/nginx:1.0", "localhost:5000/nginx:1.0"] {
            assert_eq!(becomes("{name: nginx, newTag: '2'}", other), other);
        }
        assert_eq!(
            becomes("{name: 'localhost:5000/a', newTag: '2'}", "localhost:5000/a:1"),
            "localhost:5000/a:2"
        );
    }
}
