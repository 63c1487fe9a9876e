//! How pins are written: what can be typed, and what it means.

use clap::{Args, ValueEnum};

use crate::settings::{KustomizeForm, Mode, Style, Write};

#[derive(Debug, Args)]
#[command(next_help_heading = "Writing")]
pub(super) struct WriteArgs {
    /// Resolve and show the change as a unified diff; write nothing
    #[arg(long, conflicts_with_all = ["fix", "write_baseline"])]
    diff: bool,
    /// Resolve and rewrite the files; with `-`, rewrite standard input to standard output
    #[arg(long, conflicts_with = "write_baseline")]
    fix: bool,
    /// Also write fixes that may change more than which bytes are pulled
    #[arg(long)]
    unsafe_fixes: bool,
    /// How a pinned reference is written [default: tag-and-digest]
    #[arg(long, value_enum)]
    style: Option<StyleArg>,
    /// Where the digest goes in an entry of `images:` of a kustomization [default: digest-key]
    #[arg(long, value_enum, value_name = "FORM")]
    kustomize_form: Option<KustomizeFormArg>,
    /// With `--fix -`: pass references through that no registry answered for
    #[arg(long)]
    allow_unresolved: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StyleArg {
    /// `nginx:1.27@sha256:…`
    TagAndDigest,
    /// `nginx@sha256:…`
    DigestOnly,
    /// `nginx@sha256:… # 1.27`
    DigestWithComment,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KustomizeFormArg {
    /// `digest:` beside `newTag:`
    DigestKey,
    /// `newTag: 1.27@sha256:…`
    TagWithDigest,
}

impl WriteArgs {
    pub(super) fn settings(self) -> (Mode, Write) {
        let Self { diff, fix, unsafe_fixes, style, kustomize_form, allow_unresolved } = self;
        let mode = match (diff, fix) {
            (true, _) => Mode::Diff,
            (_, true) => Mode::Fix,
            _ => Mode::Report,
        };
        let style = style.map(|style| match style {
            StyleArg::TagAndDigest => Style::TagAndDigest,
            StyleArg::DigestOnly => Style::DigestOnly,
            StyleArg::DigestWithComment => Style::DigestWithComment,
        });
        let kustomize_form = kustomize_form.map(|form| match form {
            KustomizeFormArg::DigestKey => KustomizeForm::DigestKey,
            KustomizeFormArg::TagWithDigest => KustomizeForm::TagWithDigest,
        });
        (mode, Write { style, kustomize_form, unsafe_fixes, allow_unresolved })
    }
}
