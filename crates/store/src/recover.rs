//! Claiming runs: at the start, from the queue, when a timer is due, when somebody wants to cancel.
//! A claim raises the epoch, so that whoever drove the run before is fenced.

use codex32_model::ids::{BotId, NodeId, RunId, WorkspaceId};
use codex32_model::large::JournalRow;
use codex32_model::time::Timestamp;

use crate::apply;
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::queue;
use crate::runs::{self, Run};
use crate::sql::Tx;

/// A claimed run with everything needed to go on.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub run: Run,
    /// Its journal as it is on disk, without what is in blob storage.
    pub journal: Vec<JournalRow>,
    /// Whether it was taken off the queue.
    pub was_queued: bool,
}

/// What became of a claim.
#[derive(Debug)]
pub enum Claim {
    Claimed(Box<Claimed>),
    /// It has ended, or there is no such run.
    Over,
    /// A server that lives has it, perhaps this one.
    Elsewhere,
    /// As many runs of its bot as may be are going on.
    Full,
}

/// Before the server's id, in the key of its marker.
const SUSPECT: &str = "suspect:";

impl Store {
    /// Runs that have not ended and whose owner is gone, in order of age. Runs that only wait have no
    /// owner.
    pub async fn all_orphans(
        &self,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId, u32)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT workspace, id, claims FROM runs
                 WHERE ended_at IS NULL AND owner IS NOT NULL AND id > ?1
                   AND owner NOT IN (SELECT id FROM nodes)
                 ORDER BY id LIMIT ?2",
                params![after, limit],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// Takes a run that has not ended and that nobody has: raises its epoch, makes `node` its owner,
    /// takes it off the queue. `again`: a claim before this one may have been committed and its answer
    /// lost, so that `node` has it already. With a limit: only while fewer runs of its bot are in the memory of
    /// any server.
    pub async fn claim(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        node: NodeId,
        limit: Option<u32>,
        again: bool,
    ) -> Result<Claim, StoreError> {
        self.write(move |tx| claim(tx, workspace, run, (node, again), limit)).await
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

    /// Forgets a timer that led nowhere: its run has ended, or is in some memory. One that was set
    /// meanwhile stays.
    pub async fn drop_timer(&self, run: RunId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM timers WHERE run = ?1 AND at <= ?2", params![run, now])
                .map(drop)
        })
        .await
    }

    /// Puts a run's timer off, for one that may not go on yet.
    pub async fn postpone(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| apply::set_timer(tx, workspace, run, until)).await
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
            // From the children, which are few beside the runs that wait for something else.
            reader.query(
                "SELECT DISTINCT p.workspace, p.id FROM runs c CROSS JOIN runs p
                 WHERE c.parent IS NOT NULL AND c.ended_at IS NOT NULL
                   AND p.workspace = c.workspace AND p.id = c.parent AND p.ended_at IS NULL",
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
            let live = reader.dialect().choose("INDEXED BY runs_cancel", "");
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
            gone += tx.execute(
                "DELETE FROM blobs WHERE (run, hash) IN
                   (SELECT run, hash FROM blobs WHERE until <= ?1 LIMIT ?2)",
                params![now, limit],
            )?;
            Ok(gone)
        })
        .await
    }

    /// Writes the marker under which a server drives one suspect run, with its deaths so far; a
    /// death under it counts.
    pub async fn mark_suspect(
        &self,
        node: NodeId,
        run: Option<(RunId, u32)>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let key = format!("{SUSPECT}{node}");
            match run {
                Some((run, deaths)) => tx.execute(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    params![key, format!("{run} {deaths}")],
                ),
                None => tx.execute("DELETE FROM meta WHERE key = ?1", params![key]),
            }
            .map(drop)
        })
        .await
    }

    /// The runs that were under the marker when their servers died, with their deaths before that,
    /// and the servers.
    pub async fn all_suspects(&self) -> Result<Vec<(NodeId, RunId, u32)>, StoreError> {
        self.read(|reader| {
            let mut rows = reader.query(
                "SELECT key, value FROM meta WHERE key >= ?1 AND key < ?2",
                params![SUSPECT, "suspect;"],
                |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
            )?;
            let live = reader.query("SELECT id FROM nodes", &[], |row| row.get::<NodeId>(0))?;
            rows.retain(|(key, _)| !live.iter().any(|node| *key == format!("{SUSPECT}{node}")));
            let parsed = rows.iter().filter_map(|(key, value)| {
                let (run, deaths) = value.split_once(' ')?;
                let node = key.strip_prefix(SUSPECT)?.parse().ok()?;
                Some((node, run.parse().ok()?, deaths.parse().ok()?))
            });
            Ok(parsed.collect())
        })
        .await
    }
}

fn claim(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    run: RunId,
    (node, again): (NodeId, bool),
    limit: Option<u32>,
) -> Result<Claim, StoreError> {
    let reader = tx.reader();
    if let Some(limit) = limit {
        let found: Option<(BotId, Option<NodeId>, Option<String>)> = reader.first(
            "SELECT r.bot, r.owner, coalesce(q.concurrency_key, r.concurrency_key)
             FROM runs r LEFT JOIN queue q ON q.run = r.id WHERE r.workspace = ?1 AND r.id = ?2",
            params![workspace, run],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let Some((bot, owner, key)) = found else { return Ok(Claim::Over) };
        queue::lock(tx, bot)?;
        let mine = again && owner == Some(node);
        if !mine && queue::going(&reader, bot, key.as_deref())? >= limit {
            return Ok(Claim::Full);
        }
    }
    let changed = tx.execute(
        "UPDATE runs SET epoch = epoch + 1, owner = ?3, claims = claims + 1,
           state = CASE WHEN state = 'queued' THEN 'running' ELSE state END,
           concurrency_key = coalesce((SELECT q.concurrency_key FROM queue q WHERE q.run = ?2),
             concurrency_key)
         WHERE workspace = ?1 AND id = ?2 AND ended_at IS NULL
           AND (owner IS NULL OR owner NOT IN (SELECT id FROM nodes) OR (?4 AND owner = ?3))",
        params![workspace, run, node, again],
    )?;
    if changed == 0 {
        let ended: Option<Option<Timestamp>> = reader.first(
            "SELECT ended_at FROM runs WHERE workspace = ?1 AND id = ?2",
            params![workspace, run],
            |row| row.get(0),
        )?;
        return Ok(if ended == Some(None) { Claim::Elsewhere } else { Claim::Over });
    }
    let was_queued = tx.execute("DELETE FROM queue WHERE run = ?1", params![run])? > 0;
    tx.execute("DELETE FROM timers WHERE run = ?1", params![run])?;
    let Some(row) = runs::run(&reader, workspace, run)? else { return Ok(Claim::Over) };
    let journal = runs::journal(&reader, run)?;
    Ok(Claim::Claimed(Box::new(Claimed { run: row, journal, was_queued })))
}
