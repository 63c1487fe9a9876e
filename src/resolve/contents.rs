//! What digests name: indexes and manifests, and the configs of manifests.
//!
//! In: questions by digest. Out: the [`Content`] of each, or why there is none.
//! Invariants: nothing is read of bytes that are not those of the digest, wherever they come from; what
//! was once looked into is kept on disk, and asked for no more; a config is asked for only where that is
//! wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::AskError;
use super::folder::Folder;
use super::session::{Asked, Session};
use crate::answer::{Answer, Reason, Traffic};
use crate::content::{Content, Contents};
use crate::discover::error_text;
use crate::reference::{Digest, Question};
use crate::registry::{Client, Endpoint, add_config, is_hash_of, read};
use crate::settings::{self, Reach};

/// Longest body that is kept, in bytes.
const BODY_LIMIT: u64 = 4 << 20;
/// What a digest names is true for ever, but not wanted for ever.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How far a digest is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The index or manifest: one request. It tells the platforms of an index, but not of a manifest.
    Manifest,
    /// Of a manifest its config, too, which says for which platform it was made, and when: two requests.
    Config,
}

/// Looks into digests, each once.
pub(super) fn contents(
    session: &Session<'_>,
    questions: &BTreeSet<Question>,
    depth: Depth,
    progress: &dyn Fn(usize, usize),
) -> Result<Contents, AskError> {
    let sources = &session.settings.sources;
    let kept = &Kept::of(sources.cache.as_ref());
    let mut contents = Contents::default();
    let known = |question: &Question| Some((question.clone(), Ok(kept.content(question, depth)?)));
    contents.by_question = questions.iter().filter_map(known).collect();
    contents.traffic.cached = contents.by_question.len();
    let open: BTreeSet<&Question> =
        questions.iter().filter(|question| !contents.by_question.contains_key(question)).collect();
    if open.is_empty() {
        return Ok(contents);
    }
    if sources.reach != Reach::Registries {
        let unknown = |question: &Question| (question.clone(), Err(unknown(sources.reach)));
        contents.by_question.extend(open.into_iter().map(unknown));
        return Ok(contents);
    }
    let put = async |client: &Client, endpoint: &Endpoint| Looked::into(client, endpoint, kept, depth).await;
    let Asked { said, traffic, warnings, notes } =
        session.registries(|registries| registries.each(open, put, progress))?;
    (contents.warnings, contents.notes) = (warnings, notes);
    contents.notes.extend(kept.keep(said.values().flatten().flat_map(|looked| &looked.bodies)));
    contents.traffic = Traffic { cached: contents.traffic.cached, ..traffic };
    let content = |(question, looked): (Question, Result<Looked, Answer>)| {
        (question, looked.map(|looked| looked.content))
    };
    contents.by_question.extend(said.into_iter().map(content));
    Ok(contents)
}

fn unknown(reach: Reach) -> Answer {
    let (what, hint) = match reach {
        Reach::Locked => (
            "the lock file does not say it, and nobody may be asked",
            "write it down: `kubepin lock --platforms --created`",
        ),
        Reach::Registries | Reach::Offline => (
            "what the digest names is not in the cache, and nobody may be asked",
            "ask its registry: leave out --offline",
        ),
    };
    Answer::Unknown(Reason { what: what.to_owned(), hint: Some(hint.to_owned()) })
}

/// What was found for one question.
#[derive(Clone)]
struct Looked {
    content: Content,
    /// What is new, to be kept.
    bodies: BTreeMap<Digest, Vec<u8>>,
}

impl Looked {
    async fn into(client: &Client, endpoint: &Endpoint, kept: &Kept, depth: Depth) -> Result<Self, Answer> {
        let untrusted = |what: String| Answer::Untrusted(Reason { what, hint: None });
        let digest = endpoint.digest().map_err(untrusted)?;
        let mut bodies = BTreeMap::new();
        let mut new = |digest: Digest, body: Vec<u8>| bodies.entry(digest).or_insert(body).clone();
        let body = match kept.body(&digest) {
            Some(body) => body,
            None => new(digest.clone(), client.manifest(endpoint, &digest).await?),
        };
        let mut content = read(&body).map_err(|why| untrusted(format!("{} {why}", endpoint.host)))?;
        if let (Content::Manifest { config, .. }, Depth::Config) = (&content, depth) {
            let digest = config.digest.clone();
            let config = match kept.body(&digest) {
                Some(config) => config,
                None => new(digest.clone(), client.config(endpoint, &digest).await?),
            };
            add_config(&mut content, &config);
        }
        Ok(Self { content, bodies })
    }
}

/// Bodies on disk, by their digests.
struct Kept(Option<Folder>);

impl Kept {
    fn of(cache: Option<&settings::Cache>) -> Self {
        let folder = cache.map(|cache| Folder::new(cache.folder.join("digests"), "", KEPT));
        Self(folder)
    }

    /// All that a question wants to know, if it is there.
    fn content(&self, question: &Question, depth: Depth) -> Option<Content> {
        let mut content = read(&self.body(&Digest::parse(&question.tag).ok()?)?).ok()?;
        if let (Content::Manifest { config, .. }, Depth::Config) = (&content, depth) {
            let config = self.body(&config.digest)?;
            add_config(&mut content, &config);
        }
        Some(content)
    }

    /// Who writes here does not matter: what is not what the digest names is not there.
    fn body(&self, digest: &Digest) -> Option<Vec<u8>> {
        let body = self.0.as_ref()?.read(&name(digest), BODY_LIMIT + 1)?;
        is_hash_of(digest, &body).then_some(body)
    }

    /// Keeps bodies; returns what to say where that cannot be done.
    fn keep<'b>(&self, bodies: impl Iterator<Item = (&'b Digest, &'b Vec<u8>)>) -> Option<String> {
        let folder = self.0.as_ref()?;
        let mut bodies = bodies.peekable();
        bodies.peek()?;
        let write = |(digest, body): (&Digest, &Vec<u8>)| folder.write(&name(digest), body);
        let why = folder.prepare().and_then(|()| bodies.try_for_each(write)).err()?;
        Some(format!("what digests name is not kept in {}: {}", folder.path().display(), error_text(&why)))
    }
}

/// A digest as the name of a file.
fn name(digest: &Digest) -> String {
    digest.as_str().replace(':', "-")
}
