//! `kubepin init`: a configuration file to begin with.

use std::io::{self, Write as _};

use crate::config::{FILE_NAMES, TEMPLATE};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::write;

const NEXT: &str = "\
wrote kubepin.toml, in which every key is commented out

As a hook of pre-commit, in .pre-commit-config.yaml:

  repos:
    - repo: https://github.com/kubepin/kubepin
      rev: v0.1.0
      hooks:
        - id: kubepin        # offline
        # - id: kubepin-fix  # asks registries and rewrites

As a check of a pull request, in .github/workflows:

  - uses: actions/checkout@v4
  - uses: kubepin/kubepin@v0.1.0

At your desk:

  kubepin check          what is not pinned
  kubepin check --diff   the change that pins it
  kubepin check --fix    make that change
";

/// Writes the file, unless there is one.
pub(super) fn run() -> Result<Exit, Failure> {
    let folder = std::env::current_dir()?;
    if let Some(name) = FILE_NAMES.into_iter().find(|name| folder.join(name).exists()) {
        return Err(Failure::usage(
            format!("{name} is there already, and is left as it is"),
            "edit it, or move it away",
        ));
    }
    let written = write::create(&folder.join(FILE_NAMES[0]), TEMPLATE);
    written.map_err(|error| io::Error::other(format!("{} cannot be written: {error}", FILE_NAMES[0])))?;
    io::stdout().write_all(NEXT.as_bytes())?;
    Ok(Exit::Clean)
}
