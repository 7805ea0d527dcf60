//! The task that drives one run in memory: takes what reaches it, decides, commits, sends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use codex32_model::codes;
use codex32_model::fact::{Address, Fact, FactKind};
use codex32_model::ids::{NodeId, RunId};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use codex32_store::events::Event;
use codex32_store::{Child, Entry, NewRun, Outcome, Rows, Summary, Target};
use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::engine::{Inner, PAUSES};
use crate::flows::Live;
use crate::run::{Cause, ChunkId, Command, Decision, Ending, Machine};
use crate::slots::Held;

mod tasks;

/// Uncommitted pure results are flushed after this time, this many facts, or this many bytes.
const FLUSH_AFTER: Duration = Duration::from_secs(1);
const FLUSH_FACTS: usize = 256;
const FLUSH_BYTES: u64 = 256 << 10;
/// A wait shorter than this stays in memory.
const SHORT_WAIT: Duration = Duration::from_secs(2);
/// An attempt without `timeout`.
const TASK_TIMEOUT: Duration = Duration::from_secs(60);
/// A language model may think for long, and another one may have to be asked after it.
const ASK_TIMEOUT: Duration = Duration::from_secs(200);
/// How long attempts on their way are waited for when the server stops.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// Events that a new wait looks back at, at once.
const LOOK_BACK: u32 = 1_000;
/// A run that could not be written is taken up again after this time.
const TAKEN_UP_AFTER: Duration = Duration::from_secs(5);
/// Attempts of one run on their way at once; a loop's concurrency cannot pass it.
const MAX_TASKS: usize = 256;

/// What reaches a run from the rest of the engine.
pub(crate) enum Message {
    Cancel {
        reason: String,
        by: String,
    },
    Event {
        event: Arc<Event>,
        done: oneshot::Sender<()>,
    },
    ChildEnded {
        run: RunId,
        state: RunState,
        output: Value,
        error: Option<StepError>,
    },
    /// A timer is due, or the run was claimed to go on.
    Wake,
    /// Something happened that another server knows of: a child ended, somebody cancels or answers.
    News,
    /// Somebody answered an approval; what they said is in the store.
    Answered,
    /// Another server may have the run by now.
    Abandon,
    /// This server is about to stop: the others go on with the run at once.
    HandOver,
    Stop,
}

/// The driver gives up the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Somebody else has it, or the server stops.
    Taken,
    /// It could not be written or driven here.
    Broken,
}

pub(crate) struct Driver {
    pub inner: Arc<Inner>,
    /// This server's name when it took the run.
    pub owner: NodeId,
    pub live: Arc<Live>,
    pub machine: Machine,
    /// The run's row, until its acceptance is committed.
    pub new: Option<Box<NewRun>>,
    pub epoch: u32,
    pub seq: u32,
    pub depth: u32,
    pub parent: Option<RunId>,
    pub mailbox: mpsc::UnboundedReceiver<Message>,
    pub slot: Option<Held>,
    pub answer: Option<oneshot::Sender<Answer>>,
    /// Whether rows may stand in `timers` and `waits` for this run.
    pub has_rows: bool,
    /// The run was handed over to other servers.
    pub handed_over: bool,
    pub work: Work,
}

/// What the run's row says of it; with nothing on its way it may wait.
pub(crate) fn summary(machine: &Machine, now: Timestamp, idle: bool) -> Summary {
    let (state, ended_at, error) = match &machine.state.ended {
        Some((state, _, error)) => (*state, Some(now), error.clone()),
        None if idle && machine.is_waiting() => (RunState::Waiting, None, None),
        None => (RunState::Running, None, None),
    };
    let reason = (state == RunState::Waiting).then(|| machine.why()).flatten();
    Summary { state, ended_at, error, reason, wake_at: None, release: false }
}

/// A child run to start once its parent's commit has its row; without a slot it is queued.
pub(crate) struct NewChild {
    pub live: Arc<Live>,
    pub run: NewRun,
    pub facts: Vec<Fact>,
    pub held: Option<Held>,
}

/// What was decided and is not on disk or not begun.
#[derive(Default)]
pub(crate) struct Work {
    facts: Vec<Fact>,
    rows: Rows,
    commands: Vec<Command>,
    /// Children to start once they are committed.
    children: Vec<NewChild>,
    since: Option<Instant>,
    /// What the values of the facts come to.
    bytes: u64,
    /// Something among it must be on disk before anything else happens.
    urgent: bool,
    tasks: JoinSet<Cause>,
    on_its_way: Vec<(Address, u32, tokio::task::AbortHandle)>,
    chunks: Vec<(ChunkId, tokio::task::AbortHandle)>,
}

impl Inner {
    /// `decide`, with a panic in it ending this run alone.
    pub(crate) fn decide(&self, machine: &mut Machine, cause: Cause) -> Decision {
        let at = self.now();
        let decided = std::panic::catch_unwind(AssertUnwindSafe(|| {
            machine.decide(cause, at, &mut || self.draw())
        }));
        decided.unwrap_or_else(|_| {
            tracing::error!(run = %machine.run, "the engine panicked inside a run");
            let error = StepError::new(codes::run::PANIC, codes::run::PANIC.title);
            let kind = FactKind::Ended {
                state: RunState::Failed,
                output: Value::Null,
                error: Some(error),
            };
            let fact = Fact { at, kind };
            let flow = Arc::clone(&machine.flow);
            machine.state.apply(&flow, machine.run, &fact);
            Decision { facts: vec![fact], ..Decision::default() }
        })
    }
}

impl Driver {
    /// Drives the run until it ends, waits as rows only, or is lost.
    pub async fn drive(mut self, first: Vec<Cause>) {
        let run = self.machine.run;
        let driven = AssertUnwindSafe(self.drive_inner(first)).catch_unwind().await;
        let outcome = driven.unwrap_or_else(|_| {
            tracing::error!(%run, "the driver of a run panicked");
            Err(Lost::Broken)
        });
        if let Ok(true) = outcome {
            self.finish().await;
        }
        self.leave(outcome).await;
    }

    /// Leaves this server's memory.
    pub(crate) async fn leave(mut self, outcome: Result<bool, Lost>) {
        let run = self.machine.run;
        let inner = Arc::clone(&self.inner);
        if let Err(lost) = outcome
            && !inner.is_stopping()
        {
            // If it still is ours it must not be stuck: it is taken up again in a moment.
            if lost == Lost::Broken {
                *inner.lost().entry(run).or_default() += 1;
            }
            let soon = inner.now().plus(TAKEN_UP_AFTER);
            let (workspace, epoch) = (self.live.workspace, self.epoch);
            let release = || inner.store.release(workspace, run, epoch, soon);
            if let Err(error) = inner.patiently(release).await {
                tracing::warn!(%run, %error, "a run could not be given back");
            }
            inner.timers.notify_one();
        }
        drop(self.slot.take());
        // Parked or lost: whoever wrote to the mailbox meanwhile is served by claiming it again.
        self.mailbox.close();
        inner.runs().remove(&run);
        inner.idle.notify_waiters();
        if matches!(outcome, Ok(false) | Err(Lost::Taken)) && !inner.is_stopping() {
            while let Ok(message) = self.mailbox.try_recv() {
                if !matches!(message, Message::Stop | Message::Abandon | Message::HandOver) {
                    Arc::clone(&inner).deliver(self.live.workspace, run, message).await;
                }
            }
        }
    }

    /// `true`: the run has ended. `false`: it waits as rows.
    async fn drive_inner(&mut self, first: Vec<Cause>) -> Result<bool, Lost> {
        if self.inner.is_stopping() {
            return Err(Lost::Taken);
        }
        for cause in first {
            self.step(cause).await?;
        }
        if self.work.tasks.is_empty() && self.seq > 0 {
            // Nothing is on its way: a run that only waits is no suspect, whatever kills the server.
            self.inner.publish(self.machine.run, self.seq, &[], false);
        }
        if self.seq > 1 {
            // Taken over: the dispatcher may have found nobody to tell.
            self.look_back().await?;
        }
        loop {
            if self.machine.state.ended.is_some() {
                return Ok(true);
            }
            if self.can_park() {
                if self.park().await? {
                    return Ok(false);
                }
                continue;
            }
            let cause = self.next().await?;
            if self.handed_over {
                return Ok(false);
            }
            if let Some(cause) = cause {
                self.step(cause).await?;
            }
        }
    }

    /// The next thing that reaches the run.
    async fn next(&mut self) -> Result<Option<Cause>, Lost> {
        let now = self.inner.now();
        let poll = self.inner.limits.poll;
        let timer = self.machine.state.next_timer().map_or(poll, |at| at.since(now).min(poll));
        let flush =
            self.work.since.map_or(poll, |since| FLUSH_AFTER.saturating_sub(since.elapsed()));
        tokio::select! {
            biased;
            message = self.mailbox.recv() => match message {
                Some(message) => self.message(message).await,
                None => Err(Lost::Taken),
            },
            Some(end) = self.work.tasks.join_next(), if !self.work.tasks.is_empty() => {
                Ok(tasks::cause(end))
            }
            () = tokio::time::sleep(timer) => Ok(Some(Cause::Tick)),
            () = tokio::time::sleep(flush), if self.work.since.is_some() => {
                self.flush(false).await?;
                Ok(None)
            }
        }
    }

    async fn message(&mut self, message: Message) -> Result<Option<Cause>, Lost> {
        Ok(match message {
            Message::Cancel { reason, by } => Some(Cause::Cancel { reason, by }),
            Message::Event { event, done } => {
                let cause = Cause::Event(event.to_value(), event.kind.clone());
                self.step(cause).await?;
                self.flush(false).await?;
                let _ = done.send(());
                None
            }
            Message::ChildEnded { run, state, output, error } => self
                .machine
                .child(run)
                .map(|address| Cause::ChildEnded { address, run, state, output, error }),
            Message::Wake => Some(Cause::Tick),
            Message::News | Message::Answered => {
                for cause in self.news().await? {
                    self.step(cause).await?;
                }
                Some(Cause::Tick)
            }
            Message::Abandon => return Err(Lost::Taken),
            Message::Stop => {
                self.settle().await;
                self.flush(false).await?;
                return Err(Lost::Taken);
            }
            Message::HandOver => {
                self.settle().await;
                if self.machine.state.ended.is_some() {
                    self.flush(false).await?;
                } else {
                    self.hand_over().await?;
                }
                None
            }
        })
    }

    /// What is on its way may come to its end, so that its outcome is known.
    async fn settle(&mut self) {
        let until = Instant::now() + STOP_GRACE;
        while let Ok(Some(end)) = tokio::time::timeout_at(until, self.work.tasks.join_next()).await
        {
            if let Ok(cause) = end {
                let decision = self.decide(cause);
                self.take(decision);
            }
        }
    }

    /// Writes down what there is, as somebody else's to go on with, and leaves whoever waits for the answer
    /// to read it from there.
    async fn hand_over(&mut self) -> Result<(), Lost> {
        self.work.tasks.abort_all();
        self.work.commands.clear();
        self.handed_over = true;
        self.flush(true).await?;
        if let Some(answer) = self.answer.take() {
            let (run, scope) = (self.machine.run, self.inner.scope(self.live.workspace));
            let watching = self.inner.watcher(run);
            tokio::spawn(Arc::clone(&self.inner).answer_later(scope, run, answer, watching));
        }
        Ok(())
    }

    /// Decides on a cause and on all that follows from it at once.
    pub(crate) async fn step(&mut self, cause: Cause) -> Result<(), Lost> {
        let mut next = Some(cause);
        while let Some(cause) = next.take() {
            let decision = self.decide(cause);
            let mut more = decision.more;
            self.take(decision);
            more |= self.take_ended();
            while self.work.commands.iter().any(|command| matches!(command, Command::Call { .. })) {
                more |= self.resolve_calls().await?;
            }
            let full = self.work.facts.len() >= FLUSH_FACTS || self.work.bytes > FLUSH_BYTES;
            if self.work.urgent || full {
                let (waits, added) = self.flush(false).await?;
                if !added.is_empty() {
                    next = Some(Cause::Committed(added));
                }
                self.send();
                if waits {
                    self.look_back().await?;
                }
            } else {
                self.send();
            }
            if more && next.is_none() {
                tokio::task::yield_now().await;
                next = Some(Cause::Continue);
            }
        }
        Ok(())
    }

    /// Stops attempts that the run has left, and the runs that it called and no longer waits for.
    fn cut_off(&mut self, cut: &[(Address, u32)], left: Vec<RunId>) {
        let gone = |address: &Address, attempt: u32| {
            cut.iter().any(|(a, number)| a == address && *number == attempt)
        };
        if !cut.is_empty() {
            self.work.commands.retain(|command| !cut.iter().any(|(a, _)| command.is_of(a)));
            self.work.on_its_way.retain(|(address, attempt, task)| {
                let gone = gone(address, *attempt);
                if gone {
                    task.abort();
                }
                !gone
            });
        }
        let workspace = self.live.workspace;
        let why = match &self.machine.state.ending {
            Some(Ending::Cancelled(error)) => format!("was cancelled: {}", error.message),
            Some(Ending::TimedOut(_)) => "took too long".to_owned(),
            _ => "has ended".to_owned(),
        };
        for child in left {
            let inner = Arc::clone(&self.inner);
            let reason = format!("the run that called it {why}");
            tokio::spawn(async move {
                let cancel =
                    || inner.cancel_run(workspace, child, reason.clone(), "engine".to_owned());
                if let Err(error) = inner.patiently(cancel).await {
                    tracing::warn!(run = %child, %error, "a called run could not be cancelled");
                }
            });
        }
    }

    pub(crate) fn decide(&mut self, cause: Cause) -> Decision {
        self.inner.decide(&mut self.machine, cause)
    }

    /// Adds a decision to the work, and sees whether it has to be committed now.
    pub(crate) fn take(&mut self, decision: Decision) {
        if !decision.cut.is_empty() || !decision.left.is_empty() {
            self.cut_off(&decision.cut, decision.left);
        }
        if !decision.cut_chunks.is_empty() {
            self.cut_chunks(&decision.cut_chunks);
        }
        let urgent = !decision.ops.is_empty()
            || !decision.events.is_empty()
            || !decision.waits.is_empty()
            || !decision.approvals.is_empty()
            || decision.commands.iter().any(Command::needs_commit)
            || decision.facts.iter().any(|fact| {
                matches!(
                    fact.kind,
                    FactKind::Responded { .. }
                        | FactKind::CancelRequested { .. }
                        | FactKind::Ended { .. }
                        | FactKind::ChildEnded { .. }
                )
            });
        let work = &mut self.work;
        if !decision.facts.is_empty() {
            work.since.get_or_insert_with(Instant::now);
        }
        work.bytes += decision.bytes;
        work.facts.extend(decision.facts);
        work.rows.ops.extend(decision.ops);
        work.rows.events.extend(decision.events);
        work.rows.waits.extend(decision.waits);
        work.rows.waits_over.extend(decision.waits_over);
        work.rows.approvals.extend(decision.approvals);
        work.commands.extend(decision.commands);
        work.urgent |= urgent;
    }

    /// The run row as it will be after this commit.
    pub(crate) fn summary(&self) -> Summary {
        let idle = self.work.commands.is_empty() && self.work.tasks.is_empty();
        summary(&self.machine, self.inner.now(), idle)
    }

    /// Commits what was decided. Gives whether waits for events began, and the facts that state
    /// operations added.
    async fn flush(&mut self, park: bool) -> Result<(bool, Vec<Fact>), Lost> {
        if self.work.facts.is_empty() && self.work.rows.is_empty() && !park {
            self.work.since = None;
            return Ok((false, Vec::new()));
        }
        let mut summary = self.summary();
        if park {
            let soon = self.handed_over.then(|| self.inner.now());
            summary.wake_at = soon.or_else(|| self.machine.state.next_timer());
            summary.release = true;
        }
        let mut rows = std::mem::take(&mut self.work.rows);
        let waits = !rows.waits.is_empty();
        rows.children = self
            .work
            .children
            .iter()
            .map(|child| Child { run: child.run.clone(), facts: child.facts.clone() })
            .collect();
        rows.hand_over = self.handed_over;
        rows.asked = self.machine.state.asked;
        let asks = !rows.approvals.is_empty();
        rows.reserved_items = self.machine.state.reserved_items;
        rows.clear_timer = self.has_rows && !park;
        self.has_rows = park || waits || (self.has_rows && self.machine.state.ended.is_none());
        let events = !rows.events.is_empty();
        let target = match self.new.take() {
            Some(new) => Target::New(new),
            None => Target::Existing {
                workspace: self.live.workspace,
                id: self.machine.run,
                epoch: self.epoch,
                seq: self.seq,
            },
        };
        let facts = std::mem::take(&mut self.work.facts);
        self.work.since = None;
        self.work.bytes = 0;
        self.work.urgent = false;
        let (bot, nonce) = (self.live.bot, self.inner.nonce());
        let entry = Arc::new(Entry { target, bot, nonce, facts, summary, rows });
        let added = self.commit(&entry).await?;
        self.seq += 1;
        if asks {
            self.inner.notices.notify_one();
        }
        if added.is_empty() {
            self.announce(&entry.facts, events);
        } else {
            self.announce(&[&entry.facts[..], &added].concat(), events);
        }
        self.start_children();
        Ok((waits, added))
    }

    /// Commits until the store takes it: an accepted run is never dropped because a disk is full.
    pub(crate) async fn commit(&self, entry: &Arc<Entry>) -> Result<Vec<Fact>, Lost> {
        let mut pause = PAUSES.0;
        loop {
            match self.inner.store.committer().commit(Arc::clone(entry)).await {
                Ok(Outcome::Done { facts }) => return Ok(facts),
                // The outcome was lost and the journal has it: whoever claims the run reads it.
                Ok(Outcome::Again) if entry.rows.ops.is_empty() => return Ok(Vec::new()),
                Ok(Outcome::Bad(error)) => {
                    tracing::error!(run = %self.machine.run, %error, "a run cannot be written; it is left for recovery");
                    return Err(Lost::Broken);
                }
                Ok(_) => return Err(Lost::Taken),
                Err(error) => {
                    tracing::warn!(run = %self.machine.run, %error, "a commit waits for the store");
                    if self.inner.is_stopping() {
                        return Err(Lost::Taken);
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    /// Committed: watchers, the waiting webhook and the dispatcher may know.
    pub(crate) fn announce(&mut self, facts: &[Fact], events: bool) {
        if events {
            self.inner.events.notify_one();
        }
        if self.answer.is_some()
            && let Some(answer) = Answer::of(self.machine.run, facts)
            && let Some(waiting) = self.answer.take()
        {
            let _ = waiting.send(answer);
        }
        let ended = self.machine.state.ended.is_some();
        self.inner.publish(self.machine.run, self.seq, facts, ended);
    }

    fn can_park(&self) -> bool {
        let state = &self.machine.state;
        self.work.tasks.is_empty()
            && self.work.commands.is_empty()
            && self.machine.is_waiting()
            && !self.machine.holds_slot()
            && self.answer.is_none()
            && state.next_timer().is_none_or(|at| at > self.inner.now().plus(SHORT_WAIT))
    }

    /// Leaves memory; `false` when something came in meanwhile.
    async fn park(&mut self) -> Result<bool, Lost> {
        if !self.mailbox.is_empty() {
            if let Some(cause) = self.next().await? {
                self.step(cause).await?;
            }
            return Ok(false);
        }
        self.flush(true).await?;
        self.inner.timers.notify_one();
        Ok(true)
    }

    /// Events that came before the waits were on disk.
    async fn look_back(&mut self) -> Result<(), Lost> {
        let (inner, workspace) = (Arc::clone(&self.inner), self.live.workspace);
        for (kind, since) in self.machine.event_waits() {
            let mut after = 0;
            while self.machine.waits_for(&kind) {
                let ask =
                    || inner.store.events_since(workspace, kind.clone(), since, after, LOOK_BACK);
                let events = inner.patiently(ask).await.map_err(|_| Lost::Taken)?;
                let Some(last) = events.last() else { break };
                after = last.seq;
                for event in events {
                    if !self.machine.waits_for(&kind) {
                        break;
                    }
                    Box::pin(self.step(Cause::Event(event.to_value(), kind.clone()))).await?;
                }
            }
        }
        Ok(())
    }

    /// After the end is on disk.
    pub(crate) async fn finish(&mut self) {
        self.work.tasks.abort_all();
        self.inner.lost().remove(&self.machine.run);
        let Some((state, output, error)) = self.machine.state.ended.clone() else { return };
        if let Some(parent) = self.parent {
            let message = Message::ChildEnded { run: self.machine.run, state, output, error };
            Arc::clone(&self.inner).deliver(self.live.workspace, parent, message).await;
        }
    }
}
