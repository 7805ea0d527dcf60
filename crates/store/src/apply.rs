//! Writing one entry, on the committer's thread, inside its transaction: what an entry means. (A
//! whole batch at once, as PostgreSQL likes it: [`crate::committer::postgres`].)

use codex32_model::fact;
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::run::RunState;
use codex32_model::time::Timestamp;

use crate::blobs::pack::Encoded;
use crate::blobs::rows as blobs;
use crate::entry::{Entry, NewRun, Outcome, Summary, Target};
use crate::error::StoreError;
use crate::params;
use crate::sql::{Dialect, Tx};
use crate::{approvals, events, state};

/// Days that a start's key is remembered.
const KEY_LIFE_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Writes an entry, whose journal rows are `encoded`.
pub(crate) fn entry(tx: &Tx<'_>, entry: &Entry, encoded: &Encoded) -> Result<Outcome, StoreError> {
    let workspace = match &entry.target {
        Target::New(run) => run.workspace,
        Target::Existing { workspace, .. } => *workspace,
    };
    // Before anything is written.
    if !encoded.kept.is_empty() && !blobs::may_refer(tx, workspace, &encoded.kept)? {
        return Ok(Outcome::Whole);
    }
    let (run, seq) = match &entry.target {
        Target::New(new) => {
            if let Some(outcome) = insert(tx, new, &entry.summary, entry.nonce)? {
                return Ok(outcome);
            }
            (new.id, 1)
        }
        Target::Existing { id, epoch, seq, .. } => {
            if let Some(outcome) = advance(tx, workspace, *id, *epoch, *seq, entry)? {
                return Ok(outcome);
            }
            (*id, seq + 1)
        }
    };
    let mut added = Vec::new();
    for op in &entry.rows.ops {
        added.push(state::apply(tx, entry.bot, run, op)?);
    }
    if added.is_empty() {
        write_journal(tx, run, seq, &encoded.row)?;
    } else {
        let mut row = encoded.row.clone();
        fact::append(&mut row, &added);
        write_journal(tx, run, seq, &row)?;
    }
    blobs::refer(tx, workspace, &encoded.kept)?;
    rows(tx, workspace, run, entry, encoded)?;
    Ok(Outcome::Done { facts: added })
}

fn write_journal(tx: &Tx<'_>, run: RunId, seq: u32, blob: &[u8]) -> Result<(), StoreError> {
    tx.execute("INSERT INTO journal (run, seq, facts) VALUES (?1, ?2, ?3)", params![run, seq, blob])
        .map(drop)
}

/// Inserts a run row; an outcome if it is not to be.
fn insert(
    tx: &Tx<'_>,
    new: &NewRun,
    summary: &Summary,
    nonce: i64,
) -> Result<Option<Outcome>, StoreError> {
    // What else has to be written is written before the row, and only for an entry that is new.
    if !is_alone(new)
        && let Some(outcome) = claim(tx, new, nonce)?
    {
        return Ok(Some(outcome));
    }
    if insert_row(tx, new, summary, nonce)? {
        if summary.state == RunState::Queued {
            enqueue(tx, new)?;
        }
        return Ok(None);
    }
    Ok(Some(again(tx, new, nonce)?.unwrap_or(Outcome::Gone)))
}

/// Whether a start needs nothing but rows.
pub(crate) fn is_alone(new: &NewRun) -> bool {
    new.schedule.is_none() && new.key.is_none()
}

/// The outcome of an entry whose run is there: the same entry after an unknown outcome, or another.
fn again(tx: &Tx<'_>, new: &NewRun, nonce: i64) -> Result<Option<Outcome>, StoreError> {
    let found: Option<i64> = tx.reader().first(
        "SELECT nonce FROM runs WHERE workspace = ?1 AND id = ?2",
        params![new.workspace, new.id],
        |row| row.get(0),
    )?;
    Ok(found.map(|found| if found == nonce { Outcome::Again } else { Outcome::Fenced }))
}

/// Takes what the run needs beside its rows: the schedule's fire, the start's key; an outcome if it
/// cannot have it.
fn claim(tx: &Tx<'_>, new: &NewRun, nonce: i64) -> Result<Option<Outcome>, StoreError> {
    if let Some(outcome) = again(tx, new, nonce)? {
        return Ok(Some(outcome));
    }
    if new.must_be_live {
        let live = tx.reader().exists(
            "SELECT 1 FROM bots WHERE id = ?1 AND version = ?2 AND state = 'active'",
            params![new.bot, new.version],
        )?;
        if !live {
            return Ok(Some(Outcome::Gone));
        }
    }
    if let Some(step) = &new.schedule {
        let advanced = tx.execute(
            "UPDATE triggers SET next_fire = ?4, fired = fired + ?5
             WHERE bot = ?1 AND name = ?2 AND next_fire = ?3",
            params![new.bot, &new.trigger, step.expected, step.next_fire, step.count],
        )?;
        if advanced == 0 {
            return Ok(Some(Outcome::Gone));
        }
    }
    if let Some(key) = &new.key
        && let Some(first) = claim_key(tx, new, key)?
    {
        return Ok(Some(Outcome::Duplicate(first)));
    }
    Ok(None)
}

fn enqueue(tx: &Tx<'_>, run: &NewRun) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO queue (workspace, bot, run, concurrency_key) VALUES (?1, ?2, ?3, ?4)",
        params![run.workspace, run.bot, run.id, run.concurrency_key.as_deref()],
    )?;
    tx.notify()
}

/// Whether the row was inserted: not if it is there, nor if the version has to be live and is not.
fn insert_row(
    tx: &Tx<'_>,
    new: &NewRun,
    summary: &Summary,
    nonce: i64,
) -> Result<bool, StoreError> {
    let error = summary.error.as_ref().map(serde_json::to_string).transpose()?;
    let text = tx.dialect().choose(INSERT_RUN.0, INSERT_RUN.1);
    let inserted = tx.execute(
        text,
        params![
            new.workspace,
            new.id,
            new.bot,
            new.version,
            &new.trigger,
            summary.state.as_str(),
            nonce,
            new.owner,
            new.created_at,
            new.deadline,
            summary.ended_at,
            summary.reason.as_deref(),
            error,
            new.parent,
            new.retry_of,
            new.depth,
            new.must_be_live
        ],
    )?;
    Ok(inserted == 1)
}

macro_rules! insert_run {
    ($kinds:literal) => {
        concat!(
            "INSERT INTO runs (workspace, id, bot, version, trigger, state, epoch, seq, nonce, owner,
               created_at, deadline, ended_at, reason, error, parent, retry_of, depth)
             SELECT ", $kinds, "
             WHERE NOT ?17 OR EXISTS
               (SELECT 1 FROM bots WHERE id = ?3 AND version = ?4 AND state = 'active')
             ON CONFLICT DO NOTHING"
        )
    };
}
/// For SQLite and for PostgreSQL, which has to be told the types of what it selects.
const INSERT_RUN: (&str, &str) = (
    insert_run!("?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16"),
    insert_run!(
        "?1::bytea, ?2::bytea, ?3::bytea, ?4::bigint, ?5::text, ?6::text, 1, 1, ?7::bigint,
         ?8::bytea, ?9::bigint, ?10::bigint, ?11::bigint, ?12::text, ?13::text, ?14::bytea,
         ?15::bytea, ?16::bigint"
    ),
);

/// Takes the start key; the run that has it already, if any.
fn claim_key(tx: &Tx<'_>, new: &NewRun, key: &str) -> Result<Option<RunId>, StoreError> {
    // A key to dedupe by is free again after its time; the others stay.
    let expired = if key.starts_with("dedupe:") {
        new.created_at.micros() - KEY_LIFE_MICROS
    } else {
        i64::MIN
    };
    let taken = tx.execute(
        "INSERT INTO starts (bot, trigger, key, workspace, run, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (bot, trigger, key) DO UPDATE
           SET workspace = excluded.workspace, run = excluded.run, at = excluded.at
           WHERE starts.at <= ?7",
        params![new.bot, &new.trigger, key, new.workspace, new.id, new.created_at, expired],
    )?;
    if taken == 1 {
        return Ok(None);
    }
    tx.reader().first(
        "SELECT run FROM starts WHERE bot = ?1 AND trigger = ?2 AND key = ?3",
        params![new.bot, &new.trigger, key],
        |row| row.get(0),
    )
}

/// Moves a run forward that stays in its state and with its owner, if it is such a one: a statement
/// that no index has part in. SQLite writes anew what an index has of a row when a column of the
/// index is set, and be it to what it was: three pages for each commit of a run that goes on.
fn stays(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: RunId,
    epoch: u32,
    seq: u32,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let summary = &entry.summary;
    if summary.ended_at.is_some() || summary.release || summary.error.is_some() {
        return Ok(false);
    }
    let changed = tx.execute(
        "UPDATE runs SET seq = seq + 1, nonce = ?5, claims = 0, reason = ?7, error = NULL
         WHERE workspace = ?1 AND id = ?2 AND epoch = ?3 AND seq = ?4 AND state = ?6
           AND ended_at IS NULL",
        params![
            workspace,
            id,
            epoch,
            seq,
            entry.nonce,
            summary.state.as_str(),
            summary.reason.as_deref()
        ],
    )?;
    Ok(changed == 1)
}

/// Moves an accepted run forward; an outcome if it is not to be.
fn advance(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: RunId,
    epoch: u32,
    seq: u32,
    entry: &Entry,
) -> Result<Option<Outcome>, StoreError> {
    if tx.dialect() == Dialect::Sqlite && stays(tx, workspace, id, epoch, seq, entry)? {
        return Ok(None);
    }
    let summary = &entry.summary;
    let error = summary.error.as_ref().map(serde_json::to_string).transpose()?;
    let changed = tx.execute(
        "UPDATE runs SET seq = seq + 1, nonce = ?5, claims = 0, state = ?6, ended_at = ?7,
           reason = ?8, error = ?9, owner = CASE WHEN ?10 THEN NULL ELSE owner END
         WHERE workspace = ?1 AND id = ?2 AND epoch = ?3 AND seq = ?4 AND ended_at IS NULL",
        params![
            workspace,
            id,
            epoch,
            seq,
            entry.nonce,
            summary.state.as_str(),
            summary.ended_at,
            summary.reason.as_deref(),
            error,
            summary.release
        ],
    )?;
    if changed == 1 {
        return Ok(None);
    }
    let again = tx.reader().exists(
        "SELECT 1 FROM runs WHERE workspace = ?1 AND id = ?2 AND epoch = ?3 AND nonce = ?4",
        params![workspace, id, epoch, entry.nonce],
    )?;
    Ok(Some(if again { Outcome::Again } else { Outcome::Fenced }))
}

fn rows(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    run: RunId,
    entry: &Entry,
    encoded: &Encoded,
) -> Result<(), StoreError> {
    let rows = &entry.rows;
    for event in &rows.events {
        events::insert(tx, workspace, event)?;
    }
    for (child, row) in rows.children.iter().zip(&encoded.children) {
        let summary = Summary::begun(child.run.state);
        if !insert_row(tx, &child.run, &summary, entry.nonce)? {
            return Err(StoreError::Conflict(format!("{} exists already", child.run.id)));
        }
        write_journal(tx, child.run.id, 1, row)?;
        if child.run.state == RunState::Queued {
            enqueue(tx, &child.run)?;
        }
    }
    for (address, event) in &rows.waits {
        tx.execute(
            "INSERT INTO waits (workspace, event, run, address) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            params![workspace, event, run, &**address],
        )?;
    }
    for (address, event) in &rows.waits_over {
        tx.execute(
            "DELETE FROM waits WHERE workspace = ?1 AND event = ?2 AND run = ?3 AND address = ?4",
            params![workspace, event, run, &**address],
        )?;
    }
    for change in &rows.approvals {
        approvals::change(tx, workspace, entry.bot, run, change)?;
    }
    if let Some(at) = entry.summary.wake_at {
        set_timer(tx, workspace, run, at)?;
    } else if rows.clear_timer {
        tx.execute("DELETE FROM timers WHERE run = ?1", params![run])?;
    }
    if rows.hand_over {
        tx.notify()?;
    }
    let ended = entry.summary.ended_at.is_some();
    if ended && rows.reserved_items {
        state::settle_items(tx, run, entry.summary.state == RunState::Succeeded)?;
    }
    if let (true, Some(at)) = (rows.asked, entry.summary.ended_at) {
        approvals::close(tx, run, at)?;
    }
    if ended && rows.clear_timer {
        // Whatever the run still waited for, its end is the end of that.
        tx.execute("DELETE FROM waits WHERE run = ?1", params![run])?;
    }
    Ok(())
}

/// When a run that nobody holds in memory has to go on.
pub(crate) fn set_timer(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    run: RunId,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO timers (run, workspace, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (run) DO UPDATE SET at = excluded.at",
        params![run, workspace, at],
    )
    .map(drop)
}
