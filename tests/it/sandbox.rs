//! A folder of its own for each test, and kubepin run in it without the user's environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A temporary folder to run kubepin in.
pub(crate) struct Sandbox {
    folder: TempDir,
    /// Where its runs keep answers: servers of other tests have had the same ports.
    cache: TempDir,
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let folder = || TempDir::new().expect("a temporary folder");
        Self { folder: folder(), cache: folder() }
    }

    /// A copy of a folder.
    pub(crate) fn copy_of(folder: &Path) -> Self {
        let sandbox = Self::empty();
        for entry in walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable fixture"))
        {
            let to = sandbox.path().join(entry.path().strip_prefix(folder).expect("below the folder"));
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(to).expect("a folder");
            } else {
                std::fs::copy(entry.path(), to).expect("a file");
            }
        }
        sandbox
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).expect("a file")
    }

    /// Every file and its bytes, by name.
    pub(crate) fn files(&self) -> std::collections::BTreeMap<String, Vec<u8>> {
        let entries =
            walkdir::WalkDir::new(self.path()).into_iter().map(|entry| entry.expect("a readable folder"));
        let files = entries.filter(|entry| entry.file_type().is_file());
        let name =
            |path: &Path| path.strip_prefix(self.path()).expect("below").to_string_lossy().replace('\\', "/");
        files.map(|entry| (name(entry.path()), std::fs::read(entry.path()).expect("a file"))).collect()
    }

    /// kubepin, without anything of the user's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubepin"));
        command.args(arguments).current_dir(self.path()).env_clear().stdin(Stdio::null());
        // Without these the system's own tell where the user's files are.
        command.env("HOME", self.path()).env("XDG_RUNTIME_DIR", self.path());
        command.env("XDG_CACHE_HOME", self.cache.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("kubepin runs"))
    }

    /// Runs kubepin with these variables.
    #[cfg(unix)]
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        Ran::of(command.envs(variables.iter().copied()).output().expect("kubepin runs"))
    }

    pub(crate) fn filter(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
        use std::io::Write as _;
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubepin runs");
        child.stdin.take().expect("a pipe").write_all(input.as_ref()).expect("kubepin reads");
        Ran::of(child.wait_with_output().expect("kubepin ends"))
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8 output");
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
