//! Kustomize trees: which files an `images:` entry rewrites before the cluster sees them.
//!
//! In: the texts of kustomization files. Out: for a file and a reference in it, the entry that would
//! rename or retag it.
//! Invariants: no I/O; an entry whose name is no regular expression is taken to match everything,
//! because a doubt is a reason for caution.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::yaml::{self, Document, NodeId};

/// The names a kustomization file may have.
/// Source: kustomize `api/konfig/general.go`.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields that name files or folders of a build.
const REACHES: [&str; 4] = ["resources", "bases", "components", "patchesStrategicMerge"];

/// What a kustomization file says, as far as it bears on images.
#[derive(Debug, Default)]
pub struct Kustomization {
    /// The file.
    pub file: PathBuf,
    /// Files and folders it reads, as absolute paths.
    pub reaches: Vec<PathBuf>,
    /// Names of its `images:` entries.
    pub images: Vec<String>,
}

impl Kustomization {
    /// Reads a kustomization. What cannot be read says nothing.
    pub fn read(file: &Path, text: &str) -> Self {
        let documents = yaml::parse(text.trim_start_matches('\u{feff}'), 0).unwrap_or_default();
        let Some(document) = documents.first() else {
            return Self { file: file.to_owned(), ..Self::default() };
        };
        let folder = file.parent().unwrap_or(Path::new("/"));
        let reached = REACHES.iter().flat_map(|field| strings(document, field));
        let patches = entries(document, "patches").filter_map(|patch| document.get(patch, "path"));
        let patch_files = patches.filter_map(|path| document.text(path));
        let images = entries(document, "images").chain(entries(document, "imageTags"));
        let names = images.filter_map(|image| document.text(document.get(image, "name")?));
        Self {
            file: file.to_owned(),
            reaches: reached.chain(patch_files).filter_map(|path| below(folder, path)).collect(),
            images: names.map(str::to_owned).collect(),
        }
    }
}

fn entries<'d>(document: &'d Document<'_>, field: &str) -> impl Iterator<Item = NodeId> + 'd {
    let list = document.root().and_then(|root| document.get(root, field));
    list.into_iter().flat_map(|list| document.elements(list))
}

fn strings<'d>(document: &'d Document<'_>, field: &str) -> impl Iterator<Item = &'d str> {
    entries(document, field).filter_map(|element| document.text(element))
}

/// A local path below (or beside) a folder; `None` for what is fetched from elsewhere or inline.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let remote = path.contains("://") || path.contains('\n') || path.contains("?ref=");
    (!remote).then(|| crate::source::normal(&folder.join(path)))
}

/// Which `images:` entries reach which files.
#[derive(Debug, Default)]
pub struct Overrides {
    /// Names of entries by file, each with the kustomization that holds it.
    by_file: BTreeMap<PathBuf, BTreeMap<String, PathBuf>>,
    patterns: BTreeMap<String, Option<Regex>>,
}

impl Overrides {
    /// Follows every kustomization that has `images:` entries to the files it builds from.
    pub fn of(kustomizations: &[Kustomization]) -> Self {
        let folder = |k: &Kustomization| k.file.parent().unwrap_or(Path::new("/")).to_owned();
        let by_folder: BTreeMap<PathBuf, &Kustomization> =
            kustomizations.iter().map(|k| (folder(k), k)).collect();
        let mut overrides = Self::default();
        for kustomization in kustomizations.iter().filter(|k| !k.images.is_empty()) {
            let mut open = vec![kustomization];
            let mut seen = BTreeSet::new();
            while let Some(at) = open.pop() {
                if !seen.insert(&at.file) {
                    continue;
                }
                for path in &at.reaches {
                    match by_folder.get(path) {
                        Some(next) => open.push(next),
                        None => overrides.add(path, kustomization),
                    }
                }
            }
        }
        overrides
    }

    fn add(&mut self, file: &Path, kustomization: &Kustomization) {
        let entries = self.by_file.entry(file.to_owned()).or_default();
        for name in &kustomization.images {
            entries.entry(name.clone()).or_insert_with(|| kustomization.file.clone());
            self.patterns.entry(name.clone()).or_insert_with(|| pattern(name));
        }
    }

    /// The entries that reach a file.
    pub fn entries(&self, file: &Path) -> Entries<'_> {
        Entries { names: self.by_file.get(file), patterns: &self.patterns }
    }
}

/// The entries that reach one file.
pub struct Entries<'o> {
    names: Option<&'o BTreeMap<String, PathBuf>>,
    patterns: &'o BTreeMap<String, Option<Regex>>,
}

impl<'o> Entries<'o> {
    /// The entry that rewrites a reference: its name and its kustomization file.
    pub fn find(&self, written: &str) -> Option<(&'o str, &'o Path)> {
        let matches = |name: &str| match self.patterns.get(name) {
            Some(Some(pattern)) => pattern.is_match(written),
            _ => true,
        };
        let mut names = self.names?.iter();
        names.find(|(name, _)| matches(name)).map(|(name, file)| (name.as_str(), file.as_path()))
    }
}

/// The name of an entry as kustomize matches it: an anchored regular expression on the raw value.
/// Source: kustomize `api/internal/image/image.go`, `IsImageMatched`.
fn pattern(name: &str) -> Option<Regex> {
    Regex::new(&format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9_+.-]+:[a-zA-Z0-9_.{{}}-]*)?$")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reaches_through_folders_and_matches_raw_names() {
        let overlay = Kustomization::read(
            Path::new("/r/prod/kustomization.yaml"),
            "resources: [../base, https://example.com/x]\nimages: [{name: nginx, newTag: '2'}]\n",
        );
        let base = Kustomization::read(Path::new("/r/base/kustomization.yaml"), "resources:\n- web.yaml\n");
        let overrides = Overrides::of(&[overlay, base]);
        let file = Path::new("/r/base/web.yaml");
        let overlay = Path::new("/r/prod/kustomization.yaml");
        assert_eq!(overrides.entries(file).find("nginx:1"), Some(("nginx", overlay)));
        assert_eq!(overrides.entries(file).find("docker.io/library/nginx:1"), None);
        assert_eq!(overrides.entries(Path::new("/r/other.yaml")).find("nginx:1"), None);
    }
}
