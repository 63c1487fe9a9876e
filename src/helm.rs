//! Charts: which files belong to one, the part each plays, and what the templates come to.
//!
//! In: the folders that hold a `Chart.yaml`, and the texts of a chart. Out: the role of a file, and the
//! manifests that Helm would render.
//! Invariants: a file belongs to the innermost chart around it; rendering reads nothing but what it is
//! given, and ends.

mod apis;
mod budget;
mod chart;
mod coalesce;
mod dependencies;
mod emit;
mod engine;
mod form;
mod functions;
mod methods;
mod numbers;
mod print;
mod read;
mod render;
mod scalar;
mod trace;
mod value;

use std::ffi::OsString;
use std::path::Path;

use crate::extract::Role;
use crate::source::Paths;

pub use chart::{Chart, Dependency, Texts};
pub use form::{Trial, difference};
pub use read::{document, value};
pub use render::{Rendered, render};
pub use trace::{Line, Place, Position, Render, Subject, Trace, Variant, trace};
pub use value::{Entries, Map, Value};

/// The file that makes a folder a chart.
pub const CHART_FILE: &str = "Chart.yaml";

/// The folders that are charts.
#[derive(Debug, Default)]
pub struct Charts(Paths<OsString>);

impl Charts {
    /// Charts from the paths of their `Chart.yaml` files.
    pub fn of<'p>(chart_files: impl Iterator<Item = &'p Path>) -> Self {
        Self(
            chart_files
                .filter_map(|file| file.parent())
                .map(|folder| folder.as_os_str().to_owned())
                .collect(),
        )
    }

    /// The part that a file plays. In a chart every file may hold values, also those of its tests; elsewhere
    /// a file or its folder is called so.
    pub fn role(&self, file: &Path) -> Role {
        let (own, folder) = (name(file), file.parent().map(name).unwrap_or_default());
        let schema = own.ends_with(".schema.json");
        let Some(chart) = file.ancestors().skip(1).find(|folder| self.0.contains(folder.as_os_str())) else {
            let values = !schema && (own.contains("values") || folder.contains("values"));
            return if values { Role::ChartValues } else { Role::Manifest };
        };
        let inside = file.strip_prefix(chart).unwrap_or(file);
        if inside.starts_with("templates") && is_partial(file) {
            Role::ChartPartial
        } else if inside.starts_with("templates") {
            Role::ChartTemplate
        } else if inside.starts_with("crds") || own == CHART_FILE || schema {
            Role::Manifest
        } else {
            Role::ChartValues
        }
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Whether a file's name says that it holds definitions for templates.
pub fn is_partial(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "tpl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles() {
        let charts =
            Charts::of([Path::new("/c/Chart.yaml"), Path::new("/c/charts/sub/Chart.yaml")].into_iter());
        assert_eq!(charts.role(Path::new("/c/templates/a/b.yaml")), Role::ChartTemplate);
        assert_eq!(charts.role(Path::new("/c/templates/_helpers.tpl")), Role::ChartPartial);
        assert_eq!(charts.role(Path::new("/c/values-prod.yaml")), Role::ChartValues);
        assert_eq!(charts.role(Path::new("/c/values.schema.json")), Role::Manifest);
        assert_eq!(charts.role(Path::new("/c/charts/sub/values.yaml")), Role::ChartValues);
        assert_eq!(charts.role(Path::new("/c/crds/x.yaml")), Role::Manifest);
        assert_eq!(charts.role(Path::new("/c/ci/other.yaml")), Role::ChartValues);
        assert_eq!(charts.role(Path::new("/other/templates/x.yaml")), Role::Manifest);
        assert_eq!(charts.role(Path::new("/other/prod-values.yaml")), Role::ChartValues);
    }
}
