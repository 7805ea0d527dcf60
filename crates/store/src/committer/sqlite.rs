//! The committer's hand on SQLite: the write connection, and its write-ahead log.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::Connection;

use super::flush::{Flusher, Ready};
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
    /// Not there when nothing is to be flushed.
    flusher: Option<Flusher>,
}

impl SqliteWriter {
    pub fn new(
        mut connection: Connection,
        path: PathBuf,
        options: Options,
    ) -> Result<Self, StoreError> {
        let (checkpoint, checkpoints) = channel();
        std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn({
                let path = path.clone();
                move || run_checkpointer(&path, options.flushing, &checkpoints)
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
        Ok(Self { connection, options, checkpoint, flusher })
    }

    pub fn attempt(&mut self, batch: &mut [Piece]) -> Result<Vec<Written>, Failed> {
        let written = commit(&self.connection, batch);
        if written.is_ok() {
            self.look_after_log();
        }
        written
    }

    pub fn log_pages(&self) -> u64 {
        LOG_PAGES.get()
    }

    fn look_after_log(&self) {
        let pages = LOG_PAGES.get();
        if pages > self.options.wal_limit_pages {
            let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(RESTART)");
        } else if pages > self.options.checkpoint_pages {
            let _ = self.checkpoint.send(());
        }
    }

    /// Settles a transaction when it is on the disk; `more` says that others wait to be written.
    pub fn settle(&self, ready: Ready, more: bool) {
        match &self.flusher {
            Some(flusher) => flusher.take(ready, more),
            None => ready.settle(),
        }
    }

    /// Folds the log into the database so that the next start has nothing to read.
    pub fn close(self) {
        if let Some(flusher) = self.flusher {
            flusher.close();
        }
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Writes a batch in one transaction.
pub(crate) fn commit(connection: &Connection, batch: &mut [Piece]) -> Result<Vec<Written>, Failed> {
    connection
        .prepare_cached("BEGIN IMMEDIATE")
        .and_then(|mut s| s.execute([]))
        .map_err(|error| Failed::of(error.into()))?;
    let written = write(connection, batch).and_then(|outcomes| {
        let commit = connection.prepare_cached("COMMIT").and_then(|mut s| s.execute([]));
        commit.map(|_| outcomes).map_err(|error| Failed::Disk(error.into()))
    });
    if written.is_err() && !connection.is_autocommit() {
        drop(connection.execute_batch("ROLLBACK"));
    }
    written
}

fn write(connection: &Connection, batch: &mut [Piece]) -> Result<Vec<Written>, Failed> {
    let tx = Tx::sqlite(connection);
    let mut outcomes = Vec::with_capacity(batch.len());
    for piece in batch {
        outcomes.push(match piece {
            Piece::Entry(entry, encoded, _) => {
                Written::Entry(apply::entry(&tx, entry, encoded).map_err(Failed::of)?)
            }
            Piece::Change(change, _) => super::change(&tx, change)?,
            Piece::Close(_) => Written::Change(None),
        });
    }
    Ok(outcomes)
}

/// Folds the log into the database on a connection of its own, so that no commit waits for it.
fn run_checkpointer(path: &Path, flushing: Flushing, wanted: &Receiver<()>) {
    let Ok(connection) = connect(path, Access::Write(flushing)) else { return };
    while wanted.recv().is_ok() {
        while wanted.try_recv().is_ok() {}
        if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)") {
            tracing::warn!(%error, "a checkpoint failed");
        }
    }
}
