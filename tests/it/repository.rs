//! Sandboxes that are git repositories.

use std::path::Path;
use std::process::Command;

use crate::sandbox::Sandbox;

/// Runs git without anything of the user's configuration.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
    git.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", folder);
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with one commit.
pub(crate) fn repository(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in files {
        sandbox.write(name, text);
    }
    git(sandbox.path(), &["init", "-q"]);
    commit(&sandbox);
    sandbox
}

/// Commits everything.
pub(crate) fn commit(sandbox: &Sandbox) {
    git(sandbox.path(), &["add", "-A"]);
    git(sandbox.path(), &["commit", "-q", "-m", "all"]);
}
