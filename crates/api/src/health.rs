//! Whether the server lives, and whether it can take work. No token: load balancers ask.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::EngineError;
use codex32_model::codes::server as codes;
use serde::Serialize;

use crate::problem::{Answer, Problem};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct Health {
    status: &'static str,
}

/// Whether the process answers
#[utoipa::path(get, path = "/health/live", operation_id = "health_live", tag = "Server", security(()), responses((status = 200, body = Health)))]
pub async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// Whether the server takes work: the database answers, its store is not held and nobody is stopping it
#[utoipa::path(get, path = "/health/ready", operation_id = "health_ready", tag = "Server", security(()), responses((status = 200, body = Health)))]
pub async fn ready(State(api): State<Api>) -> Answer<Json<Health>> {
    if *api.options.closing.borrow() {
        let detail = "the server is stopping";
        return Err(
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, codes::CLOSING, detail).retry_after(5)
        );
    }
    if api.options.engine.is_held() {
        return Err(EngineError::Held.into());
    }
    api.options.store.all_figures().await?;
    Ok(Json(Health { status: "ready" }))
}
