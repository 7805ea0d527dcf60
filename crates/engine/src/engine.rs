//! The engine of one node: what all its parts share, its start and its stop.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_model::fact::Fact;
use codex32_model::ids::{ActorId, NodeId, RunId, WorkspaceId};
use codex32_model::random::{Random, ten};
use codex32_model::time::{Clock, Timestamp};
use codex32_model::{Catalogue, Scope};
use codex32_store::Store;
use tokio::sync::{Notify, broadcast, mpsc};

use crate::driver::Message;
use crate::error::EngineError;
use crate::executor::StepExecutor;
use crate::flows::Flows;
use crate::nodes::{Identity, Lease, Roles};
use crate::routes::Routes;
use crate::run::Bounds;
use crate::slots::Slots;

/// Longest sleep of a loop where other servers use the same database.
const SHARED_POLL: Duration = Duration::from_secs(1);
/// The shortest and the longest pause before a store that is away is asked again.
pub(crate) const PAUSES: (Duration, Duration) =
    (Duration::from_millis(100), Duration::from_secs(5));

/// What an engine is made of.
pub struct Options {
    pub store: Store,
    pub executor: Arc<dyn StepExecutor>,
    pub catalogue: Arc<dyn Catalogue>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    /// The zone of schedules and waits that name none.
    pub zone: String,
    pub limits: Limits,
    pub identity: Identity,
}

/// Bounds of a node.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Runs that go on at once; the rest queue.
    pub active: u32,
    /// Queued runs of one workspace; beyond, a start is refused.
    pub queued: u32,
    /// Nesting of calls.
    pub depth: u32,
    /// What one run may hold.
    pub run: Bounds,
    /// Longest sleep of a loop before it looks again; tests with a clock of their own make it short.
    pub poll: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            active: 1_000,
            queued: 100_000,
            depth: 16,
            run: Bounds::default(),
            poll: Duration::from_secs(30),
        }
    }
}

/// What one commit added to a run, for those who watch it.
#[derive(Debug, Clone)]
pub struct Committed {
    pub run: RunId,
    /// The journal row's number, from 1.
    pub seq: u32,
    pub facts: Vec<Fact>,
}

/// The handle. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub executor: Arc<dyn StepExecutor>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub zone: Arc<str>,
    pub limits: Limits,
    pub lease: Lease,
    pub flows: Flows,
    pub routes: Routes,
    pub slots: Slots,
    /// Runs in memory, and how to reach them.
    pub runs: Mutex<HashMap<RunId, mpsc::UnboundedSender<Message>>>,
    pub watchers: Mutex<HashMap<RunId, broadcast::Sender<Arc<Committed>>>>,
    /// Runs that this server could not write or drive, and how often.
    pub lost: Mutex<HashMap<RunId, u32>>,
    /// Suspect runs are driven one at a time.
    pub suspects: tokio::sync::Mutex<()>,
    pub queue: Notify,
    pub schedules: Notify,
    pub polls: Notify,
    pub events: Notify,
    pub replays: Notify,
    pub timers: Notify,
    /// Approvals were asked for or handed on: somebody is to be told.
    pub notices: Notify,
    pub tidying: Notify,
    pub stopping: AtomicBool,
    /// The runs of this server are being handed over to the others.
    pub handing_over: AtomicBool,
    /// The store is held: nothing runs until somebody releases it.
    pub held: AtomicBool,
    /// Told when this node releases the store.
    pub released: Notify,
    pub stop: Notify,
    /// Told when a run leaves memory, for the stop to wait on.
    pub idle: Notify,
    draws: AtomicU64,
}

impl Engine {
    /// Starts the engine on a store: routes, recovery of runs that a gone server left, the loops.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start(options: Options) -> Result<Self, EngineError> {
        let mut seed = [0; 8];
        options.random.fill(&mut seed);
        let node = NodeId::new(options.clock.now(), ten(&*options.random));
        let shared = options.store.is_shared();
        let mut limits = options.limits;
        if shared {
            // What others do is heard of at once, mostly; this is the net below.
            limits.poll = limits.poll.min(SHARED_POLL);
        }
        let inner = Arc::new(Inner {
            lease: Lease::new(options.identity, node, Arc::clone(&options.clock), shared),
            flows: Flows::new(options.store.clone(), options.catalogue),
            store: options.store,
            executor: options.executor,
            clock: options.clock,
            random: options.random,
            zone: options.zone.into(),
            limits,
            routes: Routes::default(),
            slots: Slots::default(),
            runs: Mutex::default(),
            watchers: Mutex::default(),
            lost: Mutex::default(),
            suspects: tokio::sync::Mutex::default(),
            queue: Notify::new(),
            schedules: Notify::new(),
            polls: Notify::new(),
            events: Notify::new(),
            replays: Notify::new(),
            timers: Notify::new(),
            notices: Notify::new(),
            tidying: Notify::new(),
            stopping: AtomicBool::new(false),
            handing_over: AtomicBool::new(false),
            held: AtomicBool::new(false),
            released: Notify::new(),
            stop: Notify::new(),
            idle: Notify::new(),
            draws: AtomicU64::new(u64::from_le_bytes(seed)),
        });
        inner.register().await?;
        inner.read_changed_bots().await?;
        inner.slots.set_queued(inner.store.all_queue_lengths().await?);
        if inner.store.held().await?.is_some() {
            inner.held.store(true, Ordering::SeqCst);
            tokio::spawn(Arc::clone(&inner).wait_for_release());
        } else {
            Self::begin(&inner);
        }
        tokio::spawn(Arc::clone(&inner).run_lease());
        Ok(Self { inner })
    }

    /// The loops, and what a gone server left.
    pub(crate) fn begin(inner: &Arc<Inner>) {
        let Roles { worker, scheduler, .. } = inner.lease.identity.roles;
        if worker {
            tokio::spawn(Arc::clone(inner).recover());
            tokio::spawn(Arc::clone(inner).run_queue());
            tokio::spawn(Arc::clone(inner).run_timers());
        }
        if scheduler {
            tokio::spawn(Arc::clone(inner).run_schedules());
            tokio::spawn(Arc::clone(inner).run_polls());
            tokio::spawn(Arc::clone(inner).run_dispatcher());
            tokio::spawn(Arc::clone(inner).run_replays());
            tokio::spawn(Arc::clone(inner).run_notices());
            tokio::spawn(Arc::clone(inner).run_tidying());
        }
        if inner.is_shared() {
            tokio::spawn(Arc::clone(inner).run_neighbours());
        }
    }

    /// Before a stop, where there are other servers: takes nothing on any more and gives them what it has.
    /// Requests are still answered: what they start goes on elsewhere, and answers are read from there. Returns
    /// when nothing is left.
    pub async fn hand_over(&self) {
        let inner = &self.inner;
        if !inner.is_shared() || inner.handing_over.swap(true, Ordering::SeqCst) {
            return;
        }
        inner.retire().await;
        inner.empty(|| Message::HandOver).await;
    }

    /// Takes no new work, lets every run write down what it has, and stops. What was on its way
    /// goes on at the next start.
    pub async fn shutdown(&self) {
        let inner = &self.inner;
        inner.stopping.store(true, Ordering::SeqCst);
        inner.stop.notify_waiters();
        inner.empty(|| Message::Stop).await;
        if let Err(error) = inner.store.end_node(inner.node()).await {
            tracing::warn!(%error, "others take over when this server's lease has ended");
        }
        inner.store.close().await;
    }

    /// What commits add to a run from now on. Nothing uncommitted is ever seen here.
    pub fn watch(&self, run: RunId) -> Watching {
        self.inner.watcher(run)
    }

    /// Runs in memory at this moment.
    pub fn active(&self) -> usize {
        self.inner.runs().len()
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }
}

/// Hears what is committed to one run.
pub struct Watching {
    run: RunId,
    heard: Option<broadcast::Receiver<Arc<Committed>>>,
    inner: Arc<Inner>,
}

impl Watching {
    /// The next commit.
    ///
    /// # Errors
    /// When the run has ended and all was heard, or when so much was missed that the journal has to
    /// be read again.
    pub async fn recv(&mut self) -> Result<Arc<Committed>, broadcast::error::RecvError> {
        match &mut self.heard {
            Some(heard) => heard.recv().await,
            None => Err(broadcast::error::RecvError::Closed),
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.heard.take();
        let mut watchers = self.inner.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if watchers.get(&self.run).is_some_and(|watcher| watcher.receiver_count() == 0) {
            watchers.remove(&self.run);
        }
    }
}

impl Inner {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells every run in memory, until there is none.
    async fn empty(&self, message: impl Fn() -> Message) {
        loop {
            let left = self.idle.notified();
            let mailboxes: Vec<_> = self.runs().values().cloned().collect();
            if mailboxes.is_empty() {
                return;
            }
            for mailbox in mailboxes {
                let _ = mailbox.send(message());
            }
            let _ = tokio::time::timeout(Duration::from_millis(200), left).await;
        }
    }

    pub fn runs(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<RunId, mpsc::UnboundedSender<Message>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn lost(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, u32>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub fn new_run_id(&self) -> RunId {
        RunId::new(self.now(), ten(&*self.random))
    }

    /// A number that does not repeat: nonces, jitter. Not for secrets (SplitMix64).
    pub fn draw(&self) -> u64 {
        let mut z = self.draws.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn nonce(&self) -> i64 {
        self.draw().cast_signed()
    }

    /// The engine's own doings in a workspace.
    pub fn scope(&self, workspace: WorkspaceId) -> Scope {
        Scope::new(workspace, ActorId::from_bytes([0; 16]))
    }

    pub fn watcher(self: &Arc<Self>, run: RunId) -> Watching {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = watchers.entry(run).or_insert_with(|| broadcast::channel(256).0).subscribe();
        Watching { run, heard: Some(heard), inner: Arc::clone(self) }
    }

    /// Tells the watchers of a run what was committed.
    pub fn publish(&self, run: RunId, seq: u32, facts: &[Fact], ended: bool) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if watchers.is_empty() {
            return;
        }
        if let Some(watcher) = watchers.get(&run) {
            let committed = Committed { run, seq, facts: facts.to_vec() };
            let unheard = watcher.send(Arc::new(committed)).is_err();
            if ended || unheard {
                watchers.remove(&run);
            }
        }
    }

    /// Asks the store until it answers: what is asked here must not fail because a database is away for
    /// a while.
    ///
    /// # Errors
    /// The store's refusal; or that it is away, when the server stops meanwhile.
    pub async fn patiently<T, E: Into<EngineError>, F: Future<Output = Result<T, E>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, EngineError> {
        let mut pause = PAUSES.0;
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error.into(),
            };
            if !error.is_away() || self.is_stopping() {
                return Err(error);
            }
            tracing::warn!(%error, "the store is asked again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Sleeps until `at` by the engine's clock, at most `limits.poll`, or until told; whether to go
    /// on at all.
    pub async fn sleep(&self, at: Option<Timestamp>, told: &Notify) -> bool {
        let stop = self.stop.notified();
        if self.is_stopping() {
            return false;
        }
        let span = at.map_or(self.limits.poll, |at| at.since(self.now()).min(self.limits.poll));
        tokio::select! {
            biased;
            () = stop => {}
            () = told.notified() => {}
            () = tokio::time::sleep(span) => {}
        }
        !self.is_stopping()
    }
}
