//! One exchange with a realm.
//!
//! In: a challenge's realm and service, the repositories and what is to be done there, their account. Out: a token.
//! Invariant: the scopes are built here, from the repositories that are asked for, and credentials
//! are sent only to a realm that `realm` trusts.

use reqwest::header::HeaderValue;
use reqwest::{Method, Response, StatusCode, Url};
use tokio::sync::Mutex;

use super::endpoint::Endpoint;
use super::fault::{self, Standing, Stop, authority};
use super::identity::{self, Identities};
use super::keychain::{Account, Login};
use super::realm::{self, Trust};
use super::secret::Secret;
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
    /// What is to be done there: `pull`, or `pull,push`.
    pub(super) actions: &'static str,
    /// The identity tokens of the host.
    pub(super) identities: &'a Mutex<Identities>,
}

/// Asks `realm` for a token.
pub(super) async fn exchange(
    transport: &Transport,
    realm: &Url,
    service: Option<&str>,
    applicant: &Applicant<'_>,
) -> Result<Token, NoToken> {
    let Applicant { base, endpoint, account, repositories, identities, actions: _ } = applicant;
    let (trusted, held_back) = match realm::judge(base, realm, &account.realms) {
        Trust::Full => (true, None),
        Trust::Anonymous(why) => (false, account.login.is_some().then_some(why)),
        Trust::None(why) => {
            let what = format!("{} cannot be asked for a token: {why}", endpoint.host);
            return Err(NoToken::Refused(Stop::untrusted(what)));
        }
    };
    let desk = Desk { transport, realm, service, applicant, held_back: held_back.as_deref() };
    let login = account.login.as_ref().filter(|_| trusted);
    let (issued, anonymous) = match login {
        Some(Login::Identity { user, token }) => {
            let mut known = identities.lock().await;
            (desk.refresh(&mut known, user, token).await?, false)
        }
        Some(Login::Password { user, password }) => {
            let authorization = password.basic(user);
            let anonymous = authorization.is_none();
            (desk.get(authorization).await?, anonymous)
        }
        Some(Login::Token(_)) | None => (desk.get(None).await?, true),
    };
    issued.token(repositories, anonymous, held_back).ok_or_else(|| tokenless(realm))
}

/// Where an applicant stands with a realm.
struct Desk<'a> {
    transport: &'a Transport,
    realm: &'a Url,
    service: Option<&'a str>,
    applicant: &'a Applicant<'a>,
    held_back: Option<&'a str>,
}

impl Desk<'_> {
    /// Asks as the distribution project has it.
    async fn get(&self, authorization: Option<HeaderValue>) -> Result<Issued, NoToken> {
        let anonymous = authorization.is_none();
        let mut url = self.realm.clone();
        url.query_pairs_mut()
            .extend_pairs(self.service.map(|service| ("service", service)))
            .extend_pairs(self.scopes().iter().map(|scope| ("scope", scope)));
        let response = self.send(Method::GET, url, authorization, Vec::new()).await?;
        self.read(response, anonymous).await
    }

    /// Exchanges an identity token: by POST, or as a password where the realm takes no POST.
    async fn refresh(&self, known: &mut Identities, user: &str, stored: &Secret) -> Result<Issued, NoToken> {
        let account = self.applicant.account;
        let token = known.current(account, stored);
        if known.as_password {
            return self.get(token.basic(user)).await;
        }
        let form = identity::form(&token, self.service, &self.scopes());
        let response = self.send(Method::POST, self.realm.clone(), None, form).await?;
        if matches!(response.status().as_u16(), 401 | 404 | 405) {
            let issued = self.get(token.basic(user)).await?;
            known.as_password = true;
            return Ok(issued);
        }
        let mut issued = self.read(response, false).await?;
        if let Some(next) = issued.refresh_token() {
            known.replace(account, next);
        }
        Ok(issued)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        authorization: Option<HeaderValue>,
        form: Vec<(&'static str, String)>,
    ) -> Result<Response, NoToken> {
        let registry = self.applicant.endpoint.host.as_str();
        let logged_in = authorization.is_some() || !form.is_empty();
        let accept = "application/json";
        // A realm that the user names is as good as the registry's own host.
        let Applicant { base, account, .. } = self.applicant;
        let home = if realm::is_named(self.realm, &account.realms) { self.realm } else { *base };
        let upload = None;
        let call = Call { registry, home, method, url, accept, authorization, form, upload, logged_in };
        let unheard = |stop: Stop| NoToken::Silent(stop.named(&format!("no token for {registry}")));
        self.transport.send(call).await.map_err(unheard)
    }

    async fn read(&self, mut response: Response, anonymous: bool) -> Result<Issued, NoToken> {
        let Applicant { endpoint, account, .. } = self.applicant;
        let status = response.status();
        if status != StatusCode::OK {
            let realm = authority(self.realm);
            let trouble = account.trouble.as_ref();
            let standing = Standing { anonymous, trouble, held_back: self.held_back };
            let refusal = self.transport.refusal(response).await;
            // `OAuth2` says 400 of an identity token that it does not take.
            let identity = matches!(account.login, Some(Login::Identity { .. }));
            if !anonymous
                && (status == StatusCode::UNAUTHORIZED || identity && status == StatusCode::BAD_REQUEST)
            {
                let words = format!("{realm} answered {}", refusal.words());
                let answer = fault::login_refused(&endpoint.host, &words, &standing);
                return Err(NoToken::UnknownAccount(Stop::Final(answer)));
            }
            let answer = fault::no_token(endpoint, &realm, &refusal, &standing);
            return Err(NoToken::Refused(Stop::Final(answer)));
        }
        let body = self.transport.body(&mut response, TOKEN_LIMIT).await.map_err(NoToken::Refused)?;
        let issued = body.and_then(|body| serde_json::from_slice(&body).ok());
        issued.ok_or_else(|| tokenless(self.realm))
    }

    fn scopes(&self) -> Vec<String> {
        let Applicant { repositories, actions, .. } = self.applicant;
        let scope = |repository: &String| format!("repository:{repository}:{actions}");
        repositories.iter().map(scope).collect()
    }
}

fn tokenless(realm: &Url) -> NoToken {
    NoToken::Refused(Stop::untrusted(format!("{} answered without a token", authority(realm))))
}
