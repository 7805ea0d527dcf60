//! The guarded client: the only way in which a bot reaches the network.
//!
//! Invariants: an address in a private network is refused after the name was resolved, so a name
//! cannot be pointed elsewhere between check and connection, and again at every redirect; answers are
//! read up to a limit and never decompressed; no proxy, cookie or credential comes from the
//! environment; a [`SendError`] says whether the other side may have seen the request.

mod address;
mod body;
mod resolve;
mod stream;

use std::error::Error as _;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use codex32_model::{Code, codes::connector as codes};
use reqwest::header::{self, HeaderMap};
pub use reqwest::{Method, Url};
use tokio::time::Instant;

use resolve::{GuardedResolver, Refused};
pub use stream::Opened;

const MAX_REDIRECTS: usize = 5;
const MAX_URL: usize = 8 * 1024;
/// Largest answer unless the request says otherwise.
pub const MAX_BYTES: usize = 10 << 20;

#[derive(Debug, Clone)]
pub struct Options {
    /// `CODEX32_ALLOW_PRIVATE_NETWORKS`: reach loopback and private addresses too.
    pub allow_private: bool,
    /// Private addresses that may be reached although the rest may not.
    pub allowed: Vec<IpAddr>,
    pub connect_timeout: Duration,
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_private: false,
            allowed: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("Codex-32/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Options {
    fn permits(&self, address: IpAddr) -> bool {
        self.allow_private || address::is_public(address) || self.allowed.contains(&address)
    }
}

/// Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Guarded {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    /// Built at the first request: reading the system's certificates takes time and memory.
    client: OnceLock<Result<reqwest::Client, String>>,
}

/// What is sent. Header values are checked when they are made: none can hold a line break.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    /// Headers that sign in; a redirect to another origin does not get them.
    pub credentials: HeaderMap,
    pub body: Option<Bytes>,
    /// For everything: connecting, redirects, reading the answer.
    pub timeout: Duration,
    pub max_bytes: usize,
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Where the answer came from in the end.
    pub url: Url,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    pub code: Code,
    pub message: String,
    /// Something of the request may have reached the other side.
    pub began: bool,
}

impl SendError {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), began: false }
    }
}

impl Guarded {
    pub fn new(options: Options) -> Self {
        Self { inner: Arc::new(Inner { options, client: OnceLock::new() }) }
    }

    /// Sends and follows redirects.
    pub async fn send(&self, mut request: Request) -> Result<Response, SendError> {
        let began = Arc::new(AtomicBool::new(false));
        let deadline = Instant::now() + request.timeout;
        let sending = self.follow(&mut request, &began);
        match tokio::time::timeout_at(deadline, sending).await {
            Ok(result) => result.map_err(|error| SendError {
                began: error.began || began.load(Ordering::Relaxed),
                ..error
            }),
            Err(_) => {
                let host = request.url.host_str().unwrap_or_default();
                let message = format!("No answer from {host} in time.");
                let began = began.load(Ordering::Relaxed);
                Err(SendError { code: codes::TIMEOUT, message, began })
            }
        }
    }

    /// Sends and takes a redirect as the answer: for those who check every host themselves.
    pub async fn send_once(&self, request: Request) -> Result<Response, SendError> {
        let began = Arc::new(AtomicBool::new(false));
        let sending = async {
            let response = self.exchange(&request, &began).await?;
            read(&request, response).await
        };
        match tokio::time::timeout(request.timeout, sending).await {
            Ok(result) => result.map_err(|error| SendError {
                began: error.began || began.load(Ordering::Relaxed),
                ..error
            }),
            Err(_) => {
                let host = request.url.host_str().unwrap_or_default();
                let message = format!("No answer from {host} in time.");
                let began = began.load(Ordering::Relaxed);
                Err(SendError { code: codes::TIMEOUT, message, began })
            }
        }
    }

    async fn follow(
        &self,
        request: &mut Request,
        began: &Arc<AtomicBool>,
    ) -> Result<Response, SendError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.exchange(request, began).await?;
            let Some(location) = redirect(&response) else { return read(request, response).await };
            let target = request.url.join(&location).map_err(|_| {
                SendError::new(codes::REDIRECT, "The answer redirects to what is no address.")
            })?;
            check_url(&target).map_err(|error| SendError { code: codes::REDIRECT, ..error })?;
            let status = response.status().as_u16();
            let to_get = status == 303 && request.method != Method::HEAD
                || matches!(status, 301 | 302) && request.method == Method::POST;
            if to_get {
                // The write was done; only its answer is somewhere else.
                request.method = Method::GET;
                request.body = None;
                for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
                    request.headers.remove(name);
                }
            } else {
                // 307 and 308 say that nothing was done here.
                began.store(false, Ordering::Relaxed);
            }
            if target.origin() != request.url.origin() {
                request.credentials.clear();
                for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
                    request.headers.remove(name);
                }
            }
            request.url = target;
        }
        let message = format!("The answer redirects more than {MAX_REDIRECTS} times.");
        Err(SendError::new(codes::REDIRECT, message))
    }

    /// One request, one answer, whose body is not read yet.
    async fn exchange(
        &self,
        request: &Request,
        began: &Arc<AtomicBool>,
    ) -> Result<reqwest::Response, SendError> {
        check_url(&request.url)?;
        if let Some(address) = literal(&request.url) {
            self.check_address(address, request.url.host_str().unwrap_or_default())?;
        }
        let mut raw = reqwest::Request::new(request.method.clone(), request.url.clone());
        let headers = raw.headers_mut();
        headers.extend(request.headers.clone());
        for (name, value) in &request.credentials {
            headers.insert(name, value.clone());
        }
        let body = request.body.clone().filter(|body| !body.is_empty());
        let watched = body.is_some();
        if let Some(body) = body {
            *raw.body_mut() = Some(reqwest::Body::wrap(body::Watched::new(body, began)));
        } else {
            if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
                headers.insert(header::CONTENT_LENGTH, header::HeaderValue::from_static("0"));
            }
            // There is no body to watch: from here on it may have begun.
            began.store(true, Ordering::Relaxed);
        }
        self.client()?.execute(raw).await.map_err(|error| {
            if !watched && error.is_connect() {
                began.store(false, Ordering::Relaxed);
            }
            explain(&request.url, &error)
        })
    }

    fn client(&self) -> Result<&reqwest::Client, SendError> {
        let client = self.inner.client.get_or_init(|| build(&self.inner.options));
        client.as_ref().map_err(|problem| SendError::new(codes::UNREACHABLE, problem.clone()))
    }

    fn check_address(&self, address: IpAddr, host: &str) -> Result<(), SendError> {
        if self.inner.options.permits(address) {
            return Ok(());
        }
        Err(SendError::new(codes::PRIVATE_ADDRESS, Refused { host: host.to_owned() }.to_string()))
    }

    /// The addresses of a host that may be reached; for protocols other than HTTP.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, SendError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            self.check_address(address, host)?;
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        resolve::lookup(host, port, &self.inner.options).await.map_err(|error| {
            match error.downcast_ref::<Refused>() {
                Some(refused) => SendError::new(codes::PRIVATE_ADDRESS, refused.to_string()),
                None => SendError::new(codes::UNREACHABLE, unknown_host(host)),
            }
        })
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guarded").field(&self.inner.options).finish()
    }
}

/// An http or https address without user name and password.
pub fn parse_url(text: &str) -> Result<Url, SendError> {
    let fail = |message: String| Err(SendError::new(codes::BAD_URL, message));
    if text.len() > MAX_URL {
        return fail(format!("The address is longer than {MAX_URL} bytes."));
    }
    // The parser would drop them silently.
    if text.chars().any(char::is_control) {
        return fail("The address holds a line break or another control character.".to_owned());
    }
    let shown: String = text.chars().take(100).collect();
    match Url::parse(text) {
        Ok(url) => check_url(&url).map(|()| url),
        Err(_) if !text.contains("://") => {
            fail(format!("`{shown}` is not a whole address: it begins with http:// or https://."))
        }
        Err(error) => fail(format!("`{shown}` is not an address: {error}.")),
    }
}

fn check_url(url: &Url) -> Result<(), SendError> {
    let fail = |message: String| Err(SendError::new(codes::BAD_URL, message));
    if !matches!(url.scheme(), "http" | "https") {
        return fail(format!("`{}:` is not supported: use http or https.", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return fail(
            "The address holds a user name or password: put them into a connection.".to_owned(),
        );
    }
    if url.host_str().is_none_or(str::is_empty) {
        return fail("The address names no host.".to_owned());
    }
    Ok(())
}

/// The IP address that the host is written as. The URL parser has turned every spelling (decimal,
/// octal, hex, shortened) into the usual one.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn redirect(response: &reqwest::Response) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    response.headers().get(header::LOCATION)?.to_str().ok().map(str::to_owned)
}

async fn read(request: &Request, mut response: reqwest::Response) -> Result<Response, SendError> {
    let too_large = || {
        let message = format!("The answer is larger than {} bytes.", request.max_bytes);
        SendError { code: codes::TOO_LARGE, message, began: true }
    };
    let announced = response.content_length().unwrap_or(0);
    if announced > request.max_bytes as u64 && request.method != Method::HEAD {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| {
        let error = explain(&request.url, &error);
        SendError { began: true, ..error }
    })? {
        if body.len() + chunk.len() > request.max_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body,
        url: request.url.clone(),
    })
}

fn unknown_host(host: &str) -> String {
    format!("The name `{host}` is not known.")
}

/// A message that names the host only: addresses may hold secrets.
fn explain(url: &Url, error: &reqwest::Error) -> SendError {
    let host = url.host_str().unwrap_or_default();
    let mut cause = error.source();
    let mut last = None;
    while let Some(source) = cause {
        if let Some(refused) = source.downcast_ref::<Refused>() {
            return SendError::new(codes::PRIVATE_ADDRESS, refused.to_string());
        }
        last = Some(source);
        cause = source.source();
    }
    let detail = last.map(ToString::to_string).unwrap_or_default();
    if error.is_dns() {
        SendError::new(codes::UNREACHABLE, unknown_host(host))
    } else if error.is_connect() {
        let port = url.port_or_known_default().unwrap_or_default();
        let message = format!("{host}:{port} cannot be reached: {detail}.");
        SendError::new(codes::UNREACHABLE, message)
    } else if error.is_timeout() {
        SendError::new(codes::TIMEOUT, format!("No answer from {host} in time."))
    } else {
        SendError::new(codes::BROKEN, format!("The connection to {host} broke: {detail}."))
    }
}

fn build(options: &Options) -> Result<reqwest::Client, String> {
    // Without effect if `main` has done it; the client cannot be built without one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(16)
            .dns_resolver(GuardedResolver { options: options.clone() })
    };
    builder().build().or_else(|error| {
        // A machine without certificates of its own: those of the browsers.
        tracing::warn!(%error, "no system certificates; using the built-in ones");
        let roots =
            rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let config =
            rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        builder()
            .tls_backend_preconfigured(config)
            .build()
            .map_err(|error| format!("The HTTP client cannot be built: {error}"))
    })
}
