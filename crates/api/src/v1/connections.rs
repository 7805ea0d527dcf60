//! Connections: credentials by name. Secrets come in and never go out.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_connectors::{
    Credentials, Failure, FieldProblem, change_connection, validate_connection,
};
use codex32_identity::random;
use codex32_model::codes::{connector, server as codes};
use codex32_model::ids::ConnectionId;
use codex32_model::{Object, Scope, Timestamp, Value};
use codex32_store::StoreError;
use codex32_store::connections::Connection;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadConnections, WriteConnections};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;
use crate::vault;

/// How long the other side may take to answer a test.
const TEST: Duration = Duration::from_secs(20);

#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectionBody {
    #[schema(value_type = String)]
    id: ConnectionId,
    name: String,
    connector: String,
    /// The kind of credentials, as the connector names it.
    auth: String,
    /// The fields that are no secret.
    #[schema(value_type = Object)]
    fields: IndexMap<String, Value>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When a test last succeeded.
    #[schema(value_type = Option<String>, format = DateTime)]
    tested_at: Option<Timestamp>,
    /// Whether somebody has signed in with a browser (OAuth 2); `null` for kinds that ask for no sign-in.
    signed_in: Option<bool>,
}

impl ConnectionBody {
    /// What may be told of a stored connection. One that was sealed with another key file is shown too.
    fn new(api: &Api, scope: Scope, row: Connection) -> Self {
        let connectors = &api.options.connectors;
        let credentials = open(api, scope, &row).ok().filter(|found| connectors.is_oauth(found));
        let signed_in = credentials.map(|found| found.access_token().is_some());
        let Connection { id, name, connector, kind, public, created_at, tested_at, .. } = row;
        Self { id, name, connector, auth: kind, fields: public, created_at, tested_at, signed_in }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// Bots name it so in `deploy`'s `bind`.
    name: String,
    connector: String,
    /// The kind of credentials; may be left out where the connector has one kind only.
    #[serde(default)]
    auth: Option<String>,
    /// What the kind asks for: see `GET /connectors/{name}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: Arc<Object>,
    /// Test it first, and save it only if the test succeeds.
    #[serde(default = "yes")]
    test: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedConnection {
    /// Those that change; `null` removes one. A secret that is not given stays, unless the address that
    /// it is sent to changes.
    #[schema(value_type = Object)]
    fields: Arc<Object>,
    /// Test it first, and save it only if the test succeeds.
    #[serde(default = "yes")]
    test: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Tested {
    ok: bool,
    /// Who one is there, or why it failed.
    message: String,
}

/// List connections, by name, without their secrets
#[utoipa::path(get, path = "/connections", operation_id = "list_connections", tag = "Connections", params(Paging),
    security(("token" = ["connections:read"])), responses((status = 200, body = Page<ConnectionBody>)))]
pub async fn list(
    allowed: Allowed<ReadConnections>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<ConnectionBody>>> {
    let store = &api.options.store;
    let rows = store.connections(allowed.scope, paging.after()?, paging.fetch()?).await?;
    let body = |row| ConnectionBody::new(&api, allowed.scope, row);
    paging.page(rows, |row| row.name.clone(), body).map(Json)
}

/// Read a connection, without its secrets
#[utoipa::path(get, path = "/connections/{name}", operation_id = "show_connection", tag = "Connections", params(("name" = String, Path)),
    security(("token" = ["connections:read"])), responses((status = 200, body = ConnectionBody)))]
pub async fn show(
    allowed: Allowed<ReadConnections>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<ConnectionBody>> {
    let row = find(&api, allowed.scope, &name).await?;
    Ok(Json(ConnectionBody::new(&api, allowed.scope, row)))
}

/// Add a connection
#[utoipa::path(post, path = "/connections", operation_id = "add_connection", tag = "Connections", request_body = NewConnection,
    security(("token" = ["connections:write"])), responses((status = 201, body = ConnectionBody)))]
pub async fn add(
    allowed: Allowed<WriteConnections>,
    State(api): State<Api>,
    Body(new): Body<NewConnection>,
) -> Answer<(StatusCode, Json<ConnectionBody>)> {
    if !is_name(&new.name) {
        let detail = format!("`{}` cannot be the name of a connection", new.name);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(
            Problem::new(status, codes::CONNECTION_NAME, detail).fault("name", "wrong form")
        );
    }
    let credentials = credentials(&api, &new)?;
    let now = api.now();
    let tested = new.test && try_out(&api, allowed.scope, &credentials).await?;
    let id = ConnectionId::new(now, random::bytes().map_err(Problem::internal)?);
    let workspace = allowed.scope.workspace;
    let mut connection = vault::seal(&api.options.keys, workspace, id, new.name, &credentials, now)
        .map_err(Problem::internal)?;
    connection.tested_at = tested.then_some(now);
    api.options.store.add_connection(allowed.scope, connection.clone()).await?;
    api.options.engine.connections_changed(allowed.scope).await;
    Ok((StatusCode::CREATED, Json(ConnectionBody::new(&api, allowed.scope, connection))))
}

/// Change fields of a connection; those that are not given stay
#[utoipa::path(put, path = "/connections/{name}", operation_id = "change_connection", tag = "Connections", params(("name" = String, Path)),
    request_body = ChangedConnection, security(("token" = ["connections:write"])), responses((status = 200, body = ConnectionBody)))]
pub async fn change(
    allowed: Allowed<WriteConnections>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(change): Body<ChangedConnection>,
) -> Answer<Json<ConnectionBody>> {
    let row = find(&api, allowed.scope, &name).await?;
    let old = open(&api, allowed.scope, &row)?;
    let connectors = api.options.connectors.connectors();
    let credentials = change_connection(connectors, &old, &change.fields).map_err(faults)?;
    let tested = change.test && try_out(&api, allowed.scope, &credentials).await?;
    let (seen, now) = (row.updated_at, api.now());
    let now = now.max(seen.plus(Duration::from_micros(1)));
    let workspace = allowed.scope.workspace;
    let sealed = vault::seal(&api.options.keys, workspace, row.id, row.name, &credentials, now);
    let mut connection = sealed.map_err(Problem::internal)?;
    connection.created_at = row.created_at;
    connection.tested_at = tested.then_some(now);
    let kept = api.options.store.replace_connection(workspace, connection.clone(), seen).await?;
    if !kept {
        let detail =
            format!("the connection `{name}` was changed meanwhile; look at it and try again");
        return Err(StoreError::Conflict(detail).into());
    }
    api.options.engine.connections_changed(allowed.scope).await;
    api.options.gateway.connection_changed(workspace, &connection.name);
    Ok(Json(ConnectionBody::new(&api, allowed.scope, connection)))
}

/// Test a connection against the other side
#[utoipa::path(post, path = "/connections/{name}/test", operation_id = "test_connection", tag = "Connections", params(("name" = String, Path)),
    security(("token" = ["connections:write"])), responses((status = 200, body = Tested)))]
pub async fn test(
    allowed: Allowed<WriteConnections>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<Tested>> {
    let row = find(&api, allowed.scope, &name).await?;
    // Told apart: what cannot be opened here is no answer of the other side.
    open(&api, allowed.scope, &row)?;
    match signed_in(&api, allowed.scope, &name).await {
        Ok(message) => {
            api.options.store.connection_tested(allowed.scope, name, api.now()).await?;
            Ok(Json(Tested { ok: true, message }))
        }
        Err(why) => Ok(Json(Tested { ok: false, message: why.to_string() })),
    }
}

/// Remove a connection that no live bot is bound to
#[utoipa::path(delete, path = "/connections/{name}", operation_id = "remove_connection", tag = "Connections", params(("name" = String, Path)),
    security(("token" = ["connections:write"])), responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteConnections>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    api.options.store.remove_connection(allowed.scope, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a test succeeded; there is nothing to test before somebody has signed in.
async fn try_out(api: &Api, scope: Scope, credentials: &Credentials) -> Answer<bool> {
    let connectors = &api.options.connectors;
    if connectors.is_oauth(credentials) && credentials.access_token().is_none() {
        return Ok(false);
    }
    match connectors.test_connection(scope, credentials, TEST).await {
        Ok(_) => Ok(true),
        Err(why) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Err(Problem::new(status, codes::CONNECTION_TEST, why.to_string()))
        }
    }
}

/// Tests a stored connection like a step uses it: with a token that is renewed where it has to be.
async fn signed_in(api: &Api, scope: Scope, name: &str) -> Result<String, Failure> {
    let (tokens, connectors) = (&api.options.tokens, &api.options.connectors);
    let gone = || Failure::new(connector::NO_CONNECTION, "The connection is gone.");
    let credentials = tokens.open(scope.workspace, name).await?.ok_or_else(gone)?;
    let tested = connectors.test_connection(scope, &credentials, TEST).await;
    let Err(failure) = tested else { return tested };
    match tokens.after_refusal(scope.workspace, name, &credentials, &failure).await? {
        Some(fresh) => connectors.test_connection(scope, &fresh, TEST).await,
        None => Err(failure),
    }
}

pub(crate) fn open(api: &Api, scope: Scope, row: &Connection) -> Answer<Credentials> {
    let connectors = api.options.connectors.connectors();
    vault::open(&api.options.keys, connectors, scope.workspace, row)
        .map_err(|error| Problem::new(StatusCode::CONFLICT, error.code(), error.to_string()))
}

pub(crate) async fn find(api: &Api, scope: Scope, name: &str) -> Answer<Connection> {
    let found = api.options.store.connection(scope.workspace, name.to_owned()).await?;
    found.ok_or_else(|| Problem::not_found(format!("connection `{name}`")))
}

fn credentials(api: &Api, new: &NewConnection) -> Answer<Credentials> {
    let connectors = api.options.connectors.connectors();
    let kinds: Vec<&String> = connectors
        .manifest(&new.connector)
        .into_iter()
        .flat_map(|found| found.auth.keys())
        .collect();
    let kind = match (&new.auth, kinds.as_slice()) {
        (Some(kind), _) => kind,
        (None, [only]) => *only,
        (None, kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            let detail = match kinds.as_slice() {
                [] => format!("there is no connector `{}` that takes connections", new.connector),
                kinds => format!("say which kind of credentials: {}", kinds.join(", ")),
            };
            return Err(unfit(detail.clone()).fault("auth", detail));
        }
    };
    validate_connection(connectors, &new.connector, kind, &new.fields).map_err(faults)
}

fn faults(problems: Vec<FieldProblem>) -> Problem {
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.into_iter().fold(unfit(texts.join("; ")), |problem, fault| {
        let path =
            if fault.field.is_empty() { String::new() } else { format!("fields.{}", fault.field) };
        problem.fault(path, fault.message)
    })
}

fn unfit(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, connector::CONNECTION_FIELDS, detail)
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c))
}
