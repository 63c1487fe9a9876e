//! Bearer tokens: one exchange with a realm.
//!
//! In: a challenge's realm and service, and the account of a repository. Out: a token to pull from
//! that repository. Invariant: the scope is built here, from the repository that is asked for, and
//! credentials are sent only to a realm that `realm` trusts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use super::endpoint::Endpoint;
use super::fault::{self, Standing, Stop, authority};
use super::keychain::{Account, Login};
use super::realm::{self, Trust};
use super::secret::Secret;
use super::transport::{Call, Transport};

/// Longest answer of a realm, in bytes.
const TOKEN_LIMIT: usize = 64 << 10;
/// How long a token lives at least, by the protocol.
const LIFETIME: Duration = Duration::from_secs(60);

/// A token for one repository. Clones are the same token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) header: HeaderValue,
    /// No credentials were sent for it.
    pub(super) anonymous: bool,
    /// Why credentials were held back.
    pub(super) held_back: Option<String>,
    worked: Arc<AtomicBool>,
    obtained: Instant,
}

impl Token {
    /// Notes that a registry has accepted it.
    pub(super) fn accept(&self) {
        self.worked.store(true, Ordering::Relaxed);
    }

    /// Whether a registry that refuses it now may just find it too old. A fresh token that was never
    /// accepted is refused for another reason, and another one like it would be, too.
    pub(super) fn may_be_old(&self) -> bool {
        self.worked.load(Ordering::Relaxed) || self.obtained.elapsed() >= LIFETIME
    }

    /// Whether both are one token.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.worked, &other.worked)
    }
}

/// Why there is no token.
pub(super) enum NoToken {
    /// The realm does not answer, or does not know the account: no repository of the host gets one.
    ForAccount(Stop),
    /// This repository gets none.
    ForRepository(Stop),
}

#[derive(Deserialize)]
struct Issued {
    token: Option<String>,
    access_token: Option<String>,
}

/// Who asks for what.
pub(super) struct Applicant<'a> {
    /// The registry's API.
    pub(super) base: &'a Url,
    pub(super) endpoint: &'a Endpoint,
    pub(super) account: &'a Account,
}

/// Asks `realm` for a token.
pub(super) async fn exchange(
    transport: &Transport,
    realm: &Url,
    service: Option<&str>,
    applicant: &Applicant<'_>,
) -> Result<Token, NoToken> {
    let Applicant { base, endpoint, account } = applicant;
    let (trusted, held_back) = match realm::judge(base, realm) {
        Trust::Full => (true, None),
        Trust::Anonymous(why) => (false, account.login.is_some().then_some(why)),
        Trust::None(why) => {
            let what = format!("{} cannot be asked for a token: {why}", endpoint.host);
            return Err(NoToken::ForRepository(Stop::untrusted(what)));
        }
    };
    let authorization = match &account.login {
        Some(Login::Password { user, password }) if trusted => password.basic(user),
        _ => None,
    };
    let mut url = realm.clone();
    url.query_pairs_mut()
        .extend_pairs(service.map(|service| ("service", service)))
        .append_pair("scope", &format!("repository:{}:pull", endpoint.repository));
    let anonymous = authorization.is_none();
    let call = Call {
        registry: &endpoint.host,
        method: Method::GET,
        url,
        accept: "application/json",
        authorization,
        logged_in: !anonymous,
    };
    let mut response = transport
        .send(call)
        .await
        .map_err(|stop| NoToken::ForAccount(stop.named(&format!("no token for {}", endpoint.host))))?;
    let name = authority(realm);
    if response.status() != StatusCode::OK {
        let unknown = response.status() == StatusCode::UNAUTHORIZED && !anonymous;
        let standing =
            Standing { anonymous, trouble: account.trouble.as_ref(), held_back: held_back.as_deref() };
        let refusal = transport.refusal(response).await;
        let stop = Stop::Final(fault::no_token(endpoint, &name, &refusal, &standing));
        return Err(if unknown { NoToken::ForAccount(stop) } else { NoToken::ForRepository(stop) });
    }
    let body = transport.body(&mut response, TOKEN_LIMIT).await.map_err(NoToken::ForRepository)?;
    let issued = body.and_then(|body| serde_json::from_slice::<Issued>(&body).ok());
    let secret =
        issued.and_then(|issued| issued.token.filter(|token| !token.is_empty()).or(issued.access_token));
    let Some(header) =
        secret.map(Secret::new).filter(|secret| !secret.is_empty()).and_then(|secret| secret.bearer())
    else {
        return Err(NoToken::ForRepository(Stop::untrusted(format!("{name} answered without a token"))));
    };
    Ok(Token { header, anonymous, held_back, worked: Arc::default(), obtained: Instant::now() })
}
