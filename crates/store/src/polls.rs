//! App triggers: what they know between their looks.
//!
//! A look ends in one transaction: it notes what was new, moves the trigger's next look and accepts a
//! run for each new item, as a queued one. So an item starts its run exactly once, whenever the server
//! dies. The next look is the fence: a look that somebody else has finished meanwhile changes nothing.

use std::collections::HashSet;
use std::time::Duration;

use codex32_model::Scope;
use codex32_model::fact::{self, Fact};
use codex32_model::ids::BotId;
use codex32_model::run::RunState;
use codex32_model::time::Timestamp;

use crate::blobs::pack::Encoded;
use crate::blobs::rows as blobs;
use crate::bots::{BotRow, Due, TriggerRow, due};
use crate::entry::{NewRun, Summary};
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Row, Tx};

/// Items that one trigger remembers. What is there at a look is forgotten last.
pub const REMEMBERED: usize = 10_000;

/// How an app trigger fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRow {
    /// `connector.trigger`.
    pub app: String,
    /// From look to look.
    pub every: Duration,
    /// Stands for all that it looks at; none: the next look only notes what is there.
    pub source: Option<String>,
    pub looked_at: Option<Timestamp>,
    /// New items that the last look left to the next.
    pub waiting: u32,
    /// Looks in a row that failed.
    pub failures: u32,
    pub failing: Option<Failing>,
}

impl PollRow {
    /// One that has not looked yet.
    pub const fn new(app: String, every: Duration) -> Self {
        Self { app, every, source: None, looked_at: None, waiting: 0, failures: 0, failing: None }
    }
}

/// Why the last looks failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Of the last one.
    pub code: String,
    pub message: String,
    pub since: Timestamp,
}

/// The trigger that looked, and when its look was due: it is recorded only while all of it holds.
#[derive(Debug, Clone)]
pub struct Looking {
    pub bot: BotId,
    pub version: u32,
    pub trigger: String,
    pub due: Timestamp,
    pub at: Timestamp,
}

/// What a look came to.
#[derive(Debug, Clone)]
pub struct Look {
    pub looking: Looking,
    pub source: String,
    /// What was seen before is of another source, and is forgotten.
    pub anew: bool,
    /// When to look again; at once if items are left.
    pub next: Timestamp,
    /// Everything that is there.
    pub there: Vec<String>,
    /// What starts nothing.
    pub noted: Vec<String>,
    /// In the order in which they happened.
    pub starts: Vec<NewStart>,
    /// New items beyond those.
    pub more: u32,
    /// The workspace's queue takes no more than so many runs.
    pub queue_limit: u32,
}

/// A run for a new item: queued, or ended before it began.
#[derive(Debug, Clone)]
pub struct NewStart {
    pub item: String,
    pub run: NewRun,
    pub facts: Vec<Fact>,
    pub summary: Summary,
    pub nonce: i64,
}

/// What became of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// So many runs were queued.
    Done { queued: u32 },
    /// The trigger has changed, or somebody else looked. Nothing was recorded.
    Gone,
    /// The workspace's queue takes none of the runs. Nothing was recorded.
    Full,
}

impl Store {
    /// App triggers whose look is due.
    pub async fn all_due_looks(&self, now: Timestamp, limit: u32) -> Result<Vec<Due>, StoreError> {
        self.read(move |reader| due(reader, "t.kind = 'app'", now, limit)).await
    }

    /// When the next look after `now` is due.
    pub async fn all_next_look(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |reader| {
            reader.first(
                "SELECT min(t.next_fire) FROM triggers t JOIN bots b ON b.id = t.bot
                 WHERE t.next_fire > ?1 AND t.kind = 'app' AND b.state = 'active'",
                params![now],
                |row| row.get(0),
            )
        })
        .await
        .map(Option::flatten)
    }

    /// The items that a trigger remembers.
    pub async fn seen_items(
        &self,
        bot: BotId,
        trigger: String,
    ) -> Result<HashSet<String>, StoreError> {
        self.read(move |reader| {
            let items = reader.query(
                "SELECT item FROM poll_items WHERE bot = ?1 AND trigger = ?2",
                params![bot, &trigger],
                |row| row.get(0),
            )?;
            Ok(items.into_iter().collect())
        })
        .await
    }

    /// Records a look that succeeded, with the runs that it starts.
    pub async fn record_look(&self, look: Look) -> Result<Recorded, StoreError> {
        let mut rows = Vec::with_capacity(look.starts.len());
        for NewStart { run, facts, .. } in &look.starts {
            let whole = Encoded { row: fact::encode(facts), ..Encoded::default() };
            rows.push(if whole.is_large() {
                self.blobs().pack(run.workspace, vec![(run.id, facts.clone())]).await?
            } else {
                whole
            });
        }
        self.write(move |tx| record(tx, &look, &rows)).await
    }

    /// Records a look that failed; whether the trigger still was the same.
    pub async fn fail_look(
        &self,
        looking: Looking,
        next: Timestamp,
        code: String,
        error: String,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            if !advance(tx, &looking, next, 0)? {
                return Ok(false);
            }
            tx.execute(
                "UPDATE polls SET looked_at = ?3, failures = failures + 1,
                   failing_since = coalesce(failing_since, ?3), code = ?4, error = ?5
                 WHERE bot = ?1 AND trigger = ?2",
                params![looking.bot, &looking.trigger, looking.at, &code, &error],
            )?;
            Ok(true)
        })
        .await
    }

    /// Makes a trigger look now; whether it is an app trigger of an active bot.
    pub async fn look_now(
        &self,
        scope: Scope,
        bot: BotId,
        trigger: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE triggers SET next_fire = ?4
                 WHERE workspace = ?1 AND bot = ?2 AND name = ?3 AND kind = 'app'
                   AND bot IN (SELECT id FROM bots WHERE id = ?2 AND state = 'active')",
                params![scope.workspace, bot, &trigger, now],
            )?;
            // Another server may be the one that looks.
            tx.notify()?;
            Ok(changed == 1)
        })
        .await
    }

    /// Makes the triggers of a workspace look now whose last look failed with one of these codes.
    pub async fn look_again(
        &self,
        scope: Scope,
        codes: Vec<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            for code in &codes {
                tx.execute(
                    "UPDATE triggers SET next_fire = ?3
                     WHERE workspace = ?1 AND kind = 'app' AND next_fire > ?3 AND EXISTS
                       (SELECT 1 FROM polls p WHERE p.bot = triggers.bot
                          AND p.trigger = triggers.name AND p.code = ?2)",
                    params![scope.workspace, code, now],
                )?;
            }
            tx.notify()
        })
        .await
    }
}

/// The poll in a row of a trigger, whose columns begin at `at`.
pub(crate) fn read(row: &Row<'_>, at: usize) -> Result<Option<PollRow>, StoreError> {
    let Some(app) = row.get::<Option<String>>(at)? else { return Ok(None) };
    let every: i64 = row.get(at + 1)?;
    let since: Option<Timestamp> = row.get(at + 6)?;
    let code: Option<String> = row.get(at + 7)?;
    let message: Option<String> = row.get(at + 8)?;
    let failing = match (since, code, message) {
        (Some(since), Some(code), Some(message)) => Some(Failing { code, message, since }),
        _ => None,
    };
    Ok(Some(PollRow {
        app,
        every: Duration::from_micros(every.unsigned_abs()),
        source: row.get(at + 2)?,
        looked_at: row.get(at + 3)?,
        waiting: row.get(at + 4)?,
        failures: row.get(at + 5)?,
        failing,
    }))
}

/// A deployed app trigger. What it has seen in the version before stays.
pub(crate) fn register(
    tx: &Tx<'_>,
    bot: &BotRow,
    trigger: &str,
    poll: &PollRow,
) -> Result<(), StoreError> {
    let every = i64::try_from(poll.every.as_micros()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO polls (bot, trigger, workspace, app, every) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (bot, trigger) DO UPDATE SET app = excluded.app, every = excluded.every",
        params![bot.id, trigger, bot.workspace, &poll.app, every],
    )
    .map(drop)
}

/// Forgets what the bot's triggers have seen, but for the app triggers among these.
pub(crate) fn keep(tx: &Tx<'_>, bot: BotId, triggers: &[TriggerRow]) -> Result<(), StoreError> {
    let known =
        tx.reader().query("SELECT trigger FROM polls WHERE bot = ?1", params![bot], |row| {
            row.get::<String>(0)
        })?;
    let stays = |name: &String| triggers.iter().any(|t| t.poll.is_some() && t.name == *name);
    for gone in known.iter().filter(|name| !stays(name)) {
        for table in ["polls", "poll_items"] {
            tx.execute(
                &format!("DELETE FROM {table} WHERE bot = ?1 AND trigger = ?2"),
                params![bot, gone],
            )?;
        }
    }
    Ok(())
}

/// The next looks of a bot only note what is there.
pub(crate) fn begin_anew(tx: &Tx<'_>, bot: BotId) -> Result<(), StoreError> {
    tx.execute("UPDATE polls SET source = NULL WHERE bot = ?1", params![bot]).map(drop)
}

/// Moves the next look; false when the trigger is another one now, or has looked.
fn advance(
    tx: &Tx<'_>,
    looking: &Looking,
    next: Timestamp,
    started: u32,
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE triggers SET next_fire = ?5, fired = fired + ?6
         WHERE bot = ?1 AND name = ?2 AND version = ?3 AND next_fire = ?4
           AND bot IN (SELECT id FROM bots WHERE id = ?1 AND version = ?3 AND state = 'active')",
        params![looking.bot, &looking.trigger, looking.version, looking.due, next, started],
    )?;
    Ok(changed == 1)
}

fn record(tx: &Tx<'_>, look: &Look, rows: &[Encoded]) -> Result<Recorded, StoreError> {
    let Looking { bot, trigger, at, due, .. } = &look.looking;
    let room = room(tx, look)?;
    let starts = &look.starts[..room];
    if starts.is_empty() && !look.starts.is_empty() {
        return Ok(Recorded::Full);
    }
    let more = look.more.saturating_add(u32::try_from(look.starts.len() - room).unwrap_or(0));
    // Later than it was due, so that nobody else records the same look.
    let at_once = (*at).max(due.plus(Duration::from_micros(1)));
    let next = if more > 0 { at_once } else { look.next.max(at_once) };
    let count = u32::try_from(starts.len()).unwrap_or(u32::MAX);
    if !advance(tx, &look.looking, next, count)? {
        return Ok(Recorded::Gone);
    }
    if look.anew {
        tx.execute(
            "DELETE FROM poll_items WHERE bot = ?1 AND trigger = ?2",
            params![*bot, trigger],
        )?;
    }
    for item in &look.noted {
        note(tx, &look.looking, item)?;
    }
    let mut queued = 0;
    for (start, row) in starts.iter().zip(rows) {
        if note(tx, &look.looking, &start.item)? {
            insert(tx, start, row)?;
            queued += u32::from(start.summary.state == RunState::Queued);
        }
    }
    if !look.noted.is_empty() || !starts.is_empty() {
        forget(tx, look)?;
    }
    tx.execute(
        "UPDATE polls SET source = ?3, looked_at = ?4, waiting = ?5, failures = 0,
           failing_since = NULL, code = NULL, error = NULL
         WHERE bot = ?1 AND trigger = ?2",
        params![*bot, trigger, &look.source, *at, more],
    )?;
    if queued > 0 {
        // Another server may have the slots.
        tx.notify()?;
    }
    Ok(Recorded::Done { queued })
}

/// How many of the starts the workspace's queue takes.
fn room(tx: &Tx<'_>, look: &Look) -> Result<usize, StoreError> {
    let Some(first) = look.starts.first() else { return Ok(0) };
    let queued: Option<i64> = tx.reader().first(
        "SELECT count(*) FROM queue WHERE bot IN (SELECT id FROM bots WHERE workspace = ?1)",
        params![first.run.workspace],
        |row| row.get(0),
    )?;
    let room = i64::from(look.queue_limit) - queued.unwrap_or(0);
    Ok(usize::try_from(room).unwrap_or(0).min(look.starts.len()))
}

/// Notes an item; whether it was new.
fn note(tx: &Tx<'_>, looking: &Looking, item: &str) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "INSERT INTO poll_items (bot, trigger, item, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (bot, trigger, item) DO NOTHING",
        params![looking.bot, &looking.trigger, item, looking.at],
    )?;
    Ok(changed == 1)
}

/// Forgets items beyond the bound, those first that were not there for longest.
fn forget(tx: &Tx<'_>, look: &Look) -> Result<(), StoreError> {
    let Looking { bot, trigger, at, .. } = &look.looking;
    let count: Option<i64> = tx.reader().first(
        "SELECT count(*) FROM poll_items WHERE bot = ?1 AND trigger = ?2",
        params![*bot, trigger],
        |row| row.get(0),
    )?;
    let beyond = count.unwrap_or(0) - i64::try_from(REMEMBERED).unwrap_or(i64::MAX);
    if beyond <= 0 {
        return Ok(());
    }
    for item in &look.there {
        tx.execute(
            "UPDATE poll_items SET at = ?4 WHERE bot = ?1 AND trigger = ?2 AND item = ?3",
            params![*bot, trigger, item, *at],
        )?;
    }
    tx.execute(
        "DELETE FROM poll_items WHERE bot = ?1 AND trigger = ?2 AND item IN
           (SELECT item FROM poll_items WHERE bot = ?1 AND trigger = ?2 ORDER BY at, item LIMIT ?3)",
        params![*bot, trigger, beyond],
    )
    .map(drop)
}

/// Accepts a run: its row, its first facts, its place in the queue.
fn insert(tx: &Tx<'_>, start: &NewStart, encoded: &Encoded) -> Result<(), StoreError> {
    let NewStart { run, facts, summary, nonce, .. } = start;
    let error = summary.error.as_ref().map(serde_json::to_string).transpose()?;
    tx.execute(
        "INSERT INTO runs (workspace, id, bot, version, trigger, state, epoch, seq, nonce,
           created_at, deadline, ended_at, reason, error, depth)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?8, ?9, ?10, ?11, ?12, 0)",
        params![
            run.workspace,
            run.id,
            run.bot,
            run.version,
            &run.trigger,
            summary.state.as_str(),
            *nonce,
            run.created_at,
            run.deadline,
            summary.ended_at,
            summary.reason.clone(),
            error
        ],
    )?;
    let journal = "INSERT INTO journal (run, seq, facts) VALUES (?1, 1, ?2)";
    if encoded.kept.is_empty() || blobs::may_refer(tx, run.workspace, &encoded.kept)? {
        tx.execute(journal, params![run.id, &encoded.row])?;
        blobs::refer(tx, run.workspace, &encoded.kept)?;
    } else {
        tx.execute(journal, params![run.id, fact::encode(facts)])?;
    }
    if summary.state == RunState::Queued {
        tx.execute(
            "INSERT INTO queue (workspace, bot, run, concurrency_key) VALUES (?1, ?2, ?3, ?4)",
            params![run.workspace, run.bot, run.id, run.concurrency_key.as_deref()],
        )?;
    }
    Ok(())
}
