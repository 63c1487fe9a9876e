//! Docker's credential helpers: programs that keep logins.
//!
//! In: the name of a helper and a server. Out: the login it keeps for that server, or none.
//! Invariant: a name is a plain word and the program is looked up in `PATH`, so a configuration file
//! cannot point to a file; the helper has a limited time and says a limited amount, and nothing it prints is shown.

use std::ffi::OsStr;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::keychain::Login;
use super::secret::Secret;
use crate::answer::Reason;

/// Longest output of a helper, in bytes.
const OUTPUT_LIMIT: u64 = 64 << 10;

/// What a helper prints when it has no login for the server.
const NOT_FOUND: &str = "credentials not found in native keychain";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// The login the helper `name` keeps for `server`.
pub(super) async fn login(name: &str, server: &str, limit: Duration) -> Result<Option<Login>, Reason> {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.is_empty() || !name.bytes().all(word) {
        let what = format!("`{}` is no name of a credential helper", super::fault::escape(name));
        return Err(Reason { what, hint: Some("correct it in the file of logins".into()) });
    }
    let program = format!("docker-credential-{name}");
    let fail = |why: String| Reason {
        what: format!("{program} {why}"),
        hint: Some(format!("see what `echo {server} | {program} get` says")),
    };
    let output = match tokio::time::timeout(limit, run(OsStr::new(&program), server)).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(fail(format!("could not be run: {error}"))),
        Err(_) => return Err(fail(format!("gave no answer within {limit:?}"))),
    };
    let found = read(&output).map_err(fail)?;
    Ok(found.map(|found| Login::of(found.username, Secret::new(found.secret))))
}

async fn run(program: &OsStr, server: &str) -> std::io::Result<Output> {
    let mut helper = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = helper.stdin.take() {
        // A helper that ends without reading says why by its status.
        let _ = input.write_all(server.as_bytes()).await;
    }
    let mut stdout = Vec::new();
    if let Some(output) = helper.stdout.take() {
        // One that goes on printing finds nobody who reads it, and ends.
        output.take(OUTPUT_LIMIT).read_to_end(&mut stdout).await?;
    }
    Ok(Output { status: helper.wait().await?, stdout, stderr: Vec::new() })
}

/// What a helper printed; an error is the end of a sentence that begins with its name.
fn read(output: &Output) -> Result<Option<Found>, String> {
    if !output.status.success() {
        let not_found = output.stdout.trim_ascii() == NOT_FOUND.as_bytes();
        return if not_found { Ok(None) } else { Err(format!("failed ({})", output.status)) };
    }
    let found: Found =
        serde_json::from_slice(&output.stdout).map_err(|_| "printed no credentials".to_owned())?;
    Ok(Some(found).filter(|found| !found.secret.is_empty()))
}
