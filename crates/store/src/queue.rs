//! The queue: runs that were accepted and wait to be begun. They are claimed by the page, in one
//! transaction for many bots: on PostgreSQL in one statement, of which servers that take at the same time
//! get different rows.

use codex32_model::fact::{self, Fact};
use codex32_model::ids::{BotId, NodeId, RunId, WorkspaceId};

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::runs::Run;
use crate::sql::{Dialect, Reader, Row, Tx};

/// A bot with queued runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    pub workspace: WorkspaceId,
    pub bot: BotId,
    /// The bot's live version, whose limits count.
    pub version: u32,
}

/// How many runs to take of a bot.
#[derive(Debug, Clone, Copy)]
pub struct Take {
    pub bot: BotId,
    pub count: u32,
    /// Take only as many as keep the bot's runs in the memory of all servers at this number.
    pub limit: Option<u32>,
}

/// What whoever drives a claimed run has to know of its row.
#[derive(Debug, Clone)]
pub struct Taken {
    pub workspace: WorkspaceId,
    pub id: RunId,
    pub bot: BotId,
    pub version: u32,
    pub epoch: u32,
    pub seq: u32,
    pub depth: u32,
    pub parent: Option<RunId>,
}

impl From<&Run> for Taken {
    fn from(run: &Run) -> Self {
        Self {
            workspace: run.workspace,
            id: run.id,
            bot: run.bot,
            version: run.version,
            epoch: run.epoch,
            seq: run.seq,
            depth: run.depth,
            parent: run.parent,
        }
    }
}

/// What happened to a claimed run so far.
#[derive(Debug, Clone)]
pub struct Past {
    pub facts: Vec<Fact>,
    /// Why it is to be cancelled, if it is.
    pub cancel: Option<String>,
}

impl Store {
    /// Bots with queued runs, in order of their ids. Looks at one row of each, however many wait.
    pub async fn all_queued(&self) -> Result<Vec<Queued>, StoreError> {
        self.read(|reader| {
            reader.query(
                "WITH RECURSIVE waiting (bot) AS (
                   SELECT (SELECT bot FROM queue ORDER BY bot LIMIT 1)
                   UNION ALL
                   SELECT (SELECT q.bot FROM queue q WHERE q.bot > waiting.bot ORDER BY q.bot LIMIT 1)
                   FROM waiting WHERE waiting.bot IS NOT NULL)
                 SELECT b.workspace, b.id, b.version FROM waiting JOIN bots b ON b.id = waiting.bot",
                &[],
                |row| {
                    Ok(Queued {
                        workspace: row.get(0)?,
                        bot: row.get(1)?,
                        version: row.get(2)?,
                    })
                },
            )
        })
        .await
    }

    /// Bots with queued runs, and how many each has.
    pub async fn all_queue_lengths(&self) -> Result<Vec<(WorkspaceId, BotId, u32)>, StoreError> {
        self.read(|reader| {
            reader.query(
                "SELECT workspace, bot, count(*) FROM queue GROUP BY workspace, bot",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// Claims the longest waiting runs of bots for `node`, all in one transaction: off the queue, under a
    /// new epoch, counted as a claim until the run has made progress.
    pub async fn take(&self, node: NodeId, takes: Vec<Take>) -> Result<Vec<Taken>, StoreError> {
        self.write(move |tx| take(tx, node, &takes)).await
    }

    /// The journals of runs, and whether they are to be cancelled, in the order asked for. One that is not
    /// there is left out.
    pub async fn all_pasts(
        &self,
        runs: Vec<(WorkspaceId, RunId)>,
    ) -> Result<Vec<(RunId, Past)>, StoreError> {
        self.read(move |reader| match reader.dialect() {
            Dialect::Sqlite => runs
                .iter()
                .filter_map(|(workspace, run)| {
                    past(reader, *workspace, *run)
                        .map(|past| past.map(|past| (*run, past)))
                        .transpose()
                })
                .collect(),
            Dialect::Postgres => pasts(reader, &runs),
        })
        .await
    }
}

fn take(tx: &Tx<'_>, node: NodeId, takes: &[Take]) -> Result<Vec<Taken>, StoreError> {
    let mut takes = takes.to_vec();
    // Whoever locks several bots locks them in one order.
    takes.sort_by_key(|take| take.bot);
    for take in &mut takes {
        if let Some(limit) = take.limit {
            tx.lock(&format!("bot {}", take.bot))?;
            let going = going(&tx.reader(), take.bot)?;
            take.count = take.count.min(limit.saturating_sub(going));
        }
    }
    takes.retain(|take| take.count > 0);
    let mut taken = match tx.dialect() {
        _ if takes.is_empty() => Vec::new(),
        Dialect::Sqlite => one_by_one(tx, node, &takes)?,
        Dialect::Postgres => together(tx, node, &takes)?,
    };
    // In the order in which they were queued.
    taken.sort_by_key(|(position, _)| *position);
    Ok(taken.into_iter().map(|(_, taken)| taken).collect())
}

/// Runs of a bot in the memory of servers that live.
pub(crate) fn going(reader: &Reader<'_>, bot: BotId) -> Result<u32, StoreError> {
    let going: Option<u32> = reader.first(
        "SELECT count(*) FROM runs WHERE bot = ?1 AND ended_at IS NULL AND owner IS NOT NULL
           AND owner IN (SELECT id FROM nodes)",
        params![bot],
        |row| row.get(0),
    )?;
    Ok(going.unwrap_or(0))
}

/// What a claim does to a run's row, and when it may.
macro_rules! claim_run {
    ($from:literal, $its:literal, $back:literal) => {
        concat!(
            "UPDATE runs AS r SET epoch = r.epoch + 1, owner = ?1, claims = r.claims + 1,
               state = CASE WHEN r.state = 'queued' THEN 'running' ELSE r.state END ",
            $from,
            " WHERE ",
            $its,
            " AND r.ended_at IS NULL
               AND (r.owner IS NULL OR r.owner NOT IN (SELECT id FROM nodes))
             RETURNING ",
            $back,
            "workspace, id, bot, version, epoch, seq, depth, parent"
        )
    };
}

/// Of the columns from `first` on.
fn read(row: &Row<'_>, first: usize) -> Result<Taken, StoreError> {
    Ok(Taken {
        workspace: row.get(first)?,
        id: row.get(first + 1)?,
        bot: row.get(first + 2)?,
        version: row.get(first + 3)?,
        epoch: row.get(first + 4)?,
        seq: row.get(first + 5)?,
        depth: row.get(first + 6)?,
        parent: row.get(first + 7)?,
    })
}

/// On SQLite, where a statement is no journey.
fn one_by_one(tx: &Tx<'_>, node: NodeId, takes: &[Take]) -> Result<Vec<(i64, Taken)>, StoreError> {
    let reader = tx.reader();
    let mut taken = Vec::new();
    for take in takes {
        let page: Vec<(i64, WorkspaceId, RunId)> = reader.query(
            "SELECT position, workspace, run FROM queue WHERE bot = ?1 ORDER BY position LIMIT ?2",
            params![take.bot, take.count],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        for (position, workspace, run) in page {
            tx.execute("DELETE FROM queue WHERE position = ?1", params![position])?;
            tx.execute("DELETE FROM timers WHERE run = ?1", params![run])?;
            let mut claimed = reader.query(
                claim_run!("", "r.workspace = ?2 AND r.id = ?3", ""),
                params![node, workspace, run],
                |row| read(row, 0),
            )?;
            // One that has ended, or is in some memory already, only leaves the queue.
            taken.extend(claimed.pop().map(|run| (position, run)));
        }
    }
    Ok(taken)
}

const TAKE_PAGE: &str = concat!(
    "WITH page AS MATERIALIZED (
       SELECT q.position, q.workspace AS its_workspace, q.run
       FROM unnest(?2::bytea[], ?3::bigint[]) AS wanted (bot, count)
       CROSS JOIN LATERAL (SELECT position, workspace, run FROM queue
         WHERE queue.bot = wanted.bot ORDER BY position LIMIT wanted.count
         FOR UPDATE SKIP LOCKED) AS q),
     gone AS (DELETE FROM queue USING page WHERE queue.position = page.position),
     awake AS (DELETE FROM timers USING page WHERE timers.run = page.run) ",
    claim_run!(
        "FROM page",
        "r.workspace = page.its_workspace AND r.id = page.run",
        "page.position, "
    )
);

fn together(tx: &Tx<'_>, node: NodeId, takes: &[Take]) -> Result<Vec<(i64, Taken)>, StoreError> {
    let Some(session) = tx.session() else { return Ok(Vec::new()) };
    let bots: Vec<&[u8]> = takes.iter().map(|take| &take.bot.as_bytes()[..]).collect();
    let counts: Vec<i64> = takes.iter().map(|take| i64::from(take.count)).collect();
    let node = &node.as_bytes()[..];
    let rows = session.rows(TAKE_PAGE, &[&node, &bots, &counts])?;
    let read = |row| {
        let row = Row::Postgres(row);
        Ok((row.get(0)?, read(&row, 1)?))
    };
    rows.iter().map(read).collect()
}

fn decode(blob: &[u8]) -> Result<Vec<Fact>, StoreError> {
    fact::decode(blob).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn past(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    run: RunId,
) -> Result<Option<Past>, StoreError> {
    let rows: Vec<(Option<String>, Vec<u8>)> = reader.query(
        "SELECT r.cancel, j.facts FROM runs r JOIN journal j ON j.run = r.id
         WHERE r.workspace = ?1 AND r.id = ?2 ORDER BY j.seq",
        params![workspace, run],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut past: Option<Past> = None;
    for (cancel, blob) in rows {
        let facts = decode(&blob)?;
        past.get_or_insert_with(|| Past { facts: Vec::new(), cancel }).facts.extend(facts);
    }
    Ok(past)
}

fn pasts(
    reader: &Reader<'_>,
    runs: &[(WorkspaceId, RunId)],
) -> Result<Vec<(RunId, Past)>, StoreError> {
    let Some(session) = reader.session() else { return Ok(Vec::new()) };
    let workspaces: Vec<&[u8]> = runs.iter().map(|(of, _)| &of.as_bytes()[..]).collect();
    let ids: Vec<&[u8]> = runs.iter().map(|(_, run)| &run.as_bytes()[..]).collect();
    let rows = session.rows(
        "SELECT i.number, r.cancel, j.facts
         FROM unnest(?1::bytea[], ?2::bytea[]) WITH ORDINALITY AS i (workspace, run, number)
         JOIN runs r ON r.workspace = i.workspace AND r.id = i.run
         JOIN journal j ON j.run = i.run
         ORDER BY i.number, j.seq",
        &[&workspaces, &ids],
    )?;
    let mut pasts: Vec<(RunId, Past)> = Vec::with_capacity(runs.len());
    for row in &rows {
        let row = Row::Postgres(row);
        let number: i64 = row.get(0)?;
        let of = usize::try_from(number - 1).ok().and_then(|index| runs.get(index));
        let Some((_, run)) = of else { continue };
        let facts = decode(&row.get::<Vec<u8>>(2)?)?;
        match pasts.last_mut() {
            Some((last, past)) if last == run => past.facts.extend(facts),
            _ => pasts.push((*run, Past { facts, cancel: row.get(1)? })),
        }
    }
    Ok(pasts)
}
