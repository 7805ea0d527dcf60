//! The committer's hand on PostgreSQL. Entries that need nothing but their rows are written together,
//! one statement for each table whatever their number; the others one by one, as on SQLite.

use std::collections::HashSet;

use super::batch::Batch;
use super::{Failed, Options, Piece, Written};
use crate::apply;
use crate::entry::{Entry, Outcome, Target};
use crate::error::StoreError;
use crate::server::Server;
use crate::sql::Tx;
use crate::sql::postgres::Session;

pub(crate) struct PostgresWriter {
    server: Server,
    settings: String,
    session: Option<Session>,
    /// A transaction whose commit was sent and never answered, with what it came to if it is there.
    unknown: Option<(String, Vec<Written>)>,
}

impl PostgresWriter {
    pub fn new(server: Server, options: &Options) -> Result<Self, StoreError> {
        // The statements of a commit find their rows by index, whatever the tables' statistics say
        // when they are new; and their plan does not depend on how many rows a batch has.
        let settings = format!(
            "SET synchronous_commit = {}; SET plan_cache_mode = force_generic_plan;
             SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
             SET jit = off; SET idle_in_transaction_session_timeout = '60s'",
            options.flushing.synchronous_commit()
        );
        let session = Session::connect(&server, &settings)?;
        Ok(Self { server, settings, session: Some(session), unknown: None })
    }

    pub fn attempt(&mut self, batch: &mut [Piece]) -> Result<Vec<Written>, Failed> {
        let session = match self.session.take() {
            Some(session) if !session.is_closed() => session,
            _ => Session::connect(&self.server, &self.settings).map_err(Failed::Disk)?,
        };
        if let Some((transaction, written)) = self.unknown.take() {
            match status(&session, &transaction) {
                Ok(Some(true)) => {
                    self.session = Some(session);
                    return Ok(written);
                }
                Ok(Some(false)) => {}
                Ok(None) => {
                    self.unknown = Some((transaction, written));
                    self.session = Some(session);
                    let message = "a commit whose answer was lost still goes on";
                    return Err(Failed::Disk(StoreError::Unavailable(message.to_owned())));
                }
                Err(error) => {
                    self.unknown = Some((transaction, written));
                    return Err(Failed::Disk(error));
                }
            }
        }
        let written = match write(&session, batch, true) {
            // Somebody else was faster with one of them, a bot is not live any more, a row was there:
            // which it was is learnt one by one.
            Ok(None) | Err(Failed::Piece(_)) => {
                session.batch("ROLLBACK").map_err(Failed::Disk)?;
                write(&session, batch, false)
            }
            other => other,
        };
        let (transaction, written) = match written {
            Ok(Some(done)) => done,
            Ok(None) => {
                return Err(Failed::Disk(StoreError::Bad("a batch came to nothing".into())));
            }
            Err(failed) => {
                // A session that cannot even undo is of no use.
                if session.batch("ROLLBACK").is_ok() {
                    self.session = Some(session);
                }
                return Err(failed);
            }
        };
        match session.batch("COMMIT") {
            Ok(()) => {
                self.session = Some(session);
                Ok(written)
            }
            Err(error) => {
                self.unknown = Some((transaction, written));
                Err(Failed::Disk(error))
            }
        }
    }

    /// The batch that was tried last is refused: what became of it is not asked any more.
    pub fn give_up(&mut self) {
        self.unknown = None;
    }
}

/// Whether a transaction committed; nothing while it goes on.
fn status(session: &Session, transaction: &str) -> Result<Option<bool>, StoreError> {
    let rows = session
        .query("SELECT pg_xact_status(?1::text::xid8)", &[crate::sql::Param::from(transaction)])?;
    let status: Option<&str> = rows.first().and_then(|row| row.get(0));
    Ok(match status {
        Some("in progress") => None,
        status => Some(status == Some("committed")),
    })
}

/// Begins a transaction and writes the batch: the transaction's id and each piece's outcome. Nothing
/// when `together` did not do what it should have.
fn write(
    session: &Session,
    batch: &mut [Piece],
    together: bool,
) -> Result<Option<(String, Vec<Written>)>, Failed> {
    let mut seen = HashSet::new();
    let plain: Vec<bool> = batch
        .iter()
        .map(|piece| match piece {
            Piece::Entry(entry, ..) => {
                together && is_plain(entry) && seen.insert(entry.target.run())
            }
            _ => false,
        })
        .collect();
    let mut rows = Batch::default();
    for (piece, plain) in batch.iter().zip(&plain) {
        if let Piece::Entry(entry, blob, _) = piece
            && *plain
        {
            rows.add(entry, blob).map_err(Failed::of)?;
        }
    }
    let begun = session.run(async |session| rows.write(session).await).map_err(Failed::of)?;
    let Some(transaction) = begun else { return Ok(None) };
    drop(rows);
    let tx = Tx::postgres(session);
    let mut written = Vec::with_capacity(batch.len());
    for (piece, plain) in batch.iter_mut().zip(plain) {
        written.push(match piece {
            _ if plain => Written::Entry(Outcome::Done { facts: Vec::new() }),
            Piece::Entry(entry, blob, _) => {
                Written::Entry(apply::entry(&tx, entry, blob).map_err(Failed::of)?)
            }
            Piece::Change(change, _) => super::change(&tx, change)?,
            Piece::Close(_) => Written::Change(None),
        });
    }
    Ok(Some((transaction, written)))
}

/// Whether an entry needs nothing but rows that are written without a look at others.
fn is_plain(entry: &Entry) -> bool {
    let alone = match &entry.target {
        Target::New(run) => apply::is_alone(run, &entry.summary),
        Target::Existing { .. } => true,
    };
    alone && entry.rows.ops.is_empty()
}
