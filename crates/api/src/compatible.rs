//! `/v1`: language models for a workspace's own programs, in OpenAI's form, so that they need no more
//! than another address and a token of this server.
//!
//! Not behind the layer that carries writes out once: answers are streamed, and an `Idempotency-Key` is
//! the gateway's business here.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codex32_llm::{Answer, Caller, ChatRequest, Error, Streaming};
use codex32_model::Scope;
use codex32_model::codes::llm as codes;
use futures::stream;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::auth::{Allowed, ReadModels, UseModels};
use crate::state::Api;

/// Largest request, in bytes: images are in it.
pub const MAX_BODY: usize = 32 << 20;

const CALL: HeaderName = HeaderName::from_static("x-codex32-call");
const COST: HeaderName = HeaderName::from_static("x-codex32-cost-usd");
const ANSWERED_BY: HeaderName = HeaderName::from_static("x-codex32-answered-by");

/// A refusal in OpenAI's form.
pub struct Refusal(Error);

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = OpenAiError)]
pub struct RefusalBody {
    /// `{message, type, code}`; `code` is one of ours, such as `E-LLM-002`.
    #[schema(value_type = Object)]
    error: Value,
}

impl RefusalBody {
    fn of(error: &Error) -> Self {
        let kind = match error.status() {
            402 => "insufficient_quota",
            403 => "permission_error",
            404 => "not_found_error",
            400..=499 => "invalid_request_error",
            _ => "api_error",
        };
        let code = error.code().text;
        Self {
            error: json!({ "message": error.to_string(), "type": kind, "code": code, "param": null }),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(RefusalBody::of(&self.0))).into_response();
        if let Error::AllFailed { retry_after: Some(wait), .. } = &self.0 {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal(Error::BadRequest(message.into()))
}

/// Whoever has the token, with what the headers say.
fn caller(scope: Scope, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = match text("idempotency-key") {
        Some(key) if !(1..=255).contains(&key.len()) => {
            return Err(bad("an `Idempotency-Key` has 1 to 255 visible ASCII characters"));
        }
        // Apart from the keys of steps, and from those of others.
        key => key.map(|key| format!("api {} {key}", scope.actor)),
    };
    let fresh = text("cache-control").is_some_and(|value| value.contains("no-cache"));
    Ok(Caller { key, fresh, ..Caller::new(scope) })
}

fn parsed(bytes: &Bytes) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(bytes)
        .map_err(|error| bad(format!("the body is no JSON object: {error}")))
}

fn decorate(headers: &mut HeaderMap, answer: &Answer) {
    let by = answer.by.as_str();
    let cost = format!("{:.6}", answer.cost as f64 / 1e6);
    for (name, value) in
        [(CALL, answer.call.to_string()), (COST, cost), (ANSWERED_BY, by.to_owned())]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Ask a model
///
/// OpenAI's chat completions. `model` is a named model of the workspace, or `CONNECTION/MODEL`. Fields that
/// are not known here go to the provider as they are. `"cache": false`, or `Cache-Control: no-cache`, asks
/// anew. With `"stream": true` the answer comes as server-sent events.
#[utoipa::path(post, path = "/v1/chat/completions", operation_id = "create_chat_completion", tag = "Models",
    request_body(content = serde_json::Value, description = "A request of OpenAI's form"), security(("token" = ["models:use"])),
    responses((status = 200, body = serde_json::Value, description = "An answer of OpenAI's form"), (status = 400, body = RefusalBody)))]
pub async fn chat(
    allowed: Allowed<UseModels>,
    State(api): State<Api>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let mut caller = caller(allowed.scope, &headers)?;
    let mut body = parsed(&bytes)?;
    if let Some(cache) = body.shift_remove("cache") {
        caller.fresh |= cache == json!(false);
    }
    let request: ChatRequest =
        serde_json::from_value(Value::Object(body)).map_err(|error| bad(error.to_string()))?;
    if !request.stream {
        let answer = api.options.gateway.chat(caller, request).await?;
        let mut response = axum::Json(&answer.reply.body).into_response();
        decorate(response.headers_mut(), &answer);
        return Ok(response);
    }
    let options = request.stream_options.as_ref();
    let counted = options.is_some_and(|options| options["include_usage"] == json!(true));
    let streaming = api.options.gateway.stream(caller, request)?;
    streamed(streaming, counted).await
}

async fn streamed(mut streaming: Streaming, counted: bool) -> Result<Response, Refusal> {
    let Some(first) = streaming.pieces.recv().await else {
        // Nothing was sent yet, so the refusal has a status of its own.
        let ended = streaming.ended.await;
        ended.map_err(|_| Error::Other(codes::ALL_FAILED, "the call was lost".to_owned()))??;
        return Err(Refusal(Error::Other(codes::ALL_FAILED, "the answer is empty".to_owned())));
    };
    let pieces =
        stream::unfold((Some(first), Some(streaming)), move |(first, streaming)| async move {
            let mut streaming = streaming?;
            let piece = match first {
                Some(first) => Some(first),
                None => streaming.pieces.recv().await,
            };
            match piece {
                Some(piece) => Some((event(piece, counted), (None, Some(streaming)))),
                None => {
                    let last = match streaming.ended.await {
                        Ok(Err(error)) => format!("data: {}\n\n", json!(RefusalBody::of(&error))),
                        _ => "data: [DONE]\n\n".to_owned(),
                    };
                    Some((last, (None, None)))
                }
            }
        });
    let pieces = futures::StreamExt::map(pieces, Ok::<_, std::convert::Infallible>);
    let kind = HeaderValue::from_static("text/event-stream");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response())
}

/// A piece as an event. Usage is in it only where it was asked for: some programs know no other pieces
/// than those with choices.
fn event(mut piece: Value, counted: bool) -> String {
    if !counted && let Some(fields) = piece.as_object_mut() {
        fields.shift_remove("usage");
    }
    let empty = piece["choices"].as_array().is_some_and(Vec::is_empty);
    if empty && !counted { String::new() } else { format!("data: {piece}\n\n") }
}

/// Turn texts into vectors
///
/// OpenAI's embeddings. `input` is a text or a list of texts.
#[utoipa::path(post, path = "/v1/embeddings", operation_id = "create_embeddings", tag = "Models",
    request_body(content = serde_json::Value, description = "A request of OpenAI's form"), security(("token" = ["models:use"])),
    responses((status = 200, body = serde_json::Value, description = "An answer of OpenAI's form"), (status = 400, body = RefusalBody)))]
pub async fn embeddings(
    allowed: Allowed<UseModels>,
    State(api): State<Api>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let mut caller = caller(allowed.scope, &headers)?;
    let mut body = parsed(&bytes)?;
    if let Some(cache) = body.shift_remove("cache") {
        caller.fresh |= cache == json!(false);
    }
    let model = body.shift_remove("model").unwrap_or_default();
    let model = model.as_str().unwrap_or_default().to_owned();
    let texts: Option<Vec<String>> = match body.shift_remove("input") {
        Some(Value::String(text)) => Some(vec![text]),
        Some(list) => serde_json::from_value(list).ok(),
        None => None,
    };
    let texts = texts.ok_or_else(|| bad("`input` is a text or a list of texts"))?;
    let answer = api.options.gateway.embed(caller, model, texts, body).await?;
    let mut response = axum::Json(&answer.reply.body).into_response();
    decorate(response.headers_mut(), &answer);
    Ok(response)
}

/// List the models that can be asked
#[utoipa::path(get, path = "/v1/models", operation_id = "list_openai_models", tag = "Models", security(("token" = ["models:read"])),
    responses((status = 200, body = serde_json::Value, description = "A list of OpenAI's form")))]
pub async fn models(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
) -> Result<axum::Json<Value>, Refusal> {
    let rows = api.options.store.models(allowed.scope, None, 1_000).await.map_err(Error::from)?;
    let data: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let created = row.updated_at.micros() / 1_000_000;
            json!({ "id": row.name, "object": "model", "created": created, "owned_by": "workspace" })
        })
        .collect();
    Ok(axum::Json(json!({ "object": "list", "data": data })))
}
