//! For tests only: one database that several servers reach through turnstiles. Whatever a server asks
//! of its store waits until the simulation admits it, one operation at a time, and says how it ends.
//! So a simulation decides every interleaving, and a seed decides the simulation.
//!
//! What is simulated is the way to the database: the database itself is SQLite, the statements, the
//! committer's batches and its second tries are the real ones.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex32_model::Clock;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::blobs::Blobs;
use crate::committer::{self, Committer, Failed, Gathered, Options, Worker, Written};
use crate::error::StoreError;
use crate::open::{KNOWN, Store, migrate};
use crate::sql::Reader;

/// How an operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    /// The connection breaks before anything is done.
    Before,
    /// It is done, and the answer is lost.
    After,
}

fn broken() -> StoreError {
    StoreError::Unavailable("the connection broke".to_owned())
}

/// The database that the servers share.
#[derive(Clone)]
pub struct Database {
    connection: Arc<Mutex<Connection>>,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
}

impl Database {
    /// An empty one in memory, with a clock of its own for leases.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(256);
        connection.execute_batch("PRAGMA foreign_keys=1; PRAGMA temp_store=MEMORY;")?;
        migrate(&mut connection, KNOWN)?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { connection, blobs: Blobs::in_memory(), clock })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the database behind the servers' backs.
    pub fn look<T>(
        &self,
        query: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        query(&Reader::sqlite(&self.connection()))
    }

    /// The store of a new server, and its turnstile.
    pub fn server(&self, options: Options) -> (Store, Arc<Turnstile>) {
        let writer = Writer { database: self.clone(), next: Fault::None, unknown: None };
        let (writer, blobs) = (committer::Writer::Simulated(writer), self.blobs.clone());
        let (committer, worker) = Committer::with(writer, options, blobs.clone());
        let turnstile = Arc::new(Turnstile {
            database: self.clone(),
            reads: Mutex::default(),
            worker: Mutex::new(worker),
        });
        (Store::simulated(committer, Arc::clone(&turnstile), blobs), turnstile)
    }
}

type Read = Box<dyn FnOnce(Result<&Reader<'_>, StoreError>) + Send>;

/// What one server asks of the database, until it is admitted.
pub struct Turnstile {
    database: Database,
    reads: Mutex<VecDeque<Read>>,
    worker: Mutex<Worker>,
}

impl Turnstile {
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        let read: Read = Box::new(move |reader| drop(done.send(reader.and_then(query))));
        self.reads().push_back(read);
        answer.await.map_err(|_| broken())?
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.database.clock)
    }

    fn reads(&self) -> MutexGuard<'_, VecDeque<Read>> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self) -> MutexGuard<'_, Worker> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many reads wait.
    pub fn waiting_reads(&self) -> usize {
        self.reads().len()
    }

    /// Whether a commit waits.
    pub fn waits_to_commit(&self) -> bool {
        self.worker().is_busy()
    }

    /// Admits one of the reads that wait.
    pub fn admit_read(&self, which: usize, fault: Fault) {
        let Some(read) = self.reads().remove(which) else { return };
        if fault == Fault::None {
            read(Ok(&Reader::sqlite(&self.database.connection())));
        } else {
            read(Err(broken()));
        }
    }

    /// Admits one attempt of the committer, at a time by which it counts its patience.
    pub fn admit_commit(&self, fault: Fault, now: Duration) {
        self.worker().admit(fault, now);
    }
}

/// The committer's hand on a simulated database: after a lost answer it learns what became of its
/// transaction, as the one on PostgreSQL does by its mark.
pub(crate) struct Writer {
    database: Database,
    /// How the next attempt ends.
    pub next: Fault,
    /// What a transaction came to whose answer was lost.
    unknown: Option<Vec<Written>>,
}

impl Writer {
    pub fn attempt(&mut self, batch: &mut Gathered) -> Result<Vec<Written>, Failed> {
        let fault = std::mem::take(&mut self.next);
        if fault == Fault::Before {
            return Err(Failed::Disk(broken()));
        }
        let written = match self.unknown.take() {
            Some(written) => written,
            None => committer::sqlite::commit(&self.database.connection(), batch, |_| false)?,
        };
        if fault == Fault::After {
            self.unknown = Some(written);
            return Err(Failed::Disk(broken()));
        }
        Ok(written)
    }

    pub fn give_up(&mut self) {
        self.unknown = None;
    }
}
