//! What files were at a revision, as the git of this machine knows it.
//!
//! In: a revision and files. Out: the text that each had, none where it was not there yet.
//! Invariants: git only reads objects and the index, and runs nothing that the repository configures: no
//! filters, hooks, file monitors, external diffs, and no fetch for what a partial clone lacks. Names go
//! to git and back as bytes between zeros, and never as arguments.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::discover::error_text;
use crate::source::printable;

/// What keeps git from running what a repository says.
const HARMLESS: [&str; 9] = [
    "--no-pager",
    "--no-replace-objects",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "safe.bareRepository=explicit",
    "--literal-pathspecs",
];

/// Variables that are about one repository.
const OF_ONE: [&str; 6] =
    ["GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE"];

/// Why git cannot say what files were.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct GitError {
    what: String,
    /// What to do about it.
    pub hint: String,
}

impl GitError {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

/// A repository as git is called for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repository<'r> {
    /// That of the working folder, or what the variables of git say, as in a hook.
    Own,
    /// That in this folder.
    At(&'r Path),
}

impl<'r> Repository<'r> {
    /// The one that a file is in, seen from the working folder.
    pub fn of(file: &'r Path, working_folder: &Path) -> Option<Self> {
        let folder = file.ancestors().find(|folder| folder.join(".git").exists())?;
        Some(if working_folder.starts_with(folder) { Self::Own } else { Self::At(folder) })
    }

    /// The texts of files at a revision, in their order. One that is no UTF-8 has none.
    ///
    /// # Errors
    /// That there is no git, no repository, or no such revision in it.
    pub fn texts(self, revision: &str, files: &[&Path]) -> Result<Vec<Option<String>>, GitError> {
        let top = PathBuf::from(line(&self.run(&["rev-parse", "--show-toplevel"], &[])?));
        let top = fs::canonicalize(&top).map_err(unusable)?;
        let commit = self.commit(revision)?;
        let tree = self.tree(&commit)?;
        let mut renamed = None;
        let mut objects = Vec::new();
        for file in files {
            let Some(name) = name_in(&top, file) else {
                objects.push(None);
                continue;
            };
            if let Some(object) = tree.get(&name) {
                objects.push(Some(object.clone()));
                continue;
            }
            if renamed.is_none() {
                renamed = Some(self.renames(&commit)?);
            }
            let old = renamed.as_ref().and_then(|renamed| renamed.get(&name));
            objects.push(old.and_then(|old| tree.get(old)).cloned());
        }
        self.contents(&objects)
    }

    /// The id of the commit that a revision names.
    fn commit(self, revision: &str) -> Result<String, GitError> {
        let wanted = format!("{revision}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted];
        let failed = match self.run(&verify, &[]) {
            Ok(said) => return Ok(line(&said)),
            Err(failed) => failed,
        };
        let shown = printable(revision);
        let shallow = self.run(&["rev-parse", "--is-shallow-repository"], &[]).map_err(|_| failed)?;
        if line(&shallow) == "true" {
            let hint = format!(
                "fetch it: git fetch --depth=1 origin {shown} (and name it FETCH_HEAD), or give actions/checkout `fetch-depth: 0`"
            );
            return Err(GitError::new(format!("this clone is shallow and does not have `{shown}`"), hint));
        }
        let hint =
            "name a commit, a branch or a tag that `git log` knows; one of a remote may have to be fetched";
        Err(GitError::new(format!("git knows no commit `{shown}`"), hint))
    }

    /// The files of a commit, with the ids of their contents.
    fn tree(self, commit: &str) -> Result<BTreeMap<Vec<u8>, String>, GitError> {
        let said = self.run(&["ls-tree", "-r", "-z", "--full-tree", commit], &[])?;
        // MODE TYPE ID TAB NAME
        let entry = |entry: &[u8]| {
            let tab = memchr::memchr(b'\t', entry)?;
            let id = entry[..tab].rsplit(|b| *b == b' ').next()?;
            Some((entry[tab + 1..].to_owned(), String::from_utf8(id.to_owned()).ok()?))
        };
        Ok(said.split(|b| *b == 0).filter_map(entry).collect())
    }

    /// Files that were renamed between a commit and the index, by their new names.
    fn renames(self, commit: &str) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, GitError> {
        // With --cached git looks at no file of the working tree, so that no filter runs.
        let diff = [
            "diff-index",
            "--cached",
            "-M",
            "--diff-filter=R",
            "--name-status",
            "--no-relative",
            "-z",
            commit,
        ];
        let said = self.run(&diff, &[])?;
        let fields: Vec<&[u8]> = said.split(|b| *b == 0).collect();
        // STATUS, OLD NAME, NEW NAME
        Ok(fields.chunks_exact(3).map(|change| (change[2].to_owned(), change[1].to_owned())).collect())
    }

    /// What is in objects.
    fn contents(self, objects: &[Option<String>]) -> Result<Vec<Option<String>>, GitError> {
        let ids: Vec<String> = objects.iter().flatten().map(|id| format!("{id}\n")).collect();
        let said = self.run(&["cat-file", "--batch"], ids.concat().as_bytes())?;
        let mut rest = &said[..];
        let mut texts = Vec::new();
        for object in objects {
            let Some(id) = object else {
                texts.push(None);
                continue;
            };
            let lacks = || {
                let hint = "a partial clone leaves contents out: fetch them, or clone without --filter";
                GitError::new(format!("this clone lacks the object {id}"), hint)
            };
            // ID TYPE SIZE, the content, a line end; or ID and why there is none.
            let head = memchr::memchr(b'\n', rest).ok_or_else(lacks)?;
            let size = std::str::from_utf8(&rest[..head])
                .ok()
                .and_then(|head| head.rsplit(' ').next()?.parse().ok());
            let size: usize = size.ok_or_else(lacks)?;
            let content = rest.get(head + 1..head + 1 + size).ok_or_else(lacks)?;
            texts.push(std::str::from_utf8(content).ok().map(str::to_owned));
            rest = rest.get(head + 2 + size..).unwrap_or_default();
        }
        Ok(texts)
    }

    /// What git prints.
    fn run(self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let output = self.output(arguments, input).map_err(unusable)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it does not say why");
        let hint = "--diff-base works inside of a git repository that git itself accepts";
        Err(GitError::new(format!("git {}: {}", arguments[0], printable(said)), hint))
    }

    fn output(self, arguments: &[&str], input: &[u8]) -> io::Result<Output> {
        let mut command = Command::new("git");
        command
            .args(HARMLESS)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // No lock that lets hooks run, no fetch of what is missing, no question to the user, no translation.
        command
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "none");
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        if let Self::At(folder) = self {
            OF_ONE.iter().fold(command.current_dir(folder), |command, name| command.env_remove(name));
        }
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        std::thread::scope(|scope| {
            // Written beside the reading, because git answers before it has read everything.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        })
    }
}

/// The name of a file in the repository, if it is in there.
fn name_in(top: &Path, file: &Path) -> Option<Vec<u8>> {
    // What a link stands for is another file; the folders may well be reached through links.
    let path = fs::canonicalize(file.parent()?).ok()?.join(file.file_name()?);
    let names: Vec<_> = path.strip_prefix(top).ok()?.iter().map(OsStr::as_encoded_bytes).collect();
    Some(names.join(&b'/'))
}

fn line(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim_end_matches(['\n', '\r']).to_owned()
}

// It is a function for `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives the error away")]
fn unusable(error: io::Error) -> GitError {
    GitError::new(format!("git cannot be used: {}", error_text(&error)), "--diff-base needs git on the PATH")
}
