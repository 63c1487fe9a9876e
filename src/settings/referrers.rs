//! What is told about referrers of one image.
//!
//! In: filled by the command line. Out: read by the commands about referrers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Ask, ConfigFile, Output};
use crate::referrer::Wanted;

/// An image whose referrers are shown.
#[derive(Clone, Debug)]
pub struct ShowReferrers {
    /// As typed.
    pub reference: String,
    /// Which ones, and where they are looked for.
    pub wanted: Wanted,
    /// How registries are asked.
    pub ask: Ask,
    /// Where the configuration file is.
    pub config: ConfigFile,
    /// What is printed.
    pub output: Output,
}

/// Files that are attached to an image.
#[derive(Clone, Debug)]
pub struct Attach {
    /// As typed.
    pub reference: String,
    /// The files, with their media types.
    pub files: Vec<(PathBuf, String)>,
    /// What they are together.
    pub artifact_type: String,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// How registries are asked.
    pub ask: Ask,
    /// Where the configuration file is.
    pub config: ConfigFile,
    /// What is printed.
    pub output: Output,
}
