//! Reading runs: lists, one run, its journal.

use std::time::Duration;

use bytes::Bytes;
use codex32_model::Scope;
use codex32_model::fact::{self, Fact, FactKind};
use codex32_model::ids::{BotId, RunId, WorkspaceId};
use codex32_model::large::{BlobHash, JournalRow, Slot};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Row};

/// A run's row: status and summary. What happened inside is in its journal.
#[derive(Debug, Clone)]
pub struct Run {
    pub workspace: WorkspaceId,
    pub id: RunId,
    pub bot: BotId,
    pub version: u32,
    pub trigger: String,
    pub state: RunState,
    pub epoch: u32,
    pub seq: u32,
    pub claims: u32,
    pub cancel: Option<String>,
    pub created_at: Timestamp,
    pub deadline: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub reason: Option<String>,
    pub error: Option<StepError>,
    pub parent: Option<RunId>,
    pub retry_of: Option<RunId>,
    pub depth: u32,
    /// The bot's name.
    pub bot_name: String,
}

/// The columns of [`read`], from `runs r JOIN bots b`.
pub(crate) const COLUMNS: &str = "r.workspace, r.id, r.bot, r.version, r.trigger, r.state, r.epoch, r.seq, \
     r.claims, r.cancel, r.created_at, r.deadline, r.ended_at, r.reason, r.error, r.parent, \
     r.retry_of, r.depth, b.name";

pub(crate) fn read(row: &Row<'_>) -> Result<Run, StoreError> {
    let state: String = row.get(5)?;
    let error: Option<String> = row.get(14)?;
    Ok(Run {
        workspace: row.get(0)?,
        id: row.get(1)?,
        bot: row.get(2)?,
        version: row.get(3)?,
        trigger: row.get(4)?,
        state: RunState::parse(&state)
            .ok_or_else(|| StoreError::Damaged(format!("run state {state}")))?,
        epoch: row.get(6)?,
        seq: row.get(7)?,
        claims: row.get(8)?,
        cancel: row.get(9)?,
        created_at: row.get(10)?,
        deadline: row.get(11)?,
        ended_at: row.get(12)?,
        reason: row.get(13)?,
        error: error.map(|text| serde_json::from_str(&text)).transpose()?,
        parent: row.get(15)?,
        retry_of: row.get(16)?,
        depth: row.get(17)?,
        bot_name: row.get(18)?,
    })
}

/// Which runs to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub bot: Option<BotId>,
    pub state: Option<RunState>,
    /// Only runs that this trigger started; empty for those that none did.
    pub trigger: Option<String>,
    /// Only runs accepted at this time or later.
    pub since: Option<Timestamp>,
    /// Only runs accepted before this time.
    pub until: Option<Timestamp>,
    /// Only runs older than this one: the cursor.
    pub before: Option<RunId>,
    /// 1 to 201.
    pub limit: u32,
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// Journal rows of one page; a row may hold 256 KiB.
pub const JOURNAL_PAGE: usize = 100;

pub(crate) fn journal(reader: &Reader<'_>, run: RunId) -> Result<Vec<JournalRow>, StoreError> {
    let sql = "SELECT facts FROM journal WHERE run = ?1 ORDER BY seq";
    reader.query(sql, params![run], |row| decoded(&row.get::<Vec<u8>>(0)?))
}

fn decoded(blob: &[u8]) -> Result<JournalRow, StoreError> {
    fact::decode(blob).map_err(|error| StoreError::Damaged(error.to_string()))
}

impl Store {
    /// A page of runs, newest first.
    pub async fn runs(&self, scope: Scope, filter: Filter) -> Result<Vec<Run>, StoreError> {
        self.read(move |reader| {
            // Each combination gets the index that serves it: by bot, by failure, by workspace.
            let mut sql = format!(
                "SELECT {COLUMNS} FROM runs r JOIN bots b ON b.id = r.bot WHERE r.workspace = ?1"
            );
            if filter.bot.is_some() {
                sql.push_str(" AND r.bot = ?2");
            }
            match filter.state {
                Some(RunState::Failed) => {
                    sql.push_str(" AND r.state IN ('failed', 'timed_out') AND r.state = ?3")
                }
                Some(state) if !state.is_terminal() => {
                    sql.push_str(" AND r.ended_at IS NULL AND r.state = ?3")
                }
                Some(_) => sql.push_str(" AND r.state = ?3"),
                None => {}
            }
            if filter.before.is_some() {
                sql.push_str(" AND r.id < ?4");
            }
            if filter.trigger.is_some() {
                sql.push_str(" AND r.trigger = ?5");
            }
            // Ids are ordered by time, so the index ends the search.
            if filter.since.is_some() {
                sql.push_str(" AND r.created_at >= ?6 AND r.id >= ?7");
            }
            if filter.until.is_some() {
                sql.push_str(" AND r.created_at < ?8 AND r.id < ?9");
            }
            sql.push_str(" ORDER BY r.id DESC LIMIT ?10");
            let state = filter.state.map(RunState::as_str);
            let first = filter.since.map(|since| RunId::new(since, [0; 10]));
            // The millisecond of an id is rounded down.
            let last = filter.until.map(|until| RunId::new(until.plus(MILLISECOND), [0; 10]));
            reader.query(
                &sql,
                params![
                    scope.workspace,
                    filter.bot,
                    state,
                    filter.before,
                    filter.trigger,
                    filter.since,
                    first,
                    filter.until,
                    last,
                    filter.limit.clamp(1, 201)
                ],
                read,
            )
        })
        .await
    }

    pub async fn run(&self, scope: Scope, id: RunId) -> Result<Option<Run>, StoreError> {
        self.read(move |reader| run(reader, scope.workspace, id)).await
    }

    /// The facts of a run with all their values, oldest first; empty when the workspace has no such
    /// run.
    pub async fn journal(&self, scope: Scope, id: RunId) -> Result<Vec<Fact>, StoreError> {
        let mut facts = Vec::new();
        for mut row in self.journal_rows(scope, id).await? {
            self.blobs().restore(scope.workspace, &mut row, |_| true).await?;
            facts.append(&mut row.facts);
        }
        Ok(facts)
    }

    /// The journal of a run as it is on disk, without what is in blob storage.
    pub async fn journal_rows(
        &self,
        scope: Scope,
        id: RunId,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.read(move |reader| match run(reader, scope.workspace, id)? {
            Some(_) => journal(reader, id),
            None => Ok(Vec::new()),
        })
        .await
    }

    /// The JSON of a large value that the run's journal refers to.
    pub async fn large_value(
        &self,
        scope: Scope,
        id: RunId,
        hash: BlobHash,
    ) -> Result<Option<Bytes>, StoreError> {
        let sql = "SELECT 1 FROM blobs WHERE workspace = ?1 AND run = ?2 AND hash = ?3";
        let held = self.read(move |reader| reader.exists(sql, params![scope.workspace, id, hash]));
        if !held.await? {
            return Ok(None);
        }
        self.blobs().get(scope.workspace, hash).await.map(Some)
    }

    /// What a run gave; `None` as long as it has not ended.
    pub async fn output(&self, scope: Scope, id: RunId) -> Result<Option<Value>, StoreError> {
        let last = self.read(move |reader| {
            let sql = "SELECT j.facts FROM journal j JOIN runs r ON r.id = j.run
                       WHERE r.workspace = ?1 AND r.id = ?2 ORDER BY j.seq DESC LIMIT 1";
            reader.first(sql, params![scope.workspace, id], |row| decoded(&row.get::<Vec<u8>>(0)?))
        });
        let Some(mut last) = last.await? else { return Ok(None) };
        let ended = |fact: &Fact| matches!(fact.kind, FactKind::Ended { .. });
        let Some(end) = last.facts.iter().position(ended) else { return Ok(None) };
        self.blobs().restore(scope.workspace, &mut last, |kept| kept.fact == end).await?;
        Ok(last.facts.get(end).map(|fact| fact.kind.value(Slot::Output)))
    }

    /// The journal rows of a run from number `row` on, at most [`JOURNAL_PAGE`]: (number, row).
    /// Of the values in blob storage only the lists of loops are there.
    pub async fn journal_from(
        &self,
        scope: Scope,
        id: RunId,
        row: i64,
    ) -> Result<Vec<(u32, JournalRow)>, StoreError> {
        let read = self.read(move |reader| {
            if run(reader, scope.workspace, id)?.is_none() {
                return Ok(Vec::new());
            }
            reader.query(
                "SELECT seq, facts FROM journal WHERE run = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
                params![id, row, JOURNAL_PAGE as i64],
                |row| Ok((row.get::<u32>(0)?, decoded(&row.get::<Vec<u8>>(1)?)?)),
            )
        });
        let mut rows = read.await?;
        for (_, row) in &mut rows {
            match self.blobs().restore(scope.workspace, row, |kept| kept.slot == Slot::Items).await
            {
                // What is lost is shown as what is not.
                Ok(()) | Err(StoreError::BlobLost(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// Whether `attempt_started` of this address is on disk, read on a connection of its own.
    pub async fn attempts(
        &self,
        scope: Scope,
        id: RunId,
    ) -> Result<Vec<(String, u32, String)>, StoreError> {
        let rows = self.journal_rows(scope, id).await?;
        Ok(rows
            .into_iter()
            .flat_map(|row| row.facts)
            .filter_map(|fact| match fact.kind {
                fact::FactKind::AttemptStarted { a, n, key, .. } => Some((a.to_string(), n, key)),
                _ => None,
            })
            .collect())
    }

    /// How many live runs each bot of the workspace has, and its last failure.
    pub async fn run_counts(&self, scope: Scope) -> Result<Vec<(BotId, u32)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT bot, count(*) FROM runs WHERE workspace = ?1 AND ended_at IS NULL GROUP BY bot",
                params![scope.workspace],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Records a result that came after its run had ended.
    pub async fn keep_late_result(
        &self,
        run: RunId,
        address: String,
        attempt: u32,
        at: Timestamp,
        result: String,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO late_results (run, address, attempt, at, result) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![run, &address, attempt, at, &result],
            )
            .map(drop)
        })
        .await
    }
}

pub(crate) fn run(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    id: RunId,
) -> Result<Option<Run>, StoreError> {
    reader.first(
        &format!(
            "SELECT {COLUMNS} FROM runs r JOIN bots b ON b.id = r.bot
             WHERE r.workspace = ?1 AND r.id = ?2"
        ),
        params![workspace, id],
        read,
    )
}
