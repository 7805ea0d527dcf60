//! About the server itself.

use axum::Json;
use axum::extract::State;
use codex32_model::Timestamp;
use codex32_model::ids::WorkspaceId;
use codex32_store::held::Held;
use serde::Serialize;

use crate::auth::{Allowed, ReadServer, WriteServer};
use crate::problem::{Answer, Problem};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct Server {
    version: &'static str,
    public_url: String,
    workspace: WorkspaceBody,
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    uptime_seconds: u64,
    database: Database,
    /// Why nothing runs: the store was restored or copied, and nobody has released it yet.
    held: Option<HeldBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Held)]
pub struct HeldBody {
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    why: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Released {
    /// Whether it was held before.
    released: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WorkspaceBody {
    #[schema(value_type = String)]
    id: WorkspaceId,
    name: String,
    /// For schedules that name no zone.
    timezone: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Database {
    /// `sqlite` or `postgres`.
    kind: &'static str,
    /// The file, or `host:port/database`.
    place: String,
    bytes: u64,
    wal_pages: u64,
    /// Transactions since the start.
    commits: u64,
    waiting_writes: u64,
}

/// What runs here
#[utoipa::path(get, path = "/server", operation_id = "show_server", tag = "Server", security(("token" = ["server:read"])),
    responses((status = 200, body = Server)))]
pub async fn show(allowed: Allowed<ReadServer>, State(api): State<Api>) -> Answer<Json<Server>> {
    let store = &api.options.store;
    let workspace = store.workspace(allowed.scope.workspace).await?;
    let workspace = workspace.ok_or_else(|| Problem::not_found("workspace"))?;
    let figures = store.all_figures().await?;
    let held = store.held().await?.map(|Held { since, why }| HeldBody { since, why });
    let now = api.now();
    Ok(Json(Server {
        version: api.options.version,
        public_url: api.options.public_url.clone(),
        workspace: WorkspaceBody {
            id: workspace.id,
            name: workspace.name,
            timezone: workspace.timezone,
        },
        now,
        started_at: api.started,
        uptime_seconds: now.since(api.started).as_secs(),
        database: Database {
            kind: store.kind(),
            place: store.place(),
            bytes: figures.bytes,
            wal_pages: figures.wal_pages,
            commits: figures.commits,
            waiting_writes: figures.waiting_writes,
        },
        held,
    }))
}

/// Let a store run that was restored or copied
#[utoipa::path(post, path = "/server/release", operation_id = "release_server", tag = "Server", security(("token" = ["server:write"])),
    responses((status = 200, body = Released)))]
pub async fn release(_: Allowed<WriteServer>, State(api): State<Api>) -> Answer<Json<Released>> {
    let released = api.options.engine.release().await?;
    Ok(Json(Released { released }))
}
