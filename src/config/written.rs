//! What a configuration file states, as it is written and as it is meant.
//!
//! In: the text of the file. Out: its settings, or the first thing that is wrong, and where.
//! Invariant: no key is passed over, and a rule, a glob or a path that cannot be meant is refused.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use globset::{Glob, GlobBuilder, GlobSetBuilder};
use serde::Deserialize;
use toml::Spanned;

use super::policy::PolicyWords;
use super::required::{RequiredWords, required};
use crate::extract;
use crate::platform::Platform;
use crate::rules;
use crate::settings::{
    Exemption, Field, Judge, KustomizeForm, Level, Mirror, Override, RequiredReferrers, Style,
};
use crate::source::Lines;

/// What is wrong, and where.
pub(super) type Wrong = (Range<usize>, String);

/// What a file means.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) exclude: Vec<String>,
    pub(super) style: Option<Style>,
    pub(super) kustomize_form: Option<KustomizeForm>,
    pub(super) platforms: Vec<Platform>,
    pub(super) cooldown: Option<Duration>,
    pub(super) referrers: Vec<RequiredReferrers>,
    pub(super) judge: Judge,
    pub(super) fields: Vec<Field>,
    pub(super) hosts: Hosts,
}

/// How registries are asked.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    pub(super) mirrors: Vec<Mirror>,
    pub(super) plain_http: Vec<String>,
}

/// What a file states.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    exclude: Vec<Spanned<String>>,
    exempt_images: Vec<Spanned<String>>,
    style: Option<StyleWord>,
    kustomize_form: Option<FormWord>,
    platforms: Vec<Spanned<String>>,
    cooldown: Option<Spanned<String>>,
    rules: BTreeMap<Spanned<String>, LevelWord>,
    overrides: Vec<OverrideWords>,
    fields: Vec<FieldWords>,
    registries: BTreeMap<String, RegistryWords>,
    require_referrers: Vec<RequiredWords>,
    policy: PolicyWords,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct OverrideWords {
    paths: Vec<Spanned<String>>,
    rules: BTreeMap<Spanned<String>, LevelWord>,
    style: Option<Spanned<StyleWord>>,
    platforms: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FieldWords {
    #[serde(default = "any")]
    api_version: String,
    #[serde(default = "any")]
    kind: String,
    #[serde(default)]
    paths: Vec<Spanned<String>>,
    #[serde(default)]
    urls: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct RegistryWords {
    mirror: Option<Spanned<String>>,
    plain_http: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StyleWord {
    TagAndDigest,
    DigestOnly,
    DigestWithComment,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FormWord {
    DigestKey,
    TagWithDigest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LevelWord {
    Off,
    Warning,
    Error,
}

fn any() -> String {
    "*".to_owned()
}

/// Reads a file. `name` is what reports call it, `folder` where its paths begin.
pub(super) fn read(name: &str, folder: &Path, text: &str) -> Result<Config, Wrong> {
    let wrong = |error: toml::de::Error| {
        (error.span().unwrap_or_default(), error.message().trim().replace('\n', ", "))
    };
    let Written {
        exclude,
        exempt_images,
        style,
        kustomize_form,
        platforms: machines,
        cooldown,
        rules,
        overrides,
        fields,
        registries,
        require_referrers,
        policy,
    } = toml::from_str(text).map_err(wrong)?;
    for pattern in &exclude {
        glob(pattern)?;
    }
    let lines = Lines::new(text);
    let exemption = |pattern: Spanned<String>| {
        let at = lines.position(pattern.span().start);
        let place = format!("{name}:{}:{}", at.line, at.column);
        Exemption { pattern: pattern.into_inner(), place }
    };
    no_twins(&overrides)?;
    let judge = Judge {
        exempt: exempt_images.into_iter().map(exemption).collect(),
        levels: levels(rules)?,
        overrides: overrides.into_iter().map(|words| over(words, folder)).collect::<Result<_, _>>()?,
        namespaces: policy.meaning()?,
    };
    Ok(Config {
        exclude: exclude.into_iter().map(Spanned::into_inner).collect(),
        style: style.map(StyleWord::meaning),
        kustomize_form: kustomize_form.map(FormWord::meaning),
        platforms: platforms(machines)?,
        cooldown: cooldown.as_ref().map(duration).transpose()?,
        referrers: require_referrers.into_iter().map(required).collect::<Result<_, _>>()?,
        judge,
        fields: fields.into_iter().map(field).collect::<Result<_, _>>()?,
        hosts: hosts(registries)?,
    })
}

/// A glob whose `*` stays in one folder.
fn glob(pattern: &Spanned<String>) -> Result<Glob, Wrong> {
    let glob = GlobBuilder::new(pattern.get_ref()).literal_separator(true).build();
    glob.map_err(|error| (pattern.span(), format!("`{}` is no glob: {}", pattern.get_ref(), error.kind())))
}

fn platforms(texts: Vec<Spanned<String>>) -> Result<Vec<Platform>, Wrong> {
    let platform = |text: Spanned<String>| Platform::parse(text.get_ref()).map_err(|why| (text.span(), why));
    texts.into_iter().map(platform).collect()
}

fn duration(text: &Spanned<String>) -> Result<Duration, Wrong> {
    let wrong =
        |error| (text.span(), format!("`{}` is no time, as `3d` or `12h` are: {error}", text.get_ref()));
    humantime::parse_duration(text.get_ref()).map_err(wrong)
}

fn levels(rules: BTreeMap<Spanned<String>, LevelWord>) -> Result<BTreeMap<String, Level>, Wrong> {
    let level = |(id, level): (Spanned<String>, LevelWord)| {
        if rules::find(id.get_ref()).is_some() {
            return Ok((id.into_inner(), level.meaning()));
        }
        Err((id.span(), format!("there is no rule `{}`: `kubepin rules` lists all", id.get_ref())))
    };
    rules.into_iter().map(level).collect()
}

fn over(words: OverrideWords, folder: &Path) -> Result<Override, Wrong> {
    let OverrideWords { paths, rules, style, platforms: required } = words;
    let mut set = GlobSetBuilder::new();
    for pattern in &paths {
        set.add(glob(pattern)?);
    }
    let place = paths.first().map_or(0..0, Spanned::span);
    let written = paths.iter().map(|path| path.get_ref().clone()).collect();
    let paths = set.build().map_err(|error| (place, error.to_string()))?;
    let style = style.map(|style| style.into_inner().meaning());
    let platforms = required.map(platforms).transpose()?;
    Ok(Override { folder: folder.to_owned(), written, paths, levels: levels(rules)?, style, platforms })
}

/// Two overrides of the same paths that say different things of one rule, or of the style: one of them is a
/// mistake.
fn no_twins(overrides: &[OverrideWords]) -> Result<(), Wrong> {
    let mut levels: BTreeMap<(&str, &str), LevelWord> = BTreeMap::new();
    let mut styles: BTreeMap<&str, StyleWord> = BTreeMap::new();
    let twin =
        |what: &str, path: &str| format!("{what} for `{path}` in an override before: take one of them out");
    for OverrideWords { paths, rules, style, .. } in overrides {
        for path in paths {
            for (id, &level) in rules {
                let before = levels.insert((path.get_ref(), id.get_ref()), level);
                if before.is_some_and(|before| before != level) {
                    let what = format!("`{}` has another level", id.get_ref());
                    return Err((id.span(), twin(&what, path.get_ref())));
                }
            }
            let before = style.as_ref().and_then(|style| styles.insert(path.get_ref(), *style.get_ref()));
            if let Some(style) = style.as_ref().filter(|style| before.is_some_and(|b| b != *style.get_ref()))
            {
                return Err((style.span(), twin("there is another style", path.get_ref())));
            }
        }
    }
    Ok(())
}

fn field(words: FieldWords) -> Result<Field, Wrong> {
    let FieldWords { api_version, kind, paths, urls } = words;
    let checked = |paths: Vec<Spanned<String>>| -> Result<Vec<String>, Wrong> {
        let path = |path: Spanned<String>| match extract::check_path(path.get_ref()) {
            Ok(()) => Ok(path.into_inner()),
            Err(why) => Err((path.span(), format!("{why}: a path is like `spec.steps[].image`"))),
        };
        paths.into_iter().map(path).collect()
    };
    Ok(Field { api_version, kind, paths: checked(paths)?, urls: checked(urls)? })
}

fn hosts(registries: BTreeMap<String, RegistryWords>) -> Result<Hosts, Wrong> {
    let mut hosts = Hosts::default();
    for (from, RegistryWords { mirror, plain_http }) in registries {
        if plain_http {
            hosts.plain_http.push(from.clone());
        }
        if let Some(to) = mirror {
            if to.get_ref().contains("://") {
                let why = format!(
                    "`{}` has a scheme: give host, port and path only (see plain-http)",
                    to.get_ref()
                );
                return Err((to.span(), why));
            }
            hosts.mirrors.push(Mirror { from, to: to.into_inner().trim_end_matches('/').to_owned() });
        }
    }
    Ok(hosts)
}

impl StyleWord {
    pub(super) fn meaning(self) -> Style {
        match self {
            Self::TagAndDigest => Style::TagAndDigest,
            Self::DigestOnly => Style::DigestOnly,
            Self::DigestWithComment => Style::DigestWithComment,
        }
    }
}

impl FormWord {
    fn meaning(self) -> KustomizeForm {
        match self {
            Self::DigestKey => KustomizeForm::DigestKey,
            Self::TagWithDigest => KustomizeForm::TagWithDigest,
        }
    }
}

impl LevelWord {
    fn meaning(self) -> Level {
        match self {
            Self::Off => Level::Off,
            Self::Warning => Level::Warning,
            Self::Error => Level::Error,
        }
    }
}
