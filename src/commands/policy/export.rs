//! `kubepin policy export`: what the configuration demands, for a cluster.
//!
//! In: the form of the policy, the configuration. Out: its YAML on standard output.
//! Invariant: what a policy cannot say is told in a comment of it, never left out.

use std::io::Write as _;

use crate::config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::policy::{self, Action, Form, Policy};
use crate::rules;
use crate::settings::{ConfigFile, Judge, Level};

/// Prints the policy.
pub(in crate::commands) fn export(form: Form, config: &ConfigFile) -> Result<Exit, Failure> {
    let judge = config::judge(config, &std::env::current_dir()?)?;
    std::io::stdout().lock().write_all(policy::export(&demanded(judge), form).as_bytes())?;
    Ok(Exit::Clean)
}

/// What a configuration demands of every image. The rule about tags says how much that weighs.
fn demanded(judge: Judge) -> Policy {
    let action = |rule| match judge.levels.get(rule) {
        None | Some(Level::Error) => Action::Deny,
        Some(Level::Warning) => Action::Warn,
        Some(Level::Off) => Action::Audit,
    };
    let whole = action(rules::TAG_WITHOUT_DIGEST);
    let alike = rules::ABOUT_DIGESTS.into_iter().filter(|rule| action(rule) != whole);
    let mut untold: Vec<String> =
        alike.map(|rule| format!("the level of `{rule}`, which is not that of tags")).collect();
    if !judge.overrides.is_empty() {
        untold.push("`overrides`, which are about paths of files".to_owned());
    }
    let exempt = judge.exempt.into_iter().map(|exemption| exemption.pattern).collect();
    Policy {
        exempt,
        namespaces: judge.namespaces.only,
        excluded_namespaces: judge.namespaces.excluded,
        action: whole,
        untold,
    }
}
