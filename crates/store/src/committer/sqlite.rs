//! The committer's hand on SQLite: the write connection, and its write-ahead log.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::Connection;

use super::flush::{Flusher, Ready};
use super::intake::{Gathered, Intake};
use super::{Failed, Options, Piece, Written};
use crate::apply;
use crate::committer::Flushing;
use crate::error::StoreError;
use crate::open::{Access, connect};
use crate::sql::Tx;

thread_local! {
    /// Pages in the write-ahead log after this thread's last commit, as SQLite tells its hook.
    static LOG_PAGES: Cell<u64> = const { Cell::new(0) };
}

pub(crate) struct SqliteWriter {
    connection: Connection,
    options: Options,
    checkpoint: Sender<()>,
    folding: Arc<Folding>,
    /// Not there when nothing is to be flushed.
    flusher: Option<Flusher>,
}

/// How far the checkpointer is.
#[derive(Default)]
struct Folding {
    /// Asked for, and not ended.
    busy: AtomicBool,
    /// Pages of the log that are in the database.
    pages: AtomicU64,
}

/// So many pages of the log are folded in by the committer itself.
const FEW: u64 = 500;

impl SqliteWriter {
    pub fn new(
        mut connection: Connection,
        path: PathBuf,
        options: Options,
    ) -> Result<Self, StoreError> {
        let (checkpoint, checkpoints) = channel();
        let folding = Arc::<Folding>::default();
        std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn({
                let (path, folding) = (path.clone(), Arc::clone(&folding));
                move || run_checkpointer(&path, options.flushing, &folding, &checkpoints)
            })
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        connection.wal_hook(Some(|_: &mut rusqlite::hooks::Wal, pages| {
            LOG_PAGES.set(u64::try_from(pages).unwrap_or(0));
            Ok(())
        }))?;
        let flusher = match options.flushing {
            Flushing::Full => {
                connection.pragma_update(None, "synchronous", "NORMAL")?;
                Some(Flusher::start(&path)?)
            }
            Flushing::Never => None,
        };
        Ok(Self { connection, options, checkpoint, folding, flusher })
    }

    pub fn attempt(
        &mut self,
        batch: &mut Gathered,
        intake: Option<&mut Intake>,
    ) -> Result<Vec<Written>, Failed> {
        match (intake, &self.flusher) {
            (Some(intake), Some(flusher)) => {
                commit(&self.connection, batch, |batch| intake.more(batch, flusher.busy()))
            }
            _ => commit(&self.connection, batch, |_| false),
        }
    }

    pub fn log_pages(&self) -> u64 {
        LOG_PAGES.get()
    }

    /// Every checkpoint writes each page once that was written since the last, and flushes the
    /// database: the fewer, the less a commit waits for the disk. The log begins anew from its start
    /// when nothing of it is needed. For that the committer has to wait, so it does when the
    /// checkpointer has left little to do; and while nobody waits for it rather early, because a flush
    /// of a file that grows takes twice the time of one that is written over.
    fn look_after_log(&self, more: bool) {
        let pages = LOG_PAGES.get();
        let Options { checkpoint_pages, wal_limit_pages, .. } = self.options;
        let folded = self.folding.pages.load(Ordering::Acquire);
        let folded = if folded > pages { 0 } else { folded };
        let long = pages > if more { wal_limit_pages } else { 2 * checkpoint_pages };
        if long && pages - folded < FEW || pages > wal_limit_pages * 8 {
            let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(RESTART)");
        } else if (pages > wal_limit_pages || pages - folded > checkpoint_pages)
            && !self.folding.busy.swap(true, Ordering::AcqRel)
        {
            let _ = self.checkpoint.send(());
        }
    }

    /// Settles a transaction when it is on the disk; `more` says that others wait to be written.
    pub fn settle(&self, ready: Ready, more: bool) {
        match &self.flusher {
            Some(flusher) => flusher.take(ready, more),
            None => ready.settle(),
        }
        self.look_after_log(more);
    }

    /// Folds the log into the database so that the next start has nothing to read.
    pub fn close(self) {
        if let Some(flusher) = self.flusher {
            flusher.close();
        }
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Writes a batch in one transaction, and what `more` adds to it.
pub(crate) fn commit(
    connection: &Connection,
    batch: &mut Gathered,
    more: impl FnMut(&mut Gathered) -> bool,
) -> Result<Vec<Written>, Failed> {
    connection
        .prepare_cached("BEGIN IMMEDIATE")
        .and_then(|mut s| s.execute([]))
        .map_err(|error| Failed::of(error.into()))?;
    let written = write(connection, batch, more).and_then(|outcomes| {
        let commit = connection.prepare_cached("COMMIT").and_then(|mut s| s.execute([]));
        commit.map(|_| outcomes).map_err(|error| Failed::Disk(error.into()))
    });
    if written.is_err() && !connection.is_autocommit() {
        drop(connection.execute_batch("ROLLBACK"));
    }
    written
}

fn write(
    connection: &Connection,
    batch: &mut Gathered,
    mut more: impl FnMut(&mut Gathered) -> bool,
) -> Result<Vec<Written>, Failed> {
    let tx = Tx::sqlite(connection);
    let mut outcomes = Vec::with_capacity(batch.pieces.len());
    loop {
        for piece in batch.pieces.iter_mut().skip(outcomes.len()) {
            outcomes.push(match piece {
                Piece::Entry(entry, encoded, _) => {
                    Written::Entry(apply::entry(&tx, entry, encoded).map_err(Failed::of)?)
                }
                Piece::Change(change, _) => super::change(&tx, change)?,
                Piece::Close(_) | Piece::Flushed => Written::Change(None),
            });
        }
        if !more(batch) {
            return Ok(outcomes);
        }
    }
}

/// Folds the log into the database on a connection of its own, so that no commit waits for it.
fn run_checkpointer(path: &Path, flushing: Flushing, folding: &Folding, wanted: &Receiver<()>) {
    let Ok(connection) = connect(path, Access::Write(flushing)) else { return };
    while wanted.recv().is_ok() {
        let folded = connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(2))
            .inspect_err(|error| tracing::warn!(%error, "a checkpoint failed"));
        if let Ok(pages) = folded {
            folding.pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Release);
        }
        folding.busy.store(false, Ordering::Release);
    }
}
