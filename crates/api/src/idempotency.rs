//! Writes: each is carried out to its end even when the caller leaves, within a time, and, with an
//! `Idempotency-Key`, once.
//!
//! The key is reserved on disk before the request is carried out, and its answer is kept for a day. If
//! the server dies in between, the key stays reserved: the write is never carried out twice, and the
//! caller is told to look.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use codex32_model::Scope;
use codex32_model::codes::server as codes;
use codex32_store::meta::{Answer, Known};
use sha2::{Digest, Sha256};

use crate::auth::{Who, authenticate};
use crate::problem::Problem;
use crate::request::{MAX_BODY, too_large};
use crate::state::Api;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that is repeated from the store.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longer than the longest `wait` of a request.
const LIMIT: Duration = Duration::from_secs(75);
/// Answers above it are not kept; none of our writes has one.
const MAX_KEPT: usize = 4 << 20;

/// Keys whose requests this server is carrying out.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<String>>>);

struct Held {
    keys: InFlight,
    key: String,
}

impl InFlight {
    fn hold(&self, key: &str) -> Option<Held> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
        new.then(|| Held { keys: self.clone(), key: key.to_owned() })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Wraps every route of the API.
pub async fn layer(State(api): State<Api>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return in_time(next.run(request)).await;
    }
    let span = tracing::Span::current();
    let work = async move {
        match request.headers().get(KEY).cloned() {
            // Who may not write must not reserve keys; the handler refuses.
            Some(key) if authenticate(&api, request.method(), request.headers()) == Who::Owner => {
                once(&api, &key, request, next).await.unwrap_or_else(IntoResponse::into_response)
            }
            _ => next.run(request).await,
        }
    };
    let task = tokio::spawn(tracing::Instrument::instrument(work, span));
    in_time(async { task.await.unwrap_or_else(|error| Problem::internal(error).into_response()) })
        .await
}

async fn in_time(work: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(LIMIT, work).await.unwrap_or_else(|_| {
        let detail = format!("no answer was ready within {} seconds", LIMIT.as_secs());
        Problem::new(StatusCode::GATEWAY_TIMEOUT, codes::SLOW, detail).into_response()
    })
}

async fn once(
    api: &Api,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = key.to_str().ok().filter(|key| matches!(key.len(), 1..=255)).ok_or_else(|| {
        Problem::bad_request("an `Idempotency-Key` has 1 to 255 visible ASCII characters")
    })?;
    let scope = api.owner();
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| too_large())?;
    let mut hash = Sha256::new();
    for part in [parts.method.as_str(), &parts.uri.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let hash = hash.chain_update(&body).finalize().to_vec();

    let Some(held) = api.in_flight.hold(key) else { return Err(busy()) };
    match api.options.store.begin_answer(scope, key.to_owned(), hash, api.now()).await? {
        Known::New => {}
        Known::Begun => return Err(busy()),
        Known::Answered(answer) => return Ok(replay(answer)),
        Known::Other => {
            let detail = "this `Idempotency-Key` was used for another request within 24 hours";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, codes::KEY_REUSED, detail));
        }
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let response = keep(api, scope, key, response).await;
    drop(held);
    response
}

/// Keeps what was done. What was refused did nothing, so its key becomes free; what failed in between
/// may have done something, so its key stays reserved.
async fn keep(api: &Api, scope: Scope, key: &str, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        return Ok(response);
    }
    if !status.is_success() {
        api.options.store.end_answer(scope, key.to_owned(), None).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_KEPT).await.map_err(Problem::internal)?;
    let answer = Answer {
        status: u32::from(status.as_u16()),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    api.options.store.end_answer(scope, key.to_owned(), Some(answer)).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn busy() -> Problem {
    let detail = "a request with this `Idempotency-Key` has begun and has no answer yet";
    Problem::new(StatusCode::CONFLICT, codes::KEY_IN_USE, detail).retry_after(1)
}

fn replay(answer: Answer) -> Response {
    let status = u16::try_from(answer.status).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
