//! What a `functionConfig` says, laid over what was typed.
//!
//! In: its keys and values. Out: settings of a KRM function.
//! Invariant: no key is passed over, and none says which programs run, which files are read, or who sees a
//! login: the list comes from whoever wrote the resources.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error;

use super::written::StyleWord;
use super::{ConfigError, lay_under, parse};
use crate::settings::{Mode, Settings};

/// The key whose value is the text of a configuration file.
const FILE: &str = "kubepin.toml";

/// Settings of a function that is told these words.
///
/// # Errors
/// What is wrong with them.
pub fn of_function(
    mut settings: Settings,
    words: &BTreeMap<String, String>,
    working_folder: &Path,
) -> Result<Settings, ConfigError> {
    for (key, value) in words {
        let wrong = |why: String| ConfigError::Function(format!("`{key}`: {why}"));
        let switch = || value.parse().map_err(|_| wrong(format!("`{value}` is neither true nor false")));
        match key.as_str() {
            "fix" => settings.mode = if switch()? { Mode::Fix } else { Mode::Report },
            "strict" => settings.strict = switch()?,
            "unsafe-fixes" => settings.write.unsafe_fixes = switch()?,
            "allow-unresolved" => settings.write.allow_unresolved = switch()?,
            "inline-ignores" => settings.overlook.ignores = switch()?,
            "style" => {
                let word = StyleWord::deserialize(value.as_str().into_deserializer());
                let word = word.map_err(|error: Error| wrong(error.to_string()))?;
                settings.write.style = Some(word.meaning());
            }
            FILE => lay_under(&mut settings, parse(FILE, working_folder, value)?, working_folder),
            _ => {
                let known =
                    "allow-unresolved, fix, inline-ignores, kubepin.toml, strict, style, unsafe-fixes";
                return Err(wrong(format!("there is no such setting, but {known}")));
            }
        }
    }
    if settings.read.exclude_below.is_some() || !settings.judge.overrides.is_empty() {
        let why = "`exclude` and `overrides` are about paths of files, which a function does not see";
        return Err(ConfigError::Function(format!("`{FILE}`: {why}")));
    }
    Ok(settings)
}
