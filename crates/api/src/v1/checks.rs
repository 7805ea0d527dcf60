//! Reading and checking definitions against the catalogue and the workspace's bots.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_flow::{check, parse};
use codex32_model::action::{ActionSpec, BotSignature, Catalogue, ConnectorSpec, TriggerSpec};
use codex32_model::codes::server as codes;
use codex32_model::definition::{Bot, Tool, Verb};
use codex32_model::{Diagnostic, Scope, Value};
use codex32_rehearsal::code_steps;
use codex32_store::bots::BotState;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::open_values;
use super::shapes::DiagnosticShape;
use super::spelled::Spelled;
use crate::auth::{Allowed, ReadCatalogue};
use crate::problem::{Answer, Problem};
use crate::request::Body;
use crate::state::Api;

/// Bots that are looked up for one definition, those included that others call.
const MOST_CALLED: usize = 1_000;

/// The connectors and bots of one workspace.
pub struct Known<'a> {
    connectors: &'a dyn Catalogue,
    bots: IndexMap<String, BotSignature>,
}

impl<'a> Known<'a> {
    pub async fn of(api: &'a Api, scope: Scope) -> Answer<Self> {
        let live = api.options.store.live_definitions(scope).await?;
        let signature = |text: &str| parse::bot(text).bot.map(signature);
        let bots = live
            .into_iter()
            .filter_map(|(name, text)| signature(&text).map(|signature| (name, signature)));
        Ok(Self { connectors: api.options.connectors.connectors(), bots: bots.collect() })
    }

    /// Of the bots only those that a definition leads to: there may be thousands, and a definition is
    /// checked with every key that somebody presses.
    pub async fn called_by(api: &'a Api, scope: Scope, bot: Option<&Bot>) -> Answer<Self> {
        let store = &api.options.store;
        let mut bots = IndexMap::new();
        let mut asked = HashSet::new();
        let mut open = bot.map(calls).unwrap_or_default();
        while let Some(name) = open.pop() {
            if asked.len() == MOST_CALLED || !asked.insert(name.clone()) {
                continue;
            }
            let row = store.bot(scope, name.clone()).await?;
            let Some(row) = row.filter(|row| row.state != BotState::Withdrawn) else { continue };
            let version = store.version(scope.workspace, row.id, row.version).await?;
            let live = version.and_then(|version| parse::bot(&version.definition).bot);
            if let Some(live) = live.map(signature) {
                open.extend(live.calls.iter().cloned());
                bots.insert(name, live);
            }
        }
        Ok(Self { connectors: api.options.connectors.connectors(), bots })
    }

    /// The bots of the workspace.
    pub fn bots(&self) -> impl Iterator<Item = &BotSignature> {
        self.bots.values()
    }
}

/// What a caller needs to know of a bot.
fn signature(bot: Bot) -> BotSignature {
    let calls = calls(&bot);
    BotSignature {
        name: bot.bot,
        description: bot.description,
        inputs: bot.inputs,
        output: bot.output.unwrap_or_default(),
        calls,
    }
}

/// The bots that a bot starts, by its steps and by the tools of its agents.
fn calls(bot: &Bot) -> Vec<String> {
    let mut calls = Vec::new();
    bot.each_step(&mut |step| match &step.verb {
        Verb::Call(call) => calls.push(call.bot.clone()),
        Verb::Agent(agent) => {
            let called = agent.tools.iter().filter_map(|tool| match tool {
                Tool::Call { bot, .. } => Some(bot.clone()),
                _ => None,
            });
            calls.extend(called);
        }
        _ => {}
    });
    calls
}

impl Catalogue for Known<'_> {
    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.connectors.action(name)
    }
    fn actions(&self) -> &[ActionSpec] {
        self.connectors.actions()
    }
    fn connectors(&self) -> &[ConnectorSpec] {
        self.connectors.connectors()
    }
    fn triggers(&self) -> &[TriggerSpec] {
        self.connectors.triggers()
    }
    fn bot(&self, name: &str) -> Option<&BotSignature> {
        self.bots.get(name)
    }
}

/// A definition that was read and checked.
pub struct Reading {
    /// There only without errors.
    pub bot: Option<Bot>,
    /// There also with errors that do not keep it from being read.
    pub readable: Option<Bot>,
    /// Its text as given.
    pub source: String,
    /// By place, those in the code of code steps included.
    pub diagnostics: Vec<Diagnostic>,
    /// The workspace's time zone.
    pub zone: String,
}

/// Reads and checks a definition: its text, or its JSON spelling as an object.
pub async fn read(api: &Api, scope: Scope, definition: &Value) -> Answer<Reading> {
    let (parsed, source) = match definition {
        Value::Str(text) => (parse::bot(text), text.to_string()),
        Value::Object(_) => (parse::bot_from_value(definition), definition.to_json()),
        other => {
            let detail =
                format!("expected the text of a definition or an object, got {}", other.kind());
            return Err(Problem::bad_request("there is no definition").fault("definition", detail));
        }
    };
    let known = Known::called_by(api, scope, parsed.partial.as_ref()).await?;
    let zone = zone(api, scope).await?;
    let context = check::Context { catalogue: &known, zone: &zone, now: api.now() };
    let readable = parsed.bot.clone();
    let in_code = code_steps::check(&api.options.sandbox, &parsed).await;
    let check::Checked { bot, mut diagnostics, places, .. } = check::parsed(parsed, &context);
    diagnostics.extend(in_code);
    if let Some(bot) = &readable {
        let env = api.options.store.env(scope.workspace).await?;
        diagnostics.extend(open_values::find(bot, &env, &places));
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column));
    let bot = bot.filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    Ok(Reading { bot, readable, source, diagnostics, zone })
}

/// The workspace's time zone.
pub async fn zone(api: &Api, scope: Scope) -> Answer<String> {
    let workspace = api.options.store.workspace(scope.workspace).await?;
    Ok(workspace.map_or_else(|| "UTC".to_owned(), |workspace| workspace.timezone))
}

/// What a definition with errors is answered.
pub fn refused(diagnostics: Vec<Diagnostic>) -> Problem {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let detail = match errors.clone().next() {
        Some(first) if errors.clone().count() == 1 => first.message.clone(),
        Some(first) => format!("{} errors; the first: {}", errors.clone().count(), first.message),
        None => "the definition cannot be read".to_owned(),
    };
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, codes::DEFINITION, detail);
    for error in errors {
        problem = problem.fault(format!("definition.{}", error.place.path), &error.message);
    }
    problem.more.diagnostics = diagnostics;
    problem
}

/// What a definition with open values is answered when it is to be deployed.
pub fn still_open(diagnostics: Vec<Diagnostic>) -> Problem {
    let open = diagnostics.iter().filter(|diagnostic| diagnostic.code == codes::OPEN);
    let paths: Vec<_> = open.clone().map(|open| open.place.path.as_str()).collect();
    let detail = format!("the bot was not deployed: {} is still open", paths.join(", "));
    let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, codes::OPEN, detail);
    for open in open {
        problem = problem.fault(format!("definition.{}", open.place.path), &open.message);
    }
    problem.more.diagnostics = diagnostics;
    problem
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The definition: its text (YAML or JSON), or its JSON spelling as an object.
    #[schema(value_type = serde_json::Value)]
    definition: Value,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// Whether there is no error; there may be warnings.
    ok: bool,
    #[schema(value_type = Vec<DiagnosticShape>)]
    diagnostics: Vec<Diagnostic>,
    #[serde(flatten)]
    spelled: Spelled,
}

/// Check a definition
#[utoipa::path(post, path = "/checks", operation_id = "check_definition", tag = "Authoring", request_body = Check,
    security(("token" = ["catalogue:read"])), responses((status = 200, body = Checked)))]
pub async fn check(
    allowed: Allowed<ReadCatalogue>,
    State(api): State<Api>,
    Body(body): Body<Check>,
) -> Answer<Json<Checked>> {
    let reading = read(&api, allowed.scope, &body.definition).await?;
    let Reading { readable, source, diagnostics, zone, .. } = reading;
    let ok = !diagnostics.iter().any(Diagnostic::is_error);
    let spelled = |bot: Bot| Spelled::of(&bot, Some(&source), &zone, api.now());
    let spelled = readable.map(spelled).unwrap_or_default();
    Ok(Json(Checked { ok, diagnostics, spelled }))
}
