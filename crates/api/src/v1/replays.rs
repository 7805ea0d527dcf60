//! Replays: events of a time, or dead letters, that are brought to their bots once more.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::Ask;
use codex32_model::Timestamp;
use codex32_model::ids::ReplayId;
use codex32_store::replays::{Replay, ReplayState, What};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadEvents, ReplayEvents};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhatShape {
    Events,
    DeadLetters,
}

#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayStateShape {
    Running,
    Done,
    Cancelled,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ReplayBody {
    #[schema(value_type = String)]
    id: ReplayId,
    what: WhatShape,
    /// Name of the events; `null`: of every name.
    name: Option<String>,
    /// Only to this bot; `null`: to all that listen.
    bot: Option<String>,
    /// Of events: from this time on.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Of events: before this time.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Whether events start bots that they have started before.
    again: bool,
    state: ReplayStateShape,
    /// Why it waits.
    note: Option<String>,
    /// Events, or dead letters, when it began.
    total: u32,
    /// Of them, done with.
    seen: u32,
    /// Runs that it started.
    started: u32,
    /// Starts that were left out, because the event had started the bot before.
    already: u32,
    /// Starts that a trigger's condition declined.
    declined: u32,
    /// Starts that failed: they are dead letters.
    failed: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl From<Replay> for ReplayBody {
    fn from(replay: Replay) -> Self {
        let of_events = replay.what == What::Events;
        let counts = replay.counts;
        Self {
            id: replay.id,
            what: if of_events { WhatShape::Events } else { WhatShape::DeadLetters },
            name: replay.name,
            bot: replay.bot_name,
            since: of_events.then_some(replay.since),
            until: of_events.then_some(replay.until),
            again: replay.again,
            state: match replay.state {
                ReplayState::Running => ReplayStateShape::Running,
                ReplayState::Done => ReplayStateShape::Done,
                ReplayState::Cancelled => ReplayStateShape::Cancelled,
            },
            note: replay.note,
            total: replay.total,
            seen: counts.seen,
            started: counts.started,
            already: counts.already,
            declined: counts.declined,
            failed: counts.failed,
            created_at: replay.created_at,
            ended_at: replay.ended_at,
        }
    }
}

/// List replays, newest first
#[utoipa::path(get, path = "/replays", operation_id = "list_replays", tag = "Events", params(Paging),
    security(("token" = ["events:read"])), responses((status = 200, body = Page<ReplayBody>)))]
pub async fn list(
    allowed: Allowed<ReadEvents>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<ReplayBody>>> {
    let store = &api.options.store;
    let replays = store.replays(allowed.scope, paging.after()?, paging.fetch()?).await?;
    paging.page(replays, |replay| replay.id, ReplayBody::from).map(Json)
}

/// Show a replay and how far it is
#[utoipa::path(get, path = "/replays/{id}", operation_id = "show_replay", tag = "Events", params(("id" = String, Path)),
    security(("token" = ["events:read"])), responses((status = 200, body = ReplayBody)))]
pub async fn show(
    allowed: Allowed<ReadEvents>,
    State(api): State<Api>,
    Path(id): Path<ReplayId>,
) -> Answer<Json<ReplayBody>> {
    let replay = api.options.store.replay(allowed.scope, id).await?;
    Ok(Json(replay.ok_or_else(|| missing(id))?.into()))
}

fn missing(id: ReplayId) -> Problem {
    Problem::not_found(format!("replay `{id}`"))
}

/// What is replayed
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewReplay {
    /// Events of a name and a time.
    Events {
        /// Such as `invoice.paid`.
        name: String,
        /// From this time on (RFC 3339).
        #[schema(value_type = String, format = DateTime)]
        since: Timestamp,
        /// Before this time; until now unless set.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        until: Option<Timestamp>,
        /// Only to the bot of this name; to all that listen unless set.
        #[serde(default)]
        bot: Option<String>,
        /// Start bots also by events that have started them before.
        #[serde(default)]
        again: bool,
    },
    /// The dead letters that are there now.
    DeadLetters {
        /// Only events of this name.
        #[serde(default)]
        name: Option<String>,
        /// Only those of the bot of this name.
        #[serde(default)]
        bot: Option<String>,
    },
}

/// Bring events, or dead letters, to their bots once more. It goes on by itself, page by page
#[utoipa::path(post, path = "/replays", operation_id = "begin_replay", tag = "Events", request_body = NewReplay,
    security(("token" = ["events:replay"])), responses((status = 202, body = ReplayBody)))]
pub async fn begin(
    allowed: Allowed<ReplayEvents>,
    State(api): State<Api>,
    Body(new): Body<NewReplay>,
) -> Answer<(StatusCode, Json<ReplayBody>)> {
    let engine = &api.options.engine;
    let replay = match new {
        NewReplay::Events { since, until: Some(until), .. } if until <= since => {
            return Err(Problem::bad_request("the replay ends before it begins")
                .fault("body.until", "has to be later than `since`"));
        }
        NewReplay::Events { name, since, until, bot, again } => {
            engine.replay_events(allowed.scope, Ask { name, since, until, bot, again }).await?
        }
        NewReplay::DeadLetters { name, bot } => {
            engine.replay_dead_letters(allowed.scope, bot.as_deref(), name).await?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(replay.into())))
}

/// Stop a replay; the runs that it has started go on
#[utoipa::path(post, path = "/replays/{id}/cancel", operation_id = "cancel_replay", tag = "Events", params(("id" = String, Path)),
    security(("token" = ["events:replay"])), responses((status = 200, body = ReplayBody)))]
pub async fn cancel(
    allowed: Allowed<ReplayEvents>,
    State(api): State<Api>,
    Path(id): Path<ReplayId>,
) -> Answer<Json<ReplayBody>> {
    match api.options.engine.cancel_replay(allowed.scope, id).await? {
        None => Err(missing(id)),
        // One that has ended stays as it is.
        Some(_) => {
            let replay = api.options.store.replay(allowed.scope, id).await?;
            Ok(Json(replay.ok_or_else(|| missing(id))?.into()))
        }
    }
}
