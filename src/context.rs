//! What other files say about a file: charts, kustomizations, what Skaffold builds.
//!
//! In: the texts of the files that give context. Out: the role of a file, and its image uses with what
//! the context knows of them.
//! Invariant: no I/O; the same context gives the same verdicts, whichever files are looked at.

use std::path::{Path, PathBuf};

use crate::extract::Role;
use crate::helm::{self, Charts};
use crate::image::{ImageUse, State, UseKind};
use crate::kustomize;
use crate::yaml;

/// What is known around the files of a run.
#[derive(Debug, Default)]
pub struct Context {
    charts: Charts,
    /// Names that Skaffold builds, with the folder below which it does.
    builds: Vec<(PathBuf, String)>,
}

impl Context {
    /// Reads the files that give context.
    pub fn of(files: &[(PathBuf, String)]) -> Self {
        let named = |name: fn(&str) -> bool| {
            let file_name = move |path: &Path| path.file_name().and_then(|n| n.to_str()).is_some_and(name);
            files.iter().filter(move |(path, _)| file_name(path))
        };
        let builds = named(is_skaffold).flat_map(|(path, text)| {
            let folder = path.parent().unwrap_or(path).to_owned();
            skaffold_artifacts(text).into_iter().map(move |name| (folder.clone(), name))
        });
        Self {
            charts: Charts::of(named(|name| name == helm::CHART_FILE).map(|(path, _)| path.as_path())),
            builds: builds.collect(),
        }
    }

    /// The part that a file plays.
    pub fn role(&self, file: &Path) -> Role {
        match self.charts.role(file) {
            Role::Manifest if kustomize::is_kustomization(file) => Role::Kustomization,
            role => role,
        }
    }

    /// Adds what the context knows to the image uses of a file.
    pub fn complete(&self, file: &Path, uses: &mut [ImageUse]) {
        for image in uses {
            if self.is_built(file, image) {
                image.stated.state = State::Placeholder;
            }
        }
    }

    fn is_built(&self, file: &Path, image: &ImageUse) -> bool {
        let Ok(reference) = &image.stated.reference else {
            return false;
        };
        let open = matches!(image.stated.state, State::Untagged | State::Tagged)
            && image.kind != UseKind::ImageVolume;
        open && self.builds.iter().any(|(folder, name)| name == reference.name() && file.starts_with(folder))
    }
}

/// Whether a file of this name is Skaffold's configuration.
fn is_skaffold(name: &str) -> bool {
    matches!(name, "skaffold.yaml" | "skaffold.yml")
}

/// Whether a file of this name gives context.
pub fn is_context(name: &str) -> bool {
    kustomize::is_kustomization(Path::new(name)) || name == helm::CHART_FILE || is_skaffold(name)
}

/// The names that a Skaffold configuration builds: they stand in manifests for what is built.
fn skaffold_artifacts(text: &str) -> Vec<String> {
    let pieces = yaml::split(text);
    let documents =
        pieces.iter().flat_map(|piece| yaml::parse(piece.span.slice(text), 0).unwrap_or_default());
    let mut names = Vec::new();
    for document in documents {
        let artifacts = document.root().and_then(|root| document.at(root, &["build", "artifacts"]));
        for artifact in artifacts.into_iter().flat_map(|list| document.elements(list)) {
            names.extend(
                document.get(artifact, "image").and_then(|name| document.text(name)).map(str::to_owned),
            );
        }
    }
    names
}
