//! How long a workspace keeps what is over, and deleting the rest.
//!
//! It goes in small batches through the committer, with pauses as long as they took, so that who
//! writes is not held up; each is whole by itself, so it can be broken off at any time. A run goes
//! only when it has ended, and those that called it or that it called have, too.

use std::time::{Duration, Instant};

use codex32_model::Scope;
use codex32_model::ids::{CallId, EventId, MailId, ReplayId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::approvals;
use crate::blobs::rows as blobs;
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Param, Tx};

/// Runs, and rows of their journals, that are deleted in one transaction.
const RUNS: u32 = 100;
const JOURNAL_ROWS: u32 = 500;
/// Events, mails or calls of models that are deleted in one transaction.
const ROWS: u32 = 500;
/// Calls of models are kept for at least so many days: all of this month and of the one before.
pub const LEAST_CALL_DAYS: u32 = 62;
/// Longest pause between two batches.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a large value outlives the last run that refers to it: a backup may be reading it.
const BLOB_STAYS: Duration = Duration::from_secs(24 * 3_600);

/// What a workspace keeps of what is over. 0: without a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days since the end of a run, or since an event or a mail.
    pub days: u32,
    /// Ended runs; the newest stay.
    pub runs: u32,
    /// Days since a call of a language model; fewer than [`LEAST_CALL_DAYS`] are taken for those.
    pub calls: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30, runs: 1_000_000, calls: 400 }
    }
}

/// What was deleted of a workspace so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    pub runs: u64,
    pub events: u64,
    pub mails: u64,
    /// Of language models.
    pub calls: u64,
    pub last_at: Option<Timestamp>,
}

/// What is to go.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    workspace: WorkspaceId,
    /// Ended before.
    ended: Timestamp,
    /// Not newer than this run.
    beyond: RunId,
}

impl Store {
    /// What a workspace keeps, and what was deleted of it.
    pub async fn retention(&self, scope: Scope) -> Result<(Retention, Deleted), StoreError> {
        self.retention_of(scope.workspace).await
    }

    async fn retention_of(
        &self,
        workspace: WorkspaceId,
    ) -> Result<(Retention, Deleted), StoreError> {
        let found = self.read(move |reader| {
            reader.first(
                "SELECT days, runs, deleted_runs, deleted_events, deleted_mails, deleted_at, calls,
                   deleted_calls
                 FROM retention WHERE workspace = ?1",
                params![workspace],
                |row| {
                    let unset = Retention::default();
                    let count = |index| row.get::<i64>(index).map(i64::unsigned_abs);
                    let kept = Retention {
                        days: row.get::<Option<u32>>(0)?.unwrap_or(unset.days),
                        runs: row.get::<Option<u32>>(1)?.unwrap_or(unset.runs),
                        calls: row.get::<Option<u32>>(6)?.unwrap_or(unset.calls),
                    };
                    let deleted = Deleted {
                        runs: count(2)?,
                        events: count(3)?,
                        mails: count(4)?,
                        calls: count(7)?,
                        last_at: row.get(5)?,
                    };
                    Ok((kept, deleted))
                },
            )
        });
        Ok(found.await?.unwrap_or_default())
    }

    pub async fn set_retention(&self, scope: Scope, kept: Retention) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO retention (workspace, days, runs, calls) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (workspace) DO UPDATE SET days = excluded.days, runs = excluded.runs,
                   calls = excluded.calls",
                params![scope.workspace, kept.days, kept.runs, kept.calls],
            )
            .map(drop)
        })
        .await
    }

    /// Deletes what no workspace keeps any longer, as long as `go_on` says so; what was deleted.
    pub async fn all_expire(
        &self,
        now: Timestamp,
        go_on: impl Fn() -> bool + Send + Sync,
    ) -> Result<Deleted, StoreError> {
        let sql = "SELECT id FROM workspaces";
        let workspaces =
            self.read(move |reader| reader.query(sql, &[], |row| row.get::<WorkspaceId>(0)));
        let mut all = Deleted::default();
        for workspace in workspaces.await? {
            let (kept, _) = self.retention_of(workspace).await?;
            let ago = |days: u32| now.minus(Duration::from_secs(u64::from(days) * 86_400));
            let before = (kept.days > 0).then(|| ago(kept.days));
            all.runs += self.expire_runs(workspace, kept, before, now, &go_on).await?;
            if let Some(before) = before {
                all.events += self.expire_events(workspace, before, now, &go_on).await?;
                all.mails += self.expire_mails(workspace, before, now, &go_on).await?;
                self.expire_replays(workspace, before, &go_on).await?;
            }
            if kept.calls > 0 {
                let before = ago(kept.calls.max(LEAST_CALL_DAYS));
                all.calls += self.expire_calls(workspace, before, now, &go_on).await?;
            }
        }
        Ok(all)
    }

    async fn expire_runs(
        &self,
        workspace: WorkspaceId,
        kept: Retention,
        before: Option<Timestamp>,
        now: Timestamp,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<u64, StoreError> {
        let beyond = match kept.runs {
            0 => None,
            runs => self.run_at(workspace, runs).await?,
        };
        let bounds = Bounds {
            workspace,
            ended: before.unwrap_or(Timestamp::from_micros(i64::MIN)),
            beyond: beyond.unwrap_or(RunId::from_bytes([0; 16])),
        };
        // Who ended before then began before then, and ids are in the order of beginnings.
        let newest = RunId::new(before.unwrap_or(Timestamp::from_micros(0)), [0; 10]);
        let upto = newest.max(bounds.beyond);
        let (mut after, mut gone) = (RunId::from_bytes([0; 16]), 0);
        while go_on() {
            let page = self.expired(bounds, after, upto).await?;
            let Some(last) = page.last().copied() else { break };
            let mut left = page;
            while !left.is_empty() && go_on() {
                let (batch, began) = (left.clone(), Instant::now());
                let (over, runs) =
                    self.write(move |tx| delete_runs(tx, bounds, &batch, now)).await?;
                gone += runs;
                left.drain(..over);
                tokio::time::sleep(began.elapsed().min(PAUSE)).await;
            }
            after = last;
        }
        Ok(gone)
    }

    /// The newest of the ended runs that are beyond so many.
    async fn run_at(
        &self,
        workspace: WorkspaceId,
        place: u32,
    ) -> Result<Option<RunId>, StoreError> {
        self.read(move |reader| {
            reader.first(
                "SELECT id FROM runs WHERE workspace = ?1 AND ended_at IS NOT NULL
                 ORDER BY id DESC LIMIT 1 OFFSET ?2",
                params![workspace, place],
                |row| row.get(0),
            )
        })
        .await
    }

    async fn expired(
        &self,
        bounds: Bounds,
        after: RunId,
        upto: RunId,
    ) -> Result<Vec<RunId>, StoreError> {
        self.read(move |reader| {
            let Bounds { workspace, ended, beyond } = bounds;
            reader.query(
                &format!(
                    "SELECT r.id FROM runs r
                     WHERE r.workspace = ?1 AND r.id > ?4 AND r.id <= ?5 AND {EXPIRED}
                     ORDER BY r.id LIMIT ?6"
                ),
                params![workspace, ended, beyond, after, upto, RUNS],
                |row| row.get(0),
            )
        })
        .await
    }

    async fn expire_events(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        now: Timestamp,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<u64, StoreError> {
        // A run that goes on may wait for an event that came since it began.
        let oldest: Option<Option<Timestamp>> = self
            .read(move |reader| {
                let live = reader.dialect().choose("INDEXED BY runs_live", "");
                let sql = format!(
                    "SELECT min(created_at) FROM runs {live}
                     WHERE workspace = ?1 AND ended_at IS NULL"
                );
                reader.first(&sql, params![workspace], |row| row.get(0))
            })
            .await?;
        let before = oldest.flatten().map_or(before, |oldest| oldest.min(before));
        let end = EventId::new(before, [0; 10]);
        self.in_batches(go_on, move |tx| {
            // What is a dead letter waits for somebody, and what is being replayed for its turn.
            // By id, which is by age: the sign keeps SQLite from reading all of the workspace.
            let of = tx.dialect().choose("+e.workspace", "e.workspace");
            let seqs = tx.reader().query(
                &format!(
                    "SELECT e.seq FROM events e JOIN cursors c ON c.name = 'dispatcher'
                     WHERE e.id < ?2 AND {of} = ?1 AND (e.tx, e.seq) <= (c.tx, c.seq)
                       AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.event = e.seq)
                       AND NOT EXISTS (SELECT 1 FROM replays r WHERE r.workspace = ?1
                         AND r.ended_at IS NULL AND e.seq > r.place AND e.seq <= r.last)
                     ORDER BY e.id LIMIT ?3"
                ),
                params![workspace, end, ROWS],
                |row| row.get::<i64>(0),
            )?;
            for seq in &seqs {
                tx.execute("DELETE FROM events WHERE seq = ?1", params![*seq])?;
            }
            count(tx, workspace, "deleted_events", seqs.len(), now)
        })
        .await
    }

    async fn expire_mails(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        now: Timestamp,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<u64, StoreError> {
        let end = MailId::new(before, [0; 10]);
        self.in_batches(go_on, move |tx| {
            let of = tx.dialect().choose("+workspace", "workspace");
            let gone = tx.execute(
                &format!(
                    "DELETE FROM outbox WHERE id IN
                       (SELECT id FROM outbox WHERE id < ?2 AND {of} = ?1 ORDER BY id LIMIT ?3)"
                ),
                params![workspace, end, ROWS],
            )?;
            count(tx, workspace, "deleted_mails", gone, now)
        })
        .await
    }

    /// Replays of events that are over.
    async fn expire_replays(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<u64, StoreError> {
        self.in_batches(go_on, move |tx| {
            let replays = tx.reader().query(
                "SELECT id FROM replays WHERE workspace = ?1 AND ended_at < ?2 LIMIT ?3",
                params![workspace, before, ROWS],
                |row| row.get::<ReplayId>(0),
            )?;
            for replay in &replays {
                tx.execute("DELETE FROM replays WHERE id = ?1", params![*replay])?;
            }
            Ok(replays.len())
        })
        .await
    }

    /// Calls of models with their attempts. What was spent stays as sums of days and months.
    async fn expire_calls(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        now: Timestamp,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<u64, StoreError> {
        self.in_batches(go_on, move |tx| {
            // What a run may still spend follows from what its calls came to.
            let calls = tx.reader().query(
                "SELECT c.id FROM model_calls c
                 WHERE c.workspace = ?1 AND c.started_at < ?2 AND c.reserved = 0
                   AND c.state <> 'open' AND NOT EXISTS (SELECT 1 FROM runs r
                     WHERE r.workspace = c.workspace AND r.id = c.run AND r.ended_at IS NULL)
                 ORDER BY c.started_at LIMIT ?3",
                params![workspace, before, ROWS],
                |row| row.get::<CallId>(0),
            )?;
            for call in &calls {
                tx.execute("DELETE FROM model_attempts WHERE call = ?1", params![*call])?;
                tx.execute("DELETE FROM model_calls WHERE id = ?1", params![*call])?;
            }
            count(tx, workspace, "deleted_calls", calls.len(), now)
        })
        .await
    }

    /// Repeats a deletion until it finds less than it may take.
    async fn in_batches(
        &self,
        go_on: &(impl Fn() -> bool + Sync),
        delete: impl Fn(&Tx<'_>) -> Result<usize, StoreError> + Clone + Send + 'static,
    ) -> Result<u64, StoreError> {
        let mut all = 0;
        while go_on() {
            let began = Instant::now();
            let gone = self.write(delete.clone()).await?;
            all += gone as u64;
            if gone < ROWS as usize {
                break;
            }
            tokio::time::sleep(began.elapsed().min(PAUSE)).await;
        }
        Ok(all)
    }
}

/// Of a row `r`: it is over for long enough (?2, ?3), and so are those around it.
const EXPIRED: &str = "r.ended_at IS NOT NULL AND (r.ended_at < ?2 OR r.id <= ?3)
  AND NOT EXISTS (SELECT 1 FROM runs c WHERE c.parent = r.id AND c.ended_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM runs p WHERE p.workspace = r.workspace AND p.id = r.parent
    AND p.ended_at IS NULL)";

/// Deletes runs until a transaction has enough: how many of the list are done with, and deleted.
fn delete_runs(
    tx: &Tx<'_>,
    bounds: Bounds,
    runs: &[RunId],
    now: Timestamp,
) -> Result<(usize, u64), StoreError> {
    let (mut over, mut gone, mut room) = (0, 0, JOURNAL_ROWS);
    for run in runs {
        let Bounds { workspace, ended, beyond } = bounds;
        // A retry or a call may have come to it since it was looked for.
        let expired = tx.reader().exists(
            &format!("SELECT 1 FROM runs r WHERE r.workspace = ?1 AND r.id = ?4 AND {EXPIRED}"),
            params![workspace, ended, beyond, *run],
        )?;
        if expired {
            let rows: Option<u32> = tx.reader().first(
                "SELECT coalesce(max(seq), 0) FROM journal WHERE run = ?1",
                params![*run],
                |row| row.get(0),
            )?;
            let rows = rows.unwrap_or(0);
            // From its end on: what is left can still be told.
            let left = rows.saturating_sub(room);
            tx.execute("DELETE FROM journal WHERE run = ?1 AND seq > ?2", params![*run, left])?;
            room = room.saturating_sub(rows.max(1));
            if left > 0 {
                break;
            }
            for table in ["late_results", "timers", "waits"] {
                tx.execute(&format!("DELETE FROM {table} WHERE run = ?1"), params![*run])?;
            }
            approvals::forget(tx, *run)?;
            blobs::let_go(tx, *run, now.plus(BLOB_STAYS))?;
            let sql = "DELETE FROM runs WHERE workspace = ?1 AND id = ?2";
            tx.execute(sql, params![workspace, *run])?;
            gone += 1;
        }
        over += 1;
        if room == 0 {
            break;
        }
    }
    count(tx, bounds.workspace, "deleted_runs", gone, now)?;
    Ok((over, gone as u64))
}

/// Adds to what was deleted of a workspace.
fn count(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    column: &str,
    gone: usize,
    now: Timestamp,
) -> Result<usize, StoreError> {
    if gone > 0 {
        let number = Param::Int(i64::try_from(gone).unwrap_or(i64::MAX));
        tx.execute(
            &format!(
                "INSERT INTO retention (workspace, {column}, deleted_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (workspace) DO UPDATE SET
                   {column} = retention.{column} + excluded.{column}, deleted_at = excluded.deleted_at"
            ),
            &[Param::from(workspace), number, Param::from(now)],
        )?;
    }
    Ok(gone)
}
