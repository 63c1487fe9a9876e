//! The settings that hold, as a configuration file.
//!
//! In: final settings. Out: TOML that means the same.
//! Invariant: what is printed can be read as a configuration file again.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::platform::Platform;
use crate::settings::{Field, KustomizeForm, Level, Override, RequiredReferrers, Settings, Style};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown<'s> {
    exclude: Vec<&'s str>,
    exempt_images: Vec<&'s str>,
    style: &'static str,
    kustomize_form: &'static str,
    platforms: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooldown: Option<String>,
    rules: BTreeMap<&'s str, &'static str>,
    overrides: Vec<ShownOverride<'s>>,
    fields: Vec<ShownField<'s>>,
    registries: BTreeMap<&'s str, ShownRegistry<'s>>,
    policy: ShownPolicy<'s>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    require_referrers: Vec<ShownRequired<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ShownPolicy<'s> {
    namespaces: &'s [String],
    excluded_namespaces: &'s [String],
}

#[derive(Serialize)]
struct ShownOverride<'s> {
    paths: &'s [String],
    rules: BTreeMap<&'s str, &'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platforms: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ShownField<'s> {
    api_version: &'s str,
    kind: &'s str,
    paths: &'s [String],
    urls: &'s [String],
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ShownRequired<'s> {
    images: &'s [String],
    artifact_types: &'s [String],
}

#[derive(Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct ShownRegistry<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mirror: Option<&'s str>,
    plain_http: bool,
}

/// The settings as TOML.
pub fn show(settings: &Settings) -> String {
    let mut registries: BTreeMap<&str, ShownRegistry<'_>> = BTreeMap::new();
    for mirror in &settings.ask.mirrors {
        registries.entry(&mirror.from).or_default().mirror = Some(&mirror.to);
    }
    for host in &settings.ask.plain_http {
        registries.entry(host).or_default().plain_http = true;
    }
    let namespaces = &settings.judge.namespaces;
    let below = settings.read.exclude_below.iter().flat_map(|(_, globs)| globs);
    let shown = Shown {
        exclude: settings.read.exclude.iter().chain(below).map(String::as_str).collect(),
        exempt_images: settings.judge.exempt.iter().map(|exemption| &*exemption.pattern).collect(),
        style: style(settings.write.style.unwrap_or_default()),
        kustomize_form: form(settings.write.kustomize_form.unwrap_or_default()),
        platforms: platforms(&settings.demands.platforms),
        cooldown: settings.demands.cooldown_in_words(),
        rules: levels(&settings.judge.levels),
        overrides: settings.judge.overrides.iter().map(over).collect(),
        fields: settings.read.fields.iter().map(field).collect(),
        registries,
        policy: ShownPolicy { namespaces: &namespaces.only, excluded_namespaces: &namespaces.excluded },
        require_referrers: settings.demands.referrers.iter().map(required).collect(),
    };
    toml::to_string_pretty(&shown).unwrap_or_default()
}

fn over(over: &Override) -> ShownOverride<'_> {
    ShownOverride {
        paths: &over.written,
        rules: levels(&over.levels),
        style: over.style.map(style),
        platforms: over.platforms.as_deref().map(platforms),
    }
}

fn platforms(platforms: &[Platform]) -> Vec<String> {
    platforms.iter().map(ToString::to_string).collect()
}

fn field(field: &Field) -> ShownField<'_> {
    let Field { api_version, kind, paths, urls } = field;
    ShownField { api_version, kind, paths, urls }
}

fn required(required: &RequiredReferrers) -> ShownRequired<'_> {
    let RequiredReferrers { written, artifact_types, .. } = required;
    ShownRequired { images: written, artifact_types }
}

fn levels(levels: &BTreeMap<String, Level>) -> BTreeMap<&str, &'static str> {
    let word = |level: &Level| match level {
        Level::Off => "off",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    levels.iter().map(|(id, level)| (id.as_str(), word(level))).collect()
}

fn style(style: Style) -> &'static str {
    match style {
        Style::TagAndDigest => "tag-and-digest",
        Style::DigestOnly => "digest-only",
        Style::DigestWithComment => "digest-with-comment",
    }
}

fn form(form: KustomizeForm) -> &'static str {
    match form {
        KustomizeForm::DigestKey => "digest-key",
        KustomizeForm::TagWithDigest => "tag-with-digest",
    }
}
