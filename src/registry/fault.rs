//! What goes wrong with a registry, in words.
//!
//! In: a failed connection, or the status and body of a refusal. Out: an [`Answer`] that says what
//! happened and what to do. Invariant: nothing of what a server sent reaches the text unescaped or
//! at length, and no URL with a query does.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::endpoint::{Endpoint, known_name};
use super::quota::{Quota, spoken};
use super::transport::Call;
use crate::answer::{Answer, Reason};
use crate::reference::DOCKER_HUB;

/// Longest piece of a server's own words, in characters.
const MESSAGE_LIMIT: usize = 200;

/// Why a question ends before its manifest was seen.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The host gave no HTTP answer. It would give none to any other question either.
    Silent(Reason),
    /// The answer to this question.
    Final(Answer),
}

impl Stop {
    pub(super) fn untrusted(what: impl Into<String>) -> Self {
        Self::Final(Answer::Untrusted(Reason { what: what.into(), hint: None }))
    }

    /// The same, said of something that is done for a registry at another host.
    pub(super) fn named(self, topic: &str) -> Self {
        match self {
            Self::Silent(reason) => {
                Self::Silent(Reason { what: format!("{topic}: {}", reason.what), ..reason })
            }
            stop @ Self::Final(_) => stop,
        }
    }

    pub(super) fn into_answer(self) -> Answer {
        match self {
            Self::Silent(reason) => Answer::Unreachable(reason),
            Self::Final(answer) => answer,
        }
    }
}

/// A refusal: the status and what the server said about it.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The server's own words, escaped and cut.
    pub(super) message: Option<String>,
    /// The name that the distribution API has for what is wrong.
    pub(super) code: Option<String>,
    /// What it said about how often it may be asked.
    pub(super) quota: Quota,
}

impl Refusal {
    /// `404 Not Found: manifest unknown`
    pub(super) fn words(&self) -> String {
        let status = self.status.canonical_reason().map_or_else(
            || self.status.as_str().to_owned(),
            |reason| format!("{} {reason}", self.status.as_str()),
        );
        match &self.message {
            Some(message) => format!("{status}: {message}"),
            None => status,
        }
    }
}

/// How a question was asked, as far as it explains that it was denied.
pub(super) struct Standing<'a> {
    /// No credentials were sent.
    pub(super) anonymous: bool,
    /// Why stored credentials could not be used.
    pub(super) trouble: Option<&'a Reason>,
    /// Why credentials were held back.
    pub(super) held_back: Option<&'a str>,
}

/// The answer of a registry that sent no manifest.
pub(super) fn refused(endpoint: &Endpoint, refusal: &Refusal, standing: &Standing<'_>) -> Answer {
    let (host, image) = (&endpoint.host, endpoint.image());
    let words = refusal.words();
    match refusal.status.as_u16() {
        401 | 403 if standing.anonymous => {
            let what = format!("not found or no access: {host} answered {words} for {image}");
            denied(host, what, standing)
        }
        401 | 403 => denied(
            host,
            format!("the login stored for {host} gives no access to {image} ({words})"),
            standing,
        ),
        404 => Answer::Missing(Reason {
            what: format!("{host} has no {image} ({words})"),
            hint: Some("check the repository and the tag, and whether the tag was deleted".into()),
        }),
        _ => unavailable(host, refusal),
    }
}

/// The answer of a realm that gave no token.
pub(super) fn no_token(
    endpoint: &Endpoint,
    realm: &str,
    refusal: &Refusal,
    standing: &Standing<'_>,
) -> Answer {
    let Endpoint { host, repository, .. } = endpoint;
    let words = refusal.words();
    match refusal.status.as_u16() {
        401 | 403 if standing.anonymous => denied(
            host,
            format!("not found or no access: {realm} gave no token for {repository} ({words})"),
            standing,
        ),
        403 => denied(
            host,
            format!("the login stored for {host} gives no access to {repository} ({realm}: {words})"),
            standing,
        ),
        _ => unavailable(realm, refusal),
    }
}

/// The answer to every question for a host that does not accept the stored login.
pub(super) fn login_refused(host: &str, words: &str, standing: &Standing<'_>) -> Answer {
    denied(host, format!("the login stored for {host} was refused ({words})"), standing)
}

fn denied(host: &str, mut what: String, standing: &Standing<'_>) -> Answer {
    for why in standing.held_back.into_iter().chain(standing.trouble.map(|trouble| trouble.what.as_str())) {
        what = format!("{what}; {why}");
    }
    let hint = standing.trouble.and_then(|trouble| trouble.hint.clone()).unwrap_or_else(|| {
        let login = login_command(host);
        if standing.anonymous {
            format!("if the image is private, log in: `{login}`")
        } else {
            format!("`{login}` with an account that may pull it")
        }
    });
    Answer::Denied(Reason { what, hint: Some(hint) })
}

/// The answer of a registry that says that something else is wrong.
pub(super) fn unavailable(host: &str, refusal: &Refusal) -> Answer {
    let what = format!("{host} answered {}", refusal.words());
    match refusal.status.as_u16() {
        408 | 500.. => Answer::Unreachable(Reason { what, hint: Some(later(&refusal.quota)) }),
        _ => Answer::Untrusted(Reason { what, hint: None }),
    }
}

/// The answer to every question for a host that is left alone after this refusal.
pub(super) fn left_alone(call: &Call<'_>, refusal: &Refusal) -> Answer {
    let what = format!("{} answered {}", known_name(&authority(&call.url)), refusal.words());
    if refusal.status == StatusCode::TOO_MANY_REQUESTS {
        return limited(call, what, later(&refusal.quota));
    }
    let what = format!("{what}, so it is not asked any more");
    Answer::Unreachable(Reason { what, hint: Some(later(&refusal.quota)) })
}

/// The answer to every question for a host that says that no request is left until `wait` has passed.
pub(super) fn exhausted(call: &Call<'_>, wait: Duration) -> Answer {
    let what = format!("{} allows no further requests for now", known_name(&authority(&call.url)));
    limited(call, what, format!("try again in {}", spoken(wait)))
}

fn limited(call: &Call<'_>, what: String, later: String) -> Answer {
    let login = format!("limits are higher with a login: `{}`", login_command(call.registry));
    let hint = if call.logged_in { later } else { format!("{later}; {login}") };
    Answer::Limited(Reason { what, hint: Some(hint) })
}

fn later(quota: &Quota) -> String {
    match (quota.wait, quota.window) {
        (Some(wait), _) => format!("try again in {}", spoken(wait)),
        (None, Some(window)) => format!("try again later (the limit counts {})", spoken(window)),
        (None, None) => "try again later".into(),
    }
}

/// What logs in to a host.
pub(super) fn login_command(host: &str) -> String {
    if host == DOCKER_HUB { "docker login".into() } else { format!("docker login {host}") }
}

/// Host and port of a URL, for messages.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Why a request got no answer, or only the beginning of one.
pub(super) fn network(url: &Url, error: &reqwest::Error, connect: Duration, request: Duration) -> Reason {
    let host = authority(url);
    let network = "check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)".to_owned();
    let (what, hint) = match (error.is_timeout(), error.is_connect(), tls(error)) {
        (true, true, _) => (format!("no connection to {host} within {connect:?}"), network),
        (true, false, _) => (format!("no answer from {host} within {request:?}"), "try again later".into()),
        (_, _, Some(rustls::Error::InvalidCertificate(_))) => {
            let hint = "if its authority is a private one, name that with --ca-file";
            (format!("no connection to {host}: {}", cause(error)), hint.into())
        }
        (_, _, Some(rustls::Error::InvalidMessage(_))) => {
            let hint = format!("if it speaks plain HTTP: --plain-http {host}");
            (format!("{host} does not speak TLS"), hint)
        }
        (_, true, _) => (format!("no connection to {host}: {}", cause(error)), network),
        (_, false, _) => (format!("{host} broke off its answer: {}", cause(error)), "try again later".into()),
    };
    Reason { what, hint: Some(hint) }
}

/// How often a request is worth to be sent that gets no answer: what may have been carried out, or is
/// about trust, only once; what takes as long as a timeout only twice.
pub(super) fn attempts(error: &reqwest::Error, method: &Method) -> usize {
    match (method.is_idempotent() && tls(error).is_none(), error.is_timeout() || error.is_connect()) {
        (false, _) => 1,
        (true, true) => 2,
        (true, false) => usize::MAX,
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&error| {
        // An I/O error hides what it wraps from `source`.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

fn tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    find(error)
}

/// What of this type is among the causes of an error.
pub(super) fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The innermost cause of an error.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let words = chain(error).last().map(ToString::to_string).unwrap_or_default();
    // The number that the system has for it says nothing to people.
    escape(words.split(" (os error").next().unwrap_or_default())
}

/// The words of an error body: the distribution API's, or those of a token service.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let first = body.pointer("/errors/0");
    let detail = first.and_then(|error| error.get("message").or_else(|| error.get("code")));
    let names = ["error_description", "details", "message", "error"];
    let words = detail.or_else(|| names.iter().find_map(|name| body.get(name)));
    words.and_then(Value::as_str).filter(|words| !words.is_empty()).map(escape)
}

/// The name of the distribution API in an error body: `NAME_UNKNOWN`.
pub(super) fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/errors/0/code")?.as_str().map(str::to_owned)
}

/// A server's text made safe to print: control and direction characters escaped, cut to its limit.
pub(super) fn escape(text: &str) -> String {
    let direction =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut safe: String = text.chars().take(MESSAGE_LIMIT).fold(String::new(), |mut safe, c| {
        if c.is_control() || direction(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
        safe
    });
    if safe.chars().count() > MESSAGE_LIMIT || text.chars().nth(MESSAGE_LIMIT).is_some() {
        safe = safe.chars().take(MESSAGE_LIMIT - 1).chain(['…']).collect();
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_words_are_escaped_and_cut() {
        assert_eq!(escape("a\x1b[31m\r\nb\u{202e}c"), r"a\u{1b}[31m\r\nb\u{202e}c");
        assert_eq!(escape(&"ä".repeat(200)), "ä".repeat(200));
        assert_eq!(escape(&"ä".repeat(201)), format!("{}…", "ä".repeat(199)));
        assert_eq!(escape(&"\n".repeat(150)).chars().count(), 200);
    }

    #[test]
    fn messages_of_registries_and_token_services() {
        let table = [
            (r#"{"errors":[{"code":"DENIED","message":"no\nway"}]}"#, Some(r"no\nway")),
            (r#"{"errors":[{"code":"DENIED"}]}"#, Some("DENIED")),
            (r#"{"details":"incorrect username or password"}"#, Some("incorrect username or password")),
            (r#"{"error":"invalid_grant","error_description":"bad"}"#, Some("bad")),
            (r#"{"errors":[{"message":""}]}"#, None),
            ("<html>", None),
        ];
        for (body, expected) in table {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
