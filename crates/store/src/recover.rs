//! Claiming runs: at the start, from the queue, when a timer is due, when somebody wants to cancel.
//! A claim raises the epoch, so that whoever drove the run before is fenced.

use codex32_model::fact::Fact;
use codex32_model::ids::{BotId, NodeId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::apply;
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::runs::{self, Run};
use crate::sql::Tx;

/// A claimed run with everything needed to go on.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub run: Run,
    pub facts: Vec<Fact>,
    /// Whether it was taken off the queue.
    pub was_queued: bool,
}

impl Store {
    /// Runs that have not ended and that another incarnation owned, in order of age: those to
    /// claim when a server starts. Runs that only wait are left as rows.
    pub async fn all_orphans(
        &self,
        node: NodeId,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId, u32)>, StoreError> {
        self.read(move |reader| {
            let live = reader.dialect().choose("INDEXED BY runs_live", "");
            reader.query(
                &format!(
                    "SELECT workspace, id, claims FROM runs {live}
                 WHERE ended_at IS NULL AND owner IS NOT NULL AND owner <> ?1 AND id > ?2
                 ORDER BY id LIMIT ?3"
                ),
                params![node, after, limit],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// Takes a run that has not ended: raises its epoch, makes `node` its owner, takes it off the
    /// queue. `None` when it has ended, or when `node` owns it already (it is in memory).
    pub async fn claim(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        node: NodeId,
    ) -> Result<Option<Claimed>, StoreError> {
        self.write(move |tx| claim(tx, workspace, run, node)).await
    }

    /// Gives a run back, to be taken up again at `wake`; whether it still was at this epoch.
    pub async fn release(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        epoch: u32,
        wake: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE runs SET owner = NULL
                 WHERE workspace = ?1 AND id = ?2 AND epoch = ?3 AND ended_at IS NULL",
                params![workspace, run, epoch],
            )?;
            if changed == 1 {
                apply::set_timer(tx, workspace, run, wake)?;
            }
            Ok(changed == 1)
        })
        .await
    }

    /// Runs whose timer is due.
    pub async fn all_due_timers(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT workspace, run FROM timers WHERE at <= ?1 ORDER BY at LIMIT ?2",
                params![now, limit],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// When the next timer is due.
    pub async fn all_next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|reader| reader.first("SELECT min(at) FROM timers", &[], |row| row.get(0)))
            .await
            .map(Option::flatten)
    }

    /// Forgets a timer that led nowhere (its run has ended).
    pub async fn drop_timer(&self, run: RunId) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM timers WHERE run = ?1", params![run]).map(drop)
        })
        .await
    }

    /// Live runs past their deadline.
    pub async fn all_overdue(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT workspace, id FROM runs WHERE ended_at IS NULL AND deadline <= ?1
                 ORDER BY deadline LIMIT ?2",
                params![now, limit],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Bots with queued runs: (workspace, bot, how many), the longest waiting first.
    pub async fn all_queued_bots(&self) -> Result<Vec<(WorkspaceId, BotId, u32)>, StoreError> {
        self.read(|reader| {
            reader.query(
                "SELECT workspace, bot, count(*) FROM queue GROUP BY workspace, bot ORDER BY min(position)",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// The next queued runs of one bot.
    pub async fn all_queued_of(
        &self,
        bot: BotId,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT workspace, run FROM queue WHERE bot = ?1 ORDER BY position LIMIT ?2",
                params![bot, limit],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Live runs of a trigger, oldest first, with whether each is still queued.
    pub async fn all_live_of_trigger(
        &self,
        bot: BotId,
        trigger: String,
    ) -> Result<Vec<(WorkspaceId, RunId, bool)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT workspace, id, state FROM runs
                 WHERE ended_at IS NULL AND bot = ?1 AND trigger = ?2 AND trigger <> '' ORDER BY id",
                params![bot, &trigger],
                |row| Ok((row.get(0)?, row.get(1)?, row.get::<String>(2)? == "queued")),
            )
        })
        .await
    }

    /// Marks a run to be cancelled; what it came to. The engine ends it.
    pub async fn request_cancel(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        reason: String,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE runs SET cancel = coalesce(cancel, ?3)
                 WHERE workspace = ?1 AND id = ?2 AND ended_at IS NULL",
                params![workspace, run, &reason],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    /// Live parents of children that have ended: those whose news may have been lost.
    pub async fn all_parents_to_wake(&self) -> Result<Vec<(WorkspaceId, RunId)>, StoreError> {
        self.read(|reader| {
            reader.query(
                "SELECT DISTINCT p.workspace, p.id FROM runs p JOIN runs c ON c.parent = p.id
                 WHERE p.ended_at IS NULL AND c.ended_at IS NOT NULL",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Live runs that are to be cancelled.
    pub async fn all_cancelling(
        &self,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId, String)>, StoreError> {
        self.read(move |reader| {
            let live = reader.dialect().choose("INDEXED BY runs_live", "");
            reader.query(
                &format!(
                    "SELECT workspace, id, cancel FROM runs {live}
                 WHERE ended_at IS NULL AND cancel IS NOT NULL LIMIT ?1"
                ),
                params![limit],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// Deletes rows that are of no use any more, at most `limit` of each kind; how many.
    pub async fn all_tidy(&self, now: Timestamp, limit: u32) -> Result<usize, StoreError> {
        self.write(move |tx| {
            let day = now.minus(std::time::Duration::from_secs(86_400));
            let month = now.minus(std::time::Duration::from_secs(30 * 86_400));
            let mut gone = tx.execute(
                "DELETE FROM starts WHERE (bot, trigger, key) IN
                   (SELECT bot, trigger, key FROM starts WHERE at < ?1 AND (at < ?2 OR key LIKE 'dedupe:%') LIMIT ?3)",
                params![day, month, limit],
            )?;
            gone += tx.execute(
                "DELETE FROM api_answers WHERE (workspace, key) IN
                   (SELECT workspace, key FROM api_answers WHERE at < ?1 LIMIT ?2)",
                params![day, limit],
            )?;
            gone += tx.execute(
                "DELETE FROM late_results WHERE at < ?1 AND at <=
                   (SELECT max(at) FROM (SELECT at FROM late_results ORDER BY at LIMIT ?2) AS oldest)",
                params![month, limit],
            )?;
            Ok(gone)
        })
        .await
    }

    /// Writes the marker under which one suspect run is driven, with its deaths so far; a death
    /// under it counts.
    pub async fn mark_suspect(&self, run: Option<(RunId, u32)>) -> Result<(), StoreError> {
        self.write(move |tx| {
            match run {
                Some((run, deaths)) => tx.execute(
                    "INSERT INTO meta (key, value) VALUES ('suspect', ?1)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    params![format!("{run} {deaths}")],
                ),
                None => tx.execute("DELETE FROM meta WHERE key = 'suspect'", &[]),
            }
            .map(drop)
        })
        .await
    }

    /// The run that was under the marker when the last server died, with its deaths before that.
    pub async fn suspect(&self) -> Result<Option<(RunId, u32)>, StoreError> {
        let text: Option<String> = self
            .read(|reader| {
                reader.first("SELECT value FROM meta WHERE key = 'suspect'", &[], |row| row.get(0))
            })
            .await?;
        Ok(text.and_then(|text| {
            let (run, deaths) = text.split_once(' ')?;
            Some((run.parse().ok()?, deaths.parse().ok()?))
        }))
    }
}

fn claim(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    run: RunId,
    node: NodeId,
) -> Result<Option<Claimed>, StoreError> {
    let changed = tx.execute(
        "UPDATE runs SET epoch = epoch + 1, owner = ?3, claims = claims + 1,
           state = CASE WHEN state = 'queued' THEN 'running' ELSE state END
         WHERE workspace = ?1 AND id = ?2 AND ended_at IS NULL AND (owner IS NULL OR owner <> ?3)",
        params![workspace, run, node],
    )?;
    if changed == 0 {
        return Ok(None);
    }
    let was_queued = tx.execute("DELETE FROM queue WHERE run = ?1", params![run])? > 0;
    tx.execute("DELETE FROM timers WHERE run = ?1", params![run])?;
    let reader = tx.reader();
    let Some(row) = runs::run(&reader, workspace, run)? else { return Ok(None) };
    Ok(Some(Claimed { facts: runs::journal(&reader, run)?, run: row, was_queued }))
}
