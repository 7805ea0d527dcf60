//! The immutable versions of a bot, and their definitions.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use codex32_model::Timestamp;
use codex32_store::bots::Version;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::bots::find;
use crate::auth::{Allowed, ReadBots};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct VersionBody {
    version: u32,
    /// Whether the triggers start this one.
    live: bool,
    bindings: IndexMap<String, String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// List a bot's versions, newest first
#[utoipa::path(get, path = "/bots/{bot}/versions", operation_id = "list_versions", tag = "Bots", params(("bot" = String, Path), Paging),
    security(("token" = ["bots:read"])), responses((status = 200, body = Page<VersionBody>)))]
pub async fn list(
    allowed: Allowed<ReadBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<VersionBody>>> {
    let bot = find(&api, allowed.scope, &name).await?;
    let store = &api.options.store;
    let versions = store.versions(allowed.scope, bot.id, paging.after()?, paging.fetch()?).await?;
    let body = |row: Version| VersionBody {
        version: row.version,
        live: row.version == bot.version,
        bindings: row.bindings,
        created_at: row.created_at,
    };
    paging.page(versions, |row| row.version, body).map(Json)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DefinitionQuery {
    /// `yaml` (as deployed, comments included, if it was YAML) or `json`.
    #[serde(default)]
    #[param(inline)]
    format: Spelling,
    /// The live one unless set.
    version: Option<u32>,
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spelling {
    #[default]
    Yaml,
    Json,
}

/// Read a bot's definition
#[utoipa::path(get, path = "/bots/{bot}/definition", operation_id = "read_definition", tag = "Bots", params(("bot" = String, Path), DefinitionQuery),
    security(("token" = ["bots:read"])),
    responses((status = 200, content((String = "application/yaml"), (serde_json::Value = "application/json")))))]
pub async fn definition(
    allowed: Allowed<ReadBots>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(query): Query<DefinitionQuery>,
) -> Answer<Response> {
    let bot = find(&api, allowed.scope, &name).await?;
    let number = query.version.unwrap_or(bot.version);
    let version = api.options.store.version(bot.workspace, bot.id, number).await?;
    let version =
        version.ok_or_else(|| Problem::not_found(format!("version {number} of `{name}`")))?;
    let (kind, text) = match query.format {
        Spelling::Json => ("application/json", version.definition),
        Spelling::Yaml => ("application/yaml", yaml(version)?),
    };
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// The source as deployed, unless that is JSON.
fn yaml(version: Version) -> Answer<String> {
    if !version.source.trim_start().starts_with('{') {
        return Ok(version.source);
    }
    let bot = codex32_flow::parse::bot(&version.definition).bot;
    let bot = bot.ok_or_else(|| Problem::internal("a stored definition cannot be read"))?;
    Ok(codex32_flow::print::to_yaml(&bot))
}
