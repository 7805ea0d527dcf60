//! A sentence becomes a draft of a definition.

use axum::Json;
use axum::extract::State;
use codex32_author::{Draft, Request};
use codex32_model::Value;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::json;

use super::checks::{Known, zone};
use super::shapes::DraftShape;
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
    let connections: Vec<_> =
        connections.into_iter().map(|row| (row.name, row.connector)).collect();
    let draft = codex32_author::draft(&Request {
        sentence: &new.sentence,
        answers: new.answers,
        catalogue: &known,
        zone: &zone,
        connections: &connections,
    });
    Ok(Json(shown(draft)))
}

/// `draft --json`: the definition in its JSON spelling.
fn shown(draft: Draft) -> serde_json::Value {
    let definition = draft.definition.as_ref().map_or(Value::Null, codex32_flow::print::to_value);
    json!({
        "definition": definition,
        "questions": draft.questions,
        "connections": draft.connections,
        "diagnostics": draft.diagnostics,
        "explanation": draft.explanation,
        "confidence": draft.confidence,
    })
}
