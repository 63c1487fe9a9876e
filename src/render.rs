//! Charts rendered: by kubepin itself, or by the helm of this machine.
//!
//! In: the folder of a chart, values, texts that take the place of its files. Out: the manifests that come
//! out, each with its template, or why there are none.
//! Invariants: nothing of a chart is changed, a change is tried on a copy; kubepin itself reads the files of
//! the folder alone; a helm that fails or hangs is an error in its own words.

mod program;

use std::path::{Path, PathBuf};

use crate::discover;
use crate::helm::{self, Chart, Rendered, Texts, Value, Variant};

pub use program::Program;

/// Bytes of a file of a chart that are read: no template and no values come near.
const FILE: u64 = 4 << 20;

/// The folder of a chart, ready to be rendered.
#[derive(Debug)]
pub struct Folder<'p> {
    path: PathBuf,
    texts: Texts,
    chart: Result<Chart, String>,
    program: Option<&'p Program>,
}

impl<'p> Folder<'p> {
    /// Reads a folder. Its charts are rendered by the program, where there is one.
    pub fn read(path: &Path, program: Option<&'p Program>) -> Self {
        let texts = texts(path);
        Self { path: path.to_owned(), chart: Chart::read(&texts), texts, program }
    }

    /// What comes out.
    pub fn render(&self, variant: &Variant) -> Vec<Rendered> {
        if let Some(program) = self.program {
            return program.render(&self.path, variant);
        }
        let changed = (!variant.texts.is_empty()).then(|| {
            let mut texts = self.texts.clone();
            texts.extend(variant.texts.iter().map(|(path, text)| (path.clone(), text.as_str().into())));
            Chart::read(&texts)
        });
        match changed.as_ref().unwrap_or(&self.chart) {
            Ok(chart) => helm::render(chart, &variant.values()),
            Err(why) => vec![(String::new(), Err(why.clone()))],
        }
    }

    /// The version of what the chart installs; empty where it states none.
    pub fn app_version(&self) -> String {
        self.chart.as_ref().map(Chart::app_version).unwrap_or_default()
    }

    /// The name that templates go by in what is rendered: `web/templates/x.yaml`.
    pub fn name(&self) -> &str {
        self.chart.as_ref().map_or("", |chart| &chart.name)
    }

    /// The values that the chart comes with, at a way from their root.
    pub fn values(&self, way: &str) -> Option<Value> {
        self.chart.as_ref().ok()?.values.way(way)
    }

    /// The text of a file, by its path below the folder.
    pub fn text(&self, path: &str) -> Option<String> {
        self.texts.get(path).map(ToString::to_string)
    }

    /// Whether a template reads a key of this name.
    pub fn reads(&self, key: &str) -> bool {
        let field = format!(".{key}");
        let mut templates = self.texts.iter().filter(|(path, _)| path.contains("templates/"));
        templates.any(|(_, text)| text.contains(&field))
    }
}

/// The texts below the folder of a chart that Helm would read.
fn texts(folder: &Path) -> Texts {
    let small = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|metadata| metadata.len() <= FILE);
    let files = discover::chart_files(folder).into_iter().filter(small);
    files
        .filter_map(|file| {
            let path = file.strip_prefix(folder).ok()?.to_str()?.replace('\\', "/");
            Some((path, discover::read_text(&file).ok()?.into()))
        })
        .collect()
}
