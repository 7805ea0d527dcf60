//! What people and programs do with runs: start, cancel, retry, emit, wait for.

use std::sync::Arc;
use std::time::Duration;

use codex32_flow::schema::check_value;
use codex32_model::Scope;
use codex32_model::fact::FactKind;
use codex32_model::ids::{EventId, RunId, WorkspaceId};
use codex32_model::random::ten;
use codex32_model::value::Value;
use codex32_store::NewEvent;
use codex32_store::bots::{BotRow, BotState};

use crate::accept::{Accepted, Start, by_hand};
use crate::driver::Message;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::flows::Live;
use crate::run::{RunView, address, rerun};

/// A retry that was accepted.
#[derive(Debug, Clone)]
pub struct Retried {
    pub run: RunId,
    /// Addresses of writes that had been done, or may have been, and will be done again.
    pub again: Vec<String>,
}

impl Engine {
    /// Starts a bot by hand. Returns after the run is on disk.
    ///
    /// # Errors
    /// When there is no such bot, it is not active, or the input does not fit.
    pub async fn start_run(
        &self,
        scope: Scope,
        bot: &str,
        input: Value,
    ) -> Result<RunId, EngineError> {
        let inner = &self.inner;
        // A deploy between look-up and acceptance: look again.
        for _ in 0..5 {
            let (_, live) = inner.live(scope, bot).await?;
            let input =
                check_value(&live.flow.bot.inputs, input.clone(), false).map_err(|problems| {
                    EngineError::Input(problems.into_iter().map(|p| (p.path, p.message)).collect())
                })?;
            let start = Start {
                live,
                trigger: String::new(),
                input,
                about_trigger: by_hand(inner.now()),
                event: Value::Null,
                hops: 0,
                key: None,
                schedule: None,
                queue: false,
                must_be_live: true,
                answer: None,
                retry: None,
            };
            match inner.accept(start).await? {
                Accepted::Run(run) | Accepted::Duplicate(run) => return Ok(run),
                Accepted::Gone => {}
            }
        }
        Err(EngineError::NotLive(bot.to_owned(), "being deployed"))
    }

    /// Cancels a run: recorded now, ended soon.
    ///
    /// # Errors
    /// When there is no such run, it has ended, or the store does not take it.
    pub async fn cancel(
        &self,
        scope: Scope,
        run: RunId,
        reason: String,
    ) -> Result<(), EngineError> {
        let row = self.inner.store.run(scope, run).await?.ok_or(EngineError::NoRun(run))?;
        if row.state.is_terminal() {
            return Err(EngineError::Ended(run));
        }
        self.inner.refuse_held()?;
        self.inner.cancel_run(scope.workspace, run, reason, scope.actor.to_string()).await
    }

    /// Runs again as a new run, from a step on with what was recorded before it, or from the
    /// beginning. Without `from` a failed run goes on at the step that failed.
    ///
    /// # Errors
    /// When there is no such run, it has not ended, or it never came to that step.
    pub async fn retry(
        &self,
        scope: Scope,
        run: RunId,
        from: Option<String>,
    ) -> Result<Retried, EngineError> {
        let inner = &self.inner;
        let row = inner.store.run(scope, run).await?.ok_or(EngineError::NoRun(run))?;
        if !row.state.is_terminal() {
            return Err(EngineError::NoStep(format!(
                "the run {run} has not ended; cancel it first"
            )));
        }
        let bot = inner.store.bot_by_id(scope.workspace, row.bot).await?;
        if bot.is_none_or(|bot| bot.state == BotState::Withdrawn) {
            return Err(EngineError::NotLive(row.bot_name, "withdrawn"));
        }
        let live = inner.flows.load(scope.workspace, row.bot, row.version).await?;
        let journal = inner.store.journal(scope, run).await?;
        let failed = row.error.as_ref().and_then(|error| error.step.clone());
        let begun = |step: &str| {
            journal.iter().any(|fact| address(&fact.kind).is_some_and(|a| **a == *step))
        };
        let from = from.or_else(|| failed.filter(|step| begun(step)));
        let again = rerun(&live.flow, run, &journal, from.as_deref(), inner.now())
            .map_err(|error| EngineError::NoStep(error.to_string()))?;
        let start = Start {
            live,
            trigger: String::new(),
            input: Value::Null,
            about_trigger: Value::Null,
            event: Value::Null,
            hops: 0,
            key: None,
            schedule: None,
            queue: false,
            must_be_live: false,
            answer: None,
            retry: Some((run, again.facts)),
        };
        match inner.accept(start).await? {
            Accepted::Run(id) | Accepted::Duplicate(id) => Ok(Retried {
                run: id,
                again: again.again.iter().map(ToString::to_string).collect(),
            }),
            Accepted::Gone => Err(EngineError::NotLive(row.bot_name, "being deployed")),
        }
    }

    /// Records an event; bots that listen to it start soon after.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn emit(
        &self,
        scope: Scope,
        name: String,
        data: Value,
        key: Option<String>,
    ) -> Result<EventId, EngineError> {
        let inner = &self.inner;
        if inner.is_stopping() {
            return Err(EngineError::ShuttingDown);
        }
        inner.refuse_held()?;
        let at = inner.now();
        let id = EventId::new(at, ten(&*inner.random));
        let event = NewEvent { id, kind: name, source: "api".to_owned(), data, key, hops: 0, at };
        inner.store.emit(scope, event).await?;
        inner.events.notify_one();
        Ok(id)
    }

    /// Waits until a run has ended, at most `patience`; `None` if it has not by then.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn ended(
        &self,
        scope: Scope,
        run: RunId,
        patience: Duration,
    ) -> Result<Option<RunView>, EngineError> {
        if self.wait(scope, run, patience).await? {
            self.view(scope, run).await.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Waits until a run has ended, at most `patience`; whether it has.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn wait(
        &self,
        scope: Scope,
        run: RunId,
        patience: Duration,
    ) -> Result<bool, EngineError> {
        let until = tokio::time::Instant::now() + patience;
        loop {
            let mut watching = self.watch(run);
            let row = self.inner.store.run(scope, run).await?.ok_or(EngineError::NoRun(run))?;
            if row.state.is_terminal() {
                return Ok(true);
            }
            // Told by its commits; looked at again now and then, in case another node ends it.
            loop {
                let soon = (tokio::time::Instant::now() + Duration::from_secs(2)).min(until);
                match tokio::time::timeout_at(soon, watching.recv()).await {
                    Ok(Ok(committed)) => {
                        let ended = |fact: &codex32_model::fact::Fact| {
                            matches!(fact.kind, FactKind::Ended { .. })
                        };
                        if committed.facts.iter().any(ended) {
                            return Ok(true);
                        }
                    }
                    Ok(Err(_)) => break,
                    Err(_) if soon == until => return Ok(false),
                    Err(_) => break,
                }
            }
        }
    }
}

impl Inner {
    /// The live version of a bot that may start.
    pub async fn live(&self, scope: Scope, bot: &str) -> Result<(BotRow, Arc<Live>), EngineError> {
        let row = self.store.bot(scope, bot.to_owned()).await?;
        let row = row.ok_or_else(|| EngineError::NoBot(bot.to_owned()))?;
        if row.state != BotState::Active {
            return Err(EngineError::NotLive(bot.to_owned(), row.state.as_str()));
        }
        let live = self.flows.load(scope.workspace, row.id, row.version).await?;
        Ok((row, live))
    }

    /// Records that a run is to be cancelled, and tells whoever drives it.
    ///
    /// # Errors
    /// When it could not be recorded.
    pub async fn cancel_run(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        run: RunId,
        reason: String,
        by: String,
    ) -> Result<(), EngineError> {
        if self.store.request_cancel(workspace, run, reason.clone()).await? {
            Arc::clone(self).deliver(workspace, run, Message::Cancel { reason, by }).await;
        }
        Ok(())
    }
}
