//! Deploying, pausing, withdrawing: what a bot listens to changes with its version, in one
//! transaction.

use codex32_flow::flow::Flow;
use codex32_flow::{print, schedule};
use codex32_model::Scope;
use codex32_model::definition::{Bot, LEAST_POLL, POLL, ScheduleTrigger, TriggerKind};
use codex32_model::ids::BotId;
use codex32_model::random::ten;
use codex32_model::time::Timestamp;
use codex32_store::bots::{BotRow, BotState, Deploy, TriggerRow};
use codex32_store::polls::PollRow;
use indexmap::IndexMap;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;

/// A definition to make live; checked by the caller.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub bot: Bot,
    /// As written.
    pub source: String,
    /// Connection names of the definition to those of the workspace.
    pub bindings: IndexMap<String, String>,
    /// Refuse unless this is the live version now; 0 for a bot that must not exist.
    pub expected: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct Deployed {
    pub bot: BotRow,
    pub triggers: Vec<DeployedTrigger>,
}

#[derive(Debug, Clone)]
pub struct DeployedTrigger {
    pub name: String,
    pub kind: String,
    pub method: Option<String>,
    /// Of a webhook, without a leading slash.
    pub path: Option<String>,
    pub event: Option<String>,
    /// When a schedule fires next, or an app trigger looks.
    pub next: Option<Timestamp>,
    /// Of an app trigger.
    pub poll: Option<PollRow>,
}

impl From<TriggerRow> for DeployedTrigger {
    fn from(row: TriggerRow) -> Self {
        let TriggerRow { name, kind, path, method, event, next_fire, poll, .. } = row;
        Self { name, kind, method, path, event, next: next_fire, poll }
    }
}

impl Engine {
    /// Makes a version live.
    ///
    /// # Errors
    /// [`EngineError::Later`] for a bot that needs what this server cannot run yet; a conflict when
    /// a webhook path is taken; stale when `expected` is not the live version.
    pub async fn deploy(
        &self,
        scope: Scope,
        deployment: Deployment,
    ) -> Result<Deployed, EngineError> {
        let inner = &self.inner;
        let Deployment { bot, source, bindings, expected } = deployment;
        let flow = Flow::compile(&bot, inner.flows.catalogue())
            .map_err(|error| EngineError::Definition(error.to_string()))?;
        let later = flow.needs_later();
        if !later.is_empty() {
            return Err(EngineError::Later(format!(
                "this server cannot run the bot `{}` yet: it needs {}",
                bot.bot,
                later.iter().map(|what| format!("`{what}`")).collect::<Vec<_>>().join(", ")
            )));
        }
        let now = inner.now();
        let mut triggers = Vec::new();
        for (name, trigger) in &flow.triggers {
            triggers.push(inner.trigger_row(name, &trigger.definition.kind, now)?);
        }
        let deploy = Deploy {
            id: BotId::new(now, ten(&*inner.random)),
            name: bot.bot.clone(),
            description: bot.description.clone(),
            definition: print::to_value(&bot).to_json(),
            source,
            bindings,
            triggers,
            expected,
            at: now,
        };
        let row = inner.store.deploy(scope, deploy).await?;
        inner.refresh(scope, &row).await?;
        let triggers = inner.store.triggers(scope.workspace, row.id).await?;
        Ok(Deployed { bot: row, triggers: triggers.into_iter().map(Into::into).collect() })
    }

    /// Its triggers start nothing until it is resumed; runs go on.
    ///
    /// # Errors
    /// When there is no such bot.
    pub async fn pause(&self, scope: Scope, name: &str) -> Result<BotRow, EngineError> {
        self.set_state(scope, name, BotState::Paused).await
    }

    /// Switches it on again. What its schedules missed, and what happened in the apps that it looks
    /// at, is not made up for.
    ///
    /// # Errors
    /// When there is no such bot, or it was withdrawn.
    pub async fn resume(&self, scope: Scope, name: &str) -> Result<BotRow, EngineError> {
        self.set_state(scope, name, BotState::Active).await
    }

    /// Takes its triggers away; versions and runs stay.
    ///
    /// # Errors
    /// When there is no such bot.
    pub async fn withdraw(&self, scope: Scope, name: &str) -> Result<BotRow, EngineError> {
        self.set_state(scope, name, BotState::Withdrawn).await
    }

    /// Deletes it with its versions, memory and ended runs.
    ///
    /// # Errors
    /// When there is no such bot, or a run of it goes on.
    pub async fn delete(&self, scope: Scope, name: &str) -> Result<BotRow, EngineError> {
        let row = self.inner.store.delete_bot(scope, name.to_owned()).await?;
        self.inner.routes.set(scope.workspace, row.id, None);
        Ok(row)
    }

    async fn set_state(
        &self,
        scope: Scope,
        name: &str,
        state: BotState,
    ) -> Result<BotRow, EngineError> {
        let inner = &self.inner;
        let row = inner.store.bot(scope, name.to_owned()).await?;
        let row = row.ok_or_else(|| EngineError::NoBot(name.to_owned()))?;
        if row.state == BotState::Withdrawn && state != BotState::Withdrawn {
            return Err(EngineError::NotLive(name.to_owned(), "withdrawn"));
        }
        let mut schedules = Vec::new();
        if state == BotState::Active && row.state == BotState::Paused {
            let live = inner.flows.load(scope.workspace, row.id, row.version).await?;
            let now = inner.now();
            for (trigger, flow_trigger) in &live.flow.triggers {
                let next = match &flow_trigger.definition.kind {
                    TriggerKind::Schedule(rule) => inner.schedule(rule)?.next_after(now),
                    TriggerKind::App { .. } => Some(now),
                    _ => continue,
                };
                schedules.push((trigger.clone(), next));
            }
        }
        let row = inner
            .store
            .set_bot_state(scope, name.to_owned(), state, schedules, inner.now())
            .await?;
        inner.refresh(scope, &row).await?;
        Ok(row)
    }
}

impl Inner {
    /// A schedule in the workspace's zone.
    pub fn schedule(&self, rule: &ScheduleTrigger) -> Result<schedule::Schedule, EngineError> {
        schedule::parse(rule, &self.zone)
            .map_err(|error| EngineError::Definition(error.to_string()))
    }

    fn trigger_row(
        &self,
        name: &str,
        kind: &TriggerKind,
        now: Timestamp,
    ) -> Result<TriggerRow, EngineError> {
        let mut row = TriggerRow {
            name: name.to_owned(),
            kind: kind.name().to_owned(),
            path: None,
            method: None,
            event: None,
            next_fire: None,
            fired: 0,
            poll: None,
        };
        match kind {
            TriggerKind::Webhook(hook) => {
                row.path = Some(hook.path.clone());
                row.method = Some(hook.method.clone());
            }
            TriggerKind::Event { event } => row.event = Some(event.clone()),
            TriggerKind::Schedule(rule) => row.next_fire = self.schedule(rule)?.next_after(now),
            TriggerKind::App { event, poll, .. } => {
                row.next_fire = Some(now);
                let every = poll.unwrap_or(POLL).max(LEAST_POLL);
                row.poll = Some(PollRow::new(event.clone(), every));
            }
            _ => {}
        }
        Ok(row)
    }

    /// Brings what is in memory in line with a bot's row.
    pub(crate) async fn refresh(&self, scope: Scope, row: &BotRow) -> Result<(), EngineError> {
        if row.state == BotState::Withdrawn {
            self.routes.set(scope.workspace, row.id, None);
        } else {
            let live = self.flows.load(scope.workspace, row.id, row.version).await?;
            self.routes.set(scope.workspace, row.id, Some((&live, row.state == BotState::Paused)));
        }
        self.schedules.notify_one();
        self.polls.notify_one();
        self.queue.notify_one();
        Ok(())
    }
}
