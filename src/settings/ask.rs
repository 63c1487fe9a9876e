//! How registries are asked.
//!
//! In: filled by the command line. Out: read by the registries' client.
//! Invariant: places of logins are final here; no one else looks for files of logins.

use std::path::PathBuf;
use std::time::Duration;

use super::Sources;
use crate::platform::Platform;
use crate::secret::Secret;

/// How registries are asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Ask another registry instead: the name as people know it (`docker.io`, `*` for all) and the
    /// host, optionally with a path, that is asked.
    pub mirrors: Vec<Mirror>,
    /// Hosts (with port, when they have one) that are asked over plain HTTP. Loopback always may be.
    pub plain_http: Vec<String>,
    /// What the environment says of proxies.
    pub proxies: Vec<Proxy>,
    /// PEM file of certificate authorities trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Where logins are looked for. The first place that has one for a repository wins.
    pub logins: Vec<LoginSource>,
    /// Realms that may see the login of a registry, although they are another's host.
    pub trusted_realms: Vec<TrustedRealm>,
    /// Whether tokens are to be for pushing, too.
    pub push: bool,
    /// Requests in flight for one host.
    pub concurrency: usize,
    /// Time for a connection to stand.
    pub connect_timeout: Duration,
    /// Time for one request, from sending it to the last byte of the answer.
    pub request_timeout: Duration,
    /// Time for a credential helper.
    pub helper_timeout: Duration,
    /// The machine that images are wanted for; `None`: for all that they are made for.
    pub platform: Option<Platform>,
    /// What may answer in place of registries.
    pub sources: Sources,
    /// Time for all questions of a run.
    pub run_timeout: Duration,
    /// How failures are met.
    pub retry: Retry,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            mirrors: Vec::new(),
            plain_http: Vec::new(),
            proxies: Vec::new(),
            ca_file: None,
            logins: Vec::new(),
            trusted_realms: Vec::new(),
            push: false,
            concurrency: 16,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            helper_timeout: Duration::from_secs(20),
            platform: None,
            sources: Sources::default(),
            run_timeout: Duration::from_secs(15 * 60),
            retry: Retry::default(),
        }
    }
}

/// How failures of a host are met.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often one request is sent at most while the host fails.
    pub attempts: usize,
    /// Upper bound of the wait after the first failure. It doubles with each further one.
    pub first_wait: Duration,
    /// Longest wait. A host that wants to be left alone for longer is left alone.
    pub longest_wait: Duration,
    /// Time for which nothing but failures may come from a host before it is left alone.
    pub longest_outage: Duration,
    /// Time that the failures of one host may cost a run in all.
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            // Where one of ten answers is a failure, one of 100,000 questions stays without an answer.
            attempts: 5,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(60),
            // Longer than it takes to restart a registry or to switch over to another one.
            longest_outage: Duration::from_secs(20),
            // Limits for two of the longest waits, or a host that fails and answers by turns.
            patience: Duration::from_secs(120),
        }
    }
}

/// A place where logins are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginSource {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// How it is written.
        form: LoginForm,
        /// The option or variable that names it, when it has to be there.
        named_by: Option<&'static str>,
    },
    /// The text of such a file.
    Text {
        /// What people know it as.
        name: String,
        /// The text.
        text: Secret,
        /// How it is written.
        form: LoginForm,
        /// It turned up in what is read. Nobody named it, so a broken one is told and left out.
        found: bool,
    },
    /// A token for one registry.
    Token {
        /// The variable that holds it.
        variable: &'static str,
        /// The registry.
        host: String,
        /// The user it is sent with.
        user: String,
        /// The token. It must not be empty.
        token: Secret,
    },
}

/// How a file of logins is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginForm {
    /// With `auths`, `credHelpers` and `credsStore`: Docker's config.json, Podman's auth.json.
    Config,
    /// The same, from someone who may not say which programs run here.
    ConfigWithoutHelpers,
    /// What is in `auths`, and nothing around it: .dockercfg.
    Entries,
}

/// A proxy that a variable names. The HTTP client reads the variable itself.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The variable.
    pub variable: &'static str,
    /// What is in it; it may have a password.
    pub url: Secret,
}

/// Asks `to` whenever a reference names `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry as people know it, or `*` for every registry.
    pub from: String,
    /// Host, optional port, optional path prefix of repositories.
    pub to: String,
}

/// Gives the login of `registry` to `realm` when the registry sends us there for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedRealm {
    /// The registry that is asked: host, and port when it has one.
    pub registry: String,
    /// Host of the realm, and its port unless that is 443.
    pub realm: String,
}
