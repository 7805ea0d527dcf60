//! Writing one entry: the engine's hot path. rusqlite with cached statements, on the committer's
//! thread, inside its transaction.

use codex32_model::fact::{self, Fact};
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::run::RunState;
use rusqlite::{Connection, OptionalExtension, params};

use crate::entry::{Entry, NewRun, Outcome, Summary, Target};
use crate::error::StoreError;
use crate::{events, state};

/// Days that a start's key is remembered.
const KEY_LIFE_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Writes an entry; `blob` is its facts encoded.
pub(crate) fn entry(
    connection: &Connection,
    entry: &Entry,
    blob: &[u8],
) -> Result<Outcome, StoreError> {
    let workspace = match &entry.target {
        Target::New(run) => run.workspace,
        Target::Existing { workspace, .. } => *workspace,
    };
    let (run, seq) = match &entry.target {
        Target::New(new) => {
            if let Some(outcome) = insert(connection, new, &entry.summary, entry.nonce)? {
                return Ok(outcome);
            }
            (new.id, 1)
        }
        Target::Existing { id, epoch, seq, .. } => {
            if let Some(outcome) = advance(connection, workspace, *id, *epoch, *seq, entry)? {
                return Ok(outcome);
            }
            (*id, seq + 1)
        }
    };
    let mut added = Vec::new();
    for op in &entry.rows.ops {
        added.push(state::apply(connection, entry.bot, run, op)?);
    }
    if added.is_empty() {
        write_journal(connection, run, seq, blob)?;
    } else {
        let facts: Vec<Fact> = entry.facts.iter().chain(&added).cloned().collect();
        write_journal(connection, run, seq, &fact::encode(&facts))?;
    }
    rows(connection, workspace, run, entry)?;
    Ok(Outcome::Done { facts: added })
}

fn write_journal(
    connection: &Connection,
    run: RunId,
    seq: u32,
    blob: &[u8],
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO journal (run, seq, facts) VALUES (?1, ?2, ?3)")?
        .execute(params![run.as_bytes(), seq, blob])?;
    Ok(())
}

/// Inserts a run row; an outcome if it is not to be.
fn insert(
    connection: &Connection,
    new: &NewRun,
    summary: &Summary,
    nonce: i64,
) -> Result<Option<Outcome>, StoreError> {
    let alone = new.schedule.is_none() && new.key.is_none() && summary.state != RunState::Queued;
    // What else has to be written is written before the row, and only for an entry that is new.
    if !alone && let Some(outcome) = claim(connection, new, summary, nonce)? {
        return Ok(Some(outcome));
    }
    if insert_row(connection, new, summary, nonce)? {
        return Ok(None);
    }
    Ok(Some(again(connection, new, nonce)?.unwrap_or(Outcome::Gone)))
}

/// The outcome of an entry whose run is there: the same entry after an unknown outcome, or another.
fn again(connection: &Connection, new: &NewRun, nonce: i64) -> Result<Option<Outcome>, StoreError> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT nonce FROM runs WHERE workspace = ?1 AND id = ?2")?
        .query_row(params![new.workspace.as_bytes(), new.id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.map(|found| if found == nonce { Outcome::Again } else { Outcome::Fenced }))
}

/// Takes what the run needs beside its row: the schedule's fire, the start's key, a place in the
/// queue; an outcome if it cannot have it.
fn claim(
    connection: &Connection,
    new: &NewRun,
    summary: &Summary,
    nonce: i64,
) -> Result<Option<Outcome>, StoreError> {
    if let Some(outcome) = again(connection, new, nonce)? {
        return Ok(Some(outcome));
    }
    if new.must_be_live {
        let live = connection
            .prepare_cached(
                "SELECT 1 FROM bots WHERE id = ?1 AND version = ?2 AND state = 'active'",
            )?
            .exists(params![new.bot.as_bytes(), new.version])?;
        if !live {
            return Ok(Some(Outcome::Gone));
        }
    }
    if let Some(step) = &new.schedule {
        let advanced = connection
            .prepare_cached(
                "UPDATE triggers SET next_fire = ?4, fired = fired + ?5
                 WHERE bot = ?1 AND name = ?2 AND next_fire = ?3",
            )?
            .execute(params![
                new.bot.as_bytes(),
                new.trigger,
                step.expected.micros(),
                step.next_fire.map(|at| at.micros()),
                step.count
            ])?;
        if advanced == 0 {
            return Ok(Some(Outcome::Gone));
        }
    }
    if let Some(key) = &new.key
        && let Some(first) = claim_key(connection, new, key)?
    {
        return Ok(Some(Outcome::Duplicate(first)));
    }
    if summary.state == RunState::Queued {
        let queued: u32 = connection
            .prepare_cached("SELECT count(*) FROM queue WHERE workspace = ?1")?
            .query_row(params![new.workspace.as_bytes()], |row| row.get(0))?;
        if queued >= new.queue_limit {
            return Ok(Some(Outcome::Full));
        }
        connection
            .prepare_cached("INSERT INTO queue (workspace, bot, run) VALUES (?1, ?2, ?3)")?
            .execute(params![new.workspace.as_bytes(), new.bot.as_bytes(), new.id.as_bytes()])?;
    }
    Ok(None)
}

/// Whether the row was inserted: not if it is there, nor if the version has to be live and is not.
fn insert_row(
    connection: &Connection,
    new: &NewRun,
    summary: &Summary,
    nonce: i64,
) -> Result<bool, StoreError> {
    let error = summary.error.as_ref().map(serde_json::to_string).transpose()?;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO runs (workspace, id, bot, version, trigger, state, epoch, seq, nonce, owner,
               created_at, deadline, ended_at, reason, error, parent, retry_of, depth)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16
             WHERE NOT ?17 OR EXISTS
               (SELECT 1 FROM bots WHERE id = ?3 AND version = ?4 AND state = 'active')
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            new.workspace.as_bytes(),
            new.id.as_bytes(),
            new.bot.as_bytes(),
            new.version,
            new.trigger,
            summary.state.as_str(),
            nonce,
            new.owner.as_ref().map(|owner| owner.as_bytes()),
            new.created_at.micros(),
            new.deadline.micros(),
            summary.ended_at.map(|at| at.micros()),
            summary.reason,
            error,
            new.parent.as_ref().map(|run| run.as_bytes()),
            new.retry_of.as_ref().map(|run| run.as_bytes()),
            new.depth,
            new.must_be_live
        ])?;
    Ok(inserted == 1)
}

/// Takes the start key; the run that has it already, if any.
fn claim_key(
    connection: &Connection,
    new: &NewRun,
    key: &str,
) -> Result<Option<RunId>, StoreError> {
    let found = connection
        .prepare_cached("SELECT run, at FROM starts WHERE bot = ?1 AND trigger = ?2 AND key = ?3")?
        .query_row(params![new.bot.as_bytes(), new.trigger, key], |row| {
            Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()?;
    if let Some((run, at)) = found
        && (new.created_at.micros() - at < KEY_LIFE_MICROS || !key.starts_with("dedupe:"))
    {
        return Ok(Some(RunId::from_bytes(run)));
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO starts (bot, trigger, key, workspace, run, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            new.bot.as_bytes(),
            new.trigger,
            key,
            new.workspace.as_bytes(),
            new.id.as_bytes(),
            new.created_at.micros()
        ])?;
    Ok(None)
}

/// Moves an accepted run forward; an outcome if it is not to be.
fn advance(
    connection: &Connection,
    workspace: WorkspaceId,
    id: RunId,
    epoch: u32,
    seq: u32,
    entry: &Entry,
) -> Result<Option<Outcome>, StoreError> {
    let summary = &entry.summary;
    let error = summary.error.as_ref().map(serde_json::to_string).transpose()?;
    let changed = connection
        .prepare_cached(
            "UPDATE runs SET seq = seq + 1, nonce = ?5, claims = 0, state = ?6, ended_at = ?7,
               reason = ?8, error = ?9, owner = CASE WHEN ?10 THEN NULL ELSE owner END
             WHERE workspace = ?1 AND id = ?2 AND epoch = ?3 AND seq = ?4 AND ended_at IS NULL",
        )?
        .execute(params![
            workspace.as_bytes(),
            id.as_bytes(),
            epoch,
            seq,
            entry.nonce,
            summary.state.as_str(),
            summary.ended_at.map(|at| at.micros()),
            summary.reason,
            error,
            summary.release
        ])?;
    if changed == 1 {
        return Ok(None);
    }
    let again = connection
        .prepare_cached(
            "SELECT 1 FROM runs WHERE workspace = ?1 AND id = ?2 AND epoch = ?3 AND nonce = ?4",
        )?
        .exists(params![workspace.as_bytes(), id.as_bytes(), epoch, entry.nonce])?;
    Ok(Some(if again { Outcome::Again } else { Outcome::Fenced }))
}

fn rows(
    connection: &Connection,
    workspace: WorkspaceId,
    run: RunId,
    entry: &Entry,
) -> Result<(), StoreError> {
    let rows = &entry.rows;
    for event in &rows.events {
        events::insert(connection, workspace, event)?;
    }
    for child in &rows.children {
        let summary = Summary {
            state: child.run.state,
            ended_at: None,
            error: None,
            reason: None,
            wake_at: None,
            release: false,
        };
        if !insert_row(connection, &child.run, &summary, entry.nonce)? {
            return Err(StoreError::Conflict(format!("{} exists already", child.run.id)));
        }
        write_journal(connection, child.run.id, 1, &fact::encode(&child.facts))?;
        if child.run.state == RunState::Queued {
            connection
                .prepare_cached("INSERT INTO queue (workspace, bot, run) VALUES (?1, ?2, ?3)")?
                .execute(params![
                    workspace.as_bytes(),
                    child.run.bot.as_bytes(),
                    child.run.id.as_bytes()
                ])?;
        }
    }
    for (address, event) in &rows.waits {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO waits (workspace, event, run, address)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![workspace.as_bytes(), event, run.as_bytes(), &**address])?;
    }
    for (address, event) in &rows.waits_over {
        connection
            .prepare_cached(
                "DELETE FROM waits WHERE workspace = ?1 AND event = ?2 AND run = ?3 AND address = ?4",
            )?
            .execute(params![workspace.as_bytes(), event, run.as_bytes(), &**address])?;
    }
    let ended = entry.summary.ended_at.is_some();
    if let Some(at) = entry.summary.wake_at {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO timers (run, workspace, at) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![run.as_bytes(), workspace.as_bytes(), at.micros()])?;
    } else if rows.clear_timer {
        connection
            .prepare_cached("DELETE FROM timers WHERE run = ?1")?
            .execute(params![run.as_bytes()])?;
    }
    if ended && rows.reserved_items {
        state::settle_items(connection, run, entry.summary.state == RunState::Succeeded)?;
    }
    if ended && rows.clear_timer {
        // Whatever the run still waited for, its end is the end of that.
        connection
            .prepare_cached("DELETE FROM waits WHERE run = ?1")?
            .execute(params![run.as_bytes()])?;
    }
    Ok(())
}
