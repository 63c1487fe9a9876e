//! One exchange with a realm.
//!
//! In: a challenge's realm and service, the repositories to pull from and their account. Out: a token.
//! Invariant: the scopes are built here, from the repositories that are asked for, and credentials
//! are sent only to a realm that `realm` trusts.

use reqwest::{Method, Response, StatusCode, Url};

use super::endpoint::Endpoint;
use super::fault::{self, Standing, Stop, authority};
use super::keychain::{Account, Login};
use super::realm::{self, Trust};
use super::token::{Issued, Token};
use super::transport::{Call, Transport};

/// Longest answer of a realm, in bytes.
const TOKEN_LIMIT: usize = 64 << 10;

/// Why there is no token.
pub(super) enum NoToken {
    /// The realm does not answer.
    Silent(Stop),
    /// The realm does not know the account.
    UnknownAccount(Stop),
    /// The realm gives none for these repositories.
    Refused(Stop),
}

impl NoToken {
    pub(super) fn into_stop(self) -> Stop {
        match self {
            Self::Silent(stop) | Self::UnknownAccount(stop) | Self::Refused(stop) => stop,
        }
    }
}

/// Who asks for what.
pub(super) struct Applicant<'a> {
    /// The registry's API.
    pub(super) base: &'a Url,
    /// The question that needs the token.
    pub(super) endpoint: &'a Endpoint,
    pub(super) account: &'a Account,
    /// The repositories the token is for, that of the question first.
    pub(super) repositories: &'a [String],
}

/// Asks `realm` for a token.
pub(super) async fn exchange(
    transport: &Transport,
    realm: &Url,
    service: Option<&str>,
    applicant: &Applicant<'_>,
) -> Result<Token, NoToken> {
    let Applicant { base, endpoint, account, repositories } = applicant;
    let (trusted, held_back) = match realm::judge(base, realm) {
        Trust::Full => (true, None),
        Trust::Anonymous(why) => (false, account.login.is_some().then_some(why)),
        Trust::None(why) => {
            let what = format!("{} cannot be asked for a token: {why}", endpoint.host);
            return Err(NoToken::Refused(Stop::untrusted(what)));
        }
    };
    let authorization = match &account.login {
        Some(Login::Password { user, password }) if trusted => password.basic(user),
        _ => None,
    };
    let anonymous = authorization.is_none();
    let mut url = realm.clone();
    url.query_pairs_mut()
        .extend_pairs(service.map(|service| ("service", service)))
        .extend_pairs(repositories.iter().map(|repository| ("scope", scope(repository))));
    let call = Call {
        registry: &endpoint.host,
        method: Method::GET,
        url,
        accept: "application/json",
        authorization,
        logged_in: !anonymous,
    };
    let response = transport
        .send(call)
        .await
        .map_err(|stop| NoToken::Silent(stop.named(&format!("no token for {}", endpoint.host))))?;
    let standing = Standing { anonymous, trouble: account.trouble.as_ref(), held_back: held_back.as_deref() };
    let issued = read(transport, realm, response, endpoint, &standing).await?;
    issued.token(repositories, anonymous, held_back).ok_or_else(|| tokenless(realm))
}

fn scope(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

async fn read(
    transport: &Transport,
    realm: &Url,
    mut response: Response,
    endpoint: &Endpoint,
    standing: &Standing<'_>,
) -> Result<Issued, NoToken> {
    if response.status() != StatusCode::OK {
        let unknown = response.status() == StatusCode::UNAUTHORIZED && !standing.anonymous;
        let refusal = transport.refusal(response).await;
        let stop = Stop::Final(fault::no_token(endpoint, &authority(realm), &refusal, standing));
        return Err(if unknown { NoToken::UnknownAccount(stop) } else { NoToken::Refused(stop) });
    }
    let body = transport.body(&mut response, TOKEN_LIMIT).await.map_err(NoToken::Refused)?;
    let issued = body.and_then(|body| serde_json::from_slice(&body).ok());
    issued.ok_or_else(|| tokenless(realm))
}

fn tokenless(realm: &Url) -> NoToken {
    NoToken::Refused(Stop::untrusted(format!("{} answered without a token", authority(realm))))
}
