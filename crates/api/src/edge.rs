//! The outermost layer: request ids, one log line, security headers, and the body of every problem.

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use codex32_model::codes::server as codes;
use futures::FutureExt;
use tracing::Instrument;

use crate::problem::Problem;
use crate::state::Api;
use crate::{docs, hooks};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Pages of ours set their own; whatever else is shown in a browser (an answer of a bot's webhook,
/// say) runs no script and is not of our origin, because the session's cookie is.
const NOTHING_ACTIVE: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

pub async fn layer(State(api): State<Api>, request: Request, next: Next) -> Response {
    around(&api, request, |request| next.run(request)).await
}

/// What webhooks are answered, without the router's layers.
pub async fn hook(api: Api, request: Request) -> Response {
    around(&api, request, |request| async {
        let answer = AssertUnwindSafe(hooks::hook(api.clone(), request)).catch_unwind();
        answer.await.unwrap_or_else(panicked)
    })
    .await
}

async fn around<F: Future<Output = Response>>(
    api: &Api,
    request: Request,
    handle: impl FnOnce(Request) -> F,
) -> Response {
    let id = given_id(request.headers()).unwrap_or_else(|| api.request_id());
    let span = tracing::info_span!(
        "request", id = %id, method = %request.method(), path = %request.uri().path()
    );
    let mut response = handle(request).instrument(span.clone()).await;
    let _entered = span.enter();
    let status = response.status();
    tracing::debug!(status = status.as_u16(), "answered");
    if let Some(problem) = problem_of(&mut response) {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(problem.body(&id));
    }
    decorate(response.headers_mut(), &id);
    response
}

/// The problem that a handler gave, or the one behind a bare status of the framework.
fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    (status == StatusCode::METHOD_NOT_ALLOWED
        && !response.headers().contains_key(header::CONTENT_TYPE))
    .then(|| Problem::new(status, codes::METHOD, "this address does not take this method"))
}

fn decorate(headers: &mut HeaderMap, id: &str) {
    headers.reserve(8);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let mut unless_set = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    unless_set(header::CONTENT_SECURITY_POLICY, NOTHING_ACTIVE);
    unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_set(header::X_FRAME_OPTIONS, "DENY");
    unless_set(header::REFERRER_POLICY, "no-referrer");
    unless_set(header::CACHE_CONTROL, "no-store");
}

/// The caller's id, if it is one that can stand in logs.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
    (matches!(id.len(), 1..=64) && id.bytes().all(plain)).then(|| id.to_owned())
}

/// What a panic in a handler becomes.
pub fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format!("panic: {}", text.unwrap_or("of an unknown kind"))).into_response()
}

/// No route took it: a file or a page of the interface, else no address of ours.
pub async fn fallback(State(api): State<Api>, request: Request) -> Response {
    let path = request.uri().path();
    if let Some(answer) = api.interface.answer(request.method(), path, request.headers()) {
        return answer;
    }
    if path == "/" && request.method().is_safe() {
        return docs::start_page(&api);
    }
    Problem::not_found(format!("address `{path}`")).into_response()
}
