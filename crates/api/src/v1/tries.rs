//! Rehearsals: what a bot would do, without doing it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::EngineError;
use codex32_engine::run::view::{AnswerView, StepView, Told};
use codex32_flow::flow::Flow;
use codex32_identity::random;
use codex32_model::codes::server as codes;
use codex32_model::definition::{Respond, TriggerKind};
use codex32_model::run::{RunState, StepError};
use codex32_model::{Diagnostic, Value};
use codex32_rehearsal::{
    Answers, By, Given, Need, Refused, Request, Stage, begin, only_trigger, with_example,
};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::checks::{self, Known, Reading};
use super::shapes::{AnswerShape, DiagnosticShape, ErrorShape, StateShape, StepShape};
use crate::auth::{Allowed, WriteBots};
use crate::problem::{Answer, Problem};
use crate::request::Body;
use crate::state::Api;

/// How long a rehearsal may take, its place in the line included.
const LIMIT: Duration = Duration::from_secs(30);
const MAX_SAMPLES: usize = 1_000;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTry {
    /// The definition: its text (YAML or JSON), or its JSON spelling as an object.
    #[schema(value_type = serde_json::Value)]
    definition: Value,
    /// Rehearse as if this trigger had started the bot. Unless set: its webhook or app trigger if that
    /// is its only trigger, else by hand.
    #[serde(default)]
    trigger: Option<String>,
    /// The input of a start by hand; with a trigger what it brings (a webhook's body, an event's data).
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    input: Option<Value>,
    /// The request to a webhook.
    #[serde(default)]
    request: Option<TryRequest>,
    /// The event of an event trigger, or of an app trigger in place of its connector's example.
    #[serde(default)]
    event: Option<TryEvent>,
    /// What steps give, by their id or address; what a wait for an event gets is the event's data.
    #[serde(default)]
    #[schema(value_type = Object)]
    samples: IndexMap<String, Value>,
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TryRequest {
    /// The trigger's unless set.
    method: Option<String>,
    /// By name; values are texts.
    #[schema(value_type = Object)]
    query: IndexMap<String, Value>,
    #[schema(value_type = Object)]
    headers: IndexMap<String, Value>,
    #[schema(value_type = serde_json::Value)]
    body: Value,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryEvent {
    #[serde(default)]
    #[schema(value_type = serde_json::Value)]
    data: Value,
}

/// What a rehearsal came to.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub struct Tried {
    /// How the run would end; `null` if there is no run (the definition has errors, or the trigger's
    /// `when` says no), or if it stopped at `needs`.
    #[schema(value_type = Option<StateShape>)]
    state: Option<RunState>,
    #[schema(value_type = serde_json::Value)]
    input: Value,
    #[schema(value_type = serde_json::Value)]
    output: Value,
    #[schema(value_type = Option<ErrorShape>)]
    error: Option<StepError>,
    /// What the webhook's caller would be answered.
    #[schema(value_type = Option<AnswerShape>)]
    answer: Option<AnswerView>,
    steps: Vec<TriedStep>,
    /// What would have left the machine, in this order.
    outside: Vec<Outward>,
    /// Events that would have been emitted.
    events: Vec<WouldEmit>,
    /// The step at which the rehearsal stopped, because nothing answers for it.
    needs: Option<Needed>,
    /// Whether the trigger's `when` let it through.
    wanted: bool,
    #[schema(value_type = Vec<DiagnosticShape>)]
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct TriedStep {
    #[serde(flatten)]
    #[schema(value_type = StepShape)]
    step: StepView,
    /// `sample`; `example`: the connector's; `shown`: a write that was not done. `null` for steps that
    /// ask nothing of the world.
    answered_by: Option<&'static str>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Outward {
    /// The step's address.
    step: String,
    /// Such as `slack.post_message`, or `call NAME`.
    action: String,
    /// Whether it changes something there.
    writes: bool,
    #[schema(value_type = serde_json::Value)]
    with: Value,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WouldEmit {
    name: String,
    #[schema(value_type = serde_json::Value)]
    data: Value,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Needed {
    step: String,
    why: String,
}

/// Rehearse a bot: see what it would do, without doing it
///
/// Nothing leaves the machine and nothing is kept. Reads are answered by `samples`, else by the
/// connector's example; writes are shown; waits take no time.
#[utoipa::path(post, path = "/tries", operation_id = "try_bot", tag = "Authoring", request_body = NewTry,
    security(("token" = ["bots:write"])), responses((status = 200, body = Tried)))]
pub async fn rehearse(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Body(new): Body<NewTry>,
) -> Answer<Json<Tried>> {
    if new.samples.len() > MAX_SAMPLES {
        return Err(Problem::bad_request(format!("more than {MAX_SAMPLES} samples")));
    }
    let reading = checks::read(&api, allowed.scope, &new.definition).await?;
    let Reading { bot, diagnostics, zone, .. } = reading;
    let Some(bot) = bot else { return Ok(Json(Tried { diagnostics, ..Tried::default() })) };
    let known = Known::called_by(&api, allowed.scope, Some(&bot)).await?;
    let flow =
        Flow::compile(&bot, &known).map_err(|error| EngineError::Definition(error.to_string()))?;
    let env = api.options.store.env(allowed.scope.workspace).await?;
    let env = Value::object(env.into_iter().map(|(name, value)| (name, Value::from(value))));
    let trigger = new.trigger.as_deref().or_else(|| only_trigger(&flow)).map(ToOwned::to_owned);
    let given = given(new.input, new.request, new.event);
    let given = with_example(&flow, &known, trigger.as_deref(), given);
    let now = api.now();
    let begun = begin(&flow, trigger.as_deref(), given, env, now).map_err(refused)?;
    let Some(begun) = begun else { return Ok(Json(Tried { diagnostics, ..Tried::default() })) };
    let answers = Answers {
        samples: new.samples.into_iter().collect(),
        recorded: std::collections::HashMap::new(),
        live: None,
        agents: None,
        pool: api.options.sandbox.clone(),
        seed: random::bytes().map_err(Problem::internal)?,
    };
    let mut stage = Stage::new(flow, begun, now, &zone, answers);
    let playing = async {
        // Closed only with the server.
        let _turn = api.tries.acquire().await;
        stage.play().await
    };
    let need = tokio::time::timeout(LIMIT, playing).await.map_err(|_| {
        let detail = format!("the rehearsal took longer than {} seconds", LIMIT.as_secs());
        Problem::new(StatusCode::GATEWAY_TIMEOUT, codes::SLOW, detail)
    })?;
    Ok(Json(told(&stage, trigger.as_deref(), need, diagnostics)))
}

fn given(input: Option<Value>, request: Option<TryRequest>, event: Option<TryEvent>) -> Given {
    match (request, event) {
        (Some(request), _) => {
            let lower = |(name, value): (String, Value)| (name.to_ascii_lowercase(), value);
            Given::Request(Request {
                method: request.method,
                query: Value::object(request.query),
                headers: Value::object(request.headers.into_iter().map(lower)),
                body: request.body,
            })
        }
        (None, Some(event)) => Given::Data(event.data),
        (None, None) => Given::Data(input.unwrap_or_default()),
    }
}

fn refused(refused: Refused) -> Problem {
    let message = refused.to_string();
    match refused {
        Refused::NoTrigger { triggers, .. } => Problem::bad_request(message)
            .fault("trigger", format!("it has: {}", triggers.join(", "))),
        Refused::Input(places) => EngineError::Input(places).into(),
        Refused::Expression { code, .. } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
        }
    }
}

fn told(
    stage: &Stage,
    trigger: Option<&str>,
    need: Option<Need>,
    diagnostics: Vec<Diagnostic>,
) -> Tried {
    let told = stage.told();
    let state = stage.ended();
    let answer = state.and_then(|state| answer(stage.flow(), trigger, state, &told));
    let by = |step: &StepView| stage.by.get(step.address.as_str()).copied();
    let outside = told.steps.iter().filter_map(|step| {
        let action = stage.asked.get(step.address.as_str())?.clone();
        let writes = by(step) == Some(By::Shown) || step.key.is_some();
        Some(Outward { step: step.address.clone(), action, writes, with: step.input.clone() })
    });
    let outside = outside.collect();
    let steps = told.steps.into_iter().map(|step| {
        let answered_by = by(&step).map(By::as_str);
        TriedStep { step, answered_by }
    });
    let emitted =
        |(name, data): &(String, Value)| WouldEmit { name: name.clone(), data: data.clone() };
    Tried {
        state,
        input: told.input,
        output: told.output,
        error: told.error,
        answer,
        steps: steps.collect(),
        outside,
        events: stage.events.iter().map(emitted).collect(),
        needs: need.map(|Need { step, why }| Needed { step, why }),
        wanted: true,
        diagnostics,
    }
}

/// What a webhook's caller gets, as the server would answer.
fn answer(flow: &Flow, trigger: Option<&str>, state: RunState, told: &Told) -> Option<AnswerView> {
    let TriggerKind::Webhook(hook) = &flow.triggers.get(trigger?)?.definition.kind else {
        return told.answer.clone();
    };
    let of = |status: u16, body: Value| {
        let headers = Value::object(std::iter::empty::<(&str, Value)>());
        Some(AnswerView { status, headers, body })
    };
    match (&told.answer, hook.respond) {
        (_, Respond::Now) => of(202, Value::object([("run", Value::from("run_…"))])),
        (Some(answer), Respond::Run) => Some(answer.clone()),
        (None, Respond::Run) if state == RunState::Succeeded => {
            of(if told.output.is_null() { 204 } else { 200 }, told.output.clone())
        }
        (None, Respond::Run) => {
            let detail = told.error.as_ref().map(|error| error.message.as_str());
            of(500, Value::object([("detail", Value::from(detail))]))
        }
    }
}
