//! Webhooks: from an HTTP request to the engine and back. No token; a trigger may ask for a signature.
//!
//! The route is looked up before the body is read, so that nobody can make the server hold bytes that
//! no trigger asked for. What bots answer is theirs, except headers that would reach beyond their
//! answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use codex32_engine::{HookAnswer, HookRequest, Refusal};
use codex32_model::Timestamp;
use codex32_model::codes::server;
use codex32_store::runs::Filter;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::docs::hook_page;
use crate::interface::wants_html;
use crate::problem::{Answer, Problem};
use crate::state::Api;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs of a bot among which the last call of a webhook is looked for.
const LOOKED_AT: u32 = 50;

/// Headers that belong to the connection or to this server's origin, not to a bot's answer.
const KEPT_OURS: [HeaderName; 14] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::UPGRADE,
    header::DATE,
    header::SERVER,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::CONTENT_SECURITY_POLICY,
    header::X_FRAME_OPTIONS,
    header::ALT_SVC,
    HeaderName::from_static("clear-site-data"),
    HeaderName::from_static("service-worker-allowed"),
];

pub async fn hook(api: Api, request: Request) -> Response {
    serve(&api, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn serve(api: &Api, request: Request) -> Answer<Response> {
    let workspace = api.options.workspace;
    let (parts, body) = request.into_parts();
    let method = if parts.method == Method::HEAD { "GET" } else { parts.method.as_str() };
    let path = parts.uri.path().trim_start_matches("/hooks/");
    let (route, body) = match api.options.engine.hook_route(workspace, method, path) {
        Ok(route) => {
            let body = read(&parts.headers, body, route.max_body).await?;
            (route, body)
        }
        Err(refusal) => {
            if refusal.status == 405 && method == "GET" && wants_html(&parts.headers) {
                return Ok(Box::pin(shown(api, path, refusal)).await);
            }
            return Ok(answer(refusal));
        }
    };
    let request = HookRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query(&parts.uri)?,
        headers: parts.headers,
        body,
    };
    Ok(answer(api.options.engine.webhook(route, request).await))
}

/// What somebody sees who opens the address of a webhook in a browser: how to call it, and whether
/// anybody did.
async fn shown(api: &Api, path: &str, refusal: HookAnswer) -> Response {
    let listeners = api.options.engine.hook_listeners(api.options.workspace, path);
    let Some(listener) = listeners.into_iter().next() else { return answer(refusal) };
    // A page of runs is enough to know: whoever looks must not make the server read them all.
    let filter = Filter { bot: Some(listener.bot), limit: LOOKED_AT, ..Filter::default() };
    let runs = api.options.store.runs(api.owner(), filter).await.unwrap_or_default();
    let called = match runs.iter().find(|run| run.trigger == listener.trigger) {
        Some(run) => Called::Last(run.created_at),
        None if runs.len() < LOOKED_AT as usize => Called::Never,
        None => Called::LongAgo,
    };
    let mut page = hook_page(api, path, &listener, called);
    *page.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    for (name, value) in refusal.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            page.headers_mut().insert(name, value);
        }
    }
    page
}

/// When a webhook was called last.
#[derive(Debug, Clone, Copy)]
pub enum Called {
    Never,
    Last(Timestamp),
    /// Before many other runs of the bot.
    LongAgo,
}

async fn read(headers: &HeaderMap, body: Body, most: u64) -> Answer<Bytes> {
    let too_large = || {
        let detail = format!("this webhook takes at most {most} bytes (`max_body` of its trigger)");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, server::TOO_LARGE, detail)
    };
    let told =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if told.is_some_and(|length: u64| length > most) {
        return Err(too_large());
    }
    let limited = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX));
    match tokio::time::timeout(PATIENCE, limited.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::bad_request("the body broke off")),
        Err(_) => {
            let detail = format!("the body did not arrive within {} seconds", PATIENCE.as_secs());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, server::SLOW, detail))
        }
    }
}

fn query(uri: &Uri) -> Answer<Vec<(String, String)>> {
    if uri.query().is_none() {
        return Ok(Vec::new());
    }
    axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map(|axum::extract::Query(pairs)| pairs)
        .map_err(|rejection| {
            Problem::bad_request("the query cannot be read").fault("query", rejection.body_text())
        })
}

fn answer(answer: HookAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match answer.refusal {
        Some(refusal) => {
            let Refusal { code, detail, places, run } = *refusal;
            let mut problem = Problem::new(status, code, detail);
            problem.more.run = run;
            let faulty =
                |problem: Problem, (path, detail)| problem.fault(format!("input.{path}"), detail);
            places.into_iter().fold(problem, faulty).into_response()
        }
        None => Response::new(Body::from(answer.body)),
    };
    *response.status_mut() = status;
    for (name, value) in answer.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            continue;
        };
        if !KEPT_OURS.contains(&name) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
