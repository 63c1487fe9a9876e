//! Attaching files to an image.
//!
//! In: an image by its digest, and files. Out: what was attached, or why nothing was.
//! Invariant: every file is read before anything is sent.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::session::{Asked, Session};
use super::{AskError, Unusable};
use crate::answer::{Answer, Reason};
use crate::discover::error_text;
use crate::reference::Question;
use crate::referrer::{Artifact, Attached, Attachment};
use crate::registry::{Client, Endpoint};

/// Attaches files, each with its media type, to what `question` names.
pub(super) fn attach(
    session: &Session<'_>,
    question: &Question,
    artifact: Artifact,
    files: &[(PathBuf, String)],
) -> Result<Asked<Result<Attached, Answer>>, AskError> {
    let files = files.iter().map(attachment).collect::<Result<_, _>>()?;
    let artifact = &Artifact { files, ..artifact };
    let untrusted = |what| Answer::Untrusted(Reason { what, hint: None });
    let put = async |client: &Client, endpoint: &Endpoint| {
        let digest = endpoint.digest().map_err(untrusted)?;
        client.attach(endpoint, &digest, artifact).await
    };
    let asked = session.registries(|registries| registries.each([question], put, &|_, _| {}))?;
    let Asked { said, traffic, warnings, notes } = asked;
    let mut said: BTreeMap<Question, _> = said;
    let said = said.remove(question).unwrap_or_else(|| Err(untrusted("it was not asked for".into())));
    Ok(Asked { said, traffic, warnings, notes })
}

fn attachment((path, media_type): &(PathBuf, String)) -> Result<Attachment, Unusable> {
    let bytes = std::fs::read(path).map_err(|error| Unusable::file(path, error_text(&error)))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Attachment { name, media_type: media_type.clone(), bytes })
}
