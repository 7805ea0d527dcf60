//! Bots: deploying them, and what is deployed.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codex32_engine::{Deployed, Deployment};
use codex32_model::codes::server as codes;
use codex32_model::ids::BotId;
use codex32_model::{Diagnostic, Scope, Timestamp, Value};
use codex32_store::bots::{BotRow, BotState, Filter};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::checks::{self, Reading};
use super::runs::RunRow;
use super::shapes::DiagnosticShape;
use super::triggers::Trigger;
use crate::auth::{Allowed, ReadBots, WriteBots};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct Bot {
    #[schema(value_type = String)]
    id: BotId,
    /// Its name.
    bot: String,
    description: Option<String>,
    /// `active`, `paused` (its triggers start nothing) or `withdrawn` (its triggers are gone).
    state: &'static str,
    /// The live version.
    version: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<BotRow> for Bot {
    fn from(bot: BotRow) -> Self {
        Self {
            id: bot.id,
            bot: bot.name,
            description: bot.description,
            state: bot.state.as_str(),
            version: bot.version,
            created_at: bot.created_at,
            updated_at: bot.updated_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct BotDetail {
    #[serde(flatten)]
    bot: Bot,
    triggers: Vec<Trigger>,
    /// Connection names of the definition to the workspace's connections.
    bindings: IndexMap<String, String>,
}

/// The bot of that name.
pub async fn find(api: &Api, scope: Scope, name: &str) -> Answer<BotRow> {
    let bot = api.options.store.bot(scope, name.to_owned()).await?;
    bot.ok_or_else(|| Problem::not_found(format!("bot `{name}`")))
}

/// `ETag: "3"` for version 3.
fn tagged(version: u32, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version that the caller has read: `If-Match: "3"`, or `If-None-Match: *` for none.
fn expected(headers: &HeaderMap) -> Answer<Option<u32>> {
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*") {
        return Ok(Some(0));
    }
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    if value == "*" {
        return Ok(None);
    }
    let version = value.to_str().ok().and_then(|text| {
        let text = text.trim().trim_start_matches("W/");
        text.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
    });
    version.map(Some).ok_or_else(|| {
        Problem::bad_request("`If-Match` takes the `ETag` of a bot, such as `\"3\"`")
    })
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only bots with this text in their name or description.
    q: Option<String>,
    /// Only bots in this state: `active`, `paused` or `withdrawn`.
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// A bot in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ListedBot {
    #[serde(flatten)]
    bot: Bot,
    /// What its live version listens to.
    triggers: Vec<Trigger>,
    last_run: Option<RunRow>,
    /// The last run that failed or timed out.
    last_failure: Option<RunRow>,
}

/// List bots, by name
#[utoipa::path(get, path = "/bots", operation_id = "list_bots", tag = "Bots", params(ListQuery), security(("token" = ["bots:read"])),
    responses((status = 200, body = Page<ListedBot>)))]
pub async fn list(
    allowed: Allowed<ReadBots>,
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<ListedBot>>> {
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let filter = Filter {
        text: query.q.filter(|text| !text.is_empty()),
        state: query.state.as_deref().map(state).transpose()?,
        after: paging.after()?,
        limit: paging.fetch()?,
    };
    let store = &api.options.store;
    let bots = store.bots(allowed.scope, filter).await?;
    let ids = bots.iter().map(|bot| bot.id).collect();
    let mut beside = store.overview(allowed.scope, ids).await?;
    let listed = |bot: BotRow| {
        let triggers = beside.triggers.remove(&bot.id).unwrap_or_default();
        ListedBot {
            triggers: triggers.into_iter().map(|row| Trigger::of(&api, row.into())).collect(),
            last_run: beside.last_run.remove(&bot.id).map(Into::into),
            last_failure: beside.last_failure.remove(&bot.id).map(Into::into),
            bot: bot.into(),
        }
    };
    paging.page(bots, |bot| bot.name.clone(), listed).map(Json)
}

fn state(text: &str) -> Answer<BotState> {
    BotState::parse(text).ok_or_else(|| {
        let states = BotState::ALL.map(BotState::as_str).join(", ");
        Problem::bad_request(format!("`{text}` is not the state of a bot"))
            .fault("query.state", format!("one of {states}"))
    })
}

/// Show a bot with its triggers
#[utoipa::path(get, path = "/bots/{bot}", operation_id = "show_bot", tag = "Bots", params(("bot" = String, Path)),
    security(("token" = ["bots:read"])), responses((status = 200, body = BotDetail)))]
pub async fn show(
    allowed: Allowed<ReadBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Response> {
    let store = &api.options.store;
    let bot = find(&api, allowed.scope, &name).await?;
    let triggers = store.triggers(bot.workspace, bot.id).await?;
    let version = store.version(bot.workspace, bot.id, bot.version).await?;
    let detail = BotDetail {
        triggers: triggers.into_iter().map(|row| Trigger::of(&api, row.into())).collect(),
        bindings: version.map(|version| version.bindings).unwrap_or_default(),
        bot: bot.into(),
    };
    Ok(tagged(detail.bot.version, Json(detail)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The definition: its text (YAML or JSON), or its JSON spelling as an object.
    #[schema(value_type = serde_json::Value)]
    definition: Value,
    /// Connection names of the definition to the workspace's connections. What is not named here
    /// keeps the binding of the version before, or is bound to the connection of the same name.
    #[serde(default)]
    bind: IndexMap<String, String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct DeployedBody {
    bot: String,
    version: u32,
    state: &'static str,
    triggers: Vec<Trigger>,
    bindings: IndexMap<String, String>,
    /// Warnings.
    #[schema(value_type = Vec<DiagnosticShape>)]
    diagnostics: Vec<Diagnostic>,
}

/// Deploy a bot: a new version that its triggers start from now on
///
/// With `If-Match: "3"` only if version 3 is the live one, with `If-None-Match: *` only if there is no
/// such bot yet; otherwise the answer is 412.
#[utoipa::path(post, path = "/bots", operation_id = "deploy_bot", tag = "Bots", request_body = Deploy, security(("token" = ["bots:write"])),
    params(("If-Match" = Option<String>, Header), ("If-None-Match" = Option<String>, Header)),
    responses((status = 201, description = "A new bot", body = DeployedBody),
        (status = 200, description = "A new version of a bot", body = DeployedBody)))]
pub async fn deploy(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    headers: HeaderMap,
    Body(deploy): Body<Deploy>,
) -> Answer<Response> {
    let expected = expected(&headers)?;
    let reading = checks::read(&api, allowed.scope, &deploy.definition).await?;
    let Reading { bot, source, mut diagnostics, .. } = reading;
    let Some(bot) = bot else {
        return Err(checks::refused(diagnostics));
    };
    if diagnostics.iter().any(|diagnostic| diagnostic.code == codes::OPEN) {
        return Err(checks::still_open(diagnostics));
    }
    let bound = super::bindings::resolve(&api, allowed.scope, &bot, deploy.bind).await?;
    diagnostics.extend(bound.warnings);
    diagnostics.extend(super::knowledge::missing(&api, allowed.scope, &bot).await?);
    let bindings = bound.bindings.clone();
    let deployment = Deployment { bot, source, bindings: bound.bindings, expected };
    let Deployed { bot, triggers } = api.options.engine.deploy(allowed.scope, deployment).await?;
    let status = if bot.version == 1 { StatusCode::CREATED } else { StatusCode::OK };
    let body = DeployedBody {
        bot: bot.name,
        version: bot.version,
        state: bot.state.as_str(),
        triggers: triggers.into_iter().map(|t| Trigger::of(&api, t)).collect(),
        bindings,
        diagnostics,
    };
    Ok(tagged(body.version, (status, Json(body))))
}

/// Delete a bot with its versions and its runs, which must have ended
#[utoipa::path(delete, path = "/bots/{bot}", operation_id = "delete_bot", tag = "Bots", params(("bot" = String, Path)),
    security(("token" = ["bots:write"])), responses((status = 204)))]
pub async fn delete(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    api.options.engine.delete(allowed.scope, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pause a bot: its triggers start nothing; runs that have begun go on
#[utoipa::path(post, path = "/bots/{bot}/pause", operation_id = "pause_bot", tag = "Bots", params(("bot" = String, Path)),
    security(("token" = ["bots:write"])), responses((status = 200, body = Bot)))]
pub async fn pause(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Response> {
    let bot = api.options.engine.pause(allowed.scope, &name).await?;
    Ok(tagged(bot.version, Json(Bot::from(bot))))
}

/// Let a paused bot's triggers start runs again
#[utoipa::path(post, path = "/bots/{bot}/resume", operation_id = "resume_bot", tag = "Bots", params(("bot" = String, Path)),
    security(("token" = ["bots:write"])), responses((status = 200, body = Bot)))]
pub async fn resume(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Response> {
    let bot = api.options.engine.resume(allowed.scope, &name).await?;
    Ok(tagged(bot.version, Json(Bot::from(bot))))
}

/// Unregister a bot's triggers; its versions and runs stay
#[utoipa::path(post, path = "/bots/{bot}/withdraw", operation_id = "withdraw_bot", tag = "Bots", params(("bot" = String, Path)),
    security(("token" = ["bots:write"])), responses((status = 200, body = Bot)))]
pub async fn withdraw(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Response> {
    let bot = api.options.engine.withdraw(allowed.scope, &name).await?;
    Ok(tagged(bot.version, Json(Bot::from(bot))))
}
