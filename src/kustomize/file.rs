//! A kustomization file as typed data.
//!
//! In: the text of a kustomization file. Out: what it says, as far as it bears on images.
//! Invariant: paths are absolute; what cannot be read says nothing, and what is not followed is named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry::Entry;
use super::value::{Origin, Value, value};
use crate::extract::LISTS;
use crate::source::{Span, normal};
use crate::yaml;

/// Fields that bring objects in ways that are not followed.
const BRINGING: [&str; 3] = ["helmCharts", "helmChartInflationGenerator", "generators"];

/// Fields that bring objects without images.
const GENERATING: [&str; 2] = ["configMapGenerator", "secretGenerator"];

/// What a kustomization file says, as far as it bears on images.
#[derive(Clone, Debug, Default)]
pub struct Kustomization {
    /// The file.
    pub file: PathBuf,
    /// Whether it is a component, which is nothing on its own.
    pub component: bool,
    pub(super) resources: Vec<Input>,
    pub(super) components: Vec<Input>,
    /// `patchesStrategicMerge`, then `patches`: those that run before names change.
    pub(super) patches: Vec<Patch>,
    /// `patchesJson6902`, which run after.
    pub(super) late_patches: Vec<Patch>,
    pub(super) images: Vec<Arc<Entry>>,
    pub(super) configurations: Vec<Input>,
    pub(super) transformers: Vec<Input>,
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) namespace: String,
    /// Labels and annotations that objects get, each with its field of `metadata`.
    pub(super) marks: Vec<(&'static str, Arc<str>, Value)>,
    /// Fields that are there and bring objects that are not followed.
    pub(super) bringing: Vec<&'static str>,
    /// Whether generators make config maps or secrets.
    pub(super) generates: bool,
    /// Entries of `replacements`, each with the file that it names.
    pub(super) replacements: Vec<(Value, Option<Input>)>,
    /// Why it is no YAML, if it is meant to be: a phrase.
    pub(super) trouble: Option<String>,
}

/// Something that a kustomization reads.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// A file or a folder, with how the kustomization writes it.
    Local(PathBuf, String),
    /// Something that is fetched.
    Remote(String),
    /// A text in the kustomization itself.
    Inline(Inline),
}

/// A text that a scalar of a kustomization holds.
#[derive(Clone, Debug)]
pub(super) struct Inline {
    pub(super) text: String,
    scalar: Origin,
    /// Where the lines of the text begin in the file; empty where the scalar is no block of lines.
    lines: Vec<usize>,
}

/// A patch and what it is for.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub(super) content: Input,
    /// The `target` field.
    pub(super) target: Option<Value>,
}

impl Kustomization {
    /// Reads a kustomization. What cannot be read says nothing.
    pub fn read(file: &Path, text: &str) -> Self {
        let mut empty = Self { file: file.to_owned(), ..Self::default() };
        let bare = text.trim_start_matches('\u{feff}');
        let documents = yaml::parse(bare, text.len() - bare.len()).unwrap_or_else(|fault| {
            // What is to become one is none yet.
            empty.trouble = (!text.contains("{{")).then_some(fault.message);
            Vec::new()
        });
        let shared: Arc<Path> = Arc::from(file);
        let origin = |span| Origin { file: Arc::clone(&shared), span };
        let Some(root) = documents.first().and_then(|document| value(document, &origin)) else {
            return empty;
        };
        let reader = Reader { root: &root, text, folder: file.parent().unwrap_or(Path::new("/")) };
        let images = LISTS.iter().flat_map(|list| reader.elements(list));
        let merges = reader.elements("patchesStrategicMerge");
        let merges = merges.iter().filter_map(|patch| reader.input(patch));
        let merges = merges.map(|content| Patch { content, target: None });
        let there = |field: &&str| root.get(field).is_some_and(|value| !value.is_null());
        Self {
            component: root.text_at(&["kind"]) == "Component",
            resources: reader.inputs(&["resources", "bases"]),
            components: reader.inputs(&["components"]),
            patches: merges.chain(reader.patches("patches")).collect(),
            late_patches: reader.patches("patchesJson6902").collect(),
            images: images.map(|entry| Arc::new(Entry::read(&entry))).collect(),
            configurations: reader.inputs(&["configurations"]),
            transformers: reader.inputs(&["transformers"]),
            prefix: root.text_at(&["namePrefix"]).to_owned(),
            suffix: root.text_at(&["nameSuffix"]).to_owned(),
            namespace: root.text_at(&["namespace"]).to_owned(),
            marks: marks(&root),
            bringing: BRINGING.into_iter().filter(there).collect(),
            generates: GENERATING.iter().any(there),
            replacements: reader.replacements(),
            ..empty
        }
    }

    /// Every file and folder that it reads.
    pub fn reads(&self) -> impl Iterator<Item = &PathBuf> {
        let objects = self.resources.iter().chain(&self.components);
        let patches = self.patches.iter().chain(&self.late_patches).map(|patch| &patch.content);
        let others = self.configurations.iter().chain(&self.transformers);
        let replacements = self.replacements.iter().filter_map(|(_, file)| file.as_ref());
        objects.chain(patches).chain(others).chain(replacements).filter_map(Input::local)
    }

    /// Whether it may give images other names.
    pub(super) fn renames(&self) -> bool {
        !self.transformers.is_empty() || self.images.iter().any(|entry| !entry.new_name.is_empty())
    }

    /// Folders of the kustomizations that it may build from.
    pub fn includes(&self) -> impl Iterator<Item = &PathBuf> {
        self.resources.iter().chain(&self.components).chain(&self.transformers).filter_map(Input::local)
    }
}

impl Input {
    fn local(&self) -> Option<&PathBuf> {
        match self {
            Self::Local(path, _) => Some(path),
            Self::Remote(_) | Self::Inline(_) => None,
        }
    }
}

impl Inline {
    /// The text that a scalar of a file holds.
    pub(super) fn new(text: &str, scalar: &Origin, file: &str) -> Self {
        let quoted = scalar.span.slice(file);
        if quoted.len() == text.len() + 2 && quoted.get(1..=text.len()) == Some(text) {
            let lines = vec![scalar.span.start + 1];
            return Self { text: text.to_owned(), scalar: scalar.clone(), lines };
        }
        let start = file[..scalar.span.start].rfind('\n').map_or(0, |at| at + 1);
        let mut lines = Vec::new();
        let mut at = start;
        let mut written = file[start..].split_inclusive('\n');
        for line in text.lines() {
            let whole = written.next().unwrap_or_default();
            let bare = whole.trim_end_matches(['\n', '\r']);
            if !bare.ends_with(line) {
                lines.clear();
                break;
            }
            lines.push(at + bare.len() - line.len());
            at += whole.len();
        }
        Self { text: text.to_owned(), scalar: scalar.clone(), lines }
    }

    /// The place of a span of the text: its bytes, or the whole scalar where they cannot be told.
    pub(super) fn origin(&self, starts: &[usize], span: Span) -> Origin {
        let line = starts.partition_point(|&start| start <= span.start).saturating_sub(1);
        let place = self.lines.get(line).zip(starts.get(line)).map(|(in_file, in_text)| {
            let start = in_file + span.start - in_text;
            Span::new(start, start + span.len())
        });
        Origin { span: place.unwrap_or(self.scalar.span), ..self.scalar.clone() }
    }

    /// Where the lines of the text begin in it.
    pub(super) fn starts(&self) -> Vec<usize> {
        std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect()
    }
}

/// A kustomization while it is read.
struct Reader<'r> {
    root: &'r Value,
    text: &'r str,
    folder: &'r Path,
}

impl Reader<'_> {
    fn elements(&self, field: &str) -> Vec<Value> {
        self.root.get(field).map(|list| list.elements().to_vec()).unwrap_or_default()
    }

    fn inputs(&self, fields: &[&str]) -> Vec<Input> {
        let elements = fields.iter().flat_map(|field| self.elements(field));
        elements.filter_map(|element| self.input(&element)).collect()
    }

    /// A path, an address or an inline text.
    fn input(&self, value: &Value) -> Option<Input> {
        let text = value.text()?;
        if text.contains('\n') || text.trim_start().starts_with(['{', '[']) {
            return self.inline(value);
        }
        Some(if is_remote(text) {
            Input::Remote(text.to_owned())
        } else {
            Input::Local(normal(&self.folder.join(text)), text.to_owned())
        })
    }

    fn inline(&self, value: &Value) -> Option<Input> {
        let scalar = value.scalar()?;
        Some(Input::Inline(Inline::new(&scalar.text, scalar.origin.as_ref()?, self.text)))
    }

    fn patches(&self, field: &str) -> impl Iterator<Item = Patch> {
        self.elements(field).into_iter().filter_map(|entry| {
            let inline = entry.get("patch").filter(|patch| patch.text().is_some_and(|text| !text.is_empty()));
            let content = match inline {
                Some(patch) => self.inline(patch),
                None => self.input(entry.get("path")?),
            };
            Some(Patch { content: content?, target: entry.get("target").cloned() })
        })
    }

    fn replacements(&self) -> Vec<(Value, Option<Input>)> {
        let entries = self.elements("replacements").into_iter();
        entries.map(|entry| (entry.clone(), entry.get("path").and_then(|path| self.input(path)))).collect()
    }
}

/// Whether kustomize fetches what a path names.
/// Source: kustomize `api/internal/git/repospec.go`.
fn is_remote(path: &str) -> bool {
    let hosts = ["github.com/", "git@", "git::"];
    path.contains("://") || path.contains("?ref=") || hosts.iter().any(|host| path.starts_with(host))
}

/// Labels and annotations that a kustomization gives to objects: patches of others may select by them.
fn marks(root: &Value) -> Vec<(&'static str, Arc<str>, Value)> {
    let lists = root.get("labels").map(Value::elements).unwrap_or_default();
    let pairs = lists.iter().filter_map(|list| Some(("labels", list.get("pairs")?)));
    let common = [("labels", "commonLabels"), ("annotations", "commonAnnotations")];
    let common = common.into_iter().filter_map(|(field, key)| Some((field, root.get(key)?)));
    let entries = common.chain(pairs).flat_map(|(field, map)| map.entries().map(move |entry| (field, entry)));
    entries.map(|(field, (key, value))| (field, Arc::clone(key), value.clone())).collect()
}
