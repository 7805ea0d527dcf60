//! What a bot will need and may cost, told before it is deployed: connections, what it reads and writes
//! and where, people it asks, how often it runs, and calls of language models.

use codex32_author::ConnectionUse;
use codex32_flow::schedule;
use codex32_model::definition::{Bot, Step, TriggerKind, Verb};
use codex32_model::{Catalogue, Effect, Timestamp};
use serde::Serialize;

use crate::compile::uses;
use crate::seen::branches;

/// A month, for estimates.
const DAYS: u64 = 30;
/// Most fires that are counted.
const FIRES: usize = 50_000;
/// Tokens of a model's answer where nothing is known of it.
const ANSWER: u64 = 400;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Needs {
    pub connections: Vec<Connection>,
    /// What it may do, in plain words: "writes to Slack: post a message".
    pub permissions: Vec<String>,
    /// Starts a month by its schedules; none when only others start it.
    pub runs_a_month: Option<u64>,
    /// Its questions to language models.
    pub models: Vec<ModelUse>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    pub name: String,
    pub connector: String,
    /// Whether it exists.
    pub bound: bool,
}

/// A step that asks a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelUse {
    pub step: String,
    /// The named model; empty for the workspace's default.
    pub model: String,
    /// For one call, estimated: what is read and what is written.
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// It stands in a loop, so it asks once for each item.
    pub for_each: bool,
}

/// Looks a definition over.
pub fn of(
    bot: &Bot,
    catalogue: &dyn Catalogue,
    connections: &[(String, String)],
    zone: &str,
    now: Timestamp,
) -> Needs {
    let mut needs = Needs {
        connections: uses(bot, catalogue, connections)
            .into_iter()
            .map(|ConnectionUse { name, connector, bound }| Connection { name, connector, bound })
            .collect(),
        runs_a_month: runs(bot, zone, now),
        ..Needs::default()
    };
    walk(&bot.steps, catalogue, false, &mut needs);
    walk(&bot.on_error, catalogue, false, &mut needs);
    for trigger in bot.triggers.values() {
        let says = match &trigger.kind {
            TriggerKind::Webhook(hook) if hook.verify.is_none() => {
                format!("takes requests at the webhook `{}` from anybody who knows it", hook.path)
            }
            TriggerKind::Webhook(hook) => {
                format!("takes signed requests at the webhook `{}`", hook.path)
            }
            TriggerKind::App { event, .. } => format!("looks for `{event}`"),
            _ => continue,
        };
        needs.permissions.push(says);
    }
    needs.permissions.dedup();
    needs
}

fn runs(bot: &Bot, zone: &str, now: Timestamp) -> Option<u64> {
    let till = now.plus(std::time::Duration::from_secs(DAYS * 86_400));
    let mut all = None;
    for trigger in bot.triggers.values() {
        let TriggerKind::Schedule(rule) = &trigger.kind else { continue };
        let Ok(parsed) = schedule::parse(rule, zone) else { continue };
        let fires = parsed.from(now).take(FIRES).take_while(|at| *at < till).count() as u64;
        all = Some(all.unwrap_or(0) + fires);
    }
    all
}

fn walk(steps: &[Step], catalogue: &dyn Catalogue, looped: bool, needs: &mut Needs) {
    for step in steps {
        let says = match &step.verb {
            Verb::Do(call) => catalogue.action(&call.action).and_then(|action| {
                let does = match action.effect {
                    Effect::Read => "reads from",
                    Effect::Write => "writes to",
                    Effect::Store => return None,
                };
                let connector =
                    catalogue.connectors().iter().find(|spec| spec.name == action.connector);
                let title = connector.map_or(action.connector.as_str(), |spec| spec.title.as_str());
                let host =
                    call.with.get("url").and_then(codex32_model::Value::as_str).and_then(host);
                let place = host.map_or_else(|| title.to_owned(), str::to_owned);
                Some(format!("{does} {place}: {}", action.title.to_lowercase()))
            }),
            Verb::Code(code) if !code.network.is_empty() => {
                Some(format!("runs code that reaches {}", code.network.join(", ")))
            }
            Verb::Approve(approve) => Some(format!("asks {} for approval", approve.to.join(", "))),
            Verb::Call(call) => Some(format!("starts the bot `{}`", call.bot)),
            Verb::Emit { event, .. } => Some(format!("emits the event `{event}`")),
            Verb::Ask(ask) => {
                needs.models.push(ModelUse {
                    step: step.id.clone().unwrap_or_else(|| "ask".to_owned()),
                    model: ask.model.clone().unwrap_or_default(),
                    input_tokens: codex32_llm::tokens::of_text(ask.prompt.len()) + ANSWER,
                    output_tokens: ANSWER,
                    for_each: looped,
                });
                None
            }
            _ => None,
        };
        if let Some(says) = says
            && !needs.permissions.contains(&says)
        {
            needs.permissions.push(says);
        }
        let inside = looped || matches!(step.verb, Verb::ForEach { .. });
        for (_, inner) in branches(&step.verb) {
            walk(inner, catalogue, inside, needs);
        }
    }
}

fn host(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    (!host.contains("{{") && !host.is_empty()).then_some(host)
}
