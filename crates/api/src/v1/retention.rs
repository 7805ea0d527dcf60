//! How long the workspace keeps what is over.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_model::Timestamp;
use codex32_model::codes::server as codes;
use codex32_store::retention::{Deleted, LEAST_CALL_DAYS, Retention};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadServer, WriteServer};
use crate::problem::{Answer, Problem};
use crate::request::Body;
use crate::state::Api;

/// A hundred years.
const MOST_DAYS: u32 = 36_500;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Retention)]
pub struct RetentionBody {
    /// Days that ended runs, events and mails of the outbox are kept; 0: for good.
    days: u32,
    /// Ended runs that are kept, the newest; 0: all.
    runs: u32,
    /// Days that calls of language models are kept; 0: for good.
    calls: u32,
    /// What was deleted so far.
    deleted: DeletedBody,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Deleted)]
pub struct DeletedBody {
    runs: u64,
    events: u64,
    mails: u64,
    /// Of language models.
    calls: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Timestamp>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRetention {
    /// 0 to 36500; unless set, it stays as it is.
    #[serde(default)]
    days: Option<u32>,
    /// Unless set, it stays as it is.
    #[serde(default)]
    runs: Option<u32>,
    /// 0, or 62 to 36500: what is reported of this month and the last one stays. Unless set, it stays
    /// as it is.
    #[serde(default)]
    calls: Option<u32>,
}

fn body((kept, deleted): (Retention, Deleted)) -> Json<RetentionBody> {
    let Retention { days, runs, calls } = kept;
    let Deleted { runs: gone, events, mails, calls: asked, last_at } = deleted;
    let deleted = DeletedBody { runs: gone, events, mails, calls: asked, last_at };
    Json(RetentionBody { days, runs, calls, deleted })
}

fn refused(field: &str, detail: String) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, codes::BAD_REQUEST, &*detail);
    problem.fault(field, detail)
}

/// Show how long ended runs, events, mails and calls of models are kept
#[utoipa::path(get, path = "/retention", operation_id = "show_retention", tag = "Server", security(("token" = ["server:read"])),
    responses((status = 200, body = RetentionBody)))]
pub async fn show(
    allowed: Allowed<ReadServer>,
    State(api): State<Api>,
) -> Answer<Json<RetentionBody>> {
    Ok(body(api.options.store.retention(allowed.scope).await?))
}

/// Change how long ended runs, events, mails and calls of models are kept
///
/// What is beyond is deleted soon after, a little at a time, and for good.
#[utoipa::path(put, path = "/retention", operation_id = "set_retention", tag = "Server",
    request_body = NewRetention, security(("token" = ["server:write"])),
    responses((status = 200, body = RetentionBody)))]
pub async fn set(
    allowed: Allowed<WriteServer>,
    State(api): State<Api>,
    Body(new): Body<NewRetention>,
) -> Answer<Json<RetentionBody>> {
    if new.days.is_some_and(|days| days > MOST_DAYS) {
        return Err(refused("days", format!("`days` is at most {MOST_DAYS}; 0 keeps everything")));
    }
    if new.calls.is_some_and(|days| days != 0 && !(LEAST_CALL_DAYS..=MOST_DAYS).contains(&days)) {
        let detail =
            format!("`calls` is {LEAST_CALL_DAYS} to {MOST_DAYS} days; 0 keeps everything");
        return Err(refused("calls", detail));
    }
    let store = &api.options.store;
    let (kept, _) = store.retention(allowed.scope).await?;
    let kept = Retention {
        days: new.days.unwrap_or(kept.days),
        runs: new.runs.unwrap_or(kept.runs),
        calls: new.calls.unwrap_or(kept.calls),
    };
    store.set_retention(allowed.scope, kept).await?;
    api.options.engine.tidy();
    Ok(body(store.retention(allowed.scope).await?))
}
