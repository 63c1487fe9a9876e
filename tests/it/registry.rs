//! The registry client against a registry that lies: what it answers, whom it tells what, and how
//! many requests it takes.

mod answers;
mod contents;
mod counts;
#[cfg(unix)]
mod helpers;
mod identities;
mod limits;
mod logins;
mod mirrors;
#[cfg(unix)]
mod places;
#[cfg(unix)]
mod proxies;
mod realms;
mod redirects;
mod scopes;
mod storm;
pub(crate) mod tls;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kubepin::answer::{Answer, Answers, Reason};
use kubepin::reference::{Question, Reference};
use kubepin::registry::AskError;
use kubepin::resolve;
use kubepin::settings::{Ask, LoginForm, LoginSource, Retry};
use tempfile::TempDir;

use crate::lying::{INDEX, Registry, manifest};

/// Settings with short timeouts and no logins. What fails is not asked again.
fn settings() -> Ask {
    let second = Duration::from_secs(1);
    let retry = Retry { attempts: 1, longest_wait: second, ..Retry::default() };
    Ask { connect_timeout: 5 * second, request_timeout: 5 * second, retry, ..Ask::default() }
}

/// Settings with a Docker configuration of this text, in a folder that lives as long as it is held.
fn with_config(text: &str) -> (Ask, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("config.json");
    std::fs::write(&file, text).expect("the file is written");
    (Ask { logins: vec![login_file(file)], ..settings() }, folder)
}

/// A file of logins that need not be there.
fn login_file(path: PathBuf) -> LoginSource {
    LoginSource::File { path, form: LoginForm::Config, named_by: None }
}

/// A Docker configuration with `alice:wonder` for one key.
fn alice(key: &str) -> String {
    format!(r#"{{"auths":{{"{key}":{{"auth":"YWxpY2U6d29uZGVy"}}}}}}"#)
}

fn question(text: &str) -> Question {
    Reference::parse(text).expect("a reference").question()
}

fn questions(texts: &[String]) -> BTreeSet<Question> {
    texts.iter().map(|text| question(text)).collect()
}

fn ask(texts: &[String], settings: &Ask) -> Answers {
    resolve::ask(&questions(texts), settings, &|_, _| {}).expect("registries can be asked")
}

/// The one answer to one question.
fn ask_one(text: &str, settings: &Ask) -> Answer {
    let answers = ask(&[text.to_owned()], settings);
    answers.by_question.get(&question(text)).expect("an answer").clone()
}

/// Twenty images: four tags of each of five repositories.
fn twenty(host: &str) -> Vec<String> {
    let tags = |repository: usize| (0..4).map(move |tag| format!("{host}/acme/app{repository}:v{tag}"));
    (0..5).flat_map(tags).collect()
}

/// What an honest registry answers.
fn honest(repository: &str, tag: &str) -> Answer {
    pinned(&manifest(repository, tag).1, INDEX)
}

fn pinned(digest: &str, media_type: &str) -> Answer {
    let digest = kubepin::reference::Digest::parse(digest).expect("a digest");
    Answer::Pinned { digest, media_type: media_type.to_owned() }
}

fn reason(what: &str, hint: &str) -> Reason {
    Reason { what: what.to_owned(), hint: Some(hint.to_owned()).filter(|hint| !hint.is_empty()) }
}

fn untrusted(what: &str) -> Answer {
    Answer::Untrusted(reason(what, ""))
}

/// Asserts that every answer is the honest one.
fn assert_honest(answers: &Answers, expected: usize) {
    assert_eq!(answers.by_question.len(), expected);
    for (question, answer) in &answers.by_question {
        assert_eq!(*answer, honest(&question.repository, &question.tag), "{question}");
    }
}

/// `localhost:PORT`: the same server under the name of another host.
fn by_name(registry: &Registry) -> String {
    registry.host.replace("127.0.0.1", "localhost")
}

fn error(settings: &Ask) -> AskError {
    let asked = questions(&["127.0.0.1:1/a:b".to_owned()]);
    match resolve::ask(&asked, settings, &|_, _| {}) {
        Err(resolve::AskError::Registry(error)) => error,
        other => panic!("registries can be asked: {other:?}"),
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the file is written");
    path
}
