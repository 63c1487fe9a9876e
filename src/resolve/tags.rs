//! The tags that point to a digest.
//!
//! In: a repository and a digest. Out: its tags among those that were looked at, and how many that were.
//! Invariant: no more tags are asked for than the limit, those that people look for first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::session::{Asked, Session};
use super::{AskError, sources};
use crate::answer::{Answer, Traffic};
use crate::reference::{Digest, Question};
use crate::registry::{Client, Endpoint, Tags};

/// Most tags that are asked for.
const LOOKED_AT: usize = 100;

/// Tags of one digest.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Same {
    /// The tags.
    #[serde(rename = "same")]
    pub tags: Vec<String>,
    /// How many tags were looked at.
    pub looked_at: usize,
    /// How many there are.
    pub all: usize,
    /// Whether there are even more, that the registry did not list in so many pages.
    pub more: bool,
    /// Why some tags got no answer.
    #[serde(skip)]
    pub open: Vec<Answer>,
    /// What it cost.
    #[serde(skip)]
    pub traffic: Traffic,
}

/// The tags in the repository of `question` that point to `digest`.
pub(super) fn same(
    session: &Session<'_>,
    question: &Question,
    digest: &Digest,
    progress: &dyn Fn(usize, usize),
) -> Result<Result<Same, Answer>, AskError> {
    let list = async |client: &Client, endpoint: &Endpoint| client.tags(endpoint).await;
    let asked = session.registries(|registries| registries.each([question], list, &|_, _| {}))?;
    let Asked { mut said, mut traffic, .. } = asked;
    let Tags { names: tags, mut by_digest, cut } = match said.remove(question) {
        Some(Ok(tags)) => tags,
        Some(Err(answer)) => return Ok(Err(answer)),
        None => Tags::default(),
    };
    let all = tags.len();
    if !by_digest.is_empty() {
        let tags = by_digest.remove(digest.as_str()).unwrap_or_default();
        return Ok(Ok(Same { tags, looked_at: all, all, more: cut, open: Vec::new(), traffic }));
    }
    let looked_at = first(tags, &question.tag);
    let ask = |tag: &String| Question { tag: tag.clone(), ..question.clone() };
    let questions: BTreeSet<Question> = looked_at.iter().map(ask).collect();
    let answers = sources::of_registries(session, &questions, progress)?;
    traffic.add(answers.traffic);
    let said = |tag: &String| answers.by_question.get(&ask(tag));
    let is_same =
        |tag: &&String| matches!(said(tag), Some(Answer::Pinned { digest: other, .. }) if other == digest);
    let tags = looked_at.iter().filter(is_same).cloned().collect();
    let open = answers.by_question.values().filter(|answer| answer.unanswered().is_some()).cloned().collect();
    Ok(Ok(Same { tags, looked_at: looked_at.len(), all, more: cut, open, traffic }))
}

/// The tags to look at: the one that was named, `latest`, then from the highest version down, without what
/// tools put beside images.
fn first(tags: Vec<String>, named: &str) -> Vec<String> {
    let mut tags: Vec<String> = tags.into_iter().filter(|tag| !tag.starts_with("sha256-")).collect();
    tags.sort_by_cached_key(|tag| (tag != named, tag != "latest", Reverse(parts(tag))));
    tags.dedup();
    tags.truncate(LOOKED_AT);
    tags
}

/// A tag as words and numbers, so that 1.10 comes after 1.9, and numbers after words.
fn parts(tag: &str) -> Vec<(Option<u64>, String)> {
    let mut parts: Vec<(Option<u64>, String)> = Vec::new();
    for part in tag.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let (number, rest) = part.split_at(part.bytes().take_while(u8::is_ascii_digit).count());
        if !number.is_empty() {
            parts.push((Some(number.parse().unwrap_or(u64::MAX)), String::new()));
        }
        match (parts.last_mut(), rest) {
            (_, "" | "." | "-" | "_" | "v") => {}
            (Some((None, word)), rest) => word.push_str(rest),
            _ => parts.push((None, rest.to_owned())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_people_look_for_come_first() {
        let names = ["1.9", "sha256-aa.sig", "latest", "1.10", "edge", "v2.0.1", "1.10-alpine", "2.0"];
        let order = first(names.map(str::to_owned).to_vec(), "edge");
        assert_eq!(order, ["edge", "latest", "v2.0.1", "2.0", "1.10-alpine", "1.10", "1.9"]);
        let many = first((0..500).map(|number| format!("1.{number}")).collect(), "latest");
        assert_eq!((many.len(), many[0].as_str(), many[99].as_str()), (100, "1.499", "1.400"));
    }
}
