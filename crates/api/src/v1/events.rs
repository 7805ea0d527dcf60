//! Events: emitting them and reading them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_model::ids::EventId;
use codex32_model::{Timestamp, Value};
use codex32_store::events::Event;
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadEvents, WriteEvents};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct EventBody {
    #[schema(value_type = String)]
    id: EventId,
    /// The event's name, such as `invoice.paid`.
    name: String,
    /// Who emitted it.
    source: String,
    #[schema(value_type = serde_json::Value)]
    data: Value,
    /// Events of one key start runs in order.
    key: Option<String>,
    /// How many events led to this one; beyond 32 an event starts nothing.
    hops: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        let Event { id, kind, source, data, key, hops, at, .. } = event;
        Self { id, name: kind, source, data, key, hops, at }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only events of this name.
    name: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List events, newest first
#[utoipa::path(get, path = "/events", operation_id = "list_events", tag = "Events", params(ListQuery), security(("token" = ["events:read"])),
    responses((status = 200, body = Page<EventBody>)))]
pub async fn list(
    allowed: Allowed<ReadEvents>,
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<EventBody>>> {
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let (after, most) = (paging.after()?, paging.fetch()?);
    let events = api.options.store.events(allowed.scope, query.name, after, most).await?;
    paging.page(events, |event| event.seq, EventBody::from).map(Json)
}

/// Show an event
#[utoipa::path(get, path = "/events/{id}", operation_id = "show_event", tag = "Events", params(("id" = String, Path)),
    security(("token" = ["events:read"])), responses((status = 200, body = EventBody)))]
pub async fn show(
    allowed: Allowed<ReadEvents>,
    State(api): State<Api>,
    Path(id): Path<EventId>,
) -> Answer<Json<EventBody>> {
    let event = api.options.store.event(allowed.scope, id).await?;
    let event = event.ok_or_else(|| Problem::not_found(format!("event `{id}`")))?;
    Ok(Json(event.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// Such as `invoice.paid`.
    name: String,
    /// What expressions see as `event.data`.
    #[serde(default)]
    #[schema(value_type = serde_json::Value)]
    data: Value,
    /// Events of one key start runs in order.
    #[serde(default)]
    key: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Emitted {
    #[schema(value_type = String)]
    id: EventId,
}

/// Emit an event: it starts the bots that have a trigger for it
#[utoipa::path(post, path = "/events", operation_id = "emit_event", tag = "Events", request_body = NewEvent,
    security(("token" = ["events:write"])), responses((status = 202, body = Emitted)))]
pub async fn emit(
    allowed: Allowed<WriteEvents>,
    State(api): State<Api>,
    Body(event): Body<NewEvent>,
) -> Answer<(StatusCode, Json<Emitted>)> {
    let NewEvent { name, data, key } = event;
    let id = api.options.engine.emit(allowed.scope, name, data, key).await?;
    Ok((StatusCode::ACCEPTED, Json(Emitted { id })))
}
