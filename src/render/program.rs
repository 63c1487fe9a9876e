//! The helm of this machine.
//!
//! In: the folder of a chart and what it is rendered with. Out: what `helm template` prints, by template.
//! Invariants: helm gets a limited time; it sees the chart itself or a copy, and writes to neither; what it
//! says when it fails is passed on.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::discover::{chart_files, error_text};
use crate::finding::Problem;
use crate::helm::{Rendered, Variant};
use crate::settings::Render;
use crate::source::printable;

/// How often it is looked whether helm has ended.
const TICK: Duration = Duration::from_millis(5);
/// Bytes of what helm says that are passed on.
const WORDS: usize = 2000;

/// A helm that can render.
#[derive(Debug)]
pub struct Program {
    arguments: Vec<String>,
    timeout: Duration,
}

impl Program {
    /// Looks for helm on the `PATH`.
    ///
    /// # Errors
    /// That there is none, or one that does not work or is too old.
    pub fn find(settings: &Render) -> Result<Self, Problem> {
        let missing = |message: String| {
            let hint = "install Helm 3 or 4, or leave --render out: kubepin renders charts itself, too";
            Problem::failure("", message).hint(hint)
        };
        let program = Self { arguments: settings.arguments.clone(), timeout: settings.timeout };
        let mut version = Command::new("helm");
        version.args(["version", "--short"]);
        let run = tempfile::tempdir().map_err(|error| error_text(&error));
        let said = run.and_then(|scratch| program.run(&mut version, &scratch));
        let said = said.map_err(|why| missing(format!("--render needs helm: {why}")))?;
        let known = ["v3.", "v4."].iter().any(|known| said.trim_start().starts_with(known));
        if !known {
            let said = printable(said.lines().next().unwrap_or_default());
            return Err(missing(format!("--render needs Helm 3 or 4, and this helm says `{said}`")));
        }
        Ok(program)
    }

    /// What comes out of a chart; one error without a template where helm fails.
    pub(super) fn render(&self, folder: &Path, variant: &Variant) -> Vec<Rendered> {
        match self.template(folder, variant) {
            Ok(text) => split(&text),
            Err(why) => vec![(String::new(), Err(why))],
        }
    }

    fn template(&self, folder: &Path, variant: &Variant) -> Result<String, String> {
        let io = |error: io::Error| format!("helm cannot be given its files: {}", error_text(&error));
        let scratch = tempfile::Builder::new().prefix("kubepin-").tempdir().map_err(io)?;
        let chart = if variant.texts.is_empty() {
            folder.to_owned()
        } else {
            copy(folder, &scratch, variant).map_err(io)?
        };
        let mut command = Command::new("helm");
        command.args(["template", "release-name"]).arg(&chart).args(&self.arguments);
        for (number, layer) in variant.layers.iter().enumerate() {
            let path = scratch.path().join(format!("values-{number}.json"));
            fs::write(&path, layer.to_json()?).map_err(io)?;
            command.arg("--values").arg(path);
        }
        for set in &variant.sets {
            command.arg("--set").arg(set);
        }
        let said = self.run(&mut command, &scratch);
        // Only where the chart is matters to people, not where its copy was.
        said.map_err(|why| why.replace(&*chart.to_string_lossy(), &folder.to_string_lossy()))
    }

    /// What a run of helm prints, or why it did not: its own words, in one line.
    fn run(&self, command: &mut Command, scratch: &TempDir) -> Result<String, String> {
        let path = |name: &str| scratch.path().join(name);
        let file = |name: &str| File::create(path(name)).map(Stdio::from).map_err(|error| error_text(&error));
        command.stdin(Stdio::null()).stdout(file("out")?).stderr(file("err")?);
        let status = self.wait(command)?;
        if status.success() {
            let bytes = fs::read(path("out")).map_err(|error| error_text(&error))?;
            return String::from_utf8(bytes).map_err(|_| "helm printed what is not UTF-8".to_owned());
        }
        let words = fs::read(path("err")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
        let said: Vec<&str> = lines.filter(|line| !line.starts_with("Use --debug flag")).collect();
        let said = printable(said.join(" ").chars().take(WORDS).collect::<String>().trim());
        Err(if said.is_empty() { format!("helm failed ({status})") } else { format!("helm says: {said}") })
    }

    fn wait(&self, command: &mut Command) -> Result<ExitStatus, String> {
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is none on the PATH".to_owned(),
            _ => format!("it cannot be run: {}", error_text(&error)),
        })?;
        let end = Instant::now() + self.timeout;
        loop {
            if let Some(status) = child.try_wait().map_err(|error| error_text(&error))? {
                return Ok(status);
            }
            if Instant::now() >= end {
                // It may have ended in this moment; then there is nothing to end.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("helm gave no answer within {:?}", self.timeout));
            }
            std::thread::sleep(TICK);
        }
    }
}

/// A copy of a chart with texts in place of its own.
fn copy(folder: &Path, scratch: &TempDir, variant: &Variant) -> io::Result<PathBuf> {
    let copy = scratch.path().join(folder.file_name().unwrap_or("chart".as_ref()));
    for file in chart_files(folder) {
        let Ok(path) = file.strip_prefix(folder) else {
            continue;
        };
        let to = copy.join(path);
        fs::create_dir_all(to.parent().unwrap_or(&copy))?;
        match path.to_str().and_then(|path| variant.texts.get(path)) {
            Some(text) => File::create(&to)?.write_all(text.as_bytes())?,
            None => fs::copy(&file, &to).map(drop)?,
        }
    }
    Ok(copy)
}

/// The output of helm by template: the documents of one template make one text.
fn split(output: &str) -> Vec<Rendered> {
    const SOURCE: &str = "# Source: ";
    let mut templates: Vec<(String, String)> = Vec::new();
    let mut current = None;
    let mut lines = output.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let source =
            lines.peek().filter(|_| line.trim_end() == "---").and_then(|next| next.strip_prefix(SOURCE));
        if let Some(path) = source.map(str::trim_end) {
            let known = templates.iter().position(|(known, _)| known == path);
            current = known.or_else(|| {
                templates.push((path.to_owned(), String::new()));
                Some(templates.len() - 1)
            });
        }
        if let Some((_, text)) = current.and_then(|at| templates.get_mut(at)) {
            text.push_str(line);
        }
    }
    templates.into_iter().map(|(path, text)| (path, Ok(text))).collect()
}
