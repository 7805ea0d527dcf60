//! Many entries as rows by column, for PostgreSQL: one statement for each table, all of them sent
//! before the first is answered.

use codex32_model::run::RunState;
use codex32_model::time::Timestamp;
use futures::future::{LocalBoxFuture, join_all};

use crate::blobs::pack::Encoded;
use crate::entry::{Entry, NewRun, Summary, Target};
use crate::error::StoreError;
use crate::sql::postgres::{Session, Value};

type Id<'a> = &'a [u8];

/// Statements that are sent together.
struct Work<'w> {
    session: &'w Session,
    statements: Vec<LocalBoxFuture<'w, Result<usize, StoreError>>>,
}

impl<'w> Work<'w> {
    fn add(&mut self, needed: bool, sql: &'static str, params: Vec<Value<'w>>) {
        if needed {
            let session = self.session;
            self.statements.push(Box::pin(async move { session.change(sql, &params).await }));
        }
    }
}

/// The columns of the tables that entries write.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    new: NewRuns<'a>,
    moved: MovedRuns<'a>,
    journal: Journal<'a>,
    events: Events<'a>,
    queue: Queue<'a>,
    timers: (Vec<Id<'a>>, Vec<Id<'a>>, Vec<i64>),
    timers_over: Vec<Id<'a>>,
    waits: Waits<'a>,
    waits_over: Waits<'a>,
    /// Runs that have ended and may wait for something.
    ended: Vec<Id<'a>>,
    items_kept: Vec<Id<'a>>,
    items_freed: Vec<Id<'a>>,
    handed_over: bool,
}

#[derive(Default)]
struct NewRuns<'a> {
    workspace: Vec<Id<'a>>,
    id: Vec<Id<'a>>,
    bot: Vec<Id<'a>>,
    version: Vec<i64>,
    trigger: Vec<&'a str>,
    state: Vec<&'static str>,
    nonce: Vec<i64>,
    owner: Vec<Option<Id<'a>>>,
    created_at: Vec<i64>,
    deadline: Vec<i64>,
    ended_at: Vec<Option<i64>>,
    reason: Vec<Option<&'a str>>,
    error: Vec<Option<String>>,
    parent: Vec<Option<Id<'a>>>,
    retry_of: Vec<Option<Id<'a>>>,
    depth: Vec<i64>,
    must_be_live: Vec<bool>,
}

#[derive(Default)]
struct MovedRuns<'a> {
    workspace: Vec<Id<'a>>,
    id: Vec<Id<'a>>,
    epoch: Vec<i64>,
    seq: Vec<i64>,
    nonce: Vec<i64>,
    state: Vec<&'static str>,
    ended_at: Vec<Option<i64>>,
    reason: Vec<Option<&'a str>>,
    error: Vec<Option<String>>,
    release: Vec<bool>,
}

#[derive(Default)]
struct Queue<'a> {
    workspace: Vec<Id<'a>>,
    bot: Vec<Id<'a>>,
    run: Vec<Id<'a>>,
    concurrency_key: Vec<Option<&'a str>>,
}

#[derive(Default)]
struct Journal<'a> {
    run: Vec<Id<'a>>,
    seq: Vec<i64>,
    facts: Vec<&'a [u8]>,
}

#[derive(Default)]
struct Events<'a> {
    id: Vec<Id<'a>>,
    workspace: Vec<Id<'a>>,
    kind: Vec<&'a str>,
    source: Vec<&'a str>,
    data: Vec<String>,
    key: Vec<Option<&'a str>>,
    hops: Vec<i64>,
    at: Vec<i64>,
}

#[derive(Default)]
struct Waits<'a> {
    workspace: Vec<Id<'a>>,
    event: Vec<&'a str>,
    run: Vec<Id<'a>>,
    address: Vec<&'a str>,
}

macro_rules! insert_runs {
    () => {
    "INSERT INTO runs (workspace, id, bot, version, trigger, state, epoch, seq,
       nonce, owner, created_at, deadline, ended_at, reason, error, parent, retry_of, depth)
     SELECT i.workspace, i.id, i.bot, i.version, i.trigger, i.state, 1, 1, i.nonce, i.owner,
       i.created_at, i.deadline, i.ended_at, i.reason, i.error, i.parent, i.retry_of, i.depth
     FROM unnest(?1::bytea[], ?2::bytea[], ?3::bytea[], ?4::bigint[], ?5::text[], ?6::text[],
       ?7::bigint[], ?8::bytea[], ?9::bigint[], ?10::bigint[], ?11::bigint[], ?12::text[],
       ?13::text[], ?14::bytea[], ?15::bytea[], ?16::bigint[], ?17::boolean[])
       AS i (workspace, id, bot, version, trigger, state, nonce, owner, created_at, deadline,
         ended_at, reason, error, parent, retry_of, depth, live)
     WHERE NOT i.live OR EXISTS
       (SELECT 1 FROM bots b WHERE b.id = i.bot AND b.version = i.version AND b.state = 'active')
     ON CONFLICT DO NOTHING"
    };
}
const INSERT_RUNS: &str = insert_runs!();

macro_rules! move_runs {
    () => {
        "UPDATE runs r SET seq = r.seq + 1, nonce = i.nonce, claims = 0,
       state = i.state, ended_at = i.ended_at, reason = i.reason, error = i.error,
       owner = CASE WHEN i.release THEN NULL ELSE r.owner END
     FROM unnest(?1::bytea[], ?2::bytea[], ?3::bigint[], ?4::bigint[], ?5::bigint[], ?6::text[],
       ?7::bigint[], ?8::text[], ?9::text[], ?10::boolean[])
       AS i (workspace, id, epoch, seq, nonce, state, ended_at, reason, error, release)
     WHERE r.workspace = i.workspace AND r.id = i.id AND r.epoch = i.epoch AND r.seq = i.seq
       AND r.ended_at IS NULL"
    };
}
const MOVE_RUNS: &str = move_runs!();

/// Runs that begin, their journals and the writer's mark, in one statement that is its own transaction: a
/// division by zero undoes it all when a row was not as its entry says.
const BEGIN_RUNS: &str = concat!(
    "WITH made AS (",
    insert_runs!(),
    " RETURNING 1),
     written AS (INSERT INTO journal (run, seq, facts)
       SELECT i.id, 1, i.facts FROM unnest(?2::bytea[], ?18::bytea[]) AS i (id, facts)),
     marked AS (UPDATE meta SET value = ?20 WHERE key = ?19 RETURNING 1)
     SELECT 1 / ((SELECT count(*) FROM made) = cardinality(?2::bytea[])
       AND (SELECT count(*) FROM marked) = 1)::int"
);

/// The same of runs that move on.
const MOVE_ON: &str = concat!(
    "WITH made AS (",
    move_runs!(),
    " RETURNING 1),
     written AS (INSERT INTO journal (run, seq, facts)
       SELECT i.id, i.seq + 1, i.facts
       FROM unnest(?2::bytea[], ?4::bigint[], ?11::bytea[]) AS i (id, seq, facts)),
     marked AS (UPDATE meta SET value = ?13 WHERE key = ?12 RETURNING 1)
     SELECT 1 / ((SELECT count(*) FROM made) = cardinality(?2::bytea[])
       AND (SELECT count(*) FROM marked) = 1)::int"
);

const INSERT_JOURNAL: &str = "INSERT INTO journal (run, seq, facts)
     SELECT * FROM unnest(?1::bytea[], ?2::bigint[], ?3::bytea[])";

const INSERT_EVENTS: &str = "INSERT INTO events (id, workspace, type, source, data, key, hops, at)
     SELECT * FROM unnest(?1::bytea[], ?2::bytea[], ?3::text[], ?4::text[], ?5::text[], ?6::text[],
       ?7::bigint[], ?8::bigint[])";

const INSERT_QUEUE: &str = "INSERT INTO queue (workspace, bot, run, concurrency_key)
     SELECT * FROM unnest(?1::bytea[], ?2::bytea[], ?3::bytea[], ?4::text[])";

const SET_TIMERS: &str = "INSERT INTO timers (run, workspace, at)
     SELECT * FROM unnest(?1::bytea[], ?2::bytea[], ?3::bigint[])
     ON CONFLICT (run) DO UPDATE SET at = excluded.at";

const INSERT_WAITS: &str = "INSERT INTO waits (workspace, event, run, address)
     SELECT * FROM unnest(?1::bytea[], ?2::text[], ?3::bytea[], ?4::text[])
     ON CONFLICT DO NOTHING";

const DELETE_WAITS: &str = "DELETE FROM waits w
     USING unnest(?1::bytea[], ?2::text[], ?3::bytea[], ?4::text[])
       AS i (workspace, event, run, address)
     WHERE w.workspace = i.workspace AND w.event = i.event AND w.run = i.run
       AND w.address = i.address";

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

fn error(summary: &Summary) -> Result<Option<String>, StoreError> {
    Ok(summary.error.as_ref().map(serde_json::to_string).transpose()?)
}

impl<'a> Batch<'a> {
    pub fn add(&mut self, entry: &'a Entry, encoded: &'a Encoded) -> Result<(), StoreError> {
        let summary = &entry.summary;
        let (workspace, run) = match &entry.target {
            Target::New(run) => {
                self.new.add(run, Some(summary), entry.nonce)?;
                self.journal.add(run.id.as_bytes(), 1, &encoded.row);
                if summary.state == RunState::Queued {
                    self.queue.add(run);
                }
                (run.workspace.as_bytes(), run.id.as_bytes())
            }
            Target::Existing { workspace, id, epoch, seq } => {
                let moved = &mut self.moved;
                moved.workspace.push(workspace.as_bytes());
                moved.id.push(id.as_bytes());
                moved.epoch.push(i64::from(*epoch));
                moved.seq.push(i64::from(*seq));
                moved.nonce.push(entry.nonce);
                moved.state.push(summary.state.as_str());
                moved.ended_at.push(micros(summary.ended_at));
                moved.reason.push(summary.reason.as_deref());
                moved.error.push(error(summary)?);
                moved.release.push(summary.release);
                self.journal.add(id.as_bytes(), seq + 1, &encoded.row);
                (workspace.as_bytes(), id.as_bytes())
            }
        };
        let rows = &entry.rows;
        self.handed_over |= rows.hand_over;
        for event in &rows.events {
            let events = &mut self.events;
            events.id.push(event.id.as_bytes());
            events.workspace.push(workspace);
            events.kind.push(&event.kind);
            events.source.push(&event.source);
            events.data.push(event.data.to_json());
            events.key.push(event.key.as_deref());
            events.hops.push(i64::from(event.hops));
            events.at.push(event.at.micros());
        }
        for (child, row) in rows.children.iter().zip(&encoded.children) {
            let run = &child.run;
            self.new.add(run, None, entry.nonce)?;
            self.journal.add(run.id.as_bytes(), 1, row);
            if run.state == RunState::Queued {
                self.queue.add(run);
            }
        }
        for (address, event) in &rows.waits {
            self.waits.add(workspace, event, run, address);
        }
        for (address, event) in &rows.waits_over {
            self.waits_over.add(workspace, event, run, address);
        }
        if let Some(at) = summary.wake_at {
            self.timers.0.push(run);
            self.timers.1.push(workspace);
            self.timers.2.push(at.micros());
        } else if rows.clear_timer {
            self.timers_over.push(run);
        }
        let ended = summary.ended_at.is_some();
        if ended && rows.reserved_items {
            let kept = summary.state == RunState::Succeeded;
            (if kept { &mut self.items_kept } else { &mut self.items_freed }).push(run);
        }
        if ended && rows.clear_timer {
            self.ended.push(run);
        }
        Ok(())
    }

    /// The one statement that writes runs that all begin or all move on, and nothing else.
    pub const fn at_once(&self) -> Option<&'static str> {
        match (self.new.id.is_empty(), self.moved.id.is_empty()) {
            (false, true) => Some(BEGIN_RUNS),
            (true, false) => Some(MOVE_ON),
            _ => None,
        }
    }

    /// Writes everything by [`Batch::at_once`]'s statement and leaves the mark; commits.
    pub async fn write_at_once(
        &self,
        session: &Session,
        sql: &str,
        (key, number): (&str, &str),
    ) -> Result<(), StoreError> {
        let new = !self.new.id.is_empty();
        let mut params = if new { self.new.params() } else { self.moved.params() };
        params.extend([&self.journal.facts as Value<'_>, &key, &number]);
        session.change(sql, &params).await.map(drop)
    }

    /// Begins a transaction that leaves its mark, and writes everything; `false` when a row was not as
    /// its entry says.
    pub async fn write(&self, session: &Session, mark: (&str, &str)) -> Result<bool, StoreError> {
        let (begun, expected) = (self.new.id.len(), self.moved.id.len());
        let mut work = Work { session, statements: Vec::new() };
        work.add(begun > 0, INSERT_RUNS, self.new.params());
        work.add(expected > 0, MOVE_RUNS, self.moved.params());
        let Journal { run: of, seq, facts } = &self.journal;
        work.add(!of.is_empty(), INSERT_JOURNAL, vec![of, seq, facts]);
        let e = &self.events;
        let values: Vec<Value<'_>> =
            vec![&e.id, &e.workspace, &e.kind, &e.source, &e.data, &e.key, &e.hops, &e.at];
        work.add(!e.id.is_empty(), INSERT_EVENTS, values);
        let queue = &self.queue;
        let q: Vec<Value<'_>> =
            vec![&queue.workspace, &queue.bot, &queue.run, &queue.concurrency_key];
        work.add(!queue.run.is_empty(), INSERT_QUEUE, q);
        let timers = &self.timers;
        work.add(!timers.0.is_empty(), SET_TIMERS, vec![&timers.0, &timers.1, &timers.2]);
        work.add(!self.waits.run.is_empty(), INSERT_WAITS, self.waits.params());
        work.add(!self.waits_over.run.is_empty(), DELETE_WAITS, self.waits_over.params());
        for (runs, sql) in [
            (&self.timers_over, "DELETE FROM timers WHERE run = ANY(?1::bytea[])"),
            (&self.ended, "DELETE FROM waits WHERE run = ANY(?1::bytea[])"),
            (&self.items_kept, "UPDATE state_items SET run = NULL WHERE run = ANY(?1::bytea[])"),
            (&self.items_freed, "DELETE FROM state_items WHERE run = ANY(?1::bytea[])"),
        ] {
            work.add(!runs.is_empty(), sql, vec![runs]);
        }
        // Other servers may start children and dispatch events.
        let news = self.handed_over || !self.queue.run.is_empty() || !self.events.id.is_empty();
        work.add(news, "NOTIFY codex32", Vec::new());
        let begin = session.begin(mark);
        let (begin, results) = futures::join!(begin, join_all(work.statements));
        begin?;
        // After the first failure the others say only that there was one.
        let mut changed = results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut as_told = |count: usize| count == 0 || changed.next() == Some(count);
        Ok(as_told(begun) & as_told(expected))
    }
}

impl<'a> NewRuns<'a> {
    /// Without a summary: one that has just begun.
    fn add(
        &mut self,
        run: &'a NewRun,
        summary: Option<&'a Summary>,
        nonce: i64,
    ) -> Result<(), StoreError> {
        self.workspace.push(run.workspace.as_bytes());
        self.id.push(run.id.as_bytes());
        self.bot.push(run.bot.as_bytes());
        self.version.push(i64::from(run.version));
        self.trigger.push(&run.trigger);
        self.state.push(summary.map_or(run.state, |summary| summary.state).as_str());
        self.nonce.push(nonce);
        self.owner.push(run.owner.as_ref().map(|owner| &owner.as_bytes()[..]));
        self.created_at.push(run.created_at.micros());
        self.deadline.push(run.deadline.micros());
        self.ended_at.push(summary.and_then(|summary| micros(summary.ended_at)));
        self.reason.push(summary.and_then(|summary| summary.reason.as_deref()));
        self.error.push(summary.map(error).transpose()?.flatten());
        self.parent.push(run.parent.as_ref().map(|run| &run.as_bytes()[..]));
        self.retry_of.push(run.retry_of.as_ref().map(|run| &run.as_bytes()[..]));
        self.depth.push(i64::from(run.depth));
        self.must_be_live.push(run.must_be_live);
        Ok(())
    }

    fn params(&self) -> Vec<Value<'_>> {
        vec![
            &self.workspace,
            &self.id,
            &self.bot,
            &self.version,
            &self.trigger,
            &self.state,
            &self.nonce,
            &self.owner,
            &self.created_at,
            &self.deadline,
            &self.ended_at,
            &self.reason,
            &self.error,
            &self.parent,
            &self.retry_of,
            &self.depth,
            &self.must_be_live,
        ]
    }
}

impl MovedRuns<'_> {
    fn params(&self) -> Vec<Value<'_>> {
        vec![
            &self.workspace,
            &self.id,
            &self.epoch,
            &self.seq,
            &self.nonce,
            &self.state,
            &self.ended_at,
            &self.reason,
            &self.error,
            &self.release,
        ]
    }
}

impl<'a> Queue<'a> {
    fn add(&mut self, run: &'a NewRun) {
        self.workspace.push(run.workspace.as_bytes());
        self.bot.push(run.bot.as_bytes());
        self.run.push(run.id.as_bytes());
        self.concurrency_key.push(run.concurrency_key.as_deref());
    }
}

impl<'a> Journal<'a> {
    fn add(&mut self, run: Id<'a>, seq: u32, facts: &'a [u8]) {
        self.run.push(run);
        self.seq.push(i64::from(seq));
        self.facts.push(facts);
    }
}

impl<'a> Waits<'a> {
    fn add(&mut self, workspace: Id<'a>, event: &'a str, run: Id<'a>, address: &'a str) {
        self.workspace.push(workspace);
        self.event.push(event);
        self.run.push(run);
        self.address.push(address);
    }

    fn params(&self) -> Vec<Value<'_>> {
        vec![&self.workspace, &self.event, &self.run, &self.address]
    }
}
