//! The queue: runs that were accepted without a free slot, started as slots become free, each bot
//! in its turn.

use std::sync::Arc;

use codex32_model::definition::{Overlap, TriggerKind};
use codex32_model::ids::{BotId, RunId, WorkspaceId};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::flows::Live;
use crate::recovery::Reached;

/// Runs of one bot looked at in one turn.
const PAGE: u32 = 64;

impl Inner {
    pub async fn run_queue(self: Arc<Self>) {
        let mut look = true;
        loop {
            let freed = self.slots.freed();
            if look {
                match self.turn().await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => tracing::warn!(%error, "the queue cannot be read"),
                }
            }
            // Under load slots are freed all the time; mostly nobody waits for them.
            look = tokio::select! {
                () = freed => self.slots.any_queued(),
                on = self.sleep(None, &self.queue) => if on { true } else { return },
            };
            if self.is_stopping() {
                return;
            }
        }
    }

    /// Starts what can be started; whether anything was.
    async fn turn(self: &Arc<Self>) -> Result<bool, EngineError> {
        let mut started = false;
        let queued = self.store.all_queued_bots().await?;
        if self.is_shared() {
            self.slots.set_queued(queued.iter().map(|(_, bot, count)| (*bot, *count)).collect());
        }
        for (workspace, bot, _) in queued {
            if self.is_stopping() {
                return Ok(false);
            }
            started |= self.turn_of(workspace, bot).await?;
        }
        Ok(started)
    }

    async fn turn_of(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        bot: BotId,
    ) -> Result<bool, EngineError> {
        let mut started = false;
        for (_, run) in self.store.all_queued_of(bot, PAGE).await? {
            let Some(row) = self.store.run(self.scope(workspace), run).await? else { continue };
            let live = match self.flows.load(workspace, bot, row.version).await {
                Ok(live) => live,
                Err(error) => {
                    tracing::error!(%run, %error, "a queued run has no version that can run");
                    continue;
                }
            };
            if self.must_wait(&live, &row.trigger, run).await? {
                continue;
            }
            let Some(slot) = self.slots.take(&self.wanted(&live)) else { break };
            let limit = self.limit_of(&live);
            match self.claim_and_drive(workspace, run, limit, Some(slot), Vec::new()).await? {
                Reached::Driven => started = true,
                Reached::Full => break,
                Reached::Over | Reached::Elsewhere => {}
            }
        }
        Ok(started)
    }

    /// Whether an earlier run of the same schedule has not ended (`overlap: queue`).
    async fn must_wait(&self, live: &Live, trigger: &str, run: RunId) -> Result<bool, EngineError> {
        let queues = live.flow.triggers.get(trigger).is_some_and(|trigger| {
            matches!(&trigger.definition.kind, TriggerKind::Schedule(schedule) if schedule.overlap == Overlap::Queue)
        });
        if !queues {
            return Ok(false);
        }
        let live_runs = self.store.all_live_of_trigger(live.bot, trigger.to_owned()).await?;
        Ok(live_runs.iter().any(|(_, other, queued)| *other != run && (!queued || *other < run)))
    }
}
