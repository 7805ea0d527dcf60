//! What calls of language models came to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codex32_model::ids::{ActorId, BotId, CallId, RunId};
use codex32_model::{Scope, Timestamp};
use codex32_store::model_calls::{Again, By, CacheFigures, Call, Sum, Which};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadModels, WriteModels};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Path, Query};
use crate::state::Api;

/// Micro-dollars as dollars.
pub(super) fn dollars(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// Names of bots by their ids.
pub(super) async fn names(
    api: &Api,
    scope: Scope,
    ids: impl Iterator<Item = BotId>,
) -> Answer<HashMap<BotId, String>> {
    let mut names = HashMap::new();
    for id in ids {
        if let Entry::Vacant(place) = names.entry(id) {
            let bot = api.options.store.bot_by_id(scope.workspace, id).await?;
            place.insert(bot.map_or_else(|| id.to_string(), |bot| bot.name));
        }
    }
    Ok(names)
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CallBody {
    #[schema(value_type = String)]
    id: CallId,
    #[schema(value_type = String)]
    actor: ActorId,
    /// The bot's name.
    bot: Option<String>,
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    /// The step's address.
    step: Option<String>,
    /// `chat` or `embeddings`.
    kind: String,
    /// The name asked for.
    asked: String,
    /// `open`, `done`, `failed`, or `lost` when the server died in it.
    state: String,
    connection: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    input_tokens: i64,
    output_tokens: i64,
    cost_usd: f64,
    /// What it would have cost, had it not been kept.
    saved_usd: f64,
    /// `provider`, `cache`, or `key`: it was paid before.
    answered_by: Option<String>,
    code: Option<String>,
    message: Option<String>,
    first_token_ms: Option<i64>,
    duration_ms: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallsQuery {
    /// Only of the bot of this name.
    bot: Option<String>,
    /// Only of this run.
    #[param(value_type = Option<String>)]
    run: Option<RunId>,
    /// From this time on (RFC 3339).
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Until before this time.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn bot(api: &Api, scope: Scope, name: Option<String>) -> Answer<Option<BotId>> {
    let Some(name) = name else { return Ok(None) };
    let bot = api.options.store.bot(scope, name.clone()).await?;
    bot.map(|bot| Some(bot.id)).ok_or_else(|| Problem::not_found(format!("bot `{name}`")))
}

/// List calls of models, the newest first
#[utoipa::path(get, path = "/model-calls", operation_id = "list_model_calls", tag = "Models", params(CallsQuery),
    security(("token" = ["models:read"])), responses((status = 200, body = Page<CallBody>)))]
pub async fn calls(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
    Query(query): Query<CallsQuery>,
) -> Answer<Json<Page<CallBody>>> {
    let CallsQuery { bot: name, run, from, to, limit, cursor } = query;
    let paging = Paging { limit, cursor };
    let which = Which { bot: bot(&api, allowed.scope, name).await?, run, from, to };
    let store = &api.options.store;
    let rows = store.model_calls(allowed.scope, which, paging.after()?, paging.fetch()?).await?;
    let names = names(&api, allowed.scope, rows.iter().filter_map(|row| row.bot)).await?;
    let body = |call: Call| CallBody {
        bot: call.bot.and_then(|id| names.get(&id).cloned()),
        id: call.id,
        actor: call.actor,
        run: call.run,
        step: call.step,
        kind: call.kind,
        asked: call.asked,
        state: call.state,
        connection: call.connection,
        provider: call.provider,
        model: call.model,
        input_tokens: call.input,
        output_tokens: call.output,
        cost_usd: dollars(call.cost),
        saved_usd: dollars(call.saved),
        answered_by: call.answered_by,
        code: call.code,
        message: call.message,
        first_token_ms: call.first_token_ms,
        duration_ms: call.duration_ms,
        started_at: call.started_at,
    };
    paging.page(rows, |row| row.id, body).map(Json)
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CallLogBody {
    /// What was asked, in OpenAI's form, redacted.
    request: serde_json::Value,
    /// What was answered; null where nobody did.
    reply: serde_json::Value,
}

/// Read the prompt and the answer of a call, where they were kept
#[utoipa::path(get, path = "/model-calls/{id}/log", operation_id = "show_model_call_log", tag = "Models",
    params(("id" = String, Path)), security(("token" = ["models:write"])),
    responses((status = 200, body = CallLogBody)))]
pub async fn log(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Path(id): Path<CallId>,
) -> Answer<Json<CallLogBody>> {
    let log = api.options.gateway.log(allowed.scope, id).await?;
    let missing = || Problem::not_found(format!("kept prompt of the call `{id}`"));
    let (request, reply) = log.ok_or_else(missing)?;
    Ok(Json(CallLogBody { request, reply }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CostBody {
    /// The day, the bot's name, the model, …; none for calls without one.
    of: Option<String>,
    calls: i64,
    /// Requests to providers.
    attempts: i64,
    failed: i64,
    /// Answered from what is kept.
    hits: i64,
    input_tokens: i64,
    output_tokens: i64,
    /// Of the input: read from the provider's cache.
    cached_tokens: i64,
    cost_usd: f64,
    saved_usd: f64,
    /// Of the cost: what no provider counted.
    estimated_usd: f64,
    /// Requests to models without a price.
    unpriced: i64,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CostsQuery {
    /// `day` unless set, `bot`, `run`, `step`, `evaluation`, `actor`, `name`, `provider`, `model` or `connection`.
    by: Option<String>,
    /// Only of the bot of this name.
    bot: Option<String>,
    /// Only of this run.
    #[param(value_type = Option<String>)]
    run: Option<RunId>,
    /// From this time on (RFC 3339).
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Until before this time.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// `csv` for a table.
    format: Option<String>,
}

/// What models cost
///
/// At most 10,000 lines, those that cost most.
#[utoipa::path(get, path = "/costs", operation_id = "show_costs", tag = "Models", params(CostsQuery),
    security(("token" = ["models:read"])), responses((status = 200, body = Vec<CostBody>)))]
pub async fn costs(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
    Query(query): Query<CostsQuery>,
) -> Answer<Response> {
    let by = match query.by.as_deref().unwrap_or("day") {
        "day" => By::Day,
        "bot" => By::Bot,
        "run" => By::Run,
        "step" => By::Step,
        "actor" => By::Actor,
        "evaluation" => By::Evaluation,
        "name" => By::Name,
        "provider" => By::Provider,
        "model" => By::Model,
        "connection" => By::Connection,
        other => {
            let detail = format!("costs cannot be summed by `{other}`");
            return Err(Problem::bad_request(detail).fault("query.by", "see the description"));
        }
    };
    let which = Which {
        bot: bot(&api, allowed.scope, query.bot).await?,
        run: query.run,
        from: query.from,
        to: query.to,
    };
    let mut sums = api.options.store.model_costs(allowed.scope, which, by).await?;
    if by == By::Bot {
        let ids = sums.iter().filter_map(|sum| sum.of.as_ref()?.parse().ok());
        let names = names(&api, allowed.scope, ids).await?;
        for of in sums.iter_mut().filter_map(|sum| sum.of.as_mut()) {
            if let Some(name) = of.parse().ok().and_then(|id: BotId| names.get(&id)) {
                name.clone_into(of);
            }
        }
    }
    if query.format.as_deref() == Some("csv") {
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        return Ok(([(header::CONTENT_TYPE, kind)], csv(&sums)).into_response());
    }
    let body = |sum: Sum| CostBody {
        of: sum.of,
        calls: sum.calls,
        attempts: sum.attempts,
        failed: sum.failed,
        hits: sum.hits,
        input_tokens: sum.input,
        output_tokens: sum.output,
        cached_tokens: sum.cached,
        cost_usd: dollars(sum.cost),
        saved_usd: dollars(sum.saved),
        estimated_usd: dollars(sum.estimated),
        unpriced: sum.unpriced,
    };
    Ok(Json(sums.into_iter().map(body).collect::<Vec<_>>()).into_response())
}

/// RFC 4180. Amounts are micro-dollars, so that sums of lines are exact.
fn csv(sums: &[Sum]) -> String {
    let mut out = String::from(
        "of,calls,attempts,failed,hits,input_tokens,output_tokens,cached_tokens,cost_micro_usd,\
         saved_micro_usd,estimated_micro_usd,unpriced\r\n",
    );
    for sum in sums {
        let of = sum.of.as_deref().unwrap_or_default();
        // A name that a spreadsheet would take for a formula is none there.
        let risky = of.starts_with(['=', '+', '-', '@']);
        let of = if risky { format!("'{of}") } else { of.to_owned() };
        let of = if of.contains([',', '"', '\n']) {
            format!("\"{}\"", of.replace('"', "\"\""))
        } else {
            of
        };
        out.push_str(&format!(
            "{of},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            sum.calls,
            sum.attempts,
            sum.failed,
            sum.hits,
            sum.input,
            sum.output,
            sum.cached,
            sum.cost,
            sum.saved,
            sum.estimated,
            sum.unpriced
        ));
    }
    out
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CacheBody {
    answers: i64,
    /// Sealed.
    bytes: i64,
    /// When the oldest answer was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest: Option<Timestamp>,
    hits: i64,
    saved_usd: f64,
    /// The same request was asked again.
    exact: AgainBody,
    /// What was asked meant the same.
    semantic: AgainBody,
    /// What was paid under an idempotency key.
    key: AgainBody,
}

/// Answers that were given again, of the calls that are kept
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AnswersGivenAgain)]
pub struct AgainBody {
    hits: i64,
    saved_usd: f64,
    /// How old they were then, in seconds, on average.
    age_s: i64,
    /// How old the oldest of them was.
    oldest_s: i64,
}

impl From<Again> for AgainBody {
    fn from(Again { hits, saved, age, oldest }: Again) -> Self {
        let seconds = |micros: i64| micros / 1_000_000;
        let (age_s, oldest_s) = (seconds(age), seconds(oldest));
        Self { hits, saved_usd: dollars(saved), age_s, oldest_s }
    }
}

/// How the cache of answers does
#[utoipa::path(get, path = "/model-cache", operation_id = "show_model_cache", tag = "Models", security(("token" = ["models:read"])),
    responses((status = 200, body = CacheBody)))]
pub async fn cache(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
) -> Answer<Json<CacheBody>> {
    let figures = api.options.store.model_cache(allowed.scope).await?;
    let CacheFigures { answers, bytes, oldest, exact, semantic, key } = figures;
    Ok(Json(CacheBody {
        answers,
        bytes,
        oldest,
        hits: exact.hits + semantic.hits + key.hits,
        saved_usd: dollars(exact.saved + semantic.saved + key.saved),
        exact: exact.into(),
        semantic: semantic.into(),
        key: key.into(),
    }))
}

/// Forget the cached answers
#[utoipa::path(delete, path = "/model-cache", operation_id = "clear_model_cache", tag = "Models", security(("token" = ["models:write"])),
    responses((status = 204)))]
pub async fn clear_cache(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
) -> Answer<StatusCode> {
    api.options.store.clear_model_cache(allowed.scope).await?;
    Ok(StatusCode::NO_CONTENT)
}
