//! The dispatcher: events start the bots that listen and wake the runs that wait, in order. Its
//! cursor moves after the work is committed; starts are unique per (event, trigger), so that going
//! over an event twice does no harm.

use std::sync::Arc;

use codex32_flow::flow::FlowTrigger;
use codex32_flow::schema::check_value;
use codex32_model::ids::{BotId, DeadLetterId, RunId};
use codex32_model::random::ten;
use codex32_model::time::Timestamp;
use codex32_model::value::{Object, Value};
use codex32_store::dead_letters::FailedStart;
use codex32_store::events::{Cursor, Event};
use tokio::sync::oneshot;

use crate::accept::{Accepted, Start};
use crate::driver::Message;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::flows::Live;
use crate::run::StartScope;

const CURSOR: &str = "dispatcher";
const PAGE: u32 = 256;
/// Longest chain of events and runs that cause each other.
pub(crate) const MAX_HOPS: u32 = 32;

/// What became of an event at a bot that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    Run(RunId),
    /// The key had started this run before.
    Before(RunId),
    /// The trigger's condition was not met.
    Declined,
    /// The bot does not listen any more.
    Deaf,
}

impl Inner {
    pub async fn run_dispatcher(self: Arc<Self>) {
        loop {
            match self.dispatch_page().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "events wait to be dispatched");
                    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                }
            }
            if !self.sleep(None, &self.events).await {
                return;
            }
        }
    }

    /// Whether there was a page.
    async fn dispatch_page(self: &Arc<Self>) -> Result<bool, EngineError> {
        if !self.lease.leads() {
            return Ok(false);
        }
        let cursor = self.store.cursor(CURSOR).await?;
        let events = self.store.all_events_after(cursor, PAGE).await?;
        let last = events.last().map(|event| Cursor { tx: event.tx, seq: event.seq });
        let Some(last) = last else { return Ok(false) };
        for event in events {
            if self.is_stopping() {
                return Ok(false);
            }
            self.dispatch(Arc::new(event)).await?;
        }
        self.store.set_cursor(CURSOR, last).await?;
        Ok(true)
    }

    async fn dispatch(self: &Arc<Self>, event: Arc<Event>) -> Result<(), EngineError> {
        for (bot, version, trigger) in
            self.store.listeners(event.workspace, event.kind.clone()).await?
        {
            let begun = if event.hops > MAX_HOPS {
                Err(EngineError::Hops(MAX_HOPS))
            } else {
                let key = format!("event:{}", event.id);
                self.start_by_event(&event, bot, version, &trigger, (key, event.hops)).await
            };
            match begun {
                Ok(_) => {}
                Err(error) if error.passes() => return Err(error),
                Err(error) => self.bury(&event, bot, trigger, &error, self.now()).await?,
            }
        }
        let mut runs: Vec<_> = self.store.waits(event.workspace, event.kind.clone()).await?;
        runs.dedup_by_key(|(run, _)| *run);
        for (run, _) in runs {
            let (done, heard) = oneshot::channel();
            let message = Message::Event { event: Arc::clone(&event), done };
            let brought = Arc::clone(self).deliver(event.workspace, run, message).await;
            // Committed, or the run is gone: either way this event is done with it. A server that stops
            // leaves it to the next one.
            if !brought || (heard.await.is_err() && self.is_stopping()) {
                return Err(EngineError::ShuttingDown);
            }
        }
        Ok(())
    }

    /// Starts a bot by an event, once for the key; the run counts the hops on.
    pub(crate) async fn start_by_event(
        self: &Arc<Self>,
        event: &Event,
        bot: BotId,
        version: u32,
        name: &str,
        (key, hops): (String, u32),
    ) -> Result<Begun, EngineError> {
        let live = self.flows.load(event.workspace, bot, version).await?;
        let Some(trigger) = live.flow.triggers.get(name) else { return Ok(Begun::Deaf) };
        let value = event.to_value();
        let about = Value::object([
            ("name", Value::from(name)),
            ("kind", Value::from("event")),
            ("time", Value::from(event.at.to_string())),
        ]);
        let env = self.env_of(&live).await?;
        let scope = StartScope {
            inputs: &event.data,
            trigger: &about,
            event: &value,
            env: &env,
            now: event.at,
        };
        if let Some(when) = &trigger.when
            && !self.evaluate(when, &scope).map_err(EngineError::Expression)?.truthy()
        {
            return Ok(Begun::Declined);
        }
        let mapped = self.inputs_of(&live, trigger, &scope)?;
        let given = merge(&event.data, &mapped);
        let input = check_value(&live.flow.bot.inputs, given, false).map_err(|problems| {
            EngineError::Input(problems.into_iter().map(|p| (p.path, p.message)).collect())
        })?;
        let start = Start {
            live: Arc::clone(&live),
            trigger: name.to_owned(),
            input,
            about_trigger: about.clone(),
            event: value.clone(),
            hops,
            key: Some(key.clone()),
            schedule: None,
            queue: false,
            must_be_live: true,
            answer: None,
            retry: None,
        };
        match self.accept(start).await? {
            Accepted::Run(run) => Ok(Begun::Run(run)),
            Accepted::Duplicate(run) => Ok(Begun::Before(run)),
            // Deployed anew meanwhile: whether the new version listens is looked up again.
            Accepted::Gone => {
                let listeners = self.store.listeners(event.workspace, event.kind.clone()).await?;
                let again = listeners.into_iter().find(|(other, newer, trigger)| {
                    *other == bot && *newer != version && trigger == name
                });
                match again {
                    Some((_, newer, _)) => {
                        Box::pin(self.start_by_event(event, bot, newer, name, (key, hops))).await
                    }
                    None => Ok(Begun::Deaf),
                }
            }
        }
    }

    /// Keeps an event that could not start a bot, for somebody to see and to replay.
    pub(crate) async fn bury(
        &self,
        event: &Event,
        bot: BotId,
        trigger: String,
        error: &EngineError,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        tracing::warn!(event = %event.id, %bot, trigger, %error, "an event could not start a bot; it is kept as a dead letter");
        let failed = FailedStart {
            id: DeadLetterId::new(self.now(), ten(&*self.random)),
            event: event.seq,
            bot,
            trigger,
            code: error.code().text.to_owned(),
            error: error.to_string(),
            at,
        };
        Ok(self.store.keep_dead_letter(event.workspace, failed).await?)
    }

    /// The inputs that a trigger maps.
    pub fn inputs_of(
        &self,
        live: &Live,
        trigger: &FlowTrigger,
        scope: &StartScope<'_>,
    ) -> Result<Value, EngineError> {
        let mut fields = codex32_model::Object::default();
        for (name, value) in &trigger.inputs {
            let mut budget = codex32_flow::expr::Budget::new(1_000_000, 16 << 20);
            let value = value.eval(scope, &mut budget).map_err(|error| {
                EngineError::Expression(codex32_model::StepError::new(
                    error.code,
                    format!("the input `{name}` of `{}`: {}", live.flow.bot.bot, error.message),
                ))
            })?;
            fields.insert(name.as_str().into(), value);
        }
        Ok(Value::from(fields))
    }
}

/// Fields of `over` stand before those of `base`; a base that is no object has none.
pub(crate) fn merge(base: &Value, over: &Value) -> Value {
    let is_empty = |value: &Value| value.as_object().is_none_or(Object::is_empty);
    match (base, over) {
        (base, Value::Object(_)) if is_empty(base) => return over.clone(),
        (Value::Object(_), over) if is_empty(over) => return base.clone(),
        _ => {}
    }
    let mut fields = base.as_object().cloned().unwrap_or_default();
    for (name, value) in over.as_object().into_iter().flatten() {
        fields.insert(name.clone(), value.clone());
    }
    Value::from(fields)
}
