//! Answers for one platform.
//!
//! In: questions, and the machine. Out: digests of manifests in place of those of indexes.
//! Invariants: a manifest is what the runtimes would pull for that machine, or there is none; what is kept
//! between runs and what is locked are the digests of indexes all the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{AskError, Depth, Session, sources};
use crate::answer::{Answer, Answers, Reason};
use crate::content::{Child, Content};
use crate::platform::Platform;
use crate::reference::{Digest, Question};

/// Longest list of platforms in words.
const NAMED: usize = 12;

/// Answers each question with the manifest for `machine`.
pub(super) fn answers(
    session: &Session<'_>,
    questions: &BTreeSet<Question>,
    machine: &Platform,
    progress: &dyn Fn(usize, usize),
) -> Result<Answers, AskError> {
    // Whether a digest is there is seen when it is looked into.
    let (pinned, tags): (BTreeSet<_>, BTreeSet<_>) =
        questions.iter().cloned().partition(Question::is_by_digest);
    let mut answers = sources::answers(session, &tags, progress)?;
    let claim = |question: Question| {
        let digest = Digest::parse(&question.tag).ok()?;
        Some((question, Answer::Pinned { digest, media_type: String::new() }))
    };
    answers.by_question.extend(pinned.into_iter().filter_map(claim));
    let by_digest: BTreeMap<Question, Question> = answers.by_question.iter().filter_map(by_digest).collect();
    let looked = session.contents(&by_digest.values().cloned().collect(), Depth::Config, progress)?;
    for (question, digest) in by_digest {
        let (Some(answer), Some(content)) =
            (answers.by_question.get_mut(&question), looked.by_question.get(&digest))
        else {
            continue;
        };
        *answer = match content {
            Ok(content) => narrowed(answer, content, machine),
            Err(none) => none.clone(),
        };
    }
    answers.traffic.contents += looked.traffic.requests;
    answers.traffic.retried += looked.traffic.retried;
    answers.warnings.extend(looked.warnings);
    answers.notes.extend(looked.notes);
    Ok(answers)
}

fn by_digest((question, answer): (&Question, &Answer)) -> Option<(Question, Question)> {
    let Answer::Pinned { digest, .. } = answer else { return None };
    Some((question.clone(), question.clone().by_digest(digest)))
}

/// The answer for one platform: that for all, where it is for this one.
fn narrowed(answer: &Answer, content: &Content, machine: &Platform) -> Answer {
    match content {
        Content::Index { .. } => match &content.children_for(machine)[..] {
            [] => missing(content, machine),
            [Child { digest, media_type, .. }, others @ ..]
                if others.iter().all(|other| other.digest == *digest) =>
            {
                Answer::Pinned { digest: digest.clone(), media_type: media_type.clone() }
            }
            several => ambiguous(several, machine),
        },
        Content::Manifest { platform: Some(platform), .. } if machine.runs(platform).is_some() => {
            answer.clone()
        }
        Content::Manifest { platform: Some(_), .. } => missing(content, machine),
        Content::Manifest { platform: None, .. } => {
            let what = format!("it does not say what it is made for, so not that it is for {machine}");
            Answer::Unknown(Reason { what, hint: Some("without --platform it is pinned as it is".into()) })
        }
    }
}

fn missing(content: &Content, machine: &Platform) -> Answer {
    let platforms = content.platforms();
    let mut names: Vec<String> = platforms.iter().take(NAMED).map(ToString::to_string).collect();
    if platforms.len() > NAMED {
        names.push(format!("{} more", platforms.len() - NAMED));
    }
    let has =
        if names.is_empty() { "names no platform".to_owned() } else { format!("has {}", names.join(", ")) };
    let what = format!("there is no {machine} in it; it {has}");
    Answer::Missing(Reason { what, hint: Some("take another tag, or another --platform".into()) })
}

fn ambiguous(several: &[&Child], machine: &Platform) -> Answer {
    let name = |child: &&Child| {
        let platform = child.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{platform} is {}", child.digest)
    };
    let names: Vec<String> = several.iter().take(NAMED).map(name).collect();
    let what = format!("{} manifests in it are for {machine}: {}", several.len(), names.join(", "));
    let versions = several.iter().filter_map(|child| child.platform.as_ref()?.os_version.as_deref());
    let hint = match versions.max() {
        Some(version) => {
            format!("name the version: --platform '{}({version})/{}'", machine.os, machine.architecture)
        }
        None => "pin the digest of the right one".to_owned(),
    };
    Answer::Unknown(Reason { what, hint: Some(hint) })
}
