//! The servers on this database.

use axum::Json;
use axum::extract::State;
use codex32_engine::leader;
use codex32_model::Timestamp;
use codex32_model::ids::NodeId;
use serde::Serialize;

use crate::auth::{Allowed, ReadServer};
use crate::problem::Answer;
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct Nodes {
    items: Vec<Node>,
    /// How long a server keeps its runs without renewing its lease, in seconds. It renews four times in
    /// that time.
    lease_seconds: u64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Node {
    #[schema(value_type = String)]
    id: NodeId,
    /// Of the machine.
    name: String,
    /// Of the program.
    version: String,
    /// `api`, `worker`, `scheduler`.
    roles: Vec<String>,
    /// Runs in its memory when it renewed its lease last.
    active_runs: u32,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it renewed its lease last, by the database's clock. One that does not for some seconds is
    /// taken off the list, and the others go on with its runs.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// How long ago that was when this was answered, in seconds.
    silent_seconds: u64,
    lease: LeaseShape,
    /// Whether it is the one that fires schedules and dispatches events.
    leads: bool,
    /// Whether it is the one that answers this request.
    this: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaseShape {
    /// Renewed in time.
    Good,
    /// A renewal did not come; when the lease ends, the others go on with the runs.
    Late,
}

/// The servers that share the database; on SQLite there is one
#[utoipa::path(get, path = "/nodes", operation_id = "list_nodes", tag = "Server", security(("token" = ["server:read"])),
    responses((status = 200, body = Nodes)))]
pub async fn list(_: Allowed<ReadServer>, State(api): State<Api>) -> Answer<Json<Nodes>> {
    let engine = &api.options.engine;
    let this = engine.node();
    let nodes = engine.nodes().await?;
    let now = api.options.store.all_clock(engine.clock().now()).await?;
    let (lease, leads) = (engine.lease(), leader(&nodes));
    let items = nodes.into_iter().map(|node| {
        let silent = now.since(node.seen_at);
        Node {
            this: node.id == this,
            leads: leads == Some(node.id),
            id: node.id,
            name: node.name,
            version: node.version,
            roles: node
                .roles
                .split(',')
                .filter(|role| !role.is_empty())
                .map(str::to_owned)
                .collect(),
            active_runs: node.active,
            started_at: node.started_at,
            seen_at: node.seen_at,
            silent_seconds: silent.as_secs(),
            lease: if silent > lease / 2 { LeaseShape::Late } else { LeaseShape::Good },
        }
    });
    Ok(Json(Nodes { items: items.collect(), lease_seconds: lease.as_secs() }))
}
