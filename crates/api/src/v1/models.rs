//! Named models: who answers under which name; and the workspace's settings for all of them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_llm::health::View;
use codex32_llm::{Definition, Settings};
use codex32_model::codes::llm as codes;
use codex32_model::{Scope, Timestamp};
use codex32_store::models::Model;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::auth::{Allowed, ReadModels, WriteModels};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct ModelBody {
    name: String,
    /// Whom to ask, in order, and with what patience.
    #[schema(value_type = DefinitionShape)]
    definition: Value,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// How its providers do, as this server sees it; empty for those that were not asked yet.
    #[schema(value_type = Vec<HealthShape>)]
    health: Vec<View>,
}

/// A named model.
#[derive(utoipa::ToSchema)]
#[schema(as = ModelDefinition)]
#[expect(dead_code, reason = "describes `codex32_llm::Definition`")]
pub struct DefinitionShape {
    /// The first is asked first; the others when it fails.
    #[schema(rename = "use")]
    targets: Vec<TargetShape>,
    /// For one provider to answer, such as `60s`.
    timeout: Option<String>,
    /// For one provider to begin a streamed answer, and for the pauses in it.
    first_token: Option<String>,
    /// For everything, pauses and fallbacks included.
    total: Option<String>,
    /// Ask the next one, too, when there is no answer after so long; both cost.
    hedge: Option<String>,
    /// How often all are gone through; 3 unless set.
    rounds: Option<u32>,
    /// Longest answer, in tokens, for requests that do not say.
    max_tokens: Option<u64>,
    /// How long an answer serves the same request again.
    cache: Option<String>,
    /// The cache also answers what means the same.
    semantic: Option<SemanticShape>,
}

/// How much alike two questions have to be that one answer serves.
#[derive(utoipa::ToSchema)]
#[schema(as = ModelSemanticCache)]
#[expect(dead_code, reason = "describes `codex32_llm::definition::Semantic`")]
pub struct SemanticShape {
    /// The nearness of their vectors, 0.8 to 1; 0.93 unless set.
    threshold: Option<f64>,
}

/// A provider's model over a connection.
#[derive(utoipa::ToSchema)]
#[schema(as = ModelTarget)]
#[expect(dead_code, reason = "describes `codex32_llm::Target`")]
pub struct TargetShape {
    /// The connection's name; a list of names shares the load among several keys of one provider.
    #[schema(value_type = serde_json::Value)]
    connection: String,
    /// As the provider calls it.
    model: String,
    /// `chat`, or `responses` for OpenAI's newer interface.
    api: Option<String>,
    /// The model whose price applies, where the name does not tell: a deployment of Azure.
    priced_as: Option<String>,
    /// Fields for every request, such as `reasoning_effort`.
    #[schema(value_type = Option<Object>)]
    options: Option<Value>,
}

#[derive(utoipa::ToSchema)]
#[schema(as = ModelHealth)]
#[expect(dead_code, reason = "describes `codex32_llm::health::View`")]
pub struct HealthShape {
    connection: String,
    model: String,
    calls: u64,
    failures: u64,
    /// Of the last calls, 0 to 1.
    error_rate: f64,
    /// Of the last answers.
    latency_ms: Option<u64>,
    /// Left alone for so many seconds yet.
    left_for_s: Option<u64>,
    last_error: Option<String>,
}

fn body(api: &Api, allowed_workspace: codex32_model::ids::WorkspaceId, model: Model) -> ModelBody {
    let Model { name, definition, updated_at } = model;
    let definition: Value = serde_json::from_str(&definition).unwrap_or_default();
    let mut health = api.options.gateway.health(allowed_workspace);
    health.retain(|view| names(&definition, view));
    ModelBody { name, definition, updated_at, health }
}

fn names(definition: &Value, view: &View) -> bool {
    definition["use"].as_array().into_iter().flatten().any(|target| {
        let connection = &target["connection"];
        let listed = connection.as_array().into_iter().flatten().chain([connection]);
        target["model"] == view.model && listed.into_iter().any(|name| *name == view.connection)
    })
}

/// List the named models
#[utoipa::path(get, path = "/models", operation_id = "list_models", tag = "Models", params(Paging), security(("token" = ["models:read"])),
    responses((status = 200, body = Page<ModelBody>)))]
pub async fn list(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<ModelBody>>> {
    let rows = api.options.store.models(allowed.scope, paging.after()?, paging.fetch()?).await?;
    let item = |row| body(&api, allowed.scope.workspace, row);
    paging.page(rows, |row| row.name.clone(), item).map(Json)
}

/// Read a named model
#[utoipa::path(get, path = "/models/{name}", operation_id = "show_model", tag = "Models", params(("name" = String, Path)),
    security(("token" = ["models:read"])), responses((status = 200, body = ModelBody)))]
pub async fn show(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<ModelBody>> {
    let found = api.options.store.model(allowed.scope, name.clone()).await?;
    let found = found.ok_or_else(|| Problem::not_found(format!("model `{name}`")))?;
    Ok(Json(body(&api, allowed.scope.workspace, found)))
}

/// Set a named model
#[utoipa::path(put, path = "/models/{name}", operation_id = "set_model", tag = "Models", params(("name" = String, Path)),
    request_body = DefinitionShape, security(("token" = ["models:write"])),
    responses((status = 200, body = ModelBody), (status = 201, body = ModelBody)))]
pub async fn set(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(given): Body<Value>,
) -> Answer<(StatusCode, Json<ModelBody>)> {
    if !is_name(&name) {
        return Err(unfit("name", format!("`{name}` cannot be the name of a model")));
    }
    let definition: Definition =
        serde_json::from_value(given).map_err(|error| unfit("", error.to_string()))?;
    definition.check().map_err(|(place, detail)| unfit(place, detail))?;
    let known = codex32_llm::provider::CONNECTORS;
    for connection in definition.targets.iter().flat_map(|target| &target.connections) {
        let found = api.options.store.connection(allowed.scope.workspace, connection.clone());
        let fault = match found.await? {
            None => format!("there is no connection `{connection}`"),
            Some(row) if !known.contains(&row.connector.as_str()) => {
                let known = known.join(", ");
                format!("the connection `{connection}` is of {}, not of: {known}", row.connector)
            }
            Some(_) => continue,
        };
        return Err(unfit("use.connection", fault));
    }
    let model = Model { name, definition: json!(definition).to_string(), updated_at: api.now() };
    let new = api.options.store.set_model(allowed.scope, model.clone()).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(body(&api, allowed.scope.workspace, model))))
}

/// Remove a named model
#[utoipa::path(delete, path = "/models/{name}", operation_id = "remove_model", tag = "Models", params(("name" = String, Path)),
    security(("token" = ["models:write"])), responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    if api.options.store.remove_model(allowed.scope, name.clone()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("model `{name}`")))
    }
}

/// What may leave, and what is kept.
#[derive(utoipa::ToSchema)]
#[schema(as = ModelSettings)]
#[expect(dead_code, reason = "describes `codex32_llm::Settings`")]
pub struct SettingsShape {
    /// `allow`, `mask` or `refuse` prompts with keys, tokens and passwords; `mask` unless set.
    secrets: Option<String>,
    /// The same for mail addresses, telephone, card and account numbers; `allow` unless set.
    personal_data: Option<String>,
    /// `CONNECTION/MODEL` that prompts may go to, `*` standing for any text; empty: all.
    allowed: Option<Vec<String>>,
    /// Keep prompts and answers, redacted and sealed.
    log_prompts: Option<bool>,
}

async fn stored(api: &Api, scope: Scope) -> Answer<Settings> {
    let text = api.options.store.model_settings(scope).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Read the settings for models
#[utoipa::path(get, path = "/model-settings", operation_id = "show_model_settings", tag = "Models", security(("token" = ["models:read"])),
    responses((status = 200, body = SettingsShape)))]
pub async fn settings(allowed: Allowed<ReadModels>, State(api): State<Api>) -> Answer<Json<Value>> {
    Ok(Json(json!(stored(&api, allowed.scope).await?)))
}

/// Change settings for models; those that are not given stay
#[utoipa::path(put, path = "/model-settings", operation_id = "set_model_settings", tag = "Models", request_body = SettingsShape,
    security(("token" = ["models:write"])), responses((status = 200, body = SettingsShape)))]
pub async fn set_settings(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Body(given): Body<Map<String, Value>>,
) -> Answer<Json<Value>> {
    let mut all = json!(stored(&api, allowed.scope).await?);
    for (name, value) in given {
        all[name.as_str()] = value;
    }
    let settings: Settings =
        serde_json::from_value(all).map_err(|error| unfit("", error.to_string()))?;
    settings.check().map_err(|detail| unfit("allowed", detail))?;
    let text = json!(settings).to_string();
    api.options.store.set_model_settings(allowed.scope, text).await?;
    Ok(Json(json!(settings)))
}

pub(super) fn unfit(path: &str, detail: String) -> Problem {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let whole = if path.is_empty() { detail.clone() } else { format!("{path}: {detail}") };
    Problem::new(status, codes::DEFINITION, whole).fault(path, detail)
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_.".contains(&c))
}
