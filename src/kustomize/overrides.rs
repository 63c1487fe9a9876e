//! Which files an `images:` entry rewrites before the cluster sees them.
//!
//! In: kustomization files. Out: for a file and a reference in it, the entry that would rename or retag
//! it.
//! Invariant: an entry whose name is no regular expression is taken to match everything, because a doubt
//! is a reason for caution.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::{Kustomization, pattern};

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
                for path in at.rewrites() {
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
        for name in kustomization.images.iter().map(|entry| &entry.name).filter(|name| !name.is_empty()) {
            entries.entry(name.clone()).or_insert_with(|| kustomization.file.clone());
            self.patterns.entry(name.clone()).or_insert_with(|| pattern(name, "[a-zA-Z0-9_+.-]+"));
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
