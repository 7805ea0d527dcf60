//! What bots listen to, and how the looks of their app triggers went.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::DeployedTrigger;
use codex32_model::Timestamp;
use codex32_model::time::format_duration;
use codex32_store::polls::{Failing, PollRow};
use serde::Serialize;

use crate::auth::{Allowed, WriteBots};
use crate::problem::Answer;
use crate::request::Path;
use crate::state::Api;

/// What a live version listens to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Trigger {
    name: String,
    kind: String,
    /// Of a webhook: its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Of an event trigger: the event's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    /// When a schedule fires next, or an app trigger looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next: Option<Timestamp>,
    /// What an app trigger looks for, such as `github.issue_opened`.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    /// From look to look, such as `5m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_looked_at: Option<Timestamp>,
    /// New items that the last look left to the next, which comes at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u32>,
    /// Why the last look failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<LookError>,
}

/// Why an app trigger cannot look.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LookError {
    /// A stable code, such as `E-CONN-012`.
    code: String,
    message: String,
    /// The first of the looks in a row that failed.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// How many failed in a row.
    failures: u32,
}

impl Trigger {
    pub fn of(api: &Api, trigger: DeployedTrigger) -> Self {
        let DeployedTrigger { name, kind, method, path, event, next, poll } = trigger;
        let url = path.map(|path| format!("{}/hooks/{path}", api.options.public_url));
        let mut shown = Self {
            name,
            kind,
            url,
            method,
            event,
            next,
            app: None,
            every: None,
            last_looked_at: None,
            waiting: None,
            last_error: None,
        };
        if let Some(PollRow { app, every, looked_at, waiting, failures, failing, .. }) = poll {
            shown.app = Some(app);
            shown.every = Some(format_duration(every));
            shown.last_looked_at = looked_at;
            shown.waiting = (waiting > 0).then_some(waiting);
            shown.last_error = failing.map(|Failing { code, message, since }| LookError {
                code,
                message,
                since,
                failures,
            });
        }
        shown
    }
}

/// Make an app trigger look now instead of at its next time
#[utoipa::path(post, path = "/bots/{bot}/triggers/{trigger}/look", operation_id = "look_now", tag = "Bots",
    params(("bot" = String, Path), ("trigger" = String, Path)), security(("token" = ["bots:write"])), responses((status = 202)))]
pub async fn look(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path((bot, trigger)): Path<(String, String)>,
) -> Answer<(StatusCode, Json<serde_json::Value>)> {
    api.options.engine.look_now(allowed.scope, &bot, &trigger).await?;
    Ok((StatusCode::ACCEPTED, Json(serde_json::json!({}))))
}
