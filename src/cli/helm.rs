//! Rendering charts with a helm: what can be typed, and what it means.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::settings::Render;

#[derive(Debug, Args)]
#[command(next_help_heading = "Helm")]
pub(super) struct HelmArgs {
    /// Render charts with the helm on the PATH (3 or 4), and judge all that comes out
    #[arg(long)]
    render: bool,
    /// Lay the values of this file over those of the chart (repeatable)
    #[arg(short = 'f', long = "values", value_name = "FILE", requires = "render")]
    values: Vec<PathBuf>,
    /// Set a value, as for helm (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "render")]
    sets: Vec<String>,
    /// Pass this argument to `helm template`, as in --helm-arg=--kube-version=1.31 (repeatable)
    #[arg(long = "helm-arg", value_name = "ARG", requires = "render", allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// Seconds that one run of helm may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "render")]
    render_timeout: u64,
}

impl HelmArgs {
    pub(super) fn settings(self) -> Option<Render> {
        let Self { render, values, sets, arguments, render_timeout } = self;
        render.then(|| Render { values, sets, arguments, timeout: Duration::from_secs(render_timeout) })
    }
}
