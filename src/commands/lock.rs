//! `kubepin lock`: the digests of all images in use, in a file.

use std::io::{self, Write as _};
use std::path::Path;

use super::{notes, print_problems, start_threads, unanswered};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Problem, Weight};
use crate::image::State;
use crate::pipeline;
use crate::report::{Progress, locked};
use crate::resolve::lock::{self, Lock, Renewed, Wanted};
use crate::resolve::{AskError, Session};
use crate::scan::Scanned;
use crate::settings::Settings;
use crate::source::normal;
use crate::write;

/// Renews the lock file.
pub(super) fn run(settings: &Settings) -> Result<Exit, Failure> {
    start_threads(settings);
    let working_folder = std::env::current_dir()?;
    let file = lock::place(settings.ask.sources.lock_file.as_deref())?;
    let before = lock::read(&file).map_err(AskError::from)?;
    let old = before.as_deref().map_or(Ok(Lock::default()), |text| Lock::parse(&file, text));
    let old = old.map_err(AskError::from)?;
    let scanned = pipeline::scan(settings, &working_folder)?;
    let wanted = wanted(&scanned);
    let progress = Progress::new(settings.output.progress);
    let (session, progress) = (Session::new(&settings.ask), |done, all| progress.tell(done, all));
    let answers = session.ask(&wanted.questions(), &progress)?;
    let complete = scanned.problems.iter().all(|problem| problem.weight < Weight::Failure);
    let whole = complete && covers(settings, &working_folder, &file);
    let renewed = old.renew(&wanted, &answers, &lock::now(), whole);
    let answered: Vec<_> = wanted.answered(&answers).collect();
    let described = pipeline::describe(renewed.lock, &answered, settings.details(), &session, &progress)?;
    let renewed = Renewed { lock: described.lock, ..renewed };
    let text = renewed.lock.text();
    write::remove_leftovers([file.as_path()].into_iter());
    let written = write::put(&file, before.as_deref(), &text);
    let name = file.to_string_lossy();
    let mut problems = [scanned.problems, described.problems].concat();
    match written {
        Ok(()) if settings.output.quiet => {}
        Ok(()) => locked::print(&mut io::stdout().lock(), &name, &renewed)?,
        Err(error) => problems.push(Problem::failure(&*name, format!("not written: {error}"))),
    }
    io::stdout().flush()?;
    let open = answers.by_question.iter().filter_map(|(question, answer)| Some((question, answer.reason()?)));
    problems.extend(
        unanswered::problems(open, (unanswered::NO_DIGEST, Weight::Failure))
            .into_iter()
            .chain(notes(&answers))
            .chain(notes(&described.cost)),
    );
    print_problems(&problems, &settings.output)
}

/// The references in use: what builds come to, where some reach a place, else what is written.
fn wanted(scanned: &Scanned) -> Wanted {
    let uses = scanned.files.iter().flat_map(|file| &file.extracted.uses).filter(|image| !image.shadowed);
    let stated = uses.flat_map(|image| image.judged().chain(image.alone.then_some(&image.stated)));
    let asked = stated.filter(|stated| {
        matches!(stated.state, State::Untagged | State::Tagged | State::Digest | State::TaggedDigest)
    });
    asked.filter_map(|stated| stated.reference.as_ref().ok().cloned()).collect()
}

/// Whether the paths take in all of the folder that the file is in.
fn covers(settings: &Settings, working_folder: &Path, file: &Path) -> bool {
    let file = normal(&working_folder.join(file));
    let folder = file.parent().unwrap_or(working_folder);
    settings.read.paths.iter().any(|path| folder.starts_with(normal(&working_folder.join(path))))
}
