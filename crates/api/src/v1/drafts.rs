//! A sentence becomes a draft of a definition.

use axum::Json;
use axum::extract::State;
use codex32_author::Request;
use codex32_builder::{Built, By, Depth, Model, Options, Sandboxed, Through, build};
use codex32_identity::random;
use codex32_llm::Caller;
use codex32_model::action::BotSignature;
use codex32_model::{Scope, Timestamp};
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
    /// A named model of the workspace, or `CONNECTION/MODEL`, to be asked where the compiler is uncertain;
    /// unless it or `effort` is set, none is asked.
    #[serde(default)]
    model: Option<String>,
    /// When the model is asked; `auto` unless set.
    #[serde(default)]
    effort: Option<Effort>,
    /// In place of the workspace's time zone, an IANA name.
    #[serde(default)]
    timezone: Option<String>,
    /// In place of the server's clock: when it is asked.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    now: Option<Timestamp>,
}

/// When a language model is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Never.
    Offline,
    /// Where the offline compiler is uncertain.
    #[default]
    Auto,
    /// In any case.
    Always,
}

/// What the builder works with, for one request.
pub struct Desk<'a> {
    api: &'a Api,
    scope: Scope,
    /// The model that is asked; none when there is none, or none is wanted.
    name: Option<String>,
    pub known: Known<'a>,
    pub bots: Vec<BotSignature>,
    pub zone: String,
    pub connections: Vec<(String, String)>,
    pub trial: Sandboxed,
    pub depth: Depth,
}

impl<'a> Desk<'a> {
    /// Without a name the workspace's default model is asked, if it has any.
    pub async fn of(
        api: &'a Api,
        scope: Scope,
        name: Option<String>,
        effort: Effort,
    ) -> Answer<Self> {
        let zone = zone(api, scope).await?;
        let known = Known::of(api, scope).await?;
        let depth = match effort {
            Effort::Offline => Depth::Offline,
            Effort::Auto => Depth::Uncertain,
            Effort::Always => Depth::Always,
        };
        let name = match name {
            _ if depth == Depth::Offline => None,
            Some(name) => Some(name),
            None => {
                let any = api.options.store.models(scope, None, 1).await?;
                (!any.is_empty()).then(String::new)
            }
        };
        let trial = Sandboxed {
            pool: api.options.sandbox.clone(),
            zone: zone.clone(),
            now: api.now(),
            seed: random::bytes().map_err(Problem::internal)?,
        };
        Ok(Self {
            api,
            scope,
            name,
            bots: known.bots().cloned().collect(),
            known,
            zone,
            connections: builder_connections(api, scope).await?,
            trial,
            depth,
        })
    }

    pub fn model(&self) -> Option<Through> {
        let name = self.name.clone()?;
        let gateway = self.api.options.gateway.clone();
        Some(Through { gateway, caller: Caller::new(self.scope), name })
    }
}

/// The connections that steps may name.
pub async fn builder_connections(api: &Api, scope: Scope) -> Answer<Vec<(String, String)>> {
    let connections = api.options.store.connections(scope, None, 1_000).await?;
    // A step that names the outbox would keep its mail inside for ever, also when there is a mail server.
    let named = connections.into_iter().filter(|row| row.kind != codex32_connectors::email::OUTBOX);
    Ok(named.map(|row| (row.name, row.connector)).collect())
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
    let effort = match (&new.model, new.effort) {
        (_, Some(effort)) => effort,
        (Some(_), None) => Effort::Auto,
        (None, None) => Effort::Offline,
    };
    let mut desk = Desk::of(&api, allowed.scope, new.model, effort).await?;
    if let Some(zone) = new.timezone {
        if jiff::tz::TimeZone::get(&zone).is_err() {
            let detail = "is an IANA name, such as Europe/Berlin";
            return Err(
                Problem::bad_request("there is no such time zone").fault("timezone", detail)
            );
        }
        desk.zone = zone;
    }
    let now = new.now.unwrap_or_else(|| api.now());
    let request = Request {
        sentence: &new.sentence,
        answers: new.answers,
        catalogue: &desk.known,
        zone: &desk.zone,
        connections: &desk.connections,
        now: Some(now),
    };
    let model = desk.model();
    let model = model.as_ref().map(|model| model as &dyn Model);
    let options = Options { depth: desk.depth, ..Options::default() };
    let built = build(&request, &desk.bots, model, &desk.trial, options).await;
    let bot = built.draft.definition.as_ref();
    let spelled = bot.map(|bot| Spelled::of(bot, None, &desk.zone, now));
    Ok(Json(shown(built, spelled.unwrap_or_default())))
}

/// `draft --json`, and the definition also as text.
fn shown(built: Built, spelled: Spelled) -> serde_json::Value {
    let mut shown = json!(spelled);
    let cost = built.cost() as f64 / 1e6;
    let draft = built.draft;
    let more = json!({
        "questions": draft.questions,
        "connections": draft.connections,
        "diagnostics": draft.diagnostics,
        "explanation": draft.explanation,
        "confidence": draft.confidence,
        "by": match built.by { By::Compiler => "compiler", By::Model => "model" },
        "tries": built.rounds.len(),
        "faults": built.rounds.iter().map(|round| &round.faults).collect::<Vec<_>>(),
        "note": built.note.map(|(_, text)| text),
        "cost_usd": cost,
    });
    if let (Some(shown), serde_json::Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    shown
}
