//! Dead letters: events that could not start a bot, until somebody replays or discards them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::Replayed;
use codex32_model::Timestamp;
use codex32_model::ids::{DeadLetterId, RunId};
use codex32_store::dead_letters::{DeadLetter, Which};
use serde::{Deserialize, Serialize};

use super::events::EventBody;
use crate::auth::{Allowed, ReadEvents, ReplayEvents};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct DeadLetterBody {
    #[schema(value_type = String)]
    id: DeadLetterId,
    event: EventBody,
    /// The bot's name.
    bot: String,
    trigger: String,
    /// The stable code of the error, such as `E-EXPR-003`.
    code: String,
    /// Why the last attempt failed.
    error: String,
    attempts: u32,
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// Of the last attempt.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<DeadLetter> for DeadLetterBody {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { id, event, bot_name, trigger, code, error, .. } = letter;
        let DeadLetter { attempts, first_at, at, .. } = letter;
        Self {
            id,
            event: event.into(),
            bot: bot_name,
            trigger,
            code,
            error,
            attempts,
            first_at,
            at,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those of the bot of this name.
    bot: Option<String>,
    /// Only events of this name.
    name: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn which(
    api: &Api,
    scope: codex32_model::Scope,
    bot: Option<String>,
    name: Option<String>,
) -> Answer<Which> {
    let bot = match bot {
        Some(bot) => Some(super::bots::find(api, scope, &bot).await?.id),
        None => None,
    };
    Ok(Which { bot, name })
}

fn missing(id: DeadLetterId) -> Problem {
    Problem::not_found(format!("dead letter `{id}`"))
}

/// List events that could not start a bot, with why, newest event first
#[utoipa::path(get, path = "/dead-letters", operation_id = "list_dead_letters", tag = "Events", params(ListQuery),
    security(("token" = ["events:read"])), responses((status = 200, body = Page<DeadLetterBody>)))]
pub async fn list(
    allowed: Allowed<ReadEvents>,
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<DeadLetterBody>>> {
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let (after, most) = (paging.after()?, paging.fetch()?);
    let which = which(&api, allowed.scope, query.bot, query.name).await?;
    let letters = api.options.store.dead_letters(allowed.scope, which, after, most).await?;
    let key = |letter: &DeadLetter| (letter.event.seq, letter.bot, letter.trigger.clone());
    paging.page(letters, key, DeadLetterBody::from).map(Json)
}

/// Show a dead letter with its event
#[utoipa::path(get, path = "/dead-letters/{id}", operation_id = "show_dead_letter", tag = "Events", params(("id" = String, Path)),
    security(("token" = ["events:read"])), responses((status = 200, body = DeadLetterBody)))]
pub async fn show(
    allowed: Allowed<ReadEvents>,
    State(api): State<Api>,
    Path(id): Path<DeadLetterId>,
) -> Answer<Json<DeadLetterBody>> {
    let letter = api.options.store.dead_letter(allowed.scope, id).await?;
    Ok(Json(letter.ok_or_else(|| missing(id))?.into()))
}

#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It started a run.
    Started,
    /// It had started a run before.
    Already,
    /// The trigger's condition is not met: there is nothing to start.
    Declined,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ReplayedBody {
    outcome: Outcome,
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
}

/// Try once more to start the bot; the dead letter is gone when it could be started
#[utoipa::path(post, path = "/dead-letters/{id}/replay", operation_id = "replay_dead_letter", tag = "Events", params(("id" = String, Path)),
    security(("token" = ["events:replay"])), responses((status = 200, body = ReplayedBody)))]
pub async fn replay(
    allowed: Allowed<ReplayEvents>,
    State(api): State<Api>,
    Path(id): Path<DeadLetterId>,
) -> Answer<Json<ReplayedBody>> {
    let replayed = api.options.engine.replay_dead_letter(allowed.scope, id).await?;
    let (outcome, run) = match replayed.ok_or_else(|| missing(id))? {
        Replayed::Run(run) => (Outcome::Started, Some(run)),
        Replayed::Before(run) => (Outcome::Already, Some(run)),
        Replayed::Declined => (Outcome::Declined, None),
    };
    Ok(Json(ReplayedBody { outcome, run }))
}

/// Discard a dead letter; its event stays
#[utoipa::path(delete, path = "/dead-letters/{id}", operation_id = "discard_dead_letter", tag = "Events", params(("id" = String, Path)),
    security(("token" = ["events:replay"])), responses((status = 204)))]
pub async fn discard_one(
    allowed: Allowed<ReplayEvents>,
    State(api): State<Api>,
    Path(id): Path<DeadLetterId>,
) -> Answer<StatusCode> {
    let scope = allowed.scope;
    match api.options.store.drop_dead_letter(scope.workspace, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(missing(id)),
    }
}

/// Which dead letters; without fields all
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardBody {
    /// Only those of the bot of this name.
    #[serde(default)]
    bot: Option<String>,
    /// Only events of this name.
    #[serde(default)]
    name: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Discarded {
    discarded: u64,
}

/// Discard the dead letters that are there now; their events stay
#[utoipa::path(post, path = "/dead-letters/discard", operation_id = "discard_dead_letters", tag = "Events", request_body = DiscardBody,
    security(("token" = ["events:replay"])), responses((status = 200, body = Discarded)))]
pub async fn discard(
    allowed: Allowed<ReplayEvents>,
    State(api): State<Api>,
    Body(body): Body<DiscardBody>,
) -> Answer<Json<Discarded>> {
    let which = which(&api, allowed.scope, body.bot, body.name).await?;
    let now = api.options.engine.clock().now();
    let discarded = api.options.store.discard_dead_letters(allowed.scope, which, now).await?;
    Ok(Json(Discarded { discarded }))
}
