//! Many servers on one database: this one's lease, what a gone one left, what changed elsewhere, and news
//! for runs that another one has in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use codex32_model::ids::{BotId, NodeId, RunId};
use codex32_model::random::ten;
use codex32_model::time::Clock;
use codex32_store::bots::BotState;
use codex32_store::nodes::Node;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::driver::Message;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;

/// What a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Serves the API and webhooks.
    pub api: bool,
    /// Drives runs.
    pub worker: bool,
    /// Fires schedules and dispatches events; of several servers one does it.
    pub scheduler: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Self { api: true, worker: true, scheduler: true }
    }
}

impl Roles {
    pub fn names(self) -> String {
        let all = [("api", self.api), ("worker", self.worker), ("scheduler", self.scheduler)];
        let names: Vec<_> = all.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        names.join(",")
    }
}

/// This server among the others.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Of the machine, for people.
    pub name: String,
    /// Of the program.
    pub version: &'static str,
    pub roles: Roles,
    /// How long a server that does not answer keeps its runs.
    pub lease: Duration,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            name: String::new(),
            version: "",
            roles: Roles::default(),
            lease: Duration::from_secs(15),
        }
    }
}

/// How often runs that this server owns on disk are compared with its memory.
const OWNED_EVERY: Duration = Duration::from_secs(30);
const PAGE: u32 = 256;
/// News in a row is looked at once.
const QUIET: Duration = Duration::from_millis(10);

/// The lease of this server, and its part among the others.
pub(crate) struct Lease {
    pub identity: Identity,
    node: RwLock<NodeId>,
    /// Until when nobody else takes what this server has, in milliseconds of [`Clock::elapsed`].
    good_until: AtomicU64,
    clock: Arc<dyn Clock>,
    renewed: Notify,
    /// Whether this server fires schedules and dispatches events.
    leads: AtomicBool,
    /// The servers that were there at the last look.
    others: Mutex<BTreeSet<NodeId>>,
    /// A server is gone: what it had to tell to runs may never have been told.
    pub untold: AtomicBool,
    shared: bool,
    known: Mutex<Known>,
}

/// What the routes are made of.
#[derive(Default)]
struct Known {
    /// The count of bots' changes.
    changes: i64,
    /// Each bot's version and state.
    bots: HashMap<BotId, (u32, BotState)>,
}

impl Lease {
    pub fn new(identity: Identity, node: NodeId, clock: Arc<dyn Clock>, shared: bool) -> Self {
        Self {
            leads: AtomicBool::new(!shared && identity.roles.scheduler),
            identity,
            node: RwLock::new(node),
            good_until: AtomicU64::new(0),
            clock,
            renewed: Notify::new(),
            others: Mutex::default(),
            untold: AtomicBool::new(false),
            shared,
            known: Mutex::default(),
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_good(&self) -> bool {
        !self.shared || self.elapsed() < self.good_until.load(Ordering::SeqCst)
    }

    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::SeqCst)
    }

    /// Waits until nobody else can have taken what this server has: before anything is sent. A server
    /// that was frozen past its lease learns here that it has to ask first.
    pub async fn hold(&self, owner: NodeId) -> bool {
        loop {
            let renewed = self.renewed.notified();
            if *self.node.read().unwrap_or_else(PoisonError::into_inner) != owner {
                return false;
            }
            if self.is_good() {
                return true;
            }
            renewed.await;
        }
    }
}

/// Who fires schedules and dispatches events: of the servers that may, the first that came.
pub fn leader(nodes: &[Node]) -> Option<NodeId> {
    let may = |node: &&Node| node.roles.split(',').any(|role| role == "scheduler");
    nodes.iter().find(may).map(|node| node.id)
}

impl Engine {
    /// The servers on this database.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        Ok(self.inner.store.all_nodes().await?)
    }

    /// This server, as it is named now.
    pub fn node(&self) -> NodeId {
        self.inner.node()
    }

    /// How long a server that does not renew its lease keeps its runs.
    pub fn lease(&self) -> Duration {
        self.inner.lease.identity.lease
    }
}

impl Inner {
    pub fn node(&self) -> NodeId {
        *self.lease.node.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this server drives runs: not when it is about to stop.
    pub fn is_worker(&self) -> bool {
        self.lease.identity.roles.worker && !self.is_handing_over()
    }

    pub fn is_handing_over(&self) -> bool {
        self.handing_over.load(Ordering::Relaxed)
    }

    /// Gives up this server's roles, whose lease goes on.
    pub async fn retire(&self) {
        self.lease.leads.store(false, Ordering::SeqCst);
        if let Err(error) = self.store.retire_node(self.node()).await {
            tracing::warn!(%error, "the others take over when this server's lease has ended");
        }
    }

    pub fn is_shared(&self) -> bool {
        self.lease.shared
    }

    /// Begins the lease.
    pub async fn register(&self) -> Result<(), EngineError> {
        let asked = self.lease.elapsed();
        let identity = &self.lease.identity;
        let now = self.now();
        let node = Node {
            id: self.node(),
            name: identity.name.clone(),
            version: identity.version.to_owned(),
            roles: identity.roles.names(),
            active: 0,
            started_at: now,
            seen_at: now,
        };
        self.store.register_node(node).await?;
        self.lasts_from(asked);
        self.choose_leader().await
    }

    /// The lease lasts from when its renewal was asked for; a part of it is left for what is on its way.
    fn lasts_from(&self, asked: u64) {
        let lease = u64::try_from(self.lease.identity.lease.as_millis()).unwrap_or(u64::MAX);
        self.lease.good_until.store(asked.saturating_add(lease * 2 / 3), Ordering::SeqCst);
        self.lease.renewed.notify_waiters();
    }

    async fn choose_leader(&self) -> Result<(), EngineError> {
        if !self.is_shared() || self.is_handing_over() {
            return Ok(());
        }
        let nodes = self.store.all_nodes().await?;
        let there: BTreeSet<NodeId> = nodes.iter().map(|node| node.id).collect();
        {
            let mut others = self.lease.others.lock().unwrap_or_else(PoisonError::into_inner);
            if !others.is_subset(&there) {
                self.lease.untold.store(true, Ordering::SeqCst);
            }
            *others = there;
        }
        let leads = leader(&nodes) == Some(self.node());
        if leads != self.lease.leads.swap(leads, Ordering::SeqCst) && leads {
            self.schedules.notify_one();
            self.events.notify_one();
            self.replays.notify_one();
            self.polls.notify_one();
            self.notices.notify_one();
        }
        Ok(())
    }

    /// Renews the lease; without it this server lets go of everything and begins anew.
    pub async fn run_lease(self: Arc<Self>) {
        let every = self.lease.identity.lease / 4;
        loop {
            let stop = self.stop.notified();
            if self.is_stopping() {
                return;
            }
            tokio::select! {
                biased;
                () = stop => return,
                () = tokio::time::sleep(every) => {}
            }
            let asked = self.lease.elapsed();
            let active = u32::try_from(self.runs().len()).unwrap_or(u32::MAX);
            let lease = self.lease.identity.lease;
            match self.store.renew_node(self.node(), active, lease, self.now()).await {
                Ok(true) => self.lasts_from(asked),
                Ok(false) => self.begin_anew().await,
                Err(error) => {
                    tracing::warn!(%error, "the lease of this server could not be renewed")
                }
            }
        }
    }

    /// Others took this server for gone: what it has in memory may be theirs by now.
    async fn begin_anew(&self) {
        tracing::error!("this server's lease has ended; it lets go of its runs and begins anew");
        let mut mailboxes: Vec<_> =
            self.runs().iter().map(|(run, mailbox)| (*run, mailbox.clone())).collect();
        // In order of age, and not as a table has them: a simulation goes the same way again.
        mailboxes.sort_unstable_by_key(|(run, _)| *run);
        for (_, mailbox) in mailboxes {
            let _ = mailbox.send(Message::Abandon);
        }
        let new = NodeId::new(self.now(), ten(&*self.random));
        *self.lease.node.write().unwrap_or_else(PoisonError::into_inner) = new;
        self.lease.renewed.notify_waiters();
        if let Err(error) = self.register().await {
            tracing::warn!(%error, "this server could not begin anew; it is tried again");
        }
    }

    /// Looks after what other servers change and leave; only on a database that is shared.
    pub async fn run_neighbours(self: Arc<Self>) {
        let told = self.store.told();
        let (mut owned, mut counted) = (Instant::now(), Instant::now());
        loop {
            let told = told.notified();
            let stop = self.stop.notified();
            if self.is_stopping() {
                return;
            }
            tokio::select! {
                biased;
                () = stop => return,
                () = told => tokio::time::sleep(QUIET).await,
                () = tokio::time::sleep(self.limits.poll) => {}
            }
            self.queue.notify_one();
            self.events.notify_one();
            self.replays.notify_one();
            self.timers.notify_one();
            self.polls.notify_one();
            self.notices.notify_one();
            if let Err(error) = self.look_around().await {
                tracing::warn!(%error, "what other servers did is looked at again");
            }
            if counted.elapsed() >= self.limits.poll {
                counted = Instant::now();
                match self.store.all_queue_lengths().await {
                    Ok(lengths) => self.slots.set_queued(lengths),
                    Err(error) => tracing::warn!(%error, "the queue is counted again"),
                }
            }
            if owned.elapsed() >= OWNED_EVERY {
                owned = Instant::now();
                self.find_undriven().await;
            }
        }
    }

    async fn look_around(self: &Arc<Self>) -> Result<(), EngineError> {
        self.choose_leader().await?;
        self.read_changed_bots().await?;
        if !self.is_worker() {
            return Ok(());
        }
        self.take_over(false).await?;
        for news in self.store.all_news(self.node(), PAGE).await? {
            match news.event {
                Some(event) => {
                    let (done, heard) = oneshot::channel();
                    let message = Message::Event { event: Arc::new(event), done };
                    let brought = Arc::clone(self).deliver(news.workspace, news.run, message).await;
                    if !brought || (heard.await.is_err() && self.is_stopping()) {
                        return Ok(());
                    }
                }
                None => {
                    if !Arc::clone(self).deliver(news.workspace, news.run, Message::News).await {
                        return Ok(());
                    }
                }
            }
            self.store.drop_news(news.number).await?;
        }
        Ok(())
    }

    /// Brings the routes in line with what was deployed elsewhere.
    pub async fn read_changed_bots(self: &Arc<Self>) -> Result<(), EngineError> {
        let number = self.store.all_bot_changes().await?;
        {
            let known = self.lease.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.changes == number && number > 0 {
                return Ok(());
            }
        }
        let rows = self.store.all_bots().await?;
        let known = {
            let mut known = self.lease.known.lock().unwrap_or_else(PoisonError::into_inner);
            let now = rows.iter().map(|row| (row.id, (row.version, row.state))).collect();
            known.changes = number;
            std::mem::replace(&mut known.bots, now)
        };
        for row in &rows {
            if known.get(&row.id) == Some(&(row.version, row.state)) {
                continue;
            }
            if let Err(error) = self.refresh(self.scope(row.workspace), row).await {
                tracing::error!(bot = row.name, %error, "a bot cannot be loaded; its triggers are off");
            }
        }
        let there: std::collections::HashSet<BotId> = rows.iter().map(|row| row.id).collect();
        for gone in known.keys().filter(|bot| !there.contains(bot)) {
            self.routes.remove(*gone);
        }
        Ok(())
    }

    /// Runs that are this server's on disk and not in its memory: a commit whose outcome stayed
    /// unknown, or a run that could not be given back. They are taken up again.
    async fn find_undriven(self: &Arc<Self>) {
        let before = self.now().minus(OWNED_EVERY);
        let owned = self.store.all_owned(self.node(), before, PAGE).await.unwrap_or_default();
        for (workspace, run, epoch) in owned {
            if self.runs().contains_key(&run) {
                continue;
            }
            tracing::warn!(%run, "a run that nobody drives is taken up again");
            let _ = self.store.release(workspace, run, epoch, self.now()).await;
            self.timers.notify_one();
        }
    }

    /// Leaves a message for the server that has the run; whether it is there.
    pub async fn tell(
        &self,
        workspace: codex32_model::ids::WorkspaceId,
        run: RunId,
        message: Message,
    ) -> bool {
        let (event, done) = match message {
            Message::Event { event, done } => (Some(event.seq), Some(done)),
            Message::Cancel { .. }
            | Message::ChildEnded { .. }
            | Message::News
            | Message::Answered => (None, None),
            // Whoever has it has its timers.
            Message::Wake | Message::Stop | Message::Abandon | Message::HandOver => return true,
        };
        let told = self.patiently(|| self.store.tell(workspace, run, event)).await;
        match told {
            Ok(()) => {
                if let Some(done) = done {
                    let _ = done.send(());
                }
            }
            Err(error) => {
                tracing::warn!(%run, %error, "news for a run could not be left");
                return false;
            }
        }
        true
    }
}
