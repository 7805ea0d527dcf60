//! Group commit: one thread owns the write connection (one of each node, on PostgreSQL), gathers what is ready and writes it in one
//! transaction with one flush. Each piece gets its own outcome.
//!
//! A data error of one piece rolls the batch back and repeats it piece by piece, so that a neighbour
//! never suffers. A failing disk is tried again for [`Options::patience`]; then everything that waits
//! is refused, nothing of it having been accepted.

mod batch;
mod flush;
mod intake;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use codex32_model::ids::WorkspaceId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::blobs::Blobs;
use crate::blobs::pack::Encoded;
use crate::entry::{Entry, Outcome, Target};
use crate::error::StoreError;
use crate::sql::Tx;
use flush::Ready;
pub(crate) use intake::Gathered;
use intake::Intake;
use postgres::PostgresWriter;
use sqlite::SqliteWriter;

/// Bounds of the committer.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Most pieces in one transaction.
    pub batch: usize,
    /// Most bytes of journal in one transaction.
    pub bytes: usize,
    /// How long a disk that does not take writes is tried before the waiting are refused.
    pub patience: Duration,
    /// Pieces that may wait; beyond, a write is refused at once.
    pub waiting: usize,
    /// Pages of the write-ahead log that are not in the database yet from which the checkpointer works,
    /// and pages in the log from which the committer itself stops for it.
    pub checkpoint_pages: u64,
    pub wal_limit_pages: u64,
    pub flushing: Flushing,
}

/// When the disk is told to flush (`PRAGMA synchronous`, `synchronous_commit`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flushing {
    /// Before anything is answered.
    #[default]
    Full,
    /// Never: a power cut loses what was answered. Exists for the test that shows that the
    /// power-loss test would notice.
    Never,
}

impl Flushing {
    /// SQLite's `synchronous`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Never => "OFF",
        }
    }

    /// PostgreSQL's `synchronous_commit`.
    pub(crate) const fn synchronous_commit(self) -> &'static str {
        match self {
            Self::Full => "on",
            Self::Never => "off",
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 512,
            bytes: 4 << 20,
            patience: Duration::from_secs(10),
            waiting: 50_000,
            checkpoint_pages: 2_000,
            wal_limit_pages: 32_000,
            flushing: Flushing::Full,
        }
    }
}

pub(crate) type Change = Box<dyn FnMut(&Tx<'_>) -> Result<(), StoreError> + Send>;
/// Tells the waiting one what became of it; `None` means committed.
pub(crate) type Settle = Box<dyn FnOnce(Option<StoreError>) + Send>;

pub(crate) enum Piece {
    Entry(Arc<Entry>, Encoded, oneshot::Sender<Result<Outcome, StoreError>>),
    Change(Change, Settle),
    Close(oneshot::Sender<()>),
    /// What was written before is on the disk.
    Flushed,
}

/// The handle. Cheap to clone.
#[derive(Clone)]
pub struct Committer {
    shared: Arc<Shared>,
}

struct Shared {
    blobs: Blobs,
    pieces: Mutex<Option<Sender<Piece>>>,
    waiting: AtomicUsize,
    limit: usize,
    commits: AtomicU64,
    wal_pages: AtomicU64,
}

const fn workspace_of(entry: &Entry) -> WorkspaceId {
    match &entry.target {
        Target::New(run) => run.workspace,
        Target::Existing { workspace, .. } => *workspace,
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

impl Committer {
    pub(crate) fn start(
        writer: Writer,
        options: Options,
        blobs: Blobs,
    ) -> Result<Self, StoreError> {
        let (committer, worker) = Self::with(writer, options, blobs);
        std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || worker.run())
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(committer)
    }

    /// The handle, and what does the work.
    pub(crate) fn with(writer: Writer, options: Options, blobs: Blobs) -> (Self, Worker) {
        let (pieces, incoming) = channel();
        let shared = Arc::new(Shared {
            blobs,
            pieces: Mutex::new(Some(pieces)),
            waiting: AtomicUsize::new(0),
            limit: options.waiting,
            commits: AtomicU64::new(0),
            wal_pages: AtomicU64::new(0),
        });
        let batches = VecDeque::new();
        let intake = Intake::new(incoming, options, Arc::clone(&shared));
        let (runtime, of) = (Handle::try_current().ok(), Arc::clone(&shared));
        let patience = options.patience;
        let worker = Worker { writer, intake, patience, batches, runtime, shared: of };
        (Self { shared }, worker)
    }

    /// Commits an entry; what is large in it goes to blob storage before. An error means that nothing
    /// of it is on disk as far as can be told; the same entry (same nonce) may be submitted again.
    pub async fn commit(&self, entry: impl Into<Arc<Entry>>) -> Result<Outcome, StoreError> {
        let entry = entry.into();
        let encoded = Encoded::whole(&entry);
        if encoded.is_large() {
            return Box::pin(self.commit_large(entry, encoded)).await;
        }
        self.commit_encoded(entry, encoded).await
    }

    async fn commit_large(&self, entry: Arc<Entry>, whole: Encoded) -> Result<Outcome, StoreError> {
        let children = entry.rows.children.iter().map(|child| (child.run.id, child.facts.clone()));
        let rows = std::iter::once((entry.target.run(), entry.facts.clone())).chain(children);
        let packed = self.shared.blobs.pack(workspace_of(&entry), rows.collect()).await?;
        match self.commit_encoded(Arc::clone(&entry), packed).await? {
            // One of its blobs was about to be removed when it was written again.
            Outcome::Whole => self.commit_encoded(entry, whole).await,
            outcome => Ok(outcome),
        }
    }

    async fn commit_encoded(
        &self,
        entry: Arc<Entry>,
        encoded: Encoded,
    ) -> Result<Outcome, StoreError> {
        let (done, answer) = oneshot::channel();
        self.send(Piece::Entry(entry, encoded, done))?;
        answer.await.map_err(|_| closed())?
    }

    /// Commits entries that were made together; their outcomes in order.
    pub async fn commit_all(&self, entries: Vec<Arc<Entry>>) -> Vec<Result<Outcome, StoreError>> {
        let encoded: Vec<_> = entries.iter().map(|entry| Encoded::whole(entry)).collect();
        if encoded.iter().any(Encoded::is_large) {
            let commits = entries.into_iter().map(|entry| self.commit(entry));
            return futures::future::join_all(commits).await;
        }
        let sent: Vec<_> = entries
            .into_iter()
            .zip(encoded)
            .map(|(entry, encoded)| {
                let (done, answer) = oneshot::channel();
                self.send(Piece::Entry(entry, encoded, done)).map(|()| answer)
            })
            .collect();
        let mut outcomes = Vec::with_capacity(sent.len());
        for answer in sent {
            outcomes.push(match answer {
                Ok(answer) => answer.await.unwrap_or_else(|_| Err(closed())),
                Err(error) => Err(error),
            });
        }
        outcomes
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        let result = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&result);
        let change = Box::new(move |tx: &Tx<'_>| {
            let value = change(tx)?;
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        });
        let settle = Box::new(move |error: Option<StoreError>| {
            let _ = done.send(error);
        });
        self.send(Piece::Change(change, settle))?;
        if let Some(error) = answer.await.map_err(|_| closed())? {
            return Err(error);
        }
        result.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(closed)
    }

    fn send(&self, piece: Piece) -> Result<(), StoreError> {
        if self.shared.waiting.fetch_add(1, Ordering::Relaxed) >= self.shared.limit {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(StoreError::Unavailable("too many writes are waiting".to_owned()));
        }
        let pieces = self.shared.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = pieces.as_ref().is_some_and(|pieces| pieces.send(piece).is_ok());
        if sent {
            Ok(())
        } else {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            Err(closed())
        }
    }

    /// Commits what waits, then stops.
    pub async fn close(&self) {
        let (done, answer) = oneshot::channel();
        let pieces = self.shared.pieces.lock().unwrap_or_else(PoisonError::into_inner).take();
        if pieces.is_some_and(|pieces| pieces.send(Piece::Close(done)).is_ok()) {
            let _ = answer.await;
        }
    }

    /// Transactions committed since the start.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// Pages in the write-ahead log after the last commit.
    pub fn wal_pages(&self) -> u64 {
        self.shared.wal_pages.load(Ordering::Relaxed)
    }

    /// Pieces that wait for a commit.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }
}

/// Gathers what waits and commits it.
pub(crate) struct Worker {
    writer: Writer,
    intake: Intake,
    patience: Duration,
    /// What was gathered and is not settled, the first to be written first.
    batches: VecDeque<Batch>,
    /// That of whoever opened the store.
    runtime: Option<Handle>,
    shared: Arc<Shared>,
}

/// Pieces of one transaction.
struct Batch {
    gathered: Gathered,
    /// When it was tried first, and how long to wait before the next try.
    began: Option<Duration>,
    pause: Duration,
}

/// The shortest and the longest pause before a failing disk is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

impl Batch {
    const fn new(gathered: Gathered) -> Self {
        Self { gathered, began: None, pause: PAUSES.0 }
    }
}

impl Worker {
    fn run(mut self) {
        let started = Instant::now();
        while self.intake.closing.is_none() {
            let Some(gathered) = self.intake.next() else { return };
            self.batches.push_back(Batch::new(gathered));
            while let Some(pause) = self.turn(started.elapsed()) {
                std::thread::sleep(pause);
            }
        }
        self.writer.close();
        if let Some(done) = self.intake.closing {
            let _ = done.send(());
        }
    }

    /// Tries to commit the first batch, whole if possible, else piece by piece. After which pause to
    /// do so again; nothing when all is settled.
    fn turn(&mut self, now: Duration) -> Option<Duration> {
        let mut batch = self.batches.pop_front()?;
        // One that was tried before, or that is part of such a one, gets no more.
        let fresh = batch.began.is_none() && self.batches.is_empty();
        let began = *batch.began.get_or_insert(now);
        match self.writer.attempt(&mut batch.gathered, fresh.then_some(&mut self.intake)) {
            Ok(outcomes) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                self.shared.wal_pages.store(self.writer.log_pages(), Ordering::Relaxed);
                let pieces = batch.gathered.pieces;
                let more = pieces.len() > 1 || self.shared.waiting.load(Ordering::Relaxed) > 0;
                let (runtime, idle) = (self.runtime.clone(), self.intake.sender());
                self.writer.settle(Ready { pieces, outcomes, runtime, idle }, more);
            }
            Err(Failed::Piece(_)) if batch.gathered.pieces.len() > 1 => {
                for piece in batch.gathered.pieces.into_iter().rev() {
                    let mut alone = Batch::new(Gathered::one(piece));
                    alone.began = Some(began);
                    self.batches.push_front(alone);
                }
            }
            Err(Failed::Piece(error)) => refuse(batch.gathered.pieces, &error),
            Err(Failed::Disk(error)) => {
                let pieces = batch.gathered.pieces.len();
                tracing::error!(%error, pieces, "the database takes no writes");
                if now.saturating_sub(began) < self.patience {
                    let pause = batch.pause;
                    batch.pause = (pause * 2).min(PAUSES.1);
                    self.batches.push_front(batch);
                    return Some(pause);
                }
                self.writer.give_up();
                refuse(batch.gathered.pieces, &StoreError::Unavailable(error.to_string()));
            }
        }
        (!self.batches.is_empty()).then_some(Duration::ZERO)
    }
}

/// The write connection.
pub(crate) enum Writer {
    Sqlite(Box<SqliteWriter>),
    Postgres(Box<PostgresWriter>),
    #[cfg(feature = "simulation")]
    Simulated(crate::simulation::Writer),
}

impl Writer {
    /// One transaction; into one of SQLite's may go what comes meanwhile. On failure nothing of it is
    /// left, or what is left is found again by nonce.
    fn attempt(
        &mut self,
        batch: &mut Gathered,
        intake: Option<&mut Intake>,
    ) -> Result<Vec<Written>, Failed> {
        match self {
            Self::Sqlite(writer) => writer.attempt(batch, intake),
            Self::Postgres(writer) => writer.attempt(&mut batch.pieces),
            #[cfg(feature = "simulation")]
            Self::Simulated(writer) => writer.attempt(batch),
        }
    }

    /// Tells the waiting when what was written is on the disk.
    fn settle(&self, ready: Ready, more: bool) {
        match self {
            Self::Sqlite(writer) => writer.settle(ready, more),
            Self::Postgres(_) => ready.settle(),
            #[cfg(feature = "simulation")]
            Self::Simulated(_) => ready.settle(),
        }
    }

    /// Pages in SQLite's write-ahead log.
    fn log_pages(&self) -> u64 {
        match self {
            Self::Sqlite(writer) => writer.log_pages(),
            Self::Postgres(_) => 0,
            #[cfg(feature = "simulation")]
            Self::Simulated(_) => 0,
        }
    }

    fn give_up(&mut self) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(writer) => writer.give_up(),
            #[cfg(feature = "simulation")]
            Self::Simulated(writer) => writer.give_up(),
        }
    }

    fn close(self) {
        match self {
            Self::Sqlite(writer) => writer.close(),
            Self::Postgres(_) => {}
            #[cfg(feature = "simulation")]
            Self::Simulated(_) => {}
        }
    }
}

/// What one piece came to inside a transaction that committed.
pub(crate) enum Written {
    Entry(Outcome),
    Change(Option<StoreError>),
}

pub(crate) enum Failed {
    /// This piece cannot be written; its neighbours can.
    Piece(StoreError),
    /// Nothing can be written now.
    Disk(StoreError),
}

impl Failed {
    pub(crate) fn of(error: StoreError) -> Self {
        if matches!(error, StoreError::Unavailable(_)) {
            Self::Disk(error)
        } else {
            Self::Piece(error)
        }
    }
}

/// A change of the control plane, in a savepoint: its own refusal undoes it alone.
pub(crate) fn change(tx: &Tx<'_>, change: &mut Change) -> Result<Written, Failed> {
    let sql = |text| tx.execute(text, &[]).map(drop).map_err(Failed::of);
    sql("SAVEPOINT change")?;
    let refused = match change(tx).map_err(Failed::of) {
        Ok(()) => None,
        Err(Failed::Piece(error)) => {
            sql("ROLLBACK TO change")?;
            Some(error)
        }
        Err(disk) => return Err(disk),
    };
    sql("RELEASE change")?;
    Ok(Written::Change(refused))
}

fn refuse(batch: Vec<Piece>, error: &StoreError) {
    for piece in batch {
        match piece {
            Piece::Entry(_, _, done) => {
                let answer = match error {
                    StoreError::Unavailable(_) => Err(error.clone()),
                    other => Ok(Outcome::Bad(other.clone())),
                };
                let _ = done.send(answer);
            }
            Piece::Change(_, tell) => tell(Some(error.clone())),
            _ => {}
        }
    }
}

#[cfg(feature = "simulation")]
impl Worker {
    /// Whether there is something to commit.
    pub(crate) fn is_busy(&self) -> bool {
        !self.batches.is_empty() || self.shared.waiting.load(Ordering::Relaxed) > 0
    }

    /// One attempt, as the thread makes them; the writer knows how it is to end.
    pub(crate) fn admit(&mut self, fault: crate::simulation::Fault, now: Duration) {
        if self.batches.is_empty() {
            let gathered = self.intake.at_hand();
            if let Some(done) = self.intake.closing.take() {
                let _ = done.send(());
            }
            if gathered.pieces.is_empty() {
                return;
            }
            self.batches.push_back(Batch::new(gathered));
        }
        if let Writer::Simulated(writer) = &mut self.writer {
            writer.next = fault;
        }
        let _ = self.turn(now);
    }
}
