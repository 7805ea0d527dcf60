//! One request to one provider: sent, read, and its failure told apart.

use std::time::Duration;

use codex32_connectors::Credentials;
use codex32_connectors::http::{Guarded, Method, Opened, Request, SendError, parse_url};
use codex32_model::Timestamp;
use codex32_model::codes::connector as codes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::chat::{ChatRequest, Gathered, Reply, Usage};
use crate::health::Outcome;
use crate::provider::{Adapter, Malformed, To, Wire, frames, sign};
use crate::tokens;

/// Largest answer; embeddings of many texts are long.
const MAX_BYTES: usize = 64 << 20;
/// Most of a provider's own words in a message.
const MAX_TOLD: usize = 300;

/// A provider that wants to be left for longer is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);
/// Longest message about a failure.
const MAX_MESSAGE: usize = 1_000;

/// What is asked of a provider.
#[derive(Debug, Clone)]
pub enum Ask {
    Chat(Box<ChatRequest>),
    Embed { texts: Vec<String>, rest: Map<String, Value> },
}

impl Ask {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Chat(_) => "chat",
            Self::Embed { .. } => "embeddings",
        }
    }

    /// An estimate of what is read.
    pub fn input_tokens(&self) -> u64 {
        match self {
            Self::Chat(request) => tokens::of_request(request),
            Self::Embed { texts, .. } => texts.iter().map(|text| tokens::of_text(text.len())).sum(),
        }
    }
}

/// How long a provider may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For everything.
    pub whole: Duration,
    /// For the beginning of a stream, and for every pause in it.
    pub first: Duration,
}

#[derive(Debug)]
pub struct Done {
    pub reply: Reply,
    /// Until the first piece of a stream.
    pub first: Option<Duration>,
}

/// Why there is no answer, and what it cost all the same.
#[derive(Debug, Clone)]
pub struct Failed {
    pub why: Why,
    pub message: String,
    pub status: Option<u16>,
    pub retry_after: Option<Duration>,
    /// As the provider counted.
    pub usage: Option<Usage>,
    /// Bytes of an answer that came; the provider may have charged for them.
    pub received: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Unreachable,
    Slow,
    Server,
    Busy,
    Auth,
    NoCredit,
    NotFound,
    Refused,
    Malformed,
    Truncated,
    Unfit,
}

impl Why {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Slow => "slow",
            Self::Server => "server",
            Self::Busy => "busy",
            Self::Auth => "auth",
            Self::NoCredit => "no_credit",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::Unfit => "unfit",
        }
    }
}

impl Failed {
    pub fn new(why: Why, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { why, message, status: None, retry_after: None, usage: None, received: None }
    }

    /// Whether the same provider may answer the same request later.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self.why,
            Why::Unreachable
                | Why::Slow
                | Why::Server
                | Why::Busy
                | Why::Malformed
                | Why::Truncated
        )
    }

    /// What it says about the provider.
    pub fn outcome(&self) -> Outcome {
        let message = self.message.clone();
        match self.why {
            Why::Busy => Outcome::Busy(self.retry_after, message),
            Why::Auth | Why::NoCredit | Why::NotFound => Outcome::Misconfigured(message),
            Why::Refused | Why::Unfit => Outcome::Refused,
            _ => Outcome::Failed(message),
        }
    }
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        let why = match error.code {
            code if code == codes::TIMEOUT => Why::Slow,
            code if code == codes::PRIVATE_ADDRESS || code == codes::BAD_URL => Why::Auth,
            _ => Why::Unreachable,
        };
        // Who was asked and is slow is at work, and may charge for what it read.
        let received = (why == Why::Slow && error.began).then_some(0);
        Self { received, ..Self::new(why, error.message) }
    }
}

impl From<Malformed> for Failed {
    fn from(error: Malformed) -> Self {
        Self::new(Why::Malformed, error.0)
    }
}

/// Sends, and reads the whole answer; with `pieces` as a stream whose pieces go there as they come.
/// A receiver that has gone away does not stop the reading: what was spent has to be known.
pub async fn send(
    http: &Guarded,
    adapter: &dyn Adapter,
    to: To<'_>,
    ask: &Ask,
    patience: Patience,
    pieces: Option<&mpsc::UnboundedSender<Value>>,
    at: Timestamp,
) -> Result<Done, Failed> {
    let unfit = |error: crate::provider::Unfit| Failed::new(Why::Unfit, error.0);
    let wire = match ask {
        Ask::Chat(request) => adapter.chat(to, request, pieces.is_some()).map_err(unfit)?,
        Ask::Embed { texts, rest } => adapter.embeddings(to, texts, rest).map_err(unfit)?,
    };
    let head = if pieces.is_some() { patience.first } else { patience.whole };
    let request = request(wire, to.credentials, head, at)?;
    let began = Instant::now();
    let deadline = began + patience.whole;
    let opened = http.open(request).await?;
    let result = match (ask, pieces) {
        (Ask::Chat(request), Some(pieces)) if opened.status < 300 => {
            streamed(adapter, request, opened, (deadline, patience.first), pieces, began).await
        }
        _ => {
            let whole = whole(adapter, to, ask, opened, at);
            let slow = Failed { received: Some(0), ..Failed::new(Why::Slow, slow(patience.whole)) };
            let slow = |_| Err(slow);
            tokio::time::timeout_at(deadline, whole).await.unwrap_or_else(slow)
        }
    };
    result.map_err(|failed| {
        let message = to.credentials.redact(&failed.message);
        Failed { message: message.chars().take(MAX_MESSAGE).collect(), ..failed }
    })
}

fn slow(limit: Duration) -> String {
    format!("no answer within {}", codex32_model::time::format_duration(limit))
}

fn request(
    wire: Wire,
    credentials: &Credentials,
    timeout: Duration,
    at: Timestamp,
) -> Result<Request, Failed> {
    let url = parse_url(&wire.url)?;
    let body = wire.body.to_string();
    let mut headers = headers(&wire.headers)?;
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let mut secret = self::headers(&wire.credentials)?;
    if let Some(how) = &wire.sign {
        let signed = sign::headers(how, credentials, &url, body.as_bytes(), at)
            .map_err(|error| Failed::new(Why::Auth, error.0))?;
        secret.extend(self::headers(&signed)?);
    }
    Ok(Request {
        method: Method::POST,
        url,
        headers,
        credentials: secret,
        body: Some(body.into()),
        timeout,
        max_bytes: MAX_BYTES,
    })
}

fn headers(list: &[(&'static str, String)]) -> Result<HeaderMap, Failed> {
    list.iter()
        .map(|(name, value)| {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Failed::new(Why::Auth, format!("`{name}` cannot stand in a header"))
            })?;
            value.set_sensitive(true);
            Ok((HeaderName::from_static(name), value))
        })
        .collect()
}

async fn whole(
    adapter: &dyn Adapter,
    to: To<'_>,
    ask: &Ask,
    mut opened: Opened,
    at: Timestamp,
) -> Result<Done, Failed> {
    let mut body = Vec::new();
    loop {
        match opened.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) if opened.status < 300 => {
                let received = Some(body.len());
                return Err(Failed { received, ..Failed::new(Why::Truncated, error.message) });
            }
            Err(error) => return Err(error.into()),
        }
    }
    if opened.status >= 300 {
        return Err(refusal(opened.status, &opened.headers, &body, at));
    }
    let received = Some(body.len());
    let value: Value = serde_json::from_slice(&body).map_err(|error| {
        let why = if error.is_eof() { Why::Truncated } else { Why::Malformed };
        Failed { received, ..Failed::new(why, format!("the answer is no JSON: {error}")) }
    })?;
    // What was counted counts, whatever else is wrong with the answer.
    let usage = adapter.usage(&value);
    let malformed = |error: Malformed| Failed { usage, received, ..Failed::from(error) };
    let reply = match ask {
        Ask::Chat(request) => adapter.read(request, value).map_err(malformed)?,
        Ask::Embed { texts, .. } => {
            let (vectors, usage) = adapter.read_embeddings(&value).map_err(malformed)?;
            if vectors.len() != texts.len() {
                let message = format!("{} embeddings for {} texts", vectors.len(), texts.len());
                return Err(malformed(Malformed(message)));
            }
            embedded(vectors, usage, to.model)
        }
    };
    Ok(Done { reply, first: None })
}

fn embedded(vectors: Vec<Value>, usage: Option<Usage>, model: &str) -> Reply {
    let data: Vec<Value> = vectors
        .into_iter()
        .enumerate()
        .map(
            |(index, vector)| json!({ "object": "embedding", "index": index, "embedding": vector }),
        )
        .collect();
    let told = usage.unwrap_or_default();
    let body = json!({
        "object": "list", "data": data, "model": model,
        "usage": { "prompt_tokens": told.input, "total_tokens": told.input },
    });
    Reply { body, usage }
}

async fn streamed(
    adapter: &dyn Adapter,
    request: &ChatRequest,
    opened: Opened,
    (deadline, pause): (Instant, Duration),
    pieces: &mpsc::UnboundedSender<Value>,
    began: Instant,
) -> Result<Done, Failed> {
    let mut reader = adapter.reader(request);
    let mut frames = frames::Frames::new(adapter.framing(), opened);
    let mut gathered = Gathered::default();
    let mut first = None;
    // Held back until there is something to show, so that another provider can still take over.
    let mut held = Vec::new();
    let mut show = |chunk: Value, first: &mut Option<Duration>| {
        if first.is_none() && !is_shown(&chunk) {
            held.push(chunk);
            return;
        }
        first.get_or_insert_with(|| began.elapsed());
        for chunk in held.drain(..).chain([chunk]) {
            let _ = pieces.send(chunk);
        }
    };
    let ended = loop {
        let limit = deadline.min(Instant::now() + pause);
        match tokio::time::timeout_at(limit, frames.next()).await {
            Err(_) => break Err(Failed::new(Why::Slow, "the answer stopped coming")),
            Ok(Ok(None)) => break Ok(()),
            Ok(Err(error)) => break Err(Failed::new(Why::Truncated, error)),
            Ok(Ok(Some((name, data)))) => match reader.piece(&name, &data) {
                Ok(chunks) => {
                    for chunk in chunks {
                        gathered.add(&chunk);
                        show(chunk, &mut first);
                    }
                }
                Err(error) => break Err(error.into()),
            },
        }
    };
    let ended = ended.and_then(|()| {
        let whole = gathered.is_whole();
        whole.then_some(()).ok_or_else(|| Failed::new(Why::Truncated, "the answer broke off"))
    });
    match ended {
        Ok(()) => Ok(Done { reply: gathered.finish(), first }),
        Err(failed) => {
            let received = Some(gathered.written());
            Err(Failed { usage: gathered.usage, received, ..failed })
        }
    }
}

/// Whether a piece has something that a reader would see.
fn is_shown(chunk: &Value) -> bool {
    chunk["choices"].as_array().into_iter().flatten().any(|choice| {
        let delta = &choice["delta"];
        delta["content"].as_str().is_some_and(|text| !text.is_empty())
            || delta["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty())
            || choice["finish_reason"].is_string()
    })
}

/// A status that is no success, told apart by what vendors document.
fn refusal(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failed {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    // Gemini wraps it in a list where it streams.
    let told = if told.is_array() { &told[0] } else { &told };
    let error = &told["error"];
    let texts = [&error["message"], &told["message"], &told["detail"], error, &told["Message"]];
    let said = texts.into_iter().find_map(Value::as_str).unwrap_or_default();
    let said: String = said.chars().take(MAX_TOLD).collect();
    let kind = [&error["code"], &error["type"], &error["status"], &told["code"]];
    let kind = kind.into_iter().find_map(Value::as_str).unwrap_or_default();
    let no_credit = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"]
        .contains(&kind)
        || said.contains("credit balance is too low");
    let why = match status {
        _ if no_credit => Why::NoCredit,
        402 => Why::NoCredit,
        429 => Why::Busy,
        401 | 403 => Why::Auth,
        404 => Why::NotFound,
        408 | 409 | 425 | 500.. => Why::Server,
        _ => Why::Refused,
    };
    let message =
        if said.is_empty() { format!("status {status}") } else { format!("{status}: {said}") };
    let retry_after = retry_after(headers, now);
    Failed { status: Some(status), retry_after, ..Failed::new(why, message) }
}

/// `Retry-After` in seconds or as a date, or OpenAI's and Anthropic's in milliseconds.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim());
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let span = number("retry-after-ms").map(|ms| ms / 1e3).or_else(|| number("retry-after"));
    let Some(span) = span else {
        let date = jiff::fmt::rfc2822::parse(text("retry-after")?).ok()?;
        return Some(Timestamp::from_jiff(date.timestamp()).since(now).min(LONGEST_WAIT));
    };
    (span.is_finite() && span >= 0.0)
        .then(|| Duration::from_secs_f64(span.min(LONGEST_WAIT.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_told_in_three_ways() {
        let now = Timestamp::from_jiff("2026-11-30T08:00:00Z".parse().unwrap());
        let wait = |name: &'static str, value: &'static str| {
            let header = (HeaderName::from_static(name), HeaderValue::from_static(value));
            retry_after(&HeaderMap::from_iter([header]), now)
        };
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        assert_eq!(wait("retry-after", "7"), seconds(7.0));
        assert_eq!(wait("retry-after-ms", "250"), seconds(0.25));
        assert_eq!(wait("retry-after", "Mon, 30 Nov 2026 08:00:30 GMT"), seconds(30.0));
        assert_eq!(wait("retry-after", "Mon, 30 Nov 2026 07:00:00 GMT"), seconds(0.0));
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("retry-after", "-1"), None);
    }
}
