//! The flush of SQLite's write-ahead log, beside the thread that fills it: while one transaction is
//! flushed, the next is written. What was written is settled when it is on the disk, not before.
//!
//! The write connection runs with `synchronous=NORMAL`: a commit ends in the system's cache, and a flush
//! of the whole log makes it, and all before it, durable: what `FULL` does, at another time. A later
//! flush by anybody else covers earlier commits too, since the log is one file that only grows between
//! checkpoints, and a checkpoint flushes it first.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};

use tokio::runtime::Handle;

use super::{Piece, Written};
use crate::error::StoreError;

/// From so many on, the waiting are told by a task of their runtime.
const MANY: usize = 8;

/// Pieces of a transaction that is written, with what they came to.
pub(crate) struct Ready {
    pub pieces: Vec<Piece>,
    pub outcomes: Vec<Written>,
    /// Where most of the waiting are.
    pub runtime: Option<Handle>,
    /// Who wants to know that the disk is free.
    pub idle: Option<Sender<Piece>>,
}

impl Ready {
    /// Tells the waiting; only when it is on the disk. A thread outside the runtime would take a lock
    /// that all share for each of them, and wake the runtime's threads one by one: a sixth of what a
    /// request costs with 256 callers.
    pub fn settle(mut self) {
        let many = self.pieces.len() >= MANY;
        let runtime = self.runtime.take().filter(|_| many);
        let settled = Settled(self);
        if let Some(runtime) = runtime {
            drop(runtime.spawn(async move { drop(settled) }));
        }
    }
}

/// Tells the waiting when it is dropped, so that a runtime that is just stopping does it, too.
struct Settled(Ready);

impl Drop for Settled {
    fn drop(&mut self) {
        let Ready { pieces, outcomes, .. } = &mut self.0;
        for (piece, outcome) in pieces.drain(..).zip(outcomes.drain(..)) {
            match (piece, outcome) {
                (Piece::Entry(_, _, done), Written::Entry(outcome)) => {
                    drop(done.send(Ok(outcome)));
                }
                (Piece::Change(_, tell), Written::Change(refused)) => tell(refused),
                _ => {}
            }
        }
    }
}

/// Whether the disk is at work.
#[derive(Default)]
pub(crate) struct Busy {
    /// Handed over and not flushed.
    pending: AtomicUsize,
    wanted: AtomicBool,
}

impl Busy {
    /// Whether a flush is under way, and its end will be told.
    pub fn tell_when_idle(&self) -> bool {
        // One of the two sees what the other has written.
        self.wanted.store(true, Ordering::SeqCst);
        self.pending.load(Ordering::SeqCst) > 0
    }

    fn end(&self, idle: Option<Sender<Piece>>) {
        self.pending.fetch_sub(1, Ordering::SeqCst);
        if self.wanted.swap(false, Ordering::SeqCst)
            && let Some(idle) = idle
        {
            let _ = idle.send(Piece::Flushed);
        }
    }
}

pub(crate) struct Flusher {
    log: Arc<File>,
    /// Holds nothing: whoever sends waits until the flush before has ended, and what comes meanwhile
    /// gathers to a larger transaction.
    ready: SyncSender<Ready>,
    busy: Arc<Busy>,
    thread: std::thread::JoinHandle<()>,
}

impl Flusher {
    /// For the database at `path`, which is open in write-ahead mode.
    pub fn start(path: &Path) -> Result<Self, StoreError> {
        let unavailable = |error: io::Error| StoreError::Unavailable(error.to_string());
        let log = Arc::new(open_log(path).map_err(unavailable)?);
        let busy = Arc::<Busy>::default();
        let (ready, written) = sync_channel(0);
        let thread = std::thread::Builder::new()
            .name("flusher".to_owned())
            .spawn({
                let (log, busy) = (Arc::clone(&log), Arc::clone(&busy));
                move || run(&log, &busy, &written)
            })
            .map_err(unavailable)?;
        Ok(Self { log, ready, busy, thread })
    }

    pub fn busy(&self) -> &Busy {
        &self.busy
    }

    /// Has a transaction flushed and settled: by this thread when nobody waits for it (`more`) and
    /// nothing else is being flushed, so that one who commits one thing after the other pays no change
    /// of threads.
    pub fn take(&self, ready: Ready, more: bool) {
        if more || self.busy.pending.load(Ordering::SeqCst) > 0 {
            self.busy.pending.fetch_add(1, Ordering::SeqCst);
            // The thread ends only with this.
            let _ = self.ready.send(ready);
        } else {
            flush(&self.log);
            ready.settle();
        }
    }

    /// Waits for what is being flushed.
    pub fn close(self) {
        drop(self.ready);
        let _ = self.thread.join();
    }
}

fn run(log: &File, busy: &Busy, written: &Receiver<Ready>) {
    while let Ok(mut ready) = written.recv() {
        flush(log);
        busy.end(ready.idle.take());
        ready.settle();
    }
}

/// What was written and could not be flushed may be on the disk or not, and asking again tells nothing:
/// the system forgets what it could not write. Whoever starts anew reads what is there.
fn flush(log: &File) {
    if let Err(error) = log.sync_data() {
        tracing::error!(%error, "the disk did not keep what was written: stopping, so that nothing is said of it");
        std::process::abort();
    }
}

fn open_log(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    OpenOptions::new().write(true).open(PathBuf::from(name))
}
