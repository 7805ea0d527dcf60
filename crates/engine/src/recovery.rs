//! Taking over: runs that a gone server left, runs whose timer is due, runs that somebody wants to
//! reach. A run whose takers keep dying is suspected, and ended after three deaths of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use codex32_model::codes;
use codex32_model::ids::{NodeId, RunId, WorkspaceId};
use codex32_model::large::{JournalRow, Kept, Slot};
use codex32_model::run::{RunState, StepError};
use codex32_model::value::Value;
use codex32_store::StoreError;
use codex32_store::queue::Taken;
use codex32_store::recover::{Claim, Claimed};
use tokio::sync::mpsc;

use crate::driver::{Driver, Lost, Message, Work};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::flows::Live;
use crate::run::Cause;
use crate::slots::Held;

/// Claims without progress from which a run is a suspect.
const SUSPECT: u32 = 2;
/// Deaths under the marker at which it is ended.
const DEADLY: u32 = 3;
/// How often a run may be lost on a server that did not die, before it is ended.
const MOST_LOST: u32 = 20;
const PAGE: u32 = 1_000;

/// A claimed run that cannot be read is taken up again after this time.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// After which time a run that may not go on yet is looked at again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What came of reaching for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It is driven here now.
    Driven,
    /// It has ended, or there is no such run.
    Over,
    /// It was in some memory already; who has it was told.
    Elsewhere,
    /// As many runs of its bot as may be are going on.
    Full,
}

/// A run's place in this server's memory, before it is taken.
struct Place {
    workspace: WorkspaceId,
    run: RunId,
    sender: mpsc::UnboundedSender<Message>,
    mailbox: mpsc::UnboundedReceiver<Message>,
}

/// What the driver of a claimed run gets besides the run.
pub(crate) struct Hold {
    pub owner: NodeId,
    pub slot: Option<Held>,
    pub mailbox: mpsc::UnboundedReceiver<Message>,
}

/// A run may wake its parent, whose driver is made here: boxed, so that the type ends somewhere.
pub(crate) type Going = std::pin::Pin<Box<dyn Future<Output = bool> + Send>>;

impl Inner {
    /// At the start: claims what the servers before left.
    pub async fn recover(self: Arc<Self>) {
        if let Err(error) = self.patiently(|| self.take_over(true)).await {
            tracing::error!(%error, "runs of the last server could not be taken over; they are tried again at the next start");
        }
    }

    /// Claims what servers that are gone left.
    pub async fn take_over(self: &Arc<Self>, starting: bool) -> Result<(), EngineError> {
        let marked = self.store.all_suspects().await?;
        let deaths = |run: RunId| {
            marked.iter().find(|(_, other, _)| *other == run).map(|(_, _, deaths)| deaths + 1)
        };
        let mut suspects = Vec::new();
        let mut innocent = Vec::new();
        let mut after = RunId::from_bytes([0; 16]);
        loop {
            let page = self.store.all_orphans(after, PAGE).await?;
            let Some((_, last, _)) = page.last() else { break };
            after = *last;
            for (workspace, run, claims) in page {
                if claims >= SUSPECT || deaths(run).is_some() {
                    suspects.push((workspace, run));
                } else {
                    innocent.push((workspace, run));
                }
            }
        }
        let left = !innocent.is_empty() || !suspects.is_empty();
        if left {
            tracing::info!(
                runs = innocent.len(),
                suspects = suspects.len(),
                "taking over runs of a server that is gone"
            );
        }
        for (workspace, run) in innocent {
            self.claim_and_drive(workspace, run, None, None, Vec::new()).await?;
        }
        // Those who look after other suspects have marked them: this look is repeated.
        let mut judged = true;
        if !suspects.is_empty() {
            let suspects = suspects
                .into_iter()
                .map(|(workspace, run)| (workspace, run, deaths(run).unwrap_or(0)));
            let suspects: Vec<_> = suspects.collect();
            let inner = Arc::clone(self);
            let alone = async move {
                let _one_at_a_time = inner.suspects.lock().await;
                for (workspace, run, deaths) in suspects {
                    if let Err(error) = inner.drive_suspect(workspace, run, deaths).await {
                        tracing::warn!(%run, %error, "a suspect run is looked at again");
                    }
                }
                let _ = inner.store.mark_suspect(inner.node(), None).await;
            };
            if starting {
                alone.await;
            } else if self.suspects.try_lock().is_ok() {
                tokio::spawn(alone);
            } else {
                judged = false;
            }
        }
        if judged {
            for (node, ..) in marked {
                self.store.mark_suspect(node, None).await?;
            }
        }
        if left || starting {
            self.lease.untold.store(true, Ordering::SeqCst);
        }
        if self.lease.untold.swap(false, Ordering::SeqCst)
            && let Err(error) = self.tell_the_untold().await
        {
            self.lease.untold.store(true, Ordering::SeqCst);
            return Err(error);
        }
        Ok(())
    }

    /// Tells runs what a server that is gone may have known alone: a child has ended, somebody cancels or
    /// answered.
    async fn tell_the_untold(self: &Arc<Self>) -> Result<(), EngineError> {
        for (workspace, parent) in self.store.all_parents_to_wake().await? {
            Arc::clone(self).deliver(workspace, parent, Message::News).await;
        }
        for (workspace, run, reason) in self.store.all_cancelling(PAGE).await? {
            let message = Message::Cancel { reason, by: "owner".to_owned() };
            Arc::clone(self).deliver(workspace, run, message).await;
        }
        for (workspace, run) in self.store.all_answered(PAGE).await? {
            Arc::clone(self).deliver(workspace, run, Message::Answered).await;
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
            self.claim_and_drive(workspace, run, None, None, vec![Cause::Abort(error)]).await?;
            return Ok(());
        }
        self.store.mark_suspect(self.node(), Some((run, deaths))).await?;
        let mut watching = self.watcher(run);
        let reached = self.claim_and_drive(workspace, run, None, None, Vec::new()).await?;
        if matches!(reached, Reached::Driven) {
            let patience = std::time::Duration::from_secs(60);
            let _ = tokio::time::timeout(patience, watching.recv()).await;
        }
        Ok(())
    }

    /// Brings a message to a run, loading it if nobody holds it. Does nothing for a run that has
    /// ended. Not brought is only what the server's stop prevents.
    pub fn deliver(self: Arc<Self>, workspace: WorkspaceId, run: RunId, message: Message) -> Going {
        Box::pin(async move { self.deliver_inner(workspace, run, message).await })
    }

    async fn deliver_inner(
        self: Arc<Self>,
        workspace: WorkspaceId,
        run: RunId,
        message: Message,
    ) -> bool {
        let message = {
            let runs = self.runs();
            match runs.get(&run) {
                Some(mailbox) => match mailbox.send(message) {
                    Ok(()) => return true,
                    Err(returned) => Some(returned.0),
                },
                None => Some(message),
            }
        };
        let Some(message) = message else { return true };
        if !self.is_worker() {
            return self.tell(workspace, run, message).await;
        }
        let limit = match &message {
            // A cancel does not wait for its turn.
            Message::Cancel { .. } | Message::News => None,
            _ => self.limit_of_run(workspace, run).await,
        };
        let (sender, mailbox) = mpsc::unbounded_channel();
        let _ = sender.send(message);
        let place = Place { workspace, run, sender, mailbox };
        match self.claim_with(place, limit, None, Vec::new()).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%run, %error, "a run could not be reached");
                !self.is_stopping()
            }
        }
    }

    /// Up to how many runs of a bot may go on at once on all servers together, of those with its key if
    /// it has one; none where this server's own count is enough.
    pub fn limit_of(&self, live: &Live) -> Option<u32> {
        let counted = self.is_shared() || live.flow.concurrency_key.is_some();
        live.flow.limits.concurrency.filter(|_| counted)
    }

    async fn limit_of_run(&self, workspace: WorkspaceId, run: RunId) -> Option<u32> {
        let scope = self.scope(workspace);
        let row = self.patiently(|| self.store.run(scope, run)).await.ok()??;
        let load = || self.flows.load(workspace, row.bot, row.version);
        let live = self.patiently(load).await.ok()?;
        self.limit_of(&live)
    }

    /// Claims a run and drives it.
    pub async fn claim_and_drive(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        run: RunId,
        limit: Option<u32>,
        slot: Option<Held>,
        then: Vec<Cause>,
    ) -> Result<Reached, EngineError> {
        let (sender, mailbox) = mpsc::unbounded_channel();
        self.claim_with(Place { workspace, run, sender, mailbox }, limit, slot, then).await
    }

    async fn claim_with(
        self: &Arc<Self>,
        place: Place,
        limit: Option<u32>,
        slot: Option<Held>,
        then: Vec<Cause>,
    ) -> Result<Reached, EngineError> {
        self.refuse_held()?;
        let Place { workspace, run, sender, mut mailbox } = place;
        // Whoever comes first holds the run's place; the others write to its mailbox.
        {
            let mut runs = self.runs();
            if let Some(other) = runs.get(&run) {
                while let Ok(message) = mailbox.try_recv() {
                    let _ = other.send(message);
                }
                return Ok(Reached::Elsewhere);
            }
            runs.insert(run, sender.clone());
        }
        let mine = sender.clone();
        let leave = || {
            // A page that was just claimed may have put its own there.
            let mut runs = self.runs();
            if runs.get(&run).is_some_and(|sender| sender.same_channel(&mine)) {
                runs.remove(&run);
            }
            drop(runs);
            self.idle.notify_waiters();
        };
        let owner = self.node();
        let tried = AtomicBool::new(false);
        let claim = || {
            let again = tried.swap(true, Ordering::SeqCst);
            self.store.claim(workspace, run, owner, limit, again)
        };
        let claimed = match self.patiently(claim).await {
            Ok(Claim::Claimed(claimed)) => *claimed,
            Ok(Claim::Over) => {
                leave();
                let _ = self.store.drop_timer(run, self.now()).await;
                return Ok(Reached::Over);
            }
            Ok(Claim::Elsewhere) => {
                leave();
                let _ = self.store.drop_timer(run, self.now()).await;
                mailbox.close();
                let here = self.runs().get(&run).cloned();
                while let Ok(message) = mailbox.try_recv() {
                    let told = match &here {
                        Some(here) => here.send(message).is_ok(),
                        None => self.tell(workspace, run, message).await,
                    };
                    if !told && self.is_stopping() {
                        return Err(EngineError::ShuttingDown);
                    }
                }
                return Ok(Reached::Elsewhere);
            }
            Ok(Claim::Full) => {
                leave();
                mailbox.close();
                while let Ok(message) = mailbox.try_recv() {
                    match message {
                        message
                            if self.is_shared()
                                && !matches!(message, Message::Wake | Message::Answered) =>
                        {
                            if !self.tell(workspace, run, message).await {
                                return Err(EngineError::ShuttingDown);
                            }
                        }
                        // Whoever takes it up reads what happened meanwhile.
                        message => {
                            let soon = self.now().plus(AGAIN_AFTER);
                            let _ = self.store.postpone(workspace, run, soon).await;
                            if let Message::Event { done, .. } = message {
                                let _ = done.send(());
                            }
                        }
                    }
                }
                return Ok(Reached::Full);
            }
            Err(error) => {
                leave();
                return Err(error);
            }
        };
        if claimed.was_queued {
            self.slots.remove_queued(workspace, claimed.run.bot, 1);
        }
        let Claimed { run: row, journal, .. } = claimed;
        let hold = Hold { owner, slot, mailbox };
        let (driver, broken) = match self.load(&Taken::from(&row), journal, hold).await {
            Ok(loaded) => loaded,
            Err(error) => {
                self.give_back(&Taken::from(&row)).await;
                leave();
                return Err(error);
            }
        };
        let mut then = then;
        then.extend(broken.map(Cause::Abort));
        tokio::spawn(driver.go_on(self.causes(run, row.cancel, then)));
        Ok(Reached::Driven)
    }

    /// Makes a run nobody's that was claimed and cannot be read now; its timer brings it back.
    pub async fn give_back(&self, run: &Taken) {
        let soon = self.now().plus(READ_AGAIN_AFTER);
        let release = || self.store.release(run.workspace, run.id, run.epoch, soon);
        if let Err(error) = self.patiently(release).await {
            tracing::warn!(run = %run.id, %error, "a run could not be given back");
        }
        self.timers.notify_one();
    }

    /// What a claimed run hears first.
    pub fn causes(&self, run: RunId, cancel: Option<String>, then: Vec<Cause>) -> Vec<Cause> {
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
        causes
    }

    /// The driver of a run that this server has claimed, and why the run has to end, if it cannot go on.
    pub async fn load(
        self: &Arc<Self>,
        run: &Taken,
        journal: Vec<JournalRow>,
        hold: Hold,
    ) -> Result<(Driver, Option<StepError>), EngineError> {
        let load = || self.flows.load(run.workspace, run.bot, run.version);
        let live = self.patiently(load).await?;
        let mut machine = self.machine(&live, run.id);
        let (mut broken, mut load_values) = (None, true);
        for mut row in journal {
            let blobs = self.store.blobs();
            let wanted = |kept: &Kept| load_values && kept.slot != Slot::Shown;
            match blobs.restore(run.workspace, &mut row, wanted).await {
                Ok(()) => {}
                // It cannot go on as what it was.
                Err(error @ StoreError::BlobLost(_)) => {
                    broken = Some(StepError::new(error.code(), error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
            machine.fold(&row.facts);
            broken = broken.or_else(|| self.limits.run.passed(&mut machine.state));
            if broken.as_ref().is_some_and(|error| error.code == codes::run::MEMORY.text) {
                // What it is at is of no use any more; what is left is read without its values.
                load_values = false;
            }
        }
        let Hold { owner, slot, mailbox } = hold;
        let driver = Driver {
            inner: Arc::clone(self),
            owner,
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
            // A run that has only begun waits for nothing; its timer went with the claim.
            has_rows: run.seq > 1,
            handed_over: false,
            work: Work::default(),
        };
        Ok((driver, broken))
    }

    /// Wakes runs whose timer is due.
    pub async fn run_timers(self: Arc<Self>) {
        loop {
            if !self.is_worker() {
                if !self.sleep(None, &self.timers).await {
                    return;
                }
                continue;
            }
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

impl Driver {
    /// Drives a claimed run: waits for a slot, learns what became of its children, goes on.
    pub(crate) async fn go_on(mut self, mut causes: Vec<Cause>) {
        while self.slot.is_none() {
            let freed = self.inner.slots.freed();
            self.slot = self.inner.slots.take(&self.inner.wanted(&self.live)).ok();
            // A message may be a cancel: it must not wait for a slot.
            if self.slot.is_none() && self.mailbox.is_empty() && !self.inner.is_stopping() {
                let _ = tokio::time::timeout(std::time::Duration::from_millis(200), freed).await;
            } else {
                break;
            }
        }
        // What somebody said in time counts, also when its time is over by now.
        let heard = match self.answers().await {
            Ok(answers) => {
                causes.splice(0..0, answers);
                self.ended_children().await
            }
            Err(lost) => Err(lost),
        };
        match heard {
            Ok(ended) => causes.extend(ended),
            // The server stops: the next one asks again.
            Err(_) => causes.clear(),
        }
        self.drive(causes).await;
    }

    /// What the store knows and the run does not: children that have ended, answers, a cancel.
    pub(crate) async fn news(&self) -> Result<Vec<Cause>, Lost> {
        let (inner, run) = (&self.inner, self.machine.run);
        let scope = inner.scope(self.live.workspace);
        let mut causes = Vec::new();
        let row = inner.patiently(|| inner.store.run(scope, run)).await;
        if let Some(reason) = row.map_err(|_| Lost::Taken)?.and_then(|row| row.cancel) {
            causes.push(Cause::Cancel { reason, by: "owner".to_owned() });
        }
        causes.extend(self.answers().await?);
        causes.extend(self.ended_children().await?);
        Ok(causes)
    }

    /// What people said and the run has not taken.
    pub(crate) async fn answers(&self) -> Result<Vec<Cause>, Lost> {
        if !self.machine.state.asked {
            return Ok(Vec::new());
        }
        let (inner, run) = (&self.inner, self.machine.run);
        let ask = || inner.store.answers_to(self.live.workspace, run);
        let answers = inner.patiently(ask).await.map_err(|_| Lost::Taken)?;
        let cause =
            |(address, said): (String, Value)| Cause::Answered { address: address.into(), said };
        Ok(answers.into_iter().map(cause).collect())
    }

    async fn ended_children(&self) -> Result<Vec<Cause>, Lost> {
        let inner = &self.inner;
        let scope = inner.scope(self.live.workspace);
        let mut causes = Vec::new();
        for (address, child) in self.machine.children() {
            let row = inner.patiently(|| inner.store.run(scope, child)).await;
            let Some(row) = row.map_err(|_| Lost::Taken)? else { continue };
            if !row.state.is_terminal() {
                continue;
            }
            let output = match inner.patiently(|| inner.store.output(scope, child)).await {
                Ok(output) => output,
                Err(EngineError::Store(error @ StoreError::BlobLost(_))) => {
                    tracing::warn!(run = %child, %error, "the output of a called run is lost");
                    causes.push(Cause::ChildEnded {
                        address,
                        run: child,
                        state: RunState::Failed,
                        output: Value::Null,
                        error: Some(StepError::new(error.code(), error.to_string())),
                    });
                    continue;
                }
                Err(_) => return Err(Lost::Taken),
            };
            causes.push(Cause::ChildEnded {
                address,
                run: child,
                state: row.state,
                output: output.unwrap_or_default(),
                error: row.error,
            });
        }
        Ok(causes)
    }
}
