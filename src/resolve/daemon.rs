//! Asking the Docker or Podman of this machine what it has pulled or pushed.
//!
//! In: questions. Out: for each the digest that the daemon claims, or why there is none.
//! Invariants: a claim is only that of the very repository, and the only one of it: daemons list digests
//! under names that the image was never pushed to; it is no answer before the registry has confirmed it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::{Client, StatusCode};
use serde::Deserialize;

use super::AskError;
use super::runtime::runtime;
use crate::answer::{Answer, Reason};
use crate::discover::error_text;
use crate::reference::{Digest, Question, Reference};
use crate::settings::{Ask, Daemon};

/// Longest description of an image, in bytes.
const IMAGE_LIMIT: usize = 8 << 20;

/// What a daemon says of one question.
type Claim = Result<Digest, Reason>;
/// What it says of all.
pub(super) type Claims = BTreeMap<Question, Claim>;

/// Asks the daemon.
pub(super) fn claims(
    questions: &BTreeSet<Question>,
    daemon: &Daemon,
    settings: &Ask,
) -> Result<Claims, AskError> {
    if questions.is_empty() {
        return Ok(Claims::new());
    }
    let socket = socket(daemon).map_err(AskError::Daemon)?;
    let client = client(&socket, settings).map_err(AskError::Daemon)?;
    let runtime = runtime().map_err(|error| AskError::Daemon(error_text(&error)))?;
    let ask = |question: &Question| {
        let (client, question) = (client.clone(), question.clone());
        async move {
            let claim = claim(&client, &question).await;
            claim.map(|claim| (question, claim))
        }
    };
    let asked = stream::iter(questions).map(ask).buffer_unordered(settings.concurrency.max(1));
    let said: Vec<Result<_, reqwest::Error>> = runtime.block_on(asked.collect());
    let said: Result<Claims, _> = said.into_iter().collect();
    said.map_err(|error| {
        AskError::Daemon(format!("no daemon answers at {}: {}", socket.display(), cause(&error)))
    })
}

/// Where the daemon is.
fn socket(daemon: &Daemon) -> Result<PathBuf, String> {
    if let Some(host) = &daemon.host {
        let path = host.strip_prefix("unix://").ok_or_else(|| {
            format!("DOCKER_HOST is `{host}`, but only sockets of this machine are asked: unix:///path")
        })?;
        return Ok(path.into());
    }
    let mut places = vec![PathBuf::from("/var/run/docker.sock")];
    if let Some(folder) = &daemon.runtime_folder {
        places.extend([folder.join("docker.sock"), folder.join("podman/podman.sock")]);
    }
    places.push("/run/podman/podman.sock".into());
    let named = || places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ");
    let found = places.iter().find(|place| place.exists()).cloned();
    found.ok_or_else(|| format!("there is no socket of a daemon, neither in DOCKER_HOST nor at {}", named()))
}

#[cfg(unix)]
fn client(socket: &Path, settings: &Ask) -> Result<Client, String> {
    // Without one no client is built, even if it never speaks TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().unix_socket(socket).no_proxy();
    let builder = builder.redirect(reqwest::redirect::Policy::none());
    builder.timeout(settings.request_timeout).build().map_err(|error| cause(&error))
}

#[cfg(not(unix))]
fn client(_: &Path, _: &Ask) -> Result<Client, String> {
    Err("daemons are asked through Unix sockets, which this system does not have".to_owned())
}

/// The members of a description that matter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    repo_digests: Option<Vec<String>>,
}

async fn claim(client: &Client, question: &Question) -> Result<Claim, reqwest::Error> {
    let fail = |what: String, hint: &str| Ok(Err(Reason { what, hint: Some(hint.to_owned()) }));
    // The socket decides who answers, whatever the host.
    let mut response = client.get(format!("http://localhost/images/{question}/json")).send().await?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return fail("the daemon does not have it".to_owned(), "pull it first"),
        status => return fail(format!("the daemon answers {status}"), "look at its log"),
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > IMAGE_LIMIT {
            break;
        }
    }
    match serde_json::from_slice::<Image>(&body) {
        Ok(image) => Ok(only_digest(question, &image.repo_digests.unwrap_or_default())),
        Err(_) => fail("the daemon's answer cannot be read".to_owned(), "look at its log"),
    }
}

/// The digest of the image in the repository of the question, if there is exactly one.
fn only_digest(question: &Question, repo_digests: &[String]) -> Claim {
    let here = |text: &String| {
        let stated = Reference::parse(text).ok()?;
        let Question { registry, repository, .. } = stated.question();
        let same = (registry, repository) == (question.registry.clone(), question.repository.clone());
        stated.digest().filter(|_| same).cloned()
    };
    let digests: BTreeSet<Digest> = repo_digests.iter().filter_map(here).collect();
    let mut digests = digests.into_iter();
    match (digests.next(), digests.next()) {
        (Some(digest), None) => Ok(digest),
        (None, _) => Err(Reason {
            what: "the daemon has it, but knows no digest of it in this repository".to_owned(),
            hint: Some("push it, or pull it from there".to_owned()),
        }),
        (Some(first), Some(second)) => Err(Reason {
            what: format!("the daemon knows several digests of it in this repository: {first}, {second}"),
            hint: Some("ask the registry: leave out `--source daemon`".to_owned()),
        }),
    }
}

/// What registries are asked to confirm it.
pub(super) fn to_confirm(claims: &Claims) -> BTreeSet<Question> {
    let claimed =
        |(question, claim): (&Question, &Claim)| Some(question.clone().by_digest(claim.as_ref().ok()?));
    claims.iter().filter_map(claimed).collect()
}

/// The answers, given what registries said. A claim that none was asked about is believed.
pub(super) fn settle(claims: Claims, confirmed: &BTreeMap<Question, Answer>) -> BTreeMap<Question, Answer> {
    let settle = |(question, claim): (Question, Claim)| {
        let answer = match claim {
            Err(reason) => Answer::Unknown(reason),
            Ok(digest) => match confirmed.get(&question.clone().by_digest(&digest)) {
                None => Answer::Pinned { digest, media_type: String::new() },
                Some(answer) => confirmed_as(&digest, answer),
            },
        };
        (question, answer)
    };
    claims.into_iter().map(settle).collect()
}

/// That a registry does not have the digest does not mean that it does not have the tag.
fn confirmed_as(digest: &Digest, answer: &Answer) -> Answer {
    let Some(Reason { what, hint }) = answer.reason() else { return answer.clone() };
    let what = format!("the daemon says {digest}, which is not confirmed: {what}");
    Answer::Unknown(Reason { what, hint: hint.clone() })
}

/// The innermost error, which says what happened.
fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last().unwrap_or(error);
    last.downcast_ref::<io::Error>().map_or_else(|| last.to_string(), crate::discover::error_text)
}
