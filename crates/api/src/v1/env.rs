//! The workspace's variables.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_model::codes::server as codes;
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadEnv, WriteEnv};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

const MAX_VALUE: usize = 64 << 10;

#[derive(Serialize, utoipa::ToSchema)]
pub struct Variable {
    name: String,
    value: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewValue {
    /// Text of at most 64 KiB. No secrets: every run can read it.
    value: String,
}

/// List the variables
#[utoipa::path(get, path = "/env", operation_id = "list_variables", tag = "Variables", params(Paging), security(("token" = ["env:read"])),
    responses((status = 200, body = Page<Variable>)))]
pub async fn list(
    allowed: Allowed<ReadEnv>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Variable>>> {
    let workspace = allowed.scope.workspace;
    let rows = api.options.store.env_after(workspace, paging.after()?, paging.fetch()?).await?;
    paging.page(rows, |row| row.0.clone(), |(name, value)| Variable { name, value }).map(Json)
}

/// Read a variable
#[utoipa::path(get, path = "/env/{name}", operation_id = "show_variable", tag = "Variables", params(("name" = String, Path)),
    security(("token" = ["env:read"])), responses((status = 200, body = Variable)))]
pub async fn show(
    allowed: Allowed<ReadEnv>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<Variable>> {
    let value = api.options.store.env_value(allowed.scope, name.clone()).await?;
    let value = value.ok_or_else(|| Problem::not_found(format!("variable `{name}`")))?;
    Ok(Json(Variable { name, value }))
}

/// Set a variable
#[utoipa::path(put, path = "/env/{name}", operation_id = "set_variable", tag = "Variables", params(("name" = String, Path)),
    request_body = NewValue, security(("token" = ["env:write"])),
    responses((status = 200, body = Variable), (status = 201, body = Variable)))]
pub async fn set(
    allowed: Allowed<WriteEnv>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(body): Body<NewValue>,
) -> Answer<(StatusCode, Json<Variable>)> {
    if !is_name(&name) {
        return Err(unfit(format!("`{name}` cannot be the name of a variable"), "name"));
    }
    if body.value.len() > MAX_VALUE {
        return Err(unfit(format!("the value is longer than {MAX_VALUE} bytes"), "value"));
    }
    let store = &api.options.store;
    let new = store.set_env(allowed.scope, name.clone(), body.value.clone()).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Variable { name, value: body.value })))
}

/// Remove a variable
#[utoipa::path(delete, path = "/env/{name}", operation_id = "unset_variable", tag = "Variables", params(("name" = String, Path)),
    security(("token" = ["env:write"])), responses((status = 204)))]
pub async fn unset(
    allowed: Allowed<WriteEnv>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    if api.options.store.unset_env(allowed.scope, name.clone()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("variable `{name}`")))
    }
}

fn unfit(detail: String, path: &str) -> Problem {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Problem::new(status, codes::ENV_NAME, detail.clone()).fault(path, detail)
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}
