//! What a configuration file states of the policies of a cluster.
//!
//! In: the table `[policy]`. Out: the namespaces that policies are about, or what is wrong, and where.
//! Invariant: a name is one that a namespace can have, so that every form of policy takes it.

use serde::Deserialize;
use toml::Spanned;

use super::written::Wrong;
use crate::settings::Namespaces;

/// Longest name of a namespace. Source: RFC 1123, a label.
const LIMIT: usize = 63;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyWords {
    namespaces: Vec<Spanned<String>>,
    excluded_namespaces: Vec<Spanned<String>>,
}

impl PolicyWords {
    pub(super) fn meaning(self) -> Result<Namespaces, Wrong> {
        let Self { namespaces, excluded_namespaces } = self;
        Ok(Namespaces { only: names(namespaces)?, excluded: names(excluded_namespaces)? })
    }
}

fn names(words: Vec<Spanned<String>>) -> Result<Vec<String>, Wrong> {
    let name = |word: Spanned<String>| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let text = word.get_ref();
        let legal = text.starts_with(plain) && text.ends_with(plain) && text.len() <= LIMIT;
        if legal && text.chars().all(|c| plain(c) || c == '-') {
            return Ok(word.into_inner());
        }
        Err((word.span(), format!("`{text}` is no namespace: write each whole, `*` stands for none")))
    };
    words.into_iter().map(name).collect()
}
