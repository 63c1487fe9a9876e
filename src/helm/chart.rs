//! Charts as data.
//!
//! In: the texts of a chart's folder, by path. Out: its metadata, values, templates and the charts in it.
//! Invariant: a chart that Helm would not load is an error that says why.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::engine::Parsed;
use super::print;
use super::read::{Numbers, read, value};
use super::value::{Map, Value};

/// How deep charts may stand in charts.
const DEPTH: usize = 20;

/// Texts of a chart, by path below its folder. What is made of them shares them.
pub type Texts = BTreeMap<String, Arc<str>>;

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The name, or the alias that the chart around it gives it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Everything that `Chart.yaml` states, with the names that templates use: `AppVersion`.
    pub metadata: Value,
    /// What `values.yaml` states.
    pub values: Value,
    /// The templates: `templates/x.yaml`, files of definitions and notes too.
    pub templates: Arc<Vec<Template>>,
    /// All other files.
    pub files: Arc<Texts>,
    /// The charts in it.
    pub subcharts: Vec<Chart>,
    /// What its `Chart.yaml` says about them.
    pub dependencies: Vec<Dependency>,
}

/// A template of a chart.
#[derive(Debug)]
pub struct Template {
    /// Its path below the folder of the chart.
    pub path: String,
    text: Arc<str>,
    /// What it says, once it was asked for: a chart is rendered several times.
    parsed: OnceLock<Result<Parsed, String>>,
}

impl Template {
    /// What it says. `name` is what it goes by in what is wrong with it.
    pub(super) fn parsed(&self, name: &str) -> Result<&Parsed, &String> {
        self.parsed.get_or_init(|| Parsed::of(name, &self.text)).as_ref()
    }
}

/// What a chart says about a chart in it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The name of the chart.
    pub name: String,
    /// The versions that will do.
    pub version: String,
    /// The name that it has here.
    pub alias: Option<String>,
    /// Paths of values, the first of which that is a boolean decides.
    pub condition: Vec<String>,
    /// Names of `tags`.
    pub tags: Vec<String>,
    /// Values that the chart around takes over: paths below the subchart and below itself.
    pub imports: Vec<(String, String)>,
}

impl Chart {
    /// A chart from the texts below its folder.
    ///
    /// # Errors
    /// What Helm would not load: no `Chart.yaml`, or YAML that cannot be read.
    pub fn read(files: &Texts) -> Result<Self, String> {
        let files = files.iter().map(|(path, text)| (path.as_str(), text)).collect();
        load(&files, DEPTH)
    }

    /// The version of what it installs; empty where it states none.
    pub fn app_version(&self) -> String {
        let stated = self.metadata.at(&["AppVersion"]);
        stated.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned()
    }

    /// Whether it holds nothing but definitions.
    pub(super) fn is_library(&self) -> bool {
        self.metadata.at(&["Type"]).is_some_and(|kind| kind.as_text() == Some("library"))
    }
}

fn load(files: &BTreeMap<&str, &Arc<str>>, depth: usize) -> Result<Chart, String> {
    let stated = files.get("Chart.yaml").ok_or("there is no Chart.yaml")?;
    let stated = read(stated, Numbers::Whole).map_err(|error| format!("Chart.yaml: {error}"))?;
    let name = string(&stated, "name");
    if name.is_empty() {
        return Err("Chart.yaml: there is no name".to_owned());
    }
    let values = files.get("values.yaml").map_or(Ok(Value::Nil), |text| value(text));
    let values = match values.map_err(|error| format!("values.yaml: {error}"))? {
        Value::Nil => Value::empty(),
        Value::Map(map) => Value::Map(map),
        _ => return Err("values.yaml: is no mapping".to_owned()),
    };
    let own = |path: &str| !path.starts_with("charts/") && !matches!(path, "Chart.yaml" | "values.yaml");
    let file = |path: &str, text: &Arc<str>| (path.to_owned(), Arc::clone(text));
    let template = |path: &str, text: &Arc<str>| Template {
        path: path.to_owned(),
        text: Arc::clone(text),
        parsed: OnceLock::new(),
    };
    let (templates, others): (Vec<_>, Vec<_>) =
        files.iter().filter(|(path, _)| own(path)).partition(|(path, _)| path.starts_with("templates/"));
    Ok(Chart {
        version: string(&stated, "version"),
        metadata: metadata(&stated),
        values,
        templates: Arc::new(templates.into_iter().map(|(path, body)| template(path, body)).collect()),
        files: Arc::new(others.into_iter().map(|(path, body)| file(path, body)).collect()),
        subcharts: subcharts(files, depth)?,
        dependencies: dependencies(&stated, files),
        name,
    })
}

/// The charts below `charts/`, by folder.
fn subcharts(files: &BTreeMap<&str, &Arc<str>>, depth: usize) -> Result<Vec<Chart>, String> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &Arc<str>>> = BTreeMap::new();
    for (path, text) in files {
        if let Some((folder, inside)) = path.strip_prefix("charts/").and_then(|path| path.split_once('/')) {
            folders.entry(folder).or_default().insert(inside, text);
        }
    }
    let ignored = |folder: &str| folder.starts_with(['_', '.']);
    let charts = folders.iter().filter(|(folder, _)| !ignored(folder)).map(|(folder, files)| {
        let depth = depth.checked_sub(1).ok_or("charts stand in charts too deeply")?;
        load(files, depth).map_err(|error| format!("charts/{folder}: {error}"))
    });
    charts.collect()
}

fn string(stated: &Value, key: &str) -> String {
    stated
        .at(&[key])
        .filter(|value| !matches!(value, Value::Nil))
        .map_or_else(String::new, |value| print::text(&value))
}

/// What templates see of `Chart.yaml`: names as in Helm's source, and texts where it has texts.
fn metadata(stated: &Value) -> Value {
    let entries = stated.as_map().map(Map::read).unwrap_or_default();
    let field = |key: &str| match key {
        "apiVersion" => "APIVersion".to_owned(),
        key => {
            key[..key.chars().next().map_or(0, char::len_utf8)].to_uppercase()
                + key.get(1..).unwrap_or_default()
        }
    };
    let seen = |value: &Value| match value {
        Value::Int(_) | Value::Float(_) => print::text(value).into(),
        other => other.clone(),
    };
    let known = ["Name", "Version", "AppVersion", "Description", "Home", "Icon", "Type", "KubeVersion"];
    let mut fields: super::value::Entries = known.iter().map(|key| (Arc::from(*key), "".into())).collect();
    fields.extend(entries.iter().map(|(key, value)| (Arc::from(field(key)), seen(value))));
    Value::Map(Map::new(fields))
}

/// The dependencies of `Chart.yaml`, or of the file that held them before.
fn dependencies(stated: &Value, files: &BTreeMap<&str, &Arc<str>>) -> Vec<Dependency> {
    let before = files.get("requirements.yaml").and_then(|text| read(text, Numbers::Whole).ok());
    let stated = stated.at(&["dependencies"]).or_else(|| before?.at(&["dependencies"])).unwrap_or_default();
    let words = |value: Option<Value>| -> Vec<String> {
        value.iter().flat_map(Value::elements).map(print::text).collect()
    };
    let dependency = |one: &Value| Dependency {
        name: string(one, "name"),
        version: string(one, "version"),
        alias: Some(string(one, "alias")).filter(|alias| !alias.is_empty()),
        condition: string(one, "condition").split(',').map(|path| path.trim().to_owned()).collect(),
        tags: words(one.at(&["tags"])),
        imports: one.at(&["import-values"]).iter().flat_map(Value::elements).map(import).collect(),
    };
    stated.elements().iter().map(dependency).collect()
}

/// `data` stands for what is below `exports.data`.
fn import(stated: &Value) -> (String, String) {
    match stated.as_text() {
        Some(name) => (format!("exports.{name}"), ".".to_owned()),
        None => (string(stated, "child"), string(stated, "parent")),
    }
}
