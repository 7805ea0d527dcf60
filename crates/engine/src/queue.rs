//! The queue: runs that were accepted without a free slot. As slots become free they are dealt to the
//! workspaces in turn, within a workspace to its bots in turn, and what was dealt is claimed by the page.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use codex32_model::definition::{Overlap, TriggerKind};
use codex32_model::fact::Fact;
use codex32_model::ids::{BotId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_store::queue::{Page, Past, Queued, Take, Taken};
use codex32_store::{Entry, Outcome, Rows, Target};
use tokio::sync::mpsc;

use crate::driver::{Driver, Lost};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::flows::Live;
use crate::recovery::{Hold, Reached};
use crate::run::Cause;
use crate::slots::{Held, Key, NoMore};

/// Runs claimed at once.
const PAGE: usize = 256;
/// Runs decided in a row.
const GIVES_WAY: usize = 16;
/// Runs of one bot looked at in one turn, where each has to be looked at.
const LOOKED_AT: u32 = 64;

/// What a look at the queue came to.
#[derive(Default)]
struct Turn {
    started: bool,
    /// When a bot may begin more.
    next: Option<Timestamp>,
}

/// A bot's part of the slots that are free.
struct Share {
    live: Arc<Live>,
    slots: Vec<Held>,
}

impl Inner {
    pub async fn run_queue(self: Arc<Self>) {
        let mut next = None;
        loop {
            match self.turn().await {
                Ok(Turn { started: true, .. }) => continue,
                Ok(turn) => next = turn.next,
                Err(error) => tracing::warn!(%error, "the queue cannot be read"),
            }
            let on = tokio::select! {
                biased;
                () = self.slots.room() => !self.is_stopping(),
                on = self.sleep(next, &self.queue) => on,
            };
            if !on {
                return;
            }
        }
    }

    /// Whether a run that comes now has to queue: what its bot's limits say is only known when it is
    /// claimed, others of its bot wait, or others' workspaces do while
    /// its own has its share of the node.
    pub fn must_queue(&self, live: &Live) -> bool {
        live.flow.limits.rate.is_some()
            || live.flow.concurrency_key.is_some()
            || self.slots.has_queued(live.workspace, live.bot)
            || self.slots.is_above_share(live.workspace, self.limits.active)
    }

    /// Starts what can be started.
    async fn turn(self: &Arc<Self>) -> Result<Turn, EngineError> {
        if !self.is_worker() || (!self.is_shared() && !self.slots.any_queued()) {
            return Ok(Turn::default());
        }
        let queued = self.store.all_queued().await?;
        if self.is_shared() {
            self.slots.see_queued(queued.iter().map(|queued| (queued.workspace, queued.bot)));
        }
        let mut started = false;
        let mut lives = Vec::with_capacity(queued.len());
        for Queued { workspace, bot, version } in queued {
            match self.flows.load(workspace, bot, version).await {
                Ok(live) if has_order(&live) => started |= self.turn_of(live).await?,
                Ok(live) => lives.push(live),
                Err(error) => {
                    tracing::error!(%bot, %error, "queued runs have no version that can run");
                }
            }
            if self.is_stopping() {
                return Ok(Turn::default());
            }
        }
        let mut shares = self.deal(lives);
        if shares.is_empty() {
            return Ok(Turn { started, next: None });
        }
        let take = |share: &Share| Take {
            bot: share.live.bot,
            count: u32::try_from(share.slots.len()).unwrap_or(u32::MAX),
            limit: self.limit_of(&share.live).filter(|_| share.live.flow.concurrency_key.is_none()),
            limit_by_key: self
                .limit_of(&share.live)
                .filter(|_| share.live.flow.concurrency_key.is_some()),
            rate: share.live.flow.limits.rate,
        };
        let owner = self.node();
        let takes = shares.values().map(take).collect();
        let Page { runs, next } = self.store.take(owner, self.now(), takes).await?;
        let mut page = Vec::with_capacity(runs.len());
        for run in runs {
            self.slots.remove_queued(run.workspace, run.bot, 1);
            let slot = shares.get_mut(&run.bot).and_then(|share| share.slots.pop());
            let (sender, mailbox) = mpsc::unbounded_channel();
            self.runs().insert(run.id, sender);
            page.push((run, Hold { owner, slot, mailbox }));
        }
        if page.is_empty() {
            return Ok(Turn { started, next });
        }
        // While their journals are read the next page is claimed.
        tokio::spawn(Arc::clone(self).begin_page(page));
        Ok(Turn { started: true, next })
    }

    /// Deals free slots: the next one to the workspace that has the fewest, to each of its bots in turn.
    fn deal(&self, lives: Vec<Arc<Live>>) -> BTreeMap<BotId, Share> {
        let turn = self.draw() as usize;
        let mut bots: BTreeMap<WorkspaceId, VecDeque<Arc<Live>>> = BTreeMap::new();
        for live in lives {
            bots.entry(live.workspace).or_default().push_back(live);
        }
        let mut order = BinaryHeap::with_capacity(bots.len());
        for (number, (workspace, bots)) in bots.iter_mut().enumerate() {
            let first = turn % bots.len();
            bots.rotate_left(first);
            let lot = number.wrapping_add(turn);
            order.push(Reverse((self.slots.taken(&Key::Workspace(*workspace)), lot, *workspace)));
        }
        let mut shares: BTreeMap<BotId, Share> = BTreeMap::new();
        let mut dealt = 0;
        while dealt < PAGE
            && let Some(Reverse((going, lot, workspace))) = order.pop()
        {
            let Some(waiting) = bots.get_mut(&workspace) else { continue };
            let Some(live) = waiting.pop_front() else { continue };
            match self.slots.take(&self.wanted(&live)) {
                Ok(slot) => {
                    let share = shares
                        .entry(live.bot)
                        .or_insert_with(|| Share { live: Arc::clone(&live), slots: Vec::new() });
                    share.slots.push(slot);
                    dealt += 1;
                    waiting.push_back(live);
                    order.push(Reverse((going + 1, lot, workspace)));
                }
                Err(NoMore(Key::Node)) => break,
                // This bot has all that it may have.
                Err(NoMore(_)) => order.push(Reverse((going, lot, workspace))),
            }
        }
        shares
    }

    /// Drives runs that were just claimed. What ends by pure steps is decided here, and committed together.
    async fn begin_page(self: Arc<Self>, page: Vec<(Taken, Hold)>) {
        let runs: Vec<_> = page.iter().map(|(run, _)| (run.workspace, run.id)).collect();
        // Whoever wants to cancel one of them finds its mailbox from now on, or was here before.
        let pasts = match self.patiently(|| self.store.all_pasts(runs.clone())).await {
            Ok(pasts) => pasts,
            Err(error) => {
                tracing::error!(%error, "claimed runs cannot be read; they are taken up again");
                Vec::new()
            }
        };
        let mut pasts: HashMap<RunId, Past> = pasts.into_iter().collect();
        let (mut drivers, mut entries) = (Vec::new(), Vec::new());
        for (number, (run, hold)) in page.into_iter().enumerate() {
            if number % GIVES_WAY == 0 {
                tokio::task::yield_now().await;
            }
            let begun = match pasts.remove(&run.id) {
                // The others do not wait for blob storage.
                Some(past) if past.refers() => {
                    tokio::spawn(Arc::clone(&self).begin_later(run, past, hold));
                    continue;
                }
                Some(past) => self.begin_run(&run, past, hold).await,
                None => Err(EngineError::NoRun(run.id)),
            };
            match begun {
                Ok(Some((driver, facts))) => {
                    let entry = Arc::new(driver.end(facts));
                    entries.push(Arc::clone(&entry));
                    drivers.push((driver, entry));
                }
                Ok(None) => {}
                Err(error) => self.begin_again(&run, &error).await,
            }
        }
        let outcomes = self.store.committer().commit_all(entries).await;
        for ((mut driver, entry), outcome) in drivers.into_iter().zip(outcomes) {
            let written = match outcome {
                Ok(Outcome::Done { .. } | Outcome::Again) => Ok(()),
                Ok(Outcome::Bad(error)) => {
                    tracing::error!(run = %driver.machine.run, %error, "a run cannot be written; it is left for recovery");
                    Err(Lost::Broken)
                }
                Ok(_) => Err(Lost::Taken),
                // Nobody knows whether it is written: the same entry again tells.
                Err(_) => driver.commit(&entry).await.map(drop),
            };
            if written.is_ok() {
                driver.seq += 1;
                driver.announce(&entry.facts, false);
                driver.finish().await;
            }
            driver.leave(written.map(|()| true)).await;
        }
    }

    /// Begins a claimed run whose journal refers to large values.
    async fn begin_later(self: Arc<Self>, run: Taken, past: Past, hold: Hold) {
        match self.load(&run, past.journal, hold).await {
            Ok((driver, broken)) => {
                let then = broken.map(Cause::Abort).into_iter().collect();
                driver.go_on(self.causes(run.id, past.cancel, then)).await;
            }
            Err(error) => self.begin_again(&run, &error).await,
        }
    }

    async fn begin_again(&self, run: &Taken, error: &EngineError) {
        tracing::error!(run = %run.id, %error, "a claimed run cannot be driven; it is taken up again");
        self.give_back(run).await;
        self.runs().remove(&run.id);
        self.idle.notify_waiters();
    }

    /// Begins a claimed run: gives the facts to its end when they are all there is to write, or lets it
    /// go on.
    async fn begin_run(
        self: &Arc<Self>,
        run: &Taken,
        past: Past,
        hold: Hold,
    ) -> Result<Option<(Driver, Vec<Fact>)>, EngineError> {
        let Past { journal, cancel } = past;
        let (mut driver, broken) = self.load(run, journal, hold).await?;
        let started = driver.machine.state.started.as_ref();
        let in_time = started.is_some_and(|started| started.deadline > self.now());
        let is_new = run.seq == 1 && cancel.is_none() && !self.lost().contains_key(&run.id);
        if broken.is_some() || !is_new || !in_time || driver.slot.is_none() || self.is_stopping() {
            let then = broken.map(Cause::Abort).into_iter().collect();
            tokio::spawn(driver.go_on(self.causes(run.id, cancel, then)));
            return Ok(None);
        }
        let mut decided = driver.decide(Cause::Begin);
        if !driver.machine.is_over_by(&decided) {
            driver.take(decided);
            tokio::spawn(driver.drive(vec![Cause::Continue]));
            return Ok(None);
        }
        let facts = std::mem::take(&mut decided.facts);
        Ok(Some((driver, facts)))
    }

    /// Starts runs of a bot one by one, since not each that waits may start.
    async fn turn_of(self: &Arc<Self>, live: Arc<Live>) -> Result<bool, EngineError> {
        let (workspace, bot) = (live.workspace, live.bot);
        let mut started = false;
        for (_, run) in self.store.all_queued_of(bot, LOOKED_AT).await? {
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
            let Ok(slot) = self.slots.take(&self.wanted(&live)) else { break };
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
    pub async fn must_wait(
        &self,
        live: &Live,
        trigger: &str,
        run: RunId,
    ) -> Result<bool, EngineError> {
        if !live.flow.triggers.get(trigger).is_some_and(|trigger| queues(&trigger.definition.kind))
        {
            return Ok(false);
        }
        let live_runs = self.store.all_live_of_trigger(live.bot, trigger.to_owned()).await?;
        Ok(live_runs.iter().any(|(_, other, queued)| *other != run && (!queued || *other < run)))
    }
}

impl Driver {
    /// The entry of a run that has ended by these facts, which need no rows besides.
    fn end(&self, facts: Vec<Fact>) -> Entry {
        Entry {
            target: Target::Existing {
                workspace: self.live.workspace,
                id: self.machine.run,
                epoch: self.epoch,
                seq: self.seq,
            },
            bot: self.live.bot,
            nonce: self.inner.nonce(),
            facts,
            summary: self.summary(),
            rows: Rows { reserved_items: self.machine.state.reserved_items, ..Rows::default() },
        }
    }
}

/// Whether runs of a trigger go on one after the other.
fn queues(kind: &TriggerKind) -> bool {
    matches!(kind, TriggerKind::Schedule(schedule) if schedule.overlap == Overlap::Queue)
}

/// Whether a run of the bot may have to wait for one before it.
fn has_order(live: &Live) -> bool {
    live.flow.triggers.values().any(|trigger| queues(&trigger.definition.kind))
}
