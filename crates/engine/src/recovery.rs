//! Taking over: runs that a gone server left, runs whose timer is due, runs that somebody wants to
//! reach. A run whose takers keep dying is suspected, and ended after three deaths of its own.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::codes;
use codex32_model::fact::FactKind;
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::run::StepError;
use codex32_model::value::Value;
use codex32_store::recover::Claimed;
use tokio::sync::mpsc;

use crate::driver::{Driver, Message, Work};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::run::Cause;
use crate::slots::Held;

/// Claims without progress from which a run is a suspect.
const SUSPECT: u32 = 2;
/// Deaths under the marker at which it is ended.
const DEADLY: u32 = 3;
/// How often a run may be lost on a server that did not die, before it is ended.
const MOST_LOST: u32 = 20;
const PAGE: u32 = 1_000;
/// How often rows that are of no use any more are deleted, and how many at once.
const TIDY_EVERY: Duration = Duration::from_secs(600);
const TIDY: u32 = 1_000;

/// A run may wake its parent, whose driver is made here: boxed, so that the type ends somewhere.
pub(crate) type Going = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

impl Inner {
    /// At the start: claims what the servers before left.
    pub async fn recover(self: Arc<Self>) {
        if let Err(error) = self.try_recover().await {
            tracing::error!(%error, "runs of the last server could not be taken over; they are tried again at the next start");
        }
    }

    async fn try_recover(self: &Arc<Self>) -> Result<(), EngineError> {
        let (marked, deaths) =
            self.store.suspect().await?.map_or((None, 0), |(run, deaths)| (Some(run), deaths + 1));
        let mut suspects = Vec::new();
        let mut innocent = Vec::new();
        let mut after = RunId::from_bytes([0; 16]);
        loop {
            let page = self.store.all_orphans(self.node, after, PAGE).await?;
            let Some((_, last, _)) = page.last() else { break };
            after = *last;
            for (workspace, run, claims) in page {
                if claims >= SUSPECT || marked == Some(run) {
                    suspects.push((workspace, run));
                } else {
                    innocent.push((workspace, run));
                }
            }
        }
        if !innocent.is_empty() || !suspects.is_empty() {
            tracing::info!(
                runs = innocent.len(),
                suspects = suspects.len(),
                "taking over runs of the last server"
            );
        }
        for (workspace, run) in innocent {
            self.claim_and_drive(workspace, run, None, Vec::new()).await?;
        }
        for (workspace, run) in suspects {
            let deaths = if marked == Some(run) { deaths } else { 0 };
            self.drive_suspect(workspace, run, deaths).await?;
        }
        self.store.mark_suspect(None).await?;
        for (workspace, parent) in self.store.all_parents_to_wake().await? {
            Arc::clone(self).deliver(workspace, parent, Message::Wake).await;
        }
        for (workspace, run, reason) in self.store.all_cancelling(PAGE).await? {
            Arc::clone(self)
                .deliver(workspace, run, Message::Cancel { reason, by: "owner".to_owned() })
                .await;
        }
        Ok(())
    }

    /// Drives one suspect alone, under the marker, until it has made progress or ended.
    async fn drive_suspect(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        run: RunId,
        deaths: u32,
    ) -> Result<(), EngineError> {
        if deaths >= DEADLY {
            let error = StepError::new(codes::run::POISON, codes::run::POISON.title);
            tracing::error!(%run, "a run is ended: the server died under it {DEADLY} times");
            self.claim_and_drive(workspace, run, None, vec![Cause::Abort(error)]).await?;
            return Ok(());
        }
        self.store.mark_suspect(Some((run, deaths))).await?;
        let mut watching = self.watcher(run);
        if self.claim_and_drive(workspace, run, None, Vec::new()).await? {
            let patience = std::time::Duration::from_secs(60);
            let _ = tokio::time::timeout(patience, watching.recv()).await;
        }
        Ok(())
    }

    /// Brings a message to a run, loading it if nobody holds it. Does nothing for a run that has
    /// ended.
    pub fn deliver(self: Arc<Self>, workspace: WorkspaceId, run: RunId, message: Message) -> Going {
        Box::pin(async move { self.deliver_inner(workspace, run, message).await })
    }

    async fn deliver_inner(self: Arc<Self>, workspace: WorkspaceId, run: RunId, message: Message) {
        let message = {
            let runs = self.runs();
            match runs.get(&run) {
                Some(mailbox) => match mailbox.send(message) {
                    Ok(()) => return,
                    Err(returned) => Some(returned.0),
                },
                None => Some(message),
            }
        };
        let Some(message) = message else { return };
        let (sender, mailbox) = mpsc::unbounded_channel();
        let _ = sender.send(message);
        if let Err(error) = self.claim_with(workspace, run, None, Vec::new(), sender, mailbox).await
        {
            tracing::warn!(%run, %error, "a run could not be reached; it is tried again by its timer");
        }
    }

    /// Claims a run and drives it; whether there was something to drive.
    pub async fn claim_and_drive(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        run: RunId,
        slot: Option<Held>,
        then: Vec<Cause>,
    ) -> Result<bool, EngineError> {
        let (sender, mailbox) = mpsc::unbounded_channel();
        self.claim_with(workspace, run, slot, then, sender, mailbox).await
    }

    async fn claim_with(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        run: RunId,
        slot: Option<Held>,
        then: Vec<Cause>,
        sender: mpsc::UnboundedSender<Message>,
        mut mailbox: mpsc::UnboundedReceiver<Message>,
    ) -> Result<bool, EngineError> {
        // Whoever comes first holds the run's place; the others write to its mailbox.
        {
            let mut runs = self.runs();
            if let Some(other) = runs.get(&run) {
                while let Ok(message) = mailbox.try_recv() {
                    let _ = other.send(message);
                }
                return Ok(false);
            }
            runs.insert(run, sender);
        }
        let leave = |error: Option<EngineError>| {
            self.runs().remove(&run);
            self.idle.notify_waiters();
            error.map_or(Ok(false), Err)
        };
        let claimed = match self.store.claim(workspace, run, self.node).await {
            Ok(Some(claimed)) => claimed,
            Ok(None) => {
                let _ = self.store.drop_timer(run).await;
                return leave(None);
            }
            Err(error) => return leave(Some(error.into())),
        };
        if claimed.was_queued {
            self.slots.remove_queued(claimed.run.bot);
        }
        let cancel = claimed.run.cancel.clone();
        let driver = match self.load(claimed, slot, mailbox).await {
            Ok(driver) => driver,
            Err(error) => return leave(Some(error)),
        };
        let mut causes = then;
        let lost = self.lost().get(&run).copied().unwrap_or(0);
        if lost > MOST_LOST {
            let error = StepError::new(codes::run::POISON, codes::run::POISON.title);
            causes.push(Cause::Abort(error));
        }
        if let Some(reason) = cancel {
            causes.push(Cause::Cancel { reason, by: "owner".to_owned() });
        }
        if causes.is_empty() {
            causes.extend([Cause::Recovered, Cause::Tick]);
        }
        tokio::spawn(driver.go_on(causes));
        Ok(true)
    }

    async fn load(
        self: &Arc<Self>,
        claimed: Claimed,
        slot: Option<Held>,
        mailbox: mpsc::UnboundedReceiver<Message>,
    ) -> Result<Driver, EngineError> {
        let Claimed { run, facts, .. } = claimed;
        let live = self.flows.load(run.workspace, run.bot, run.version).await?;
        let mut machine = self.machine(&live, run.id);
        machine.fold(&facts);
        Ok(Driver {
            inner: Arc::clone(self),
            live,
            machine,
            new: None,
            epoch: run.epoch,
            seq: run.seq,
            depth: run.depth,
            parent: run.parent,
            mailbox,
            slot,
            answer: None,
            has_rows: true,
            work: Work::default(),
        })
    }

    /// Wakes runs whose timer is due.
    pub async fn run_timers(self: Arc<Self>) {
        loop {
            let now = self.now();
            let due = self.store.all_due_timers(now, PAGE).await.unwrap_or_default();
            for (workspace, run) in &due {
                Arc::clone(&self).deliver(*workspace, *run, Message::Wake).await;
            }
            for (workspace, run) in self.store.all_overdue(now, PAGE).await.unwrap_or_default() {
                Arc::clone(&self).deliver(workspace, run, Message::Wake).await;
            }
            let next = self.store.all_next_timer().await.ok().flatten();
            // What was just woken keeps its row until its next commit: give it a moment.
            let next = next.map(|at| {
                if due.is_empty() {
                    at
                } else {
                    at.max(now.plus(std::time::Duration::from_millis(50)))
                }
            });
            if !self.sleep(next, &self.timers).await {
                return;
            }
        }
    }
}

impl Inner {
    /// Deletes what is of no use any more, a little at a time.
    pub async fn run_tidying(self: Arc<Self>) {
        loop {
            let stop = self.stop.notified();
            if self.is_stopping() {
                return;
            }
            tokio::select! {
                () = stop => return,
                () = tokio::time::sleep(TIDY_EVERY) => {}
            }
            while !self.is_stopping()
                && self
                    .store
                    .all_tidy(self.now(), TIDY)
                    .await
                    .is_ok_and(|gone| gone >= TIDY as usize)
            {}
        }
    }
}

impl Driver {
    /// Drives a claimed run: waits for a slot, learns what became of its children, goes on.
    async fn go_on(mut self, mut causes: Vec<Cause>) {
        while self.slot.is_none() {
            let freed = self.inner.slots.freed();
            self.slot = self.inner.slots.take(&self.inner.wanted(&self.live));
            // A message may be a cancel: it must not wait for a slot.
            if self.slot.is_none() && self.mailbox.is_empty() && !self.inner.is_stopping() {
                let _ = tokio::time::timeout(std::time::Duration::from_millis(200), freed).await;
            } else {
                break;
            }
        }
        let scope = self.inner.scope(self.live.workspace);
        for (address, child) in self.machine.children() {
            let Ok(Some(row)) = self.inner.store.run(scope, child).await else { continue };
            if !row.state.is_terminal() {
                continue;
            }
            let facts = self.inner.store.journal(scope, child).await.unwrap_or_default();
            let output = facts.iter().rev().find_map(|fact| match &fact.kind {
                FactKind::Ended { output, .. } => Some(output.clone()),
                _ => None,
            });
            let output = output.unwrap_or(Value::Null);
            causes.push(Cause::ChildEnded {
                address,
                run: child,
                state: row.state,
                output,
                error: row.error,
            });
        }
        self.drive(causes).await;
    }
}
