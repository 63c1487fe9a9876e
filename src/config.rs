//! The configuration file: found, read, and laid under what was typed.
//!
//! In: settings as typed, the working folder. Out: settings with what `kubepin.toml` adds.
//! Invariants: what is typed wins; whatever is wrong with the file stops the run and says where; paths in
//! the file are seen from its folder.

mod function;
mod policy;
mod required;
mod show;
mod unused;
mod written;

use std::path::{Path, PathBuf};

use crate::discover::{error_text, name_from};
use crate::settings::{Ask, ConfigFile, Judge, Mirror, Settings};
use crate::source::{Lines, normal};
pub use function::of_function;
pub use show::show;
pub use unused::unused;

/// Names that a configuration file may have, the first wins.
pub const FILE_NAMES: [&str; 2] = ["kubepin.toml", ".kubepin.toml"];

/// A file with every key, commented out.
pub const TEMPLATE: &str = include_str!("config/template.toml");

/// What is wrong with the configuration file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration file {file} cannot be read: {why}")]
    Unread {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// What a KRM function is told is wrong.
    #[error("functionConfig: {0}")]
    Function(String),
    /// Something in it is wrong.
    #[error("{file}:{line}:{column}: {why}\n  {line} | {text}")]
    Wrong {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        why: String,
        /// The line.
        text: String,
    },
}

/// Settings with what the configuration file adds, and the file's name if there is one.
///
/// # Errors
/// What is wrong with the file.
pub fn complete(
    mut settings: Settings,
    working_folder: &Path,
) -> Result<(Settings, Option<PathBuf>), ConfigError> {
    let file = place(&settings.config, working_folder);
    if let Some(file) = &file {
        let config = read(file, working_folder)?;
        lay_under(&mut settings, config, file.parent().unwrap_or(working_folder));
    }
    // `0s` says that there is none, whatever the file says.
    settings.demands.cooldown = settings.demands.cooldown.filter(|cooldown| !cooldown.is_zero());
    Ok((settings, file))
}

/// Lays what the configuration file says of registries under how they are to be asked.
///
/// # Errors
/// What is wrong with the file.
pub fn complete_ask(ask: &mut Ask, config: &ConfigFile, working_folder: &Path) -> Result<(), ConfigError> {
    if let Some(file) = place(config, working_folder) {
        lay_under_ask(ask, read(&file, working_folder)?.hosts);
    }
    Ok(())
}

/// What the configuration file says of findings.
///
/// # Errors
/// What is wrong with the file.
pub fn judge(config: &ConfigFile, working_folder: &Path) -> Result<Judge, ConfigError> {
    let file = place(config, working_folder);
    let config = file.map(|file| read(&file, working_folder)).transpose()?;
    Ok(config.map(|config| config.judge).unwrap_or_default())
}

/// Where the file is, if there is one.
fn place(config: &ConfigFile, working_folder: &Path) -> Option<PathBuf> {
    match config {
        ConfigFile::None => None,
        ConfigFile::Named(file) => Some(normal(&working_folder.join(file))),
        ConfigFile::Nearest => nearest(working_folder),
    }
}

fn read(file: &Path, working_folder: &Path) -> Result<written::Config, ConfigError> {
    let name = name_from(working_folder, file);
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::Unread { file: name.clone(), why: error_text(&error) })?;
    let folder = file.parent().unwrap_or(working_folder);
    parse(&name, folder, &text)
}

/// What the text of a configuration file means.
fn parse(name: &str, folder: &Path, text: &str) -> Result<written::Config, ConfigError> {
    written::read(name, folder, text).map_err(|(span, why)| {
        let at = Lines::new(text).position(span.start.min(text.len()));
        let line = text.lines().nth(at.line - 1).unwrap_or_default().to_owned();
        ConfigError::Wrong { file: name.to_owned(), line: at.line, column: at.column, why, text: line }
    })
}

/// The file that is nearest to a folder, up to the root of its repository.
fn nearest(working_folder: &Path) -> Option<PathBuf> {
    for folder in working_folder.ancestors() {
        let found = FILE_NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
        if found.is_some() {
            return found;
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn lay_under(settings: &mut Settings, config: written::Config, folder: &Path) {
    // Gatekeeper knows nothing of exemptions and levels that files of ours state.
    settings.judge = if settings.like_gatekeeper { Judge::default() } else { config.judge };
    let demands = &mut settings.demands;
    demands.cooldown = demands.cooldown.or(config.cooldown);
    demands.referrers = config.referrers;
    // Platforms that are typed are required of all files.
    if demands.platforms.is_empty() {
        demands.platforms = config.platforms;
    } else {
        settings.judge.overrides.iter_mut().for_each(|over| over.platforms = None);
    }
    settings.write.style = settings.write.style.or(config.style);
    settings.write.kustomize_form = settings.write.kustomize_form.or(config.kustomize_form);
    settings.read.fields = config.fields;
    if !config.exclude.is_empty() {
        settings.read.exclude_below = Some((folder.to_owned(), config.exclude));
    }
    lay_under_ask(&mut settings.ask, config.hosts);
}

fn lay_under_ask(ask: &mut Ask, hosts: written::Hosts) {
    let typed = |mirror: &Mirror| ask.mirrors.iter().any(|known| known.from == mirror.from);
    let more: Vec<Mirror> = hosts.mirrors.into_iter().filter(|mirror| !typed(mirror)).collect();
    ask.mirrors.extend(more);
    ask.plain_http.extend(hosts.plain_http);
}

#[cfg(test)]
mod tests;
