//! A sentence becomes a draft of a definition.

use axum::Json;
use axum::extract::State;
use codex32_author::{Draft, Request};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::json;

use super::checks::{Known, zone};
use super::shapes::DraftShape;
use super::spelled::Spelled;
use crate::auth::{Allowed, ReadCatalogue};
use crate::problem::{Answer, Problem};
use crate::request::Body;
use crate::state::Api;

/// Longest sentence, in bytes, and most answers.
const MAX_SENTENCE: usize = 20_000;
const MAX_ANSWERS: usize = 200;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// What the bot should do, in English or German.
    sentence: String,
    /// Answers to questions of an earlier draft of the same sentence, by question id.
    #[serde(default)]
    answers: IndexMap<String, String>,
}

/// Draft a bot from a sentence, with questions about what is missing
#[utoipa::path(post, path = "/drafts", operation_id = "draft_bot", tag = "Authoring", request_body = NewDraft,
    security(("token" = ["catalogue:read"])), responses((status = 200, body = DraftShape)))]
pub async fn draft(
    allowed: Allowed<ReadCatalogue>,
    State(api): State<Api>,
    Body(new): Body<NewDraft>,
) -> Answer<Json<serde_json::Value>> {
    if new.sentence.len() > MAX_SENTENCE || new.answers.len() > MAX_ANSWERS {
        let detail = format!("at most {MAX_SENTENCE} bytes and {MAX_ANSWERS} answers");
        return Err(Problem::bad_request("the sentence is too long").fault("sentence", detail));
    }
    let known = Known::of(&api, allowed.scope).await?;
    let zone = zone(&api, allowed.scope).await?;
    let connections = api.options.store.connections(allowed.scope, None, 1_000).await?;
    // A step that names the outbox would keep its mail inside for ever, also when there is a mail server.
    let named = connections.into_iter().filter(|row| row.kind != codex32_connectors::email::OUTBOX);
    let connections: Vec<_> = named.map(|row| (row.name, row.connector)).collect();
    let draft = codex32_author::draft(&Request {
        sentence: &new.sentence,
        answers: new.answers,
        catalogue: &known,
        zone: &zone,
        connections: &connections,
        now: Some(api.now()),
    });
    let spelled = draft.definition.as_ref().map(|bot| Spelled::of(bot, None, &zone, api.now()));
    Ok(Json(shown(draft, spelled.unwrap_or_default())))
}

/// `draft --json`, and the definition also as text.
fn shown(draft: Draft, spelled: Spelled) -> serde_json::Value {
    let mut shown = json!(spelled);
    let more = json!({
        "questions": draft.questions,
        "connections": draft.connections,
        "diagnostics": draft.diagnostics,
        "explanation": draft.explanation,
        "confidence": draft.confidence,
    });
    if let (Some(shown), serde_json::Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    shown
}
