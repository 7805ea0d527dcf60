//! The queue: runs that were accepted and wait to be begun. They are claimed by the page, in one
//! transaction for many bots: on PostgreSQL in one statement, of which servers that take at the same time
//! get different rows.

use std::collections::HashSet;

use codex32_model::Scope;
use codex32_model::definition::Rate;
use codex32_model::fact;
use codex32_model::ids::{BotId, NodeId, RunId, WorkspaceId};
use codex32_model::large::JournalRow;
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::runs::Run;
use crate::sql::postgres::Value;
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
    /// As `limit`, of the runs with the same key.
    pub limit_by_key: Option<u32>,
    /// Take only as many as the bot may begin now.
    pub rate: Option<Rate>,
}

/// What was taken.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// In the order in which they were queued.
    pub runs: Vec<Taken>,
    /// When a bot may begin more, of those whose rate is used up.
    pub next: Option<Timestamp>,
}

/// Where a queued run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub concurrency_key: Option<String>,
    /// Runs of its bot before it, counted up to [`COUNTED`].
    pub before: u32,
    /// Runs of its bot that go on; with its key, if it has one.
    pub going: u32,
    /// When runs of its bot began that its rate still counts, the oldest first.
    pub starts: Vec<Timestamp>,
}

/// As far as runs before one are counted.
pub const COUNTED: u32 = 1_000;

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
    /// Its journal as it is on disk, without what is in blob storage.
    pub journal: Vec<JournalRow>,
    /// Why it is to be cancelled, if it is.
    pub cancel: Option<String>,
}

impl Past {
    /// Whether some of it is in blob storage.
    pub fn refers(&self) -> bool {
        self.journal.iter().any(|row| !row.kept.is_empty())
    }
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
                "SELECT b.workspace, q.bot, q.length
                 FROM (SELECT bot, count(*) AS length FROM queue GROUP BY bot) AS q
                 JOIN bots b ON b.id = q.bot",
                &[],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// Claims the longest waiting runs of bots for `node`, all in one transaction: off the queue, under a
    /// new epoch, counted as a claim until the run has made progress.
    pub async fn take(
        &self,
        node: NodeId,
        now: Timestamp,
        takes: Vec<Take>,
    ) -> Result<Page, StoreError> {
        self.write(move |tx| take(tx, node, now, &takes)).await
    }

    /// Where a queued run stands; none when it is not in the queue.
    pub async fn standing(
        &self,
        scope: Scope,
        run: RunId,
        rate: Option<(Rate, Timestamp)>,
    ) -> Result<Option<Standing>, StoreError> {
        self.read(move |reader| standing(reader, scope, run, rate)).await
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

fn take(tx: &Tx<'_>, node: NodeId, now: Timestamp, takes: &[Take]) -> Result<Page, StoreError> {
    let mut takes = takes.to_vec();
    // Whoever locks several bots locks them in one order.
    takes.sort_by_key(|take| take.bot);
    let mut next: Option<Timestamp> = None;
    for take in &mut takes {
        if take.limit.is_some() || take.limit_by_key.is_some() || take.rate.is_some() {
            lock(tx, take.bot)?;
        }
        if let Some(limit) = take.limit {
            let going = going(&tx.reader(), take.bot, None)?;
            take.count = take.count.min(limit.saturating_sub(going));
        }
        if let Some(rate) = take.rate {
            forget_starts(tx, take.bot, now.minus(rate.within))?;
            let starts = starts(&tx.reader(), take.bot, rate, now)?;
            let begun = u32::try_from(starts.len()).unwrap_or(u32::MAX);
            let left = rate.count.saturating_sub(begun);
            take.count = take.count.min(left);
            if left == 0 {
                let again = starts.first().map(|oldest| oldest.plus(rate.within));
                next = next.into_iter().chain(again).min();
            }
        }
    }
    takes.retain(|take| take.count > 0);
    let mut taken = Vec::new();
    let plain: Vec<Take> =
        takes.iter().filter(|take| take.limit_by_key.is_none()).copied().collect();
    if !plain.is_empty() {
        taken = match tx.dialect() {
            Dialect::Sqlite => one_by_one(tx, node, &plain)?,
            Dialect::Postgres => together(tx, node, &plain)?,
        };
    }
    for take in &takes {
        if let Some(limit) = take.limit_by_key {
            let positions = free_positions(&tx.reader(), take, limit)?;
            taken.extend(match tx.dialect() {
                Dialect::Sqlite => at_positions(tx, node, &positions)?,
                Dialect::Postgres => at_positions_together(tx, node, &positions)?,
            });
        }
    }
    let limited: HashSet<BotId> =
        takes.iter().filter(|take| take.rate.is_some()).map(|take| take.bot).collect();
    for (_, run) in &taken {
        if limited.contains(&run.bot) {
            tx.execute(
                "INSERT INTO rate_starts (bot, at, run) VALUES (?1, ?2, ?3)",
                params![run.bot, now, run.id],
            )?;
        }
    }
    taken.sort_by_key(|(position, _)| *position);
    Ok(Page { runs: taken.into_iter().map(|(_, taken)| taken).collect(), next })
}

/// Until its commit, this transaction alone counts what goes on of a bot and begins more.
pub(crate) fn lock(tx: &Tx<'_>, bot: BotId) -> Result<(), StoreError> {
    tx.lock(&format!("bot {bot}"))
}

/// Runs of a bot in the memory of servers that live; with the key, if one is given.
pub(crate) fn going(reader: &Reader<'_>, bot: BotId, key: Option<&str>) -> Result<u32, StoreError> {
    const GOING: &str = "SELECT count(*) FROM runs WHERE bot = ?1 AND ended_at IS NULL
         AND owner IS NOT NULL AND owner IN (SELECT id FROM nodes)";
    let going: Option<u32> = match key {
        None => reader.first(GOING, params![bot], |row| row.get(0))?,
        Some(key) => {
            let sql = format!("{GOING} AND concurrency_key = ?2");
            reader.first(&sql, params![bot, key], |row| row.get(0))?
        }
    };
    Ok(going.unwrap_or(0))
}

/// When runs of a bot began that its rate counts at `now`, the oldest first.
fn starts(
    reader: &Reader<'_>,
    bot: BotId,
    rate: Rate,
    now: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    reader.query(
        "SELECT at FROM rate_starts WHERE bot = ?1 AND at > ?2 ORDER BY at",
        params![bot, now.minus(rate.within)],
        |row| row.get(0),
    )
}

fn forget_starts(tx: &Tx<'_>, bot: BotId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM rate_starts WHERE bot = ?1 AND at <= ?2", params![bot, until]).map(drop)
}

/// The longest waiting run of each key that has a free place, and those that have no key. Looks at one row
/// of each key, however many wait.
fn free_positions(reader: &Reader<'_>, take: &Take, limit: u32) -> Result<Vec<i64>, StoreError> {
    reader.query(
        "WITH RECURSIVE waiting (concurrency_key) AS (
           SELECT (SELECT concurrency_key FROM queue WHERE bot = ?1 AND concurrency_key IS NOT NULL
                   ORDER BY concurrency_key LIMIT 1)
           UNION ALL
           SELECT (SELECT q.concurrency_key FROM queue q
                   WHERE q.bot = ?1 AND q.concurrency_key > waiting.concurrency_key
                   ORDER BY q.concurrency_key LIMIT 1)
           FROM waiting WHERE waiting.concurrency_key IS NOT NULL)
         SELECT position FROM (
           SELECT (SELECT q.position FROM queue q
                   WHERE q.bot = ?1 AND q.concurrency_key = waiting.concurrency_key
                   ORDER BY q.position LIMIT 1) AS position
           FROM waiting WHERE waiting.concurrency_key IS NOT NULL AND
             (SELECT count(*) FROM runs r
              WHERE r.bot = ?1 AND r.concurrency_key = waiting.concurrency_key
                AND r.ended_at IS NULL AND r.owner IS NOT NULL
                AND r.owner IN (SELECT id FROM nodes)) < ?2
           UNION ALL
           SELECT position FROM queue WHERE bot = ?1 AND concurrency_key IS NULL) AS free
         ORDER BY position LIMIT ?3",
        params![take.bot, limit, take.count],
        |row| row.get(0),
    )
}

fn standing(
    reader: &Reader<'_>,
    scope: Scope,
    run: RunId,
    rate: Option<(Rate, Timestamp)>,
) -> Result<Option<Standing>, StoreError> {
    let row: Option<(i64, BotId, Option<String>)> = reader.first(
        "SELECT position, bot, concurrency_key FROM queue WHERE run = ?1 AND workspace = ?2",
        params![run, scope.workspace],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((position, bot, concurrency_key)) = row else { return Ok(None) };
    let before: Option<u32> = reader.first(
        "SELECT count(*) FROM
           (SELECT 1 FROM queue WHERE bot = ?1 AND position < ?2 LIMIT ?3) AS counted",
        params![bot, position, COUNTED],
        |row| row.get(0),
    )?;
    let going = going(reader, bot, concurrency_key.as_deref())?;
    let starts = match rate {
        Some((rate, now)) => starts(reader, bot, rate, now)?,
        None => Vec::new(),
    };
    Ok(Some(Standing { concurrency_key, before: before.unwrap_or(0), going, starts }))
}

/// What a claim does to a run's row, and when it may.
macro_rules! claim_run {
    ($key:literal, $from:literal, $its:literal, $back:literal) => {
        concat!(
            "UPDATE runs AS r SET epoch = r.epoch + 1, owner = ?1, claims = r.claims + 1,
               state = CASE WHEN r.state = 'queued' THEN 'running' ELSE r.state END,
               concurrency_key = ",
            $key,
            " ",
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
    let mut taken = Vec::new();
    for take in takes {
        let page: Vec<Place> = tx.reader().query(
            "SELECT position, workspace, run, concurrency_key FROM queue
             WHERE bot = ?1 ORDER BY position LIMIT ?2",
            params![take.bot, take.count],
            place,
        )?;
        claim(tx, node, page, &mut taken)?;
    }
    Ok(taken)
}

fn at_positions(
    tx: &Tx<'_>,
    node: NodeId,
    positions: &[i64],
) -> Result<Vec<(i64, Taken)>, StoreError> {
    let mut taken = Vec::new();
    for position in positions {
        let page: Vec<Place> = tx.reader().query(
            "SELECT position, workspace, run, concurrency_key FROM queue WHERE position = ?1",
            params![*position],
            place,
        )?;
        claim(tx, node, page, &mut taken)?;
    }
    Ok(taken)
}

/// A row of the queue: position, workspace, run, key.
type Place = (i64, WorkspaceId, RunId, Option<String>);

fn place(row: &Row<'_>) -> Result<Place, StoreError> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn claim(
    tx: &Tx<'_>,
    node: NodeId,
    page: Vec<Place>,
    taken: &mut Vec<(i64, Taken)>,
) -> Result<(), StoreError> {
    for (position, workspace, run, key) in page {
        tx.execute("DELETE FROM queue WHERE position = ?1", params![position])?;
        tx.execute("DELETE FROM timers WHERE run = ?1", params![run])?;
        let mut claimed = tx.reader().query(
            claim_run!("?4", "", "r.workspace = ?2 AND r.id = ?3", ""),
            params![node, workspace, run, key],
            |row| read(row, 0),
        )?;
        // One that has ended, or is in some memory already, only leaves the queue.
        taken.extend(claimed.pop().map(|run| (position, run)));
    }
    Ok(())
}

macro_rules! take_page {
    ($page:literal) => {
        concat!(
            "WITH page AS MATERIALIZED (",
            $page,
            "), gone AS (DELETE FROM queue USING page WHERE queue.position = page.position),
             awake AS (DELETE FROM timers USING page WHERE timers.run = page.run) ",
            claim_run!(
                "page.its_key",
                "FROM page",
                "r.workspace = page.its_workspace AND r.id = page.run",
                "page.position, "
            )
        )
    };
}

/// The columns of a page must not have the names of those that the claim gives back.
const TAKE_FIRST: &str = take_page!(
    "SELECT q.position, q.workspace AS its_workspace, q.run, q.concurrency_key AS its_key
     FROM unnest(?2::bytea[], ?3::bigint[]) AS wanted (bot, count)
     CROSS JOIN LATERAL (SELECT position, workspace, run, concurrency_key FROM queue
       WHERE queue.bot = wanted.bot ORDER BY position LIMIT wanted.count
       FOR UPDATE SKIP LOCKED) AS q"
);
const TAKE_THESE: &str = take_page!(
    "SELECT position, workspace AS its_workspace, run, concurrency_key AS its_key
     FROM queue WHERE position = ANY(?2::bigint[]) FOR UPDATE SKIP LOCKED"
);

fn together(tx: &Tx<'_>, node: NodeId, takes: &[Take]) -> Result<Vec<(i64, Taken)>, StoreError> {
    let bots: Vec<&[u8]> = takes.iter().map(|take| &take.bot.as_bytes()[..]).collect();
    let counts: Vec<i64> = takes.iter().map(|take| i64::from(take.count)).collect();
    let node = &node.as_bytes()[..];
    claimed(tx, TAKE_FIRST, &[&node, &bots, &counts])
}

fn at_positions_together(
    tx: &Tx<'_>,
    node: NodeId,
    positions: &[i64],
) -> Result<Vec<(i64, Taken)>, StoreError> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let node = &node.as_bytes()[..];
    claimed(tx, TAKE_THESE, &[&node, &positions])
}

fn claimed(tx: &Tx<'_>, sql: &str, params: &[Value<'_>]) -> Result<Vec<(i64, Taken)>, StoreError> {
    let Some(session) = tx.session() else { return Ok(Vec::new()) };
    let rows = session.rows(sql, params)?;
    let read = |row| {
        let row = Row::Postgres(row);
        Ok((row.get(0)?, read(&row, 1)?))
    };
    rows.iter().map(read).collect()
}

fn decode(blob: &[u8]) -> Result<JournalRow, StoreError> {
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
        let row = decode(&blob)?;
        past.get_or_insert_with(|| Past { journal: Vec::new(), cancel }).journal.push(row);
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
        let journaled = decode(&row.get::<Vec<u8>>(2)?)?;
        match pasts.last_mut() {
            Some((last, past)) if last == run => past.journal.push(journaled),
            _ => pasts.push((*run, Past { journal: vec![journaled], cancel: row.get(1)? })),
        }
    }
    Ok(pasts)
}
