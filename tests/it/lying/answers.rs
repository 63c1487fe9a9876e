//! What the lying registry sends.
//!
//! In: a request, and the lies. Out: the answer.
//! Invariant: every request is noted before it is answered.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use futures_util::stream;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Request, Response};

use super::listing::Listing;
use super::{Body, Hang, INDEX, Login, Seen, State, Token, Trouble, manifest};

type Sent = Response<BoxBody<Bytes, io::Error>>;

pub(super) async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Sent, io::Error> {
    let (request, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let header = |value: &hyper::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers: BTreeMap<String, String> =
        request.headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect();
    let target = request.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let seen = Seen {
        line: format!("{} {target}", request.method),
        authorization: headers.get("authorization").cloned(),
        headers,
        version: format!("{:?}", request.version),
        form: String::from_utf8_lossy(&body).into_owned(),
    };
    state.seen.lock().expect("the log").push(seen.clone());
    match trouble(&state) {
        Some(Trouble::Status(code)) => return Ok(status(&state, code, "trouble")),
        Some(Trouble::Break) => return Err(io::Error::other("broken off")),
        Some(Trouble::None) | None => {}
    }
    // Quay's realm is below its API.
    if matches!(request.uri.path(), "/token" | "/v2/auth") {
        if request.method == "POST" {
            return Ok(exchange(&state, &seen));
        }
        return Ok(token(&state, request.uri.query().unwrap_or_default(), &seen));
    }
    let path = request.uri.path();
    let part = |kind| path.strip_prefix("/v2/").and_then(|rest| rest.split_once(kind));
    if let (Some(push), Some((repository, _))) = (&state.lies.push, part("/manifests/").or(part("/blobs/"))) {
        if let Some(sent) = turned_away(&state, repository, &seen).await {
            return Ok(sent);
        }
        if let Some((code, headers, body)) = state.shelf.answer(push, &seen, &state.url) {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            return Ok(respond(code, &headers, full(body)));
        }
    }
    if let Some((repository, tag)) = part("/manifests/") {
        return Ok(image(&state, request.method == "HEAD", repository, tag, &seen).await);
    }
    if let Some((repository, "list")) = part("/tags/") {
        let query = request.uri.query().unwrap_or_default();
        return Ok(tags(&state, repository, query, &seen).await);
    }
    if let (Some((repository, _)), Some(listing)) = (part("/referrers/"), &state.lies.referrers) {
        if let Some(sent) = turned_away(&state, repository, &seen).await {
            return Ok(sent);
        }
        return Ok(referrers(&state, listing, path, request.uri.query().unwrap_or_default()));
    }
    match part("/blobs/") {
        Some((repository, digest)) => Ok(blob(&state, repository, digest, &seen).await),
        None => Ok(respond(404, &[], full("404 page not found".to_owned()))),
    }
}

async fn tags(state: &State, repository: &str, query: &str, seen: &Seen) -> Sent {
    if let Some(sent) = turned_away(state, repository, seen).await {
        return sent;
    }
    let page = query.strip_prefix("page=").map_or(0, |page| page.parse().expect("a number"));
    match state.lies.tag_pages.get(page) {
        Some((body, "")) => respond(200, &[], full(body.clone())),
        Some((body, link)) => {
            respond(200, &[("link", &link.replace("{me}", &state.url))], full(body.clone()))
        }
        None => status(state, 404, "name unknown"),
    }
}

fn referrers(state: &State, listing: &Listing, path: &str, query: &str) -> Sent {
    if let Some((code, name)) = listing.status {
        return respond(code, &[], full(format!(r#"{{"errors":[{{"code":"{name}"}}]}}"#)));
    }
    let (body, headers) = listing.page(path, query, &state.url);
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    respond(200, &headers, full(body))
}

async fn blob(state: &State, repository: &str, digest: &str, seen: &Seen) -> Sent {
    if let Some(sent) = turned_away(state, repository, seen).await {
        return sent;
    }
    if let Some(to) = &state.lies.blob_redirect {
        let to = to.replace("{path}", &format!("/v2/{repository}/blobs/{digest}"));
        return respond(307, &[("location", &to)], full(String::new()));
    }
    match state.lies.stock.0.get(&format!("blobs/{digest}")) {
        Some((media_type, body)) => respond(200, &[("content-type", media_type)], full(body.clone())),
        None => status(state, 404, "blob unknown"),
    }
}

/// What becomes of this request in place of its answer.
fn trouble(state: &State) -> Option<Trouble> {
    let before = state.arrived.fetch_add(1, Ordering::SeqCst);
    let every = state.lies.every.filter(|(every, _)| (before + 1).is_multiple_of(*every));
    state.lies.troubles.get(before).copied().or(every.map(|(_, trouble)| trouble))
}

fn token(state: &State, query: &str, seen: &Seen) -> Sent {
    let lies = &state.lies;
    if let Some(code) = lies.token_status {
        return status(state, code, "no token");
    }
    match &lies.issued {
        Some(Body::Text(text)) => return respond(200, &[], full(text.clone())),
        Some(Body::Bytes(total)) => return respond(200, &[], many(*total, state.sent.clone())),
        Some(Body::Honest | Body::Broken | Body::Breaking(_)) | None => {}
    }
    if lies.account.is_some_and(|account| seen.authorization != Some(basic(account))) {
        return status(state, 401, "incorrect username or password");
    }
    let scopes = query.split('&').filter_map(|pair| Some(pair.strip_prefix("scope=")?.to_owned()));
    issue(state, query, scopes.collect(), "")
}

/// Exchanges an identity token.
fn exchange(state: &State, seen: &Seen) -> Sent {
    let lies = &state.lies;
    let field = |name: &str| {
        let mut fields = seen.form.split('&').filter_map(|field| field.split_once('='));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default()
    };
    if let Some(code) = lies.post_status {
        return status(state, code, "no POST");
    }
    let Some(identity) = lies.identity else { return status(state, 404, "no such page") };
    let exchanged = state.tokens.lock().expect("the tokens").len();
    let expected =
        if lies.rotates && exchanged > 0 { format!("next{exchanged}") } else { identity.to_owned() };
    let fields = [field("grant_type"), field("client_id"), field("service"), field("refresh_token")];
    if fields != ["refresh_token", "kubepin", "lying", &expected] {
        return status(state, 400, "invalid_grant");
    }
    let next = format!(r#","refresh_token":"next{}""#, exchanged + 1);
    let scopes = field("scope").split('+').map(str::to_owned).collect();
    issue(state, field("scope"), scopes, if lies.rotates { &next } else { "" })
}

/// Issues a token, as far as the lies go.
fn issue(state: &State, name: &str, mut granted: Vec<String>, more: &str) -> Sent {
    let lies = &state.lies;
    match lies.scopes_status {
        Some(200) => granted.truncate(1),
        Some(code) if granted.len() > 1 => return status(state, code, "one scope only"),
        _ => {}
    }
    match lies.ungranted {
        Some((part, 200)) => granted.retain(|scope| !scope.contains(part)),
        Some((part, code)) if granted.iter().any(|scope| scope.contains(part)) => {
            return status(state, code, "not for you");
        }
        _ => {}
    }
    let mut tokens = state.tokens.lock().expect("the tokens");
    let token = format!("token{}-{name}", tokens.len());
    tokens.insert(format!("Bearer {token}"), Token { granted, used: 0, issued: Instant::now() });
    let expires = lies.expires_in.map(|seconds| format!(r#","expires_in":{seconds}"#)).unwrap_or_default();
    respond(
        200,
        &[("content-type", "application/json")],
        full(format!(r#"{{"token":"{token}"{expires}{more}}}"#)),
    )
}

fn basic((user, password): (&str, &str)) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

/// Whether a request is let in.
fn admits(state: &State, repository: &str, seen: &Seen) -> bool {
    let lies = &state.lies;
    let Some(authorization) = &seen.authorization else {
        return !lies.deaf && (lies.login == Login::Open || !repository.starts_with(lies.private));
    };
    let admitted = match lies.login {
        Login::Open => true,
        Login::Basic => lies.account.is_some_and(|account| *authorization == basic(account)),
        Login::Token => {
            let mut tokens = state.tokens.lock().expect("the tokens");
            let scope = format!("repository%3A{}%3Apull", repository.replace('/', "%2F"));
            let pushes = format!("{scope}%2Cpush");
            let reads = !seen.line.starts_with('P');
            let grants =
                |token: &Token| token.granted.contains(&pushes) || reads && token.granted.contains(&scope);
            let token = tokens.get_mut(authorization).filter(|token| grants(token));
            token.is_some_and(|token| {
                token.used += 1;
                let age = token.issued.elapsed().as_secs_f64();
                lies.token_uses.is_none_or(|limit| token.used <= limit)
                    && lies.expires_in.is_none_or(|lifetime| age < lifetime)
            })
        }
    };
    admitted && !lies.deaf
}

/// What is answered before the image is looked for: who is not let in, and what only goes wrong.
async fn turned_away(state: &State, repository: &str, seen: &Seen) -> Option<Sent> {
    let lies = &state.lies;
    let hangs = match lies.hang {
        Hang::Never => false,
        Hang::Always => true,
        Hang::LoggedIn => seen.authorization.is_some(),
    };
    if hangs {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    if state.failed.fetch_add(1, Ordering::SeqCst) < lies.fail_first {
        return Some(status(state, 503, "warming up"));
    }
    if !admits(state, repository, seen) {
        if lies.hides && seen.authorization.is_some() {
            return Some(status(state, 404, "name unknown"));
        }
        return Some(challenge(state));
    }
    None
}

async fn image(state: &State, head: bool, repository: &str, tag: &str, seen: &Seen) -> Sent {
    let lies = &state.lies;
    if let Some(sent) = turned_away(state, repository, seen).await {
        return sent;
    }
    tokio::time::sleep(lies.slow).await;
    if let Some(to) = &lies.redirect {
        let to =
            to.replace("{path}", &format!("/v2/{repository}/manifests/{tag}")).replace("{me}", &state.url);
        return respond(307, &[("location", &to)], full(String::new()));
    }
    if !lies.missing.is_empty() && [repository, tag].iter().any(|part| part.contains(lies.missing)) {
        return status(state, 404, "manifest unknown");
    }
    if let Some((code, message)) = lies.status {
        return status(state, code, message);
    }
    if let (Some(code), true) = (lies.head_status, head) {
        return status(state, code, "no HEAD");
    }
    if lies.refusal > 0 {
        return respond(418, &[], many(lies.refusal, state.sent.clone()));
    }
    let (mut honest, mut digest) = manifest(repository, tag);
    let mut media_type = INDEX;
    if !lies.stock.0.is_empty() {
        let Some((of, body)) = lies.stock.0.get(&format!("manifests/{tag}")) else {
            return status(state, 404, "manifest unknown");
        };
        (honest, digest, media_type) = (body.clone(), super::digest(body.as_bytes()), of);
    } else if tag.starts_with("sha256:") {
        tag.clone_into(&mut digest);
    }
    if let Some(lie) = &lies.digest {
        digest.clone_from(lie);
    }
    if head && lies.head_without_digest {
        digest.clear();
    }
    let headers =
        [("docker-content-digest", digest.as_str()), ("content-type", lies.media_type.unwrap_or(media_type))];
    let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
    let mut headers: Vec<_> = headers.chain(lies.headers.iter().copied()).collect();
    let length = honest.len().to_string();
    let body = match &lies.body {
        _ if head => full(String::new()),
        Body::Honest => full(honest),
        Body::Breaking(times) if state.failed.load(Ordering::SeqCst) > *times => full(honest),
        Body::Text(text) => full(text.clone()),
        Body::Bytes(total) => many(*total, state.sent.clone()),
        Body::Broken | Body::Breaking(_) => {
            headers.push(("content-length", &length));
            let half = Bytes::from(honest[..honest.len() / 2].to_owned());
            let parts = [Ok(Frame::data(half)), Err(io::Error::other("broken off"))];
            BoxBody::new(StreamBody::new(stream::iter(parts)))
        }
    };
    respond(200, &headers, body)
}

fn challenge(state: &State) -> Sent {
    let lies = &state.lies;
    let own = match lies.login {
        Login::Basic => r#"Basic realm="lying""#,
        _ => r#"Bearer realm="{me}/token",service="lying",scope="repository:user/image:pull""#,
    };
    let own = [own.to_owned()];
    let challenges = if lies.challenges.is_empty() { &own[..] } else { &lies.challenges[..] };
    let challenges: Vec<String> = challenges.iter().map(|text| text.replace("{me}", &state.url)).collect();
    let headers: Vec<_> = challenges.iter().map(|text| ("www-authenticate", text.as_str())).collect();
    respond(401, &headers, full(String::new()))
}

fn status(state: &State, code: u16, message: &str) -> Sent {
    let body = format!(r#"{{"errors":[{{"code":"LIE","message":"{message}"}}]}}"#);
    respond(code, state.lies.headers, full(body))
}

fn respond(code: u16, headers: &[(&str, &str)], body: BoxBody<Bytes, io::Error>) -> Sent {
    let response = headers
        .iter()
        .fold(Response::builder().status(code), |response, (name, value)| response.header(*name, *value));
    response.body(body).expect("a response")
}

fn full(text: String) -> BoxBody<Bytes, io::Error> {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed()
}

fn many(total: usize, sent: Arc<AtomicUsize>) -> BoxBody<Bytes, io::Error> {
    const CHUNK: usize = 64 << 10;
    let chunks = (0..total / CHUNK).map(move |_| {
        sent.fetch_add(CHUNK, Ordering::SeqCst);
        Ok(Frame::data(Bytes::from(vec![b' '; CHUNK])))
    });
    BoxBody::new(StreamBody::new(stream::iter(chunks)))
}
