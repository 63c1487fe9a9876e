//! How registries are asked: what can be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use super::LoginArgs;
use super::pair;
use crate::secret::Secret;
use crate::settings::{Ask, Mirror, Proxy};

#[derive(Debug, Args)]
#[command(next_help_heading = "Asking registries")]
pub(super) struct AskArgs {
    /// Ask TO instead of registry FROM; `*=TO` for every registry (repeatable)
    #[arg(long, value_name = "FROM=TO", value_parser = mirror)]
    registry_mirror: Vec<Mirror>,
    /// Ask this registry over plain HTTP (loopback is anyway; repeatable)
    #[arg(long, value_name = "HOST")]
    plain_http: Vec<String>,
    /// Trust these certificate authorities (PEM), too
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    logins: LoginArgs,
}

impl AskArgs {
    pub(super) fn settings(self) -> Ask {
        let Self { registry_mirror, plain_http, ca_file, logins } = self;
        Ask { mirrors: registry_mirror, plain_http, ca_file, proxies: proxies(), ..logins.settings() }
    }
}

/// The variables with proxies that the HTTP client reads, as far as there is anything in them.
fn proxies() -> Vec<Proxy> {
    let variables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let url = |variable| std::env::var_os(variable).filter(|url| !url.is_empty());
    let proxy = |variable| {
        let url = Secret::new(url(variable)?.to_string_lossy().into_owned());
        Some(Proxy { variable, url })
    };
    variables.into_iter().filter_map(proxy).collect()
}

fn mirror(text: &str) -> Result<Mirror, String> {
    let (from, to) = pair(text).ok_or("expected FROM=TO, for example docker.io=mirror.internal/docker")?;
    if to.contains("://") {
        return Err(format!("`{to}` has a scheme: give host, port and path only (see --plain-http)"));
    }
    Ok(Mirror { from: from.to_owned(), to: to.trim_end_matches('/').to_owned() })
}
