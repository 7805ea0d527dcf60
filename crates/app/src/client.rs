//! A small client of the server's REST API, as the CLI needs it.
//!
//! Invariant: the token from the data folder is sent to this machine only. Commands block: one
//! request at a time on a runtime of its own.

use std::time::Duration;

use codex32_model::codes::server;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::failure::{Exit, Failure};

mod events;
pub use events::Event;

const CONNECT: Duration = Duration::from_secs(5);
/// Longer than the longest wait of the server (`trigger --wait` polls in pieces below it).
const ANSWER: Duration = Duration::from_secs(90);
const PATIENT: Duration = Duration::from_mins(20);

pub struct Client {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
    token_file: String,
}

/// What the server says when it refuses (RFC 9457), with our members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
    help: Option<String>,
    /// The places of a definition that does not pass the check.
    pub diagnostics: Vec<crate::cli::Shown>,
}

/// A list's page.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default)]
    pub next: Option<String>,
}

/// Why a request gave nothing: refused by the server with its reasons, or anything else.
pub enum Refusal {
    Problem(StatusCode, Problem),
    Failure(Failure),
}

impl Client {
    pub fn new(settings: &Settings) -> Result<Self, Failure> {
        // A second installation is refused, and then the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let address = settings.url();
        let base = Url::parse(&format!("{address}/"))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                Failure::misused(format!("`{address}` is not the address of a server"))
                    .help("write it like http://127.0.0.1:8032")
            })?;
        let local = is_this_machine(&base);
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("codex32/", env!("CARGO_PKG_VERSION")));
        if local {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| {
            Failure::new(Exit::Unreached, format!("no HTTP client can be made: {}", chain(&error)))
        })?;
        let token = settings.token.clone().or_else(|| {
            let text = std::fs::read_to_string(settings.token_file()).ok().filter(|_| local)?;
            Some(text.trim().to_owned()).filter(|token| !token.is_empty())
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::no(format!("no runtime can be started: {error}")))?;
        let token_file = settings.token_file().display().to_string();
        Ok(Self { runtime, http, base, token, token_file })
    }

    pub fn get(&self, path: &[&str], query: &[(&str, String)]) -> Result<Value, Failure> {
        self.send(Method::GET, path, query, None).map_err(Refusal::into_failure)
    }

    /// Text that is not JSON: an exported definition.
    pub fn get_text(&self, path: &[&str], query: &[(&str, String)]) -> Result<String, Failure> {
        let request = self.request(Method::GET, path, query).map_err(Refusal::into_failure)?;
        self.runtime.block_on(self.answer(request)).map_err(Refusal::into_failure)
    }

    pub fn post(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.send(Method::POST, path, &[], Some(body)).map_err(Refusal::into_failure)
    }

    /// For what a language model has a part in: several answers of one may take minutes.
    pub fn post_patiently(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        let sent = || {
            let request = self.request(Method::POST, path, &[])?.timeout(PATIENT).json(body);
            self.runtime.block_on(self.answer(request))
        };
        let text = sent().map_err(Refusal::into_failure)?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::no(format!("the server's answer cannot be read: {error}")))
    }

    pub fn put(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.send(Method::PUT, path, &[], Some(body)).map_err(Refusal::into_failure)
    }

    pub fn delete(&self, path: &[&str]) -> Result<Value, Failure> {
        self.send(Method::DELETE, path, &[], None).map_err(Refusal::into_failure)
    }

    /// Sends bytes as they are.
    pub fn put_bytes(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        bytes: Vec<u8>,
    ) -> Result<Value, Failure> {
        let request = self.request(Method::PUT, path, query).map_err(Refusal::into_failure)?;
        let request = request.header("content-type", "application/octet-stream").body(bytes);
        let answer = self.runtime.block_on(self.answer(request));
        let text = answer.map_err(Refusal::into_failure)?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::no(format!("the server's answer cannot be read: {error}")))
    }

    /// Deletes what a query names.
    pub fn delete_with(&self, path: &[&str], query: &[(&str, String)]) -> Result<Value, Failure> {
        self.send(Method::DELETE, path, query, None).map_err(Refusal::into_failure)
    }

    /// Sends a request under `/api/v1`; an empty answer is `null`.
    pub fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Value, Refusal> {
        let mut request = self.request(method, path, query)?;
        if let Some(body) = body {
            request = request.json(body);
        }
        let text = self.runtime.block_on(self.answer(request))?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| {
            Refusal::Failure(
                Failure::no(format!("the server's answer cannot be read: {error}"))
                    .help("is there a Codex-32 server at this address, of this version?"),
            )
        })
    }

    /// Whether the server is there and ready; its answer's status.
    pub fn health(&self, what: &str) -> Result<StatusCode, Failure> {
        let url = self.base.join(&format!("health/{what}")).map_err(|error| {
            Failure::misused(format!("`{}` is not the address of a server: {error}", self.base))
        })?;
        let request = self.http.get(url).timeout(CONNECT);
        self.runtime
            .block_on(async { request.send().await })
            .map(|answer| answer.status())
            .map_err(|error| self.unreached(&error))
    }

    /// Follows a run's live events until the server ends them or `each` says stop (`false`).
    pub fn follow(
        &self,
        path: &[&str],
        each: &mut dyn FnMut(Event) -> bool,
    ) -> Result<(), Failure> {
        let request = self.request(Method::GET, path, &[]).map_err(Refusal::into_failure)?;
        // A run may wait for days: no time limit, an idle stream is kept open by the server.
        let request =
            request.header("accept", "text/event-stream").timeout(Duration::from_hours(24 * 30));
        self.runtime.block_on(async {
            let answer = self.checked(request).await.map_err(Refusal::into_failure)?;
            events::read(answer, each).await.map_err(|error| self.unreached(&error))
        })
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<reqwest::RequestBuilder, Refusal> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        let mut request = self.http.request(method, url).timeout(ANSWER).query(query);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Ok(request)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<String, Refusal> {
        let answer = self.checked(request).await?;
        answer.text().await.map_err(|error| Refusal::Failure(self.unreached(&error)))
    }

    /// The answer when it is a good one, else what the server says is wrong.
    async fn checked(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, Refusal> {
        let answer =
            request.send().await.map_err(|error| Refusal::Failure(self.unreached(&error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if status == StatusCode::UNAUTHORIZED {
            let message = match self.token {
                Some(_) => "the server does not take this token".to_owned(),
                None => format!("the server wants a token, and {} gives none", self.token_file),
            };
            return Err(Refusal::Failure(Failure::no(message).code(server::CLI_NO_TOKEN).help(
                "name the server's data folder with --data, or give the token with CODEX32_TOKEN",
            )));
        }
        let text = answer.text().await.unwrap_or_default();
        let problem = serde_json::from_str(&text).unwrap_or_default();
        Err(Refusal::Problem(status, problem))
    }

    fn unreached(&self, error: &reqwest::Error) -> Failure {
        let base = self.base.as_str().trim_end_matches('/');
        Failure::new(Exit::Unreached, format!("no server answers at {base}: {}", chain(error)))
            .code(server::CLI_UNREACHED)
            .help("start it with `codex32 serve`, or say where it is with --url")
    }
}

impl Refusal {
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Failure(failure) => failure,
            Self::Problem(status, problem) => {
                let message = problem.detail.or(problem.title).unwrap_or_else(|| {
                    format!("the server answered with status {status} and no reason")
                });
                let known = problem.code.as_deref().and_then(codex32_model::codes::find);
                let help = problem.help.or_else(|| known.map(|code| code.help.to_owned()));
                Failure { exit: Exit::No, code: problem.code, message, help }
            }
        }
    }
}

/// Reads an answer as the command shows it.
pub fn view<T: serde::de::DeserializeOwned>(answer: &Value) -> Result<T, Failure> {
    T::deserialize(answer).map_err(|error| {
        Failure::no(format!("the server's answer has an unknown shape: {error}"))
            .help("do the server and this program have the same version? see `codex32 doctor`")
    })
}

/// All pages of a list, up to `most` items, in the shape of one page.
pub fn all_pages(
    client: &Client,
    path: &[&str],
    query: &[(&str, String)],
    most: usize,
) -> Result<Value, Failure> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = query.to_vec();
        query.push(("limit", (most - items.len()).min(100).to_string()));
        query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let page: Page<Value> = view(&client.get(path, &query)?)?;
        let got = page.items.len();
        items.extend(page.items);
        if items.len() >= most || page.next.is_none() || got == 0 {
            return Ok(json!({ "items": items, "next": page.next }));
        }
        cursor = page.next;
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// The innermost reason of an error, which is the one that people can act on.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests;
