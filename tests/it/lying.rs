//! A registry on loopback that lies on demand.
//!
//! In: [`Lies`]. Out: a running server, and everything it [`Seen`].
//! Invariant: without lies it is an honest registry that has every tag of every repository, and says of
//! every digest that it is there.

mod answers;
pub(crate) mod listing;
pub(crate) mod pushed;
pub(crate) mod stock;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What a registry demands before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Login {
    /// Nothing.
    #[default]
    Open,
    /// User and password with each request.
    Basic,
    /// A token; one of its own realm unless the lies name another challenge.
    Token,
}

/// What is sent for a manifest.
#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    /// A manifest.
    #[default]
    Honest,
    /// This text.
    Text(String),
    /// This many bytes, of no stated length.
    Bytes(usize),
    /// Half of what is announced, then the connection breaks.
    Broken,
    /// The same for so many manifest requests, and then a manifest.
    Breaking(usize),
}

/// Which requests wait for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hang {
    /// None.
    #[default]
    Never,
    /// All.
    Always,
    /// Those with a login.
    LoggedIn,
}

/// What becomes of a request in place of its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// Nothing, it is answered.
    None,
    /// This status.
    Status(u16),
    /// The connection breaks.
    Break,
}

/// How a registry lies. `{me}` in a text stands for its own URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lies {
    pub(crate) login: Login,
    /// Only repositories that begin like this need the login.
    pub(crate) private: &'static str,
    /// User and password that are let in; without them tokens are for everyone.
    pub(crate) account: Option<(&'static str, &'static str)>,
    /// The identity token that the realm exchanges when it is posted; without one it takes no POST.
    pub(crate) identity: Option<&'static str>,
    /// Each exchange of the identity token replaces it.
    pub(crate) rotates: bool,
    /// Status of the realm when it is posted to, in place of an exchange.
    pub(crate) post_status: Option<u16>,
    /// `WWW-Authenticate` headers in place of its own.
    pub(crate) challenges: Vec<String>,
    /// Answers 401 whatever is sent.
    pub(crate) deaf: bool,
    /// A token is let in this many times.
    pub(crate) token_uses: Option<usize>,
    /// Status of the realm.
    pub(crate) token_status: Option<u16>,
    /// Status of the realm when it is asked for several scopes; 200: it grants the first.
    pub(crate) scopes_status: Option<u16>,
    /// Repositories that contain this get no token, and the realm answers with this status; 200: it
    /// grants the others.
    pub(crate) ungranted: Option<(&'static str, u16)>,
    /// What a token is not for does not exist.
    pub(crate) hides: bool,
    /// Seconds that a token lives.
    pub(crate) expires_in: Option<f64>,
    /// What becomes of the first requests, whatever they are for.
    pub(crate) troubles: Vec<Trouble>,
    /// Every so many requests this becomes of one.
    pub(crate) every: Option<(usize, Trouble)>,
    /// Headers of every answer about a manifest, and of the statuses of troubles.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// Status of HEAD.
    pub(crate) head_status: Option<u16>,
    /// Every GET of a manifest is refused with 418 and this many bytes.
    pub(crate) refusal: usize,
    /// What the realm answers in place of a token.
    pub(crate) issued: Option<Body>,
    /// Status of every manifest request, and what the body says.
    pub(crate) status: Option<(u16, &'static str)>,
    /// Repositories and tags that contain this do not exist; empty: every one does.
    pub(crate) missing: &'static str,
    /// This many manifest requests are answered 503 first.
    pub(crate) fail_first: usize,
    /// HEAD states no digest.
    pub(crate) head_without_digest: bool,
    /// What the digest header says; empty: there is none.
    pub(crate) digest: Option<String>,
    /// What the type header says; empty: there is none.
    pub(crate) media_type: Option<&'static str>,
    pub(crate) body: Body,
    /// The only images that are there; empty: there is one under every tag.
    pub(crate) stock: stock::Stock,
    /// Pages of the list of tags, each with the `Link` to the next: `…?page=1`.
    pub(crate) tag_pages: Vec<(String, &'static str)>,
    /// What it lists as referrers; `None`: it keeps no list.
    pub(crate) referrers: Option<listing::Listing>,
    /// Whether it takes pushes, and how; `None`: it takes none.
    pub(crate) push: Option<pushed::Push>,
    /// Where configs are redirected; `{path}` stands for the path asked for.
    pub(crate) blob_redirect: Option<String>,
    /// Time before a manifest request that is let in is answered.
    pub(crate) slow: Duration,
    /// Which manifest requests are never answered.
    pub(crate) hang: Hang,
    /// Where manifests are redirected; `{path}` stands for the path asked for.
    pub(crate) redirect: Option<String>,
}

/// A request that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `HEAD /v2/a/manifests/1`
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) version: String,
    /// The form that was posted, as it was encoded.
    pub(crate) form: String,
}

/// A running registry. It ends when it is dropped.
pub(crate) struct Registry {
    /// `127.0.0.1:PORT`
    pub(crate) host: String,
    pub(crate) url: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A token that was issued.
struct Token {
    /// Scopes, as they stood in the request.
    granted: Vec<String>,
    used: usize,
    issued: Instant,
}

struct State {
    lies: Lies,
    url: String,
    seen: Mutex<Vec<Seen>>,
    tokens: Mutex<BTreeMap<String, Token>>,
    shelf: pushed::Shelf,
    failed: AtomicUsize,
    arrived: AtomicUsize,
    sent: Arc<AtomicUsize>,
}

impl Registry {
    pub(crate) fn start(lies: Lies) -> Self {
        Self::serve(lies, None)
    }

    pub(crate) fn serve(lies: Lies, tls: Option<TlsAcceptor>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("non-blocking");
        let address: SocketAddr = listener.local_addr().expect("an address");
        let host = address.to_string();
        let url = format!("{}://{host}", if tls.is_some() { "https" } else { "http" });
        let state = Arc::new(State {
            lies,
            url: url.clone(),
            seen: Mutex::default(),
            tokens: Mutex::default(),
            shelf: pushed::Shelf::default(),
            failed: AtomicUsize::new(0),
            arrived: AtomicUsize::new(0),
            sent: Arc::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let served = state.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, served, tls) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { host, url, state, stop: Some(stop), thread: Some(thread) }
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("the log").clone()
    }

    /// The request lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// Bytes of manifests handed to the connection so far.
    pub(crate) fn sent(&self) -> usize {
        self.state.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().map(JoinHandle::join);
    }
}

/// The manifest an honest registry has, and its digest.
pub(crate) fn manifest(repository: &str, tag: &str) -> (String, String) {
    let body =
        format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[],"name":"{repository}:{tag}"}}"#);
    let digest = digest(body.as_bytes());
    (body, digest)
}

/// The digest of these bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

async fn accept(listener: std::net::TcpListener, state: Arc<State>, tls: Option<TlsAcceptor>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    while let Ok((socket, _)) = listener.accept().await {
        let (state, tls) = (state.clone(), tls.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| answers::answer(state.clone(), request));
            let http = Builder::new(TokioExecutor::new());
            // A client that breaks off is part of what is tested.
            let _ = match tls {
                None => http.serve_connection(TokioIo::new(socket), service).await,
                Some(tls) => match tls.accept(socket).await {
                    Ok(socket) => http.serve_connection(TokioIo::new(socket), service).await,
                    Err(_) => Ok(()),
                },
            };
        });
    }
}
