//! A baseline: findings that were there before, and are not reported again.
//!
//! In: findings, or the text of the file. Out: the file, or the findings that are new.
//! Invariants: an entry names rule, file, object, field and image, never a line, so that it holds while
//! files change around it; the same findings are the same bytes; each entry stands for as many findings
//! as it counts, and one more is new.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::discover::error_text;
use crate::finding::Finding;
use crate::image::Object;
use crate::scan::ScannedFile;
use crate::source::{normal, printable};
use crate::write::{self, WriteError};

/// The form that this program writes, and the only one that it reads.
const SCHEMA: &str = "kubepin.baseline/1";

/// Findings by what names them, with the number of those that are named alike.
#[derive(Debug)]
pub struct Baseline {
    /// The folder that names of files count from.
    folder: PathBuf,
    entries: BTreeMap<Entry, usize>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the baseline `{path}` cannot be used: {why}")]
pub struct BaselineError {
    path: String,
    why: String,
}

/// What names a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    file: String,
    rule: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    object: String,
    /// The field, without numbers of elements.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    field: String,
    /// The reference, without its digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    image: String,
}

#[derive(Deserialize)]
struct Written {
    schema: String,
    findings: Vec<Counted>,
}

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
struct Counted {
    #[serde(flatten)]
    entry: Entry,
    count: usize,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// That there is none, or none of a form that is known.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let unusable = |why: String| unusable(path, why);
        let text = fs::read_to_string(path).map_err(|error| unusable(error_text(&error)))?;
        let written: Written = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        if written.schema != SCHEMA {
            return Err(unusable(format!("its schema is not `{SCHEMA}`")));
        }
        let mut baseline = Self::empty(path).map_err(|error| unusable(error_text(&error)))?;
        for Counted { entry, count } in written.findings {
            *baseline.entries.entry(entry).or_default() += count;
        }
        Ok(baseline)
    }

    /// One to be at a path, without findings.
    fn empty(path: &Path) -> io::Result<Self> {
        let path = normal(&std::path::absolute(path)?);
        Ok(Self { folder: path.parent().unwrap_or(&path).to_owned(), entries: BTreeMap::new() })
    }

    /// Adds a finding.
    pub fn add(&mut self, finding: &Finding, file: &ScannedFile) {
        *self.entries.entry(self.entry(finding, file)).or_default() += 1;
    }

    /// Takes one finding out; whether it was there.
    pub fn take(&mut self, finding: &Finding, file: &ScannedFile) -> bool {
        let entry = self.entry(finding, file);
        let left = self.entries.get_mut(&entry).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    /// One that is there, or is to be, without the findings of rules that are judged anew.
    ///
    /// # Errors
    /// That what is there is none, or that there is no working folder.
    pub fn anew(path: &Path, is_judged: impl Fn(&str) -> bool) -> Result<Self, BaselineError> {
        if !path.exists() {
            return Self::empty(path).map_err(|error| unusable(path, error_text(&error)));
        }
        let left = |error: BaselineError| BaselineError {
            why: format!("{}; it is left as it is: move it away to begin anew", error.why),
            ..error
        };
        let mut baseline = Self::read(path).map_err(left)?;
        baseline.entries.retain(|entry, _| !is_judged(&entry.rule));
        Ok(baseline)
    }

    /// What is left below some paths, in words: entries of rules that were judged, whose findings are gone.
    pub fn stale(&self, paths: &[PathBuf], is_judged: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let absolute = |path: &PathBuf| Some(normal(&std::path::absolute(path).ok()?));
        let paths: Vec<PathBuf> = paths.iter().filter_map(absolute).collect();
        let below = |entry: &Entry| {
            let file = normal(&self.folder.join(&entry.file));
            paths.iter().any(|path| file.starts_with(path))
        };
        let left = self.entries.iter().filter(|(_, left)| **left > 0);
        let left = left.filter(|(entry, _)| is_judged(&entry.rule) && below(entry));
        left.map(|(entry, left)| (printable(&entry.file), entry.words(*left))).collect()
    }

    /// The text of the file, a line for each entry.
    pub fn text(&self) -> String {
        let entries = self.entries.iter().map(|(entry, &count)| Counted { entry: entry.clone(), count });
        let lines = entries.filter_map(|entry| serde_json::to_string(&entry).ok());
        let lines: Vec<String> = lines.map(|line| format!("\n    {line}")).collect();
        format!("{{\n  \"schema\": \"{SCHEMA}\",\n  \"findings\": [{}\n  ]\n}}\n", lines.join(","))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Why it is the old one, or none.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        write::remove_leftovers([path].into_iter());
        write::overwrite(path, &self.text())
    }

    fn entry(&self, finding: &Finding, file: &ScannedFile) -> Entry {
        let image = file.image(finding);
        let reference = |written: &str| written.split('@').next().unwrap_or_default().to_owned();
        Entry {
            file: relative(&self.folder, &file.target.absolute),
            rule: finding.rule.to_owned(),
            object: image.map(|image| title(&image.object)).unwrap_or_default(),
            field: image.map(|image| without_numbers(&image.path)).unwrap_or_default(),
            image: image.map(|image| reference(&image.stated.written)).unwrap_or_default(),
        }
    }
}

fn unusable(path: &Path, why: String) -> BaselineError {
    BaselineError { path: path.to_string_lossy().into_owned(), why }
}

impl Entry {
    fn words(&self, count: usize) -> String {
        let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
        let of = [&self.object, &self.field, &self.image];
        let of: Vec<&str> = of.into_iter().filter(|word| !word.is_empty()).map(String::as_str).collect();
        printable(&format!("gone since the baseline: {} {}{times}", self.rule, of.join(" ")))
    }
}

/// `Deployment/prod/web`, as far as it is known.
fn title(object: &Object) -> String {
    let names = [&object.kind, &object.namespace, &object.name];
    names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/")
}

/// A path of keys without the numbers of elements, which change when another one comes before.
fn without_numbers(path: &str) -> String {
    let mut in_brackets = false;
    let kept = path.chars().filter(|&c| {
        in_brackets = c == '[' || in_brackets && c != ']';
        c == '[' || !in_brackets
    });
    kept.collect()
}

/// A path as seen from a folder, with `/` between names.
fn relative(folder: &Path, path: &Path) -> String {
    let shared = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let steps = up.chain(path.components().skip(shared));
    let names: Vec<_> = steps.map(|step| step.as_os_str().to_string_lossy().into_owned()).collect();
    names.join("/")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{relative, without_numbers};

    #[test]
    fn names_that_stay() {
        assert_eq!(without_numbers("spec.containers[12].image[0]"), "spec.containers[].image[]");
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/b/c/d.yaml")), "c/d.yaml");
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/c.yaml")), "../c.yaml");
    }
}
