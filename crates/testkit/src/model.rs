//! A provider of language models that does what it is told, and misbehaves as real ones do. It speaks
//! OpenAI's language, and counts what it reported to have been used.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::stream::StreamExt;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How many came before.
    pub number: usize,
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

impl Asked {
    /// The text of the last message.
    pub fn prompt(&self) -> &str {
        let messages = self.body["messages"].as_array();
        messages.and_then(|all| all.last()?["content"].as_str()).unwrap_or_default()
    }

    /// How many turns an agent has had before.
    pub fn turns(&self) -> usize {
        let messages = self.body["messages"].as_array().into_iter().flatten();
        messages.filter(|message| message["role"] == "assistant").count()
    }

    pub fn is_streamed(&self) -> bool {
        self.body["stream"] == true
    }
}

/// What it does.
#[derive(Debug, Clone)]
pub enum Act {
    Say(String),
    /// Asks for uses of tools: names and arguments.
    Use(Vec<(String, String)>),
    /// Says it after a while.
    Late(Duration, String),
    /// Says it without counting.
    Uncounted(String),
    /// Counts what cannot be.
    Miscounted(String),
    /// 429, with `Retry-After` in seconds or without.
    Busy(Option<u32>),
    Fail(u16),
    /// An answer of this status and body.
    Json(u16, Value),
    /// 200 with what is no JSON.
    Garbage,
    /// 200 with JSON of another form.
    WrongTypes,
    /// Ends in the middle.
    Cut(String),
    /// Never begins.
    Stall,
    /// Begins with this, and never goes on.
    Begin(String),
    /// Closes the connection without a word.
    Drop,
}

/// What it reported to have been used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub answers: u64,
    pub input: u64,
    pub output: u64,
}

type Script = dyn Fn(&Asked) -> Act + Send + Sync;

struct Shared {
    asked: Mutex<Vec<Asked>>,
    counted: Mutex<Counted>,
    script: Box<Script>,
}

/// Listens on a free port until it is dropped.
pub struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Provider {
    pub async fn start(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            asked: Mutex::default(),
            counted: Mutex::default(),
            script: Box::new(script),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    /// Always says the same.
    pub async fn saying(text: &str) -> Self {
        let text = text.to_owned();
        Self::start(move |_| Act::Say(text.clone())).await
    }

    /// `base_url` of a connection.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn counted(&self) -> Counted {
        *self.shared.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            let http = hyper::server::conn::http1::Builder::new();
            // A broken connection is the other side's business.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Ends the connection without an answer, or in the middle of one.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("dropped by the script")
    }
}

impl std::error::Error for Dropped {}

type Body = UnsyncBoxBody<Bytes, Dropped>;
type Pieces = UnboundedSender<Result<Frame<Bytes>, Dropped>>;

fn streamed(status: u16, kind: &str) -> (Pieces, hyper::http::response::Builder, Body) {
    let (pieces, body) = unbounded();
    let head = hyper::Response::builder().status(status).header("content-type", kind);
    (pieces, head, StreamBody::new(body.boxed()).boxed_unsync())
}

fn send(pieces: &Pieces, text: impl Into<String>) {
    let _ = pieces.unbounded_send(Ok(Frame::data(Bytes::from(text.into()))));
}

async fn answer(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Body>, Dropped> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let asked = {
        let mut all = shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let header = head.headers.get("authorization").and_then(|value| value.to_str().ok());
        let number = all.len();
        all.push(Asked {
            number,
            path: head.uri.to_string(),
            authorization: header.unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        all.last().cloned().ok_or(Dropped)?
    };
    let act = (shared.script)(&asked);
    let (kind, stream) = match asked.is_streamed() {
        true => ("text/event-stream", true),
        false => ("application/json", false),
    };
    let whole = |status: u16, kind: &str, text: String| {
        let (pieces, head, body) = streamed(status, kind);
        send(&pieces, text);
        head.body(body).map_err(|_| Dropped)
    };
    let fail = |status: u16, message: &str| {
        let error = json!({ "error": { "message": message, "type": "server_error" } });
        whole(status, "application/json", error.to_string())
    };
    match act {
        Act::Drop => Err(Dropped),
        Act::Fail(status) => fail(status, "the server had an error"),
        Act::Json(status, value) => whole(status, "application/json", value.to_string()),
        Act::Busy(after) => {
            let mut response = fail(429, "rate limit reached")?;
            if let Some(after) = after {
                response.headers_mut().insert("retry-after", after.into());
            }
            Ok(response)
        }
        Act::Garbage => whole(200, kind, "data: {\"choi<html>\n\n".to_owned()),
        Act::WrongTypes => {
            let wrong = json!({ "id": 7, "choices": { "message": ["?"] } });
            whole(200, kind, if stream { format!("data: {wrong}\n\n") } else { wrong.to_string() })
        }
        Act::Stall | Act::Begin(_) => {
            let (pieces, head, body) = streamed(200, kind);
            if let Act::Begin(text) = &act {
                send(
                    &pieces,
                    if stream { chunk(&asked, text, None) } else { format!("{{\"{text}") },
                );
            }
            tokio::spawn(async move {
                let _open = pieces;
                std::future::pending::<Infallible>().await
            });
            head.body(body).map_err(|_| Dropped)
        }
        Act::Cut(text) => {
            let (pieces, head, body) = streamed(200, kind);
            send(&pieces, if stream { chunk(&asked, &text, None) } else { format!("{{\"{text}") });
            let _ = pieces.unbounded_send(Err(Dropped));
            head.body(body).map_err(|_| Dropped)
        }
        Act::Late(wait, text) => {
            tokio::time::sleep(wait).await;
            say(&shared, &asked, &text, Some(usage(&asked, &text)))
        }
        Act::Say(text) => say(&shared, &asked, &text, Some(usage(&asked, &text))),
        Act::Use(calls) => {
            let call = |(place, (name, arguments)): (usize, &(String, String))| {
                json!({ "id": format!("call-{}-{place}", asked.number), "type": "function",
                    "function": { "name": name, "arguments": arguments } })
            };
            let calls: Vec<Value> = calls.iter().enumerate().map(call).collect();
            let usage = usage(&asked, "tool");
            count(&shared, &usage);
            let answer = json!({
                "id": format!("chatcmpl-{}", asked.number),
                "object": "chat.completion",
                "model": asked.body["model"],
                "choices": [{
                    "index": 0,
                    "message": { "role": "assistant", "content": null, "tool_calls": calls },
                    "finish_reason": "tool_calls",
                }],
                "usage": usage,
            });
            whole(200, "application/json", answer.to_string())
        }
        Act::Uncounted(text) => say(&shared, &asked, &text, None),
        Act::Miscounted(text) => {
            let wrong = json!({ "prompt_tokens": -3, "completion_tokens": "many" });
            say(&shared, &asked, &text, Some(wrong))
        }
    }
}

/// One token for each word.
fn usage(asked: &Asked, text: &str) -> Value {
    let texts = asked.body["messages"].as_array().into_iter().flatten();
    let inputs = asked.body["input"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let texts = texts.filter_map(|message| message["content"].as_str()).chain(inputs);
    let read: usize = texts.map(|text| text.split_whitespace().count()).sum();
    let written = text.split_whitespace().count();
    json!({ "prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written })
}

fn chunk(asked: &Asked, text: &str, finish: Option<&str>) -> String {
    let chunk = json!({
        "id": format!("chatcmpl-{}", asked.number),
        "object": "chat.completion.chunk",
        "created": 1,
        "model": asked.body["model"],
        "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": finish }],
    });
    format!("data: {chunk}\n\n")
}

/// Adds up what is reported.
fn count(shared: &Shared, usage: &Value) {
    if let Some(input) = usage["prompt_tokens"].as_u64() {
        let mut counted = shared.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.answers += 1;
        counted.input += input;
        counted.output += usage["completion_tokens"].as_u64().unwrap_or(0);
    }
}

fn say(
    shared: &Shared,
    asked: &Asked,
    text: &str,
    usage: Option<Value>,
) -> Result<hyper::Response<Body>, Dropped> {
    if let Some(usage) = &usage {
        count(shared, usage);
    }
    if asked.path.ends_with("/embeddings") {
        let texts = asked.body["input"].as_array().map_or(1, Vec::len);
        let data: Vec<Value> =
            (0..texts).map(|index| json!({ "index": index, "embedding": [index, 0.5] })).collect();
        let (pieces, head, body) = streamed(200, "application/json");
        send(&pieces, json!({ "data": data, "usage": usage }).to_string());
        return head.body(body).map_err(|_| Dropped);
    }
    if !asked.is_streamed() {
        let answer = json!({
            "id": format!("chatcmpl-{}", asked.number),
            "object": "chat.completion",
            "created": 1,
            "model": asked.body["model"],
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": text },
                "finish_reason": "stop",
            }],
            "usage": usage,
        });
        let (pieces, head, body) = streamed(200, "application/json");
        send(&pieces, answer.to_string());
        return head.body(body).map_err(|_| Dropped);
    }
    let (pieces, head, body) = streamed(200, "text/event-stream");
    for word in text.split_inclusive(' ') {
        send(&pieces, chunk(asked, word, None));
    }
    send(&pieces, chunk(asked, "", Some("stop")));
    if let Some(usage) = usage {
        let last = json!({ "id": "last", "choices": [], "usage": usage });
        send(&pieces, format!("data: {last}\n\n"));
    }
    send(&pieces, "data: [DONE]\n\n");
    head.body(body).map_err(|_| Dropped)
}
