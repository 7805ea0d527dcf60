//! Runs: starting, listing, showing, cancelling, retrying.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codex32_model::ids::RunId;
use codex32_model::large::BlobHash;
use codex32_model::run::{RunState, StepError};
use codex32_model::{Timestamp, Value};
use codex32_store::runs::{Filter, Run};
use serde::{Deserialize, Serialize};

use super::shapes::{ErrorShape, RunShape, StateShape, TranscriptShape};
use crate::auth::{Allowed, ReadRuns, WriteRuns};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

/// The longest `wait` of a request, in seconds; ask again for more.
const MAX_WAIT: u64 = 60;

/// A run in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RunRow {
    #[schema(value_type = String)]
    id: RunId,
    /// The bot's name.
    bot: String,
    version: u32,
    #[schema(value_type = StateShape)]
    state: RunState,
    /// The trigger's name; empty for a run started by hand, by a call or by a retry.
    trigger: String,
    /// Why it waits.
    reason: Option<String>,
    #[schema(value_type = Option<ErrorShape>)]
    error: Option<StepError>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    parent: Option<RunId>,
    /// The run that this one repeats.
    #[schema(value_type = Option<String>)]
    retry_of: Option<RunId>,
}

impl From<Run> for RunRow {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            bot: run.bot_name,
            version: run.version,
            state: run.state,
            trigger: run.trigger,
            reason: run.reason,
            error: run.error,
            created_at: run.created_at,
            ended_at: run.ended_at,
            parent: run.parent,
            retry_of: run.retry_of,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only runs of the bot of this name.
    bot: Option<String>,
    /// Only runs in this state.
    #[param(value_type = Option<StateShape>)]
    state: Option<String>,
    /// Only runs that the trigger of this name started; empty for those started by hand, by a call or
    /// by a retry.
    trigger: Option<String>,
    /// Only runs accepted at this time or later (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only runs accepted before this time (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List runs, newest first
#[utoipa::path(get, path = "/runs", operation_id = "list_runs", tag = "Runs", params(ListQuery), security(("token" = ["runs:read"])),
    responses((status = 200, body = Page<RunRow>)))]
pub async fn list(
    allowed: Allowed<ReadRuns>,
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<RunRow>>> {
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let store = &api.options.store;
    let bot = match query.bot {
        Some(name) => Some(super::bots::find(&api, allowed.scope, &name).await?.id),
        None => None,
    };
    let state = query.state.as_deref().map(state).transpose()?;
    let filter = Filter {
        bot,
        state,
        trigger: query.trigger,
        since: query.since,
        until: query.until,
        before: paging.after()?,
        limit: paging.fetch()?,
    };
    let mut runs = store.runs(allowed.scope, filter).await?;
    api.options.engine.explain_waits(allowed.scope, &mut runs).await?;
    paging.page(runs, |run| run.id, RunRow::from).map(Json)
}

fn state(text: &str) -> Answer<RunState> {
    RunState::parse(text).ok_or_else(|| {
        let states = RunState::ALL.map(RunState::as_str).join(", ");
        Problem::bad_request(format!("`{text}` is not the state of a run"))
            .fault("query.state", format!("one of {states}"))
    })
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The bot's inputs.
    #[serde(default = "nothing")]
    #[schema(value_type = Object)]
    input: Value,
    /// Wait so many seconds (at most 60) for the end and answer with the whole run.
    #[serde(default)]
    wait: Option<u64>,
}

fn nothing() -> Value {
    Value::Object(std::sync::Arc::default())
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Started {
    #[schema(value_type = String)]
    id: RunId,
    bot: String,
}

/// Start a run; `wait` answers with the whole run if it has ended by then
#[utoipa::path(post, path = "/bots/{bot}/runs", operation_id = "start_run", tag = "Runs", params(("bot" = String, Path)),
    request_body = Start, security(("token" = ["runs:write"])),
    responses((status = 200, description = "It has ended", body = RunShape),
        (status = 202, description = "It goes on", body = Started)))]
pub async fn start(
    allowed: Allowed<WriteRuns>,
    State(api): State<Api>,
    Path(bot): Path<String>,
    Body(start): Body<Start>,
) -> Answer<Response> {
    let engine = &api.options.engine;
    let id = engine.start_run(allowed.scope, &bot, start.input).await?;
    let mut response = match start.wait.filter(|seconds| *seconds > 0) {
        Some(seconds) => match engine.ended(allowed.scope, id, patience(seconds)).await? {
            Some(view) => Json(view).into_response(),
            None => (StatusCode::ACCEPTED, Json(Started { id, bot })).into_response(),
        },
        None => (StatusCode::ACCEPTED, Json(Started { id, bot })).into_response(),
    };
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/runs/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn patience(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(MAX_WAIT))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShowQuery {
    /// Wait so many seconds (at most 60) for the end.
    wait: Option<u64>,
    /// Of values larger than 64 KiB: `whole`, as long as they are not more than 64 MiB together, or
    /// only their beginnings (`preview`), under `large`.
    #[serde(default)]
    #[param(inline)]
    values: Values,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    #[default]
    Whole,
    Preview,
}

/// Show a run: states, inputs, outputs, times, errors and logs of each step
#[utoipa::path(get, path = "/runs/{id}", operation_id = "show_run", tag = "Runs", params(("id" = String, Path), ShowQuery),
    security(("token" = ["runs:read"])), responses((status = 200, body = RunShape)))]
pub async fn show(
    allowed: Allowed<ReadRuns>,
    State(api): State<Api>,
    Path(id): Path<RunId>,
    Query(query): Query<ShowQuery>,
) -> Answer<Response> {
    let engine = &api.options.engine;
    if let Some(seconds) = query.wait.filter(|seconds| *seconds > 0) {
        engine.wait(allowed.scope, id, patience(seconds)).await?;
    }
    let view = match query.values {
        Values::Whole => engine.view(allowed.scope, id).await?,
        Values::Preview => engine.preview(allowed.scope, id).await?,
    };
    Ok(Json(view).into_response())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TranscriptQuery {
    /// The address of the agent's step.
    step: String,
}

/// Show what an agent and its tools said to each other
#[utoipa::path(get, path = "/runs/{id}/transcript", operation_id = "show_transcript", tag = "Runs",
    params(("id" = String, Path), TranscriptQuery), security(("token" = ["runs:read"])),
    responses((status = 200, body = TranscriptShape)))]
pub async fn transcript(
    allowed: Allowed<ReadRuns>,
    State(api): State<Api>,
    Path(id): Path<RunId>,
    Query(query): Query<TranscriptQuery>,
) -> Answer<Response> {
    let transcript = api.options.engine.transcript(allowed.scope, id, &query.step).await?;
    Ok(Json(transcript).into_response())
}

/// Read a value that is too large to be shown in its run
#[utoipa::path(get, path = "/runs/{id}/values/{sha256}", operation_id = "show_run_value", tag = "Runs",
    params(("id" = String, Path), ("sha256" = String, Path)), security(("token" = ["runs:read"])),
    responses((status = 200, description = "The value", content_type = "application/json", body = serde_json::Value)))]
pub async fn value(
    allowed: Allowed<ReadRuns>,
    State(api): State<Api>,
    Path((id, hash)): Path<(RunId, BlobHash)>,
) -> Answer<Response> {
    let value = api.options.store.large_value(allowed.scope, id, hash).await?;
    let value = value.ok_or_else(|| Problem::not_found(format!("value `{hash}` of run `{id}`")))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], value).into_response())
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// For the journal.
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Accepted {
    #[schema(value_type = String)]
    id: RunId,
}

/// Cancel a run; it ends within 10 s
#[utoipa::path(post, path = "/runs/{id}/cancel", operation_id = "cancel_run", tag = "Runs", params(("id" = String, Path)),
    request_body = Cancel, security(("token" = ["runs:write"])),
    responses((status = 202, body = Accepted)))]
pub async fn cancel(
    allowed: Allowed<WriteRuns>,
    State(api): State<Api>,
    Path(id): Path<RunId>,
    Body(cancel): Body<Cancel>,
) -> Answer<(StatusCode, Json<Accepted>)> {
    let reason = cancel.reason.unwrap_or_else(|| "cancelled by hand".to_owned());
    if reason.chars().count() > 1_000 {
        return Err(Problem::bad_request("the reason is longer than 1000 characters"));
    }
    api.options.engine.cancel(allowed.scope, id, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { id })))
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The address of the step to begin at; the recorded outputs serve for those before. Unless set:
    /// the step that failed, or the beginning if none did.
    #[serde(default)]
    from: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct RetriedBody {
    /// The new run.
    #[schema(value_type = String)]
    id: RunId,
    #[schema(value_type = String)]
    retry_of: RunId,
    /// Addresses of the writes that will happen again.
    again: Vec<String>,
}

/// Run it again as a new run
#[utoipa::path(post, path = "/runs/{id}/retry", operation_id = "retry_run", tag = "Runs", params(("id" = String, Path)),
    request_body = Retry, security(("token" = ["runs:write"])),
    responses((status = 202, body = RetriedBody)))]
pub async fn retry(
    allowed: Allowed<WriteRuns>,
    State(api): State<Api>,
    Path(id): Path<RunId>,
    Body(retry): Body<Retry>,
) -> Answer<(StatusCode, Json<RetriedBody>)> {
    let retried = api.options.engine.retry(allowed.scope, id, retry.from).await?;
    let body = RetriedBody { id: retried.run, retry_of: id, again: retried.again };
    Ok((StatusCode::ACCEPTED, Json(body)))
}
