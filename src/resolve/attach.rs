//! Attaching files to an image.
//!
//! In: an image by its digest, and files. Out: what was attached, or why nothing was.
//! Invariant: every file is read before anything is sent, and no more of them than [`LIMIT`] allows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::session::{Asked, Session};
use super::{AskError, Unusable};
use crate::answer::{Answer, Reason};
use crate::discover::{error_text, read_file};
use crate::reference::Question;
use crate::referrer::{Artifact, Attached, Attachment};
use crate::registry::{Client, Endpoint};

/// Most bytes that are attached at once: they are kept in memory. Signatures and bills of materials are far below.
const LIMIT: usize = 100 << 20;

/// Attaches files, each with its media type, to what `question` names.
pub(super) fn attach(
    session: &Session<'_>,
    question: &Question,
    artifact: Artifact,
    files: &[(PathBuf, String)],
) -> Result<Asked<Result<Attached, Answer>>, AskError> {
    let files = attachments(files)?;
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

fn attachments(files: &[(PathBuf, String)]) -> Result<Vec<Attachment>, Unusable> {
    let mut read = Vec::new();
    let mut length = 0;
    for file in files {
        let attachment = attachment(file)?;
        length += attachment.bytes.len();
        if length > LIMIT {
            let why = format!("together, the files up to this one are larger than {} MiB", LIMIT >> 20);
            return Err(Unusable::file(&file.0, why));
        }
        read.push(attachment);
    }
    Ok(read)
}

fn attachment((path, media_type): &(PathBuf, String)) -> Result<Attachment, Unusable> {
    let bytes = read_file(path).map_err(|error| Unusable::file(path, error_text(&error)))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Attachment { name, media_type: media_type.clone(), bytes })
}
