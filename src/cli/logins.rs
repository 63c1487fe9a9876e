//! Where logins are looked for on this machine, and who may see them.
//!
//! In: what was typed, and the environment. Out: the places, the most explicit first.
//! Invariant: nothing is opened here; a place that was named has to be there, the others need not.

use std::env::{home_dir, var, var_os};
use std::path::PathBuf;

use clap::Args;

use super::pair;
use crate::secret::Secret;
use crate::settings::{Ask, LoginForm, LoginSource, TrustedRealm};

/// The registry that takes GitHub's own tokens, and the only one that is sent them.
const GITHUB_REGISTRY: &str = "ghcr.io";
/// Podman's logins, below several folders.
const PODMAN: &str = "containers/auth.json";

#[derive(Debug, Args)]
#[command(next_help_heading = "Logins")]
pub(super) struct LoginArgs {
    /// Look for logins in this file first (JSON, as Docker or Podman write it)
    #[arg(long, value_name = "FILE")]
    auth_file: Option<PathBuf>,
    /// Log in to ghcr.io with `GITHUB_TOKEN`, unless a file has a login for it
    #[arg(long)]
    github_token: bool,
    /// Let the token service at REALM see the login of REGISTRY, too (repeatable)
    #[arg(long, value_name = "REGISTRY=REALM", value_parser = trusted_realm)]
    trust_realm: Vec<TrustedRealm>,
}

impl LoginArgs {
    /// How registries are asked, as far as it is about logins.
    pub(super) fn settings(self) -> Ask {
        let Self { auth_file, github_token, trust_realm } = self;
        Ask { logins: sources(auth_file, github_token), trusted_realms: trust_realm, ..Ask::default() }
    }
}

/// All places: files that were named, Docker's, Podman's, and GitHub's token where that is wanted.
fn sources(auth_file: Option<PathBuf>, github_token: bool) -> Vec<LoginSource> {
    let home = home_dir();
    let in_home = |name: &str| Some(home.as_ref()?.join(name));
    let docker = path("DOCKER_CONFIG").or_else(|| in_home(".docker"));
    let settled = path("XDG_CONFIG_HOME").or_else(|| in_home(".config"));
    let config = |path: PathBuf| file(path, LoginForm::Config, None);
    let places = [
        auth_file.map(|path| file(path, LoginForm::Config, Some("--auth-file"))),
        path("REGISTRY_AUTH_FILE").map(|path| file(path, LoginForm::Config, Some("REGISTRY_AUTH_FILE"))),
        docker.map(|folder| config(folder.join("config.json"))),
        text("DOCKER_AUTH_CONFIG"),
        of_session().map(config),
        settled.map(|folder| config(folder.join(PODMAN))),
        in_home(".dockercfg").map(|path| file(path, LoginForm::Entries, None)),
        github_token.then(github),
    ];
    places.into_iter().flatten().collect()
}

fn file(path: PathBuf, form: LoginForm, named_by: Option<&'static str>) -> LoginSource {
    LoginSource::File { path, form, named_by }
}

/// The path in a variable, unless that is empty.
fn path(variable: &str) -> Option<PathBuf> {
    var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn text(variable: &str) -> Option<LoginSource> {
    let text = Secret::new(var_os(variable)?.to_string_lossy().into_owned());
    Some(LoginSource::Text { name: variable.to_owned(), text, form: LoginForm::Config, found: false })
}

/// Where Podman keeps the logins of a session.
fn of_session() -> Option<PathBuf> {
    // Root has no session, nor have most containers.
    #[cfg(target_os = "linux")]
    let without = Some(format!("/run/containers/{}/auth.json", rustix::process::getuid().as_raw()));
    #[cfg(not(target_os = "linux"))]
    let without: Option<String> = None;
    path("XDG_RUNTIME_DIR").map(|folder| folder.join(PODMAN)).or(without.map(PathBuf::from))
}

fn github() -> LoginSource {
    let set = |variable: &str| var(variable).ok().filter(|value| !value.is_empty());
    LoginSource::Token {
        variable: "GITHUB_TOKEN",
        host: GITHUB_REGISTRY.to_owned(),
        // The registry looks at the token alone, but wants some user.
        user: set("GITHUB_ACTOR").unwrap_or_else(|| "kubepin".to_owned()),
        token: Secret::new(set("GITHUB_TOKEN").unwrap_or_default()),
    }
}

fn trusted_realm(text: &str) -> Result<TrustedRealm, String> {
    let form = "expected REGISTRY=REALM, two hosts, for example registry.internal=login.internal";
    let (registry, realm) = pair(text).filter(|_| !text.contains('/')).ok_or(form)?;
    Ok(TrustedRealm { registry: registry.to_owned(), realm: realm.to_owned() })
}
