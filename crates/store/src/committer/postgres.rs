//! The committer's hand on PostgreSQL. Entries that need nothing but their rows are written together,
//! one statement for each table whatever their number; the others one by one, as on SQLite.

use std::collections::HashSet;

use codex32_model::run::RunState;

use super::batch::Batch;
use super::{Failed, Options, Piece, Written};
use crate::apply;
use crate::blobs::pack::Encoded;
use crate::entry::{Entry, Outcome, Target};
use crate::error::StoreError;
use crate::server::Server;
use crate::sql::Tx;
use crate::sql::postgres::Session;

pub(crate) struct PostgresWriter {
    server: Server,
    settings: String,
    session: Option<Session>,
    /// The key of this writer's row in `meta`, where each transaction leaves its number. Transaction ids
    /// do not serve: those that a crash of the server lost are given out again.
    mark: String,
    number: u64,
    /// The number of a transaction whose commit was sent and never answered, with what it came to if
    /// it is there.
    unknown: Option<(u64, Vec<Written>)>,
}

impl PostgresWriter {
    pub fn new(server: Server, options: &Options) -> Result<Self, StoreError> {
        // The statements of a commit find their rows by index, whatever the tables' statistics say
        // when they are new; and their plan does not depend on how many rows a batch has.
        let settings = format!(
            "SET synchronous_commit = {}; SET plan_cache_mode = force_generic_plan;
             SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
             SET jit = off; SET idle_in_transaction_session_timeout = '10s'",
            options.flushing.synchronous_commit()
        );
        let session = Session::connect(&server, &settings)?;
        let rows = session.query(NEW_MARK, &[])?;
        let mark = rows.first().map(|row| row.get(0));
        let mark = mark.ok_or_else(|| StoreError::Bad("no mark was made".to_owned()))?;
        Ok(Self { server, settings, session: Some(session), mark, number: 0, unknown: None })
    }

    pub fn attempt(&mut self, batch: &mut [Piece]) -> Result<Vec<Written>, Failed> {
        let session = match self.session.take() {
            Some(session) if !session.is_closed() => session,
            _ => Session::connect(&self.server, &self.settings).map_err(Failed::Disk)?,
        };
        if let Some((number, written)) = self.unknown.take() {
            match left(&session, &self.mark) {
                Ok(last) if last == number.to_string() => {
                    self.session = Some(session);
                    return Ok(written);
                }
                Ok(_) => {}
                Err(error) => {
                    self.unknown = Some((number, written));
                    return Err(Failed::Disk(error));
                }
            }
        }
        self.number += 1;
        let number = self.number.to_string();
        let mark = (self.mark.as_str(), number.as_str());
        let mut together = true;
        match at_once(&session, batch, mark) {
            Some(Ok(())) => {
                self.session = Some(session);
                return Ok(all_done(batch));
            }
            Some(Err(Failed::Disk(error))) => {
                self.unknown = Some((self.number, all_done(batch)));
                return Err(Failed::Disk(error));
            }
            Some(Err(Failed::Piece(_))) => together = false,
            None => {}
        }
        let written = match write(&session, batch, mark, together) {
            // Somebody else was faster with one of them, a bot is not live any more, a row was there:
            // which it was is learnt one by one.
            Ok(None) | Err(Failed::Piece(_)) => {
                session.batch("ROLLBACK").map_err(Failed::Disk)?;
                write(&session, batch, mark, false)
            }
            other => other,
        };
        let written = match written {
            Ok(Some(written)) => written,
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
                self.unknown = Some((self.number, written));
                Err(Failed::Disk(error))
            }
        }
    }

    /// The batch that was tried last is refused: what became of it is not asked any more.
    pub fn give_up(&mut self) {
        self.unknown = None;
    }
}

/// Makes the row of a writer, and forgets those of writers that are long gone.
const NEW_MARK: &str = "WITH gone AS (DELETE FROM meta WHERE key LIKE 'writer:%'
       AND key < 'writer:' || to_char(now() - interval '90 days', 'YYYY-MM-DD'))
     INSERT INTO meta (key, value)
       VALUES ('writer:' || to_char(now(), 'YYYY-MM-DD') || ':' || gen_random_uuid(), '0')
     RETURNING key";

/// The number that the last transaction of a writer left. Waits for one that still goes on: it has the
/// row until its end.
fn left(session: &Session, mark: &str) -> Result<String, StoreError> {
    let sql = "SELECT value FROM meta WHERE key = ?1 FOR UPDATE";
    let rows = session.query(sql, &[crate::sql::Param::from(mark)])?;
    Ok(rows.first().map(|row| row.get(0)).unwrap_or_default())
}

/// Commits a batch that one statement can write; nothing when there is none.
fn at_once(session: &Session, batch: &[Piece], mark: (&str, &str)) -> Option<Result<(), Failed>> {
    let mut seen = HashSet::with_capacity(batch.len());
    let entries: Option<Vec<_>> = batch
        .iter()
        .map(|piece| match piece {
            Piece::Entry(entry, encoded, _) => {
                let short = is_plain(entry, encoded) && is_short(entry);
                (short && seen.insert(entry.target.run())).then_some((entry, encoded))
            }
            _ => None,
        })
        .collect();
    let mut rows = Batch::default();
    for (entry, encoded) in entries? {
        // What cannot be written is told when its turn comes alone.
        rows.add(entry, encoded).ok()?;
    }
    let sql = rows.at_once()?;
    let write = async |session: &Session| rows.write_at_once(session, sql, mark).await;
    Some(session.run(write).map_err(Failed::of))
}

fn all_done(batch: &[Piece]) -> Vec<Written> {
    batch.iter().map(|_| Written::Entry(Outcome::Done { facts: Vec::new() })).collect()
}

/// Begins a transaction and writes the batch: each piece's outcome. Nothing when `together` did not do what it should have.
fn write(
    session: &Session,
    batch: &mut [Piece],
    mark: (&str, &str),
    together: bool,
) -> Result<Option<Vec<Written>>, Failed> {
    let mut seen = HashSet::new();
    let plain: Vec<bool> = batch
        .iter()
        .map(|piece| match piece {
            Piece::Entry(entry, encoded, _) => {
                together && is_plain(entry, encoded) && seen.insert(entry.target.run())
            }
            _ => false,
        })
        .collect();
    let mut rows = Batch::default();
    for (piece, plain) in batch.iter().zip(&plain) {
        if let Piece::Entry(entry, encoded, _) = piece
            && *plain
        {
            rows.add(entry, encoded).map_err(Failed::of)?;
        }
    }
    let begun = session.run(async |session| rows.write(session, mark).await).map_err(Failed::of)?;
    if !begun {
        return Ok(None);
    }
    drop(rows);
    let tx = Tx::postgres(session);
    let mut written = Vec::with_capacity(batch.len());
    for (piece, plain) in batch.iter_mut().zip(plain) {
        written.push(match piece {
            _ if plain => Written::Entry(Outcome::Done { facts: Vec::new() }),
            Piece::Entry(entry, encoded, _) => {
                Written::Entry(apply::entry(&tx, entry, encoded).map_err(Failed::of)?)
            }
            Piece::Change(change, _) => super::change(&tx, change)?,
            Piece::Close(_) | Piece::Flushed => Written::Change(None),
        });
    }
    Ok(Some(written))
}

/// Whether an entry is its run and a row of the journal, and nothing else.
const fn is_short(entry: &Entry) -> bool {
    let (rows, summary) = (&entry.rows, &entry.summary);
    rows.events.is_empty()
        && rows.children.is_empty()
        && rows.waits.is_empty()
        && rows.waits_over.is_empty()
        && rows.approvals.is_empty()
        && !rows.clear_timer
        && !rows.hand_over
        && !rows.reserved_items
        && summary.wake_at.is_none()
        && !matches!(summary.state, RunState::Queued)
}

/// Whether an entry needs nothing but rows that are written without a look at others.
fn is_plain(entry: &Entry, encoded: &Encoded) -> bool {
    let alone = match &entry.target {
        Target::New(run) => apply::is_alone(run),
        Target::Existing { .. } => true,
    };
    let asks =
        !entry.rows.approvals.is_empty() || (entry.rows.asked && entry.summary.ended_at.is_some());
    alone && !asks && entry.rows.ops.is_empty() && encoded.kept.is_empty()
}
