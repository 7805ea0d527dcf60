//! Replays: events, or dead letters, that are brought to their bots once more, page by page. A replay is
//! a row, so that it goes on where it was after a restart, on whichever server fires schedules.
//!
//! Invariant: a page's counts and its place are written together, and only over the counts that they
//! were reckoned from; two servers that do the same page count it once.

use codex32_model::Scope;
use codex32_model::ids::{BotId, ReplayId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::dead_letters::{Which, narrowed};
use crate::error::StoreError;
use crate::events::{self, Event};
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Row};

/// What is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Events,
    DeadLetters,
}

impl What {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::DeadLetters => "dead_letters",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayState {
    Running,
    Done,
    Cancelled,
}

impl ReplayState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What became of the events so far, one for each event and listener but `seen`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events, or dead letters, that are done with.
    pub seen: u32,
    /// Runs.
    pub started: u32,
    /// Had started a run before the replay.
    pub already: u32,
    /// The trigger's condition was not met, or nobody listens.
    pub declined: u32,
    /// Became, or stayed, dead letters.
    pub failed: u32,
}

impl Counts {
    pub const fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.started += other.started;
        self.already += other.already;
        self.declined += other.declined;
        self.failed += other.failed;
    }
}

#[derive(Debug, Clone)]
pub struct Replay {
    pub id: ReplayId,
    pub workspace: WorkspaceId,
    pub what: What,
    /// Of the events; none: of every name.
    pub name: Option<String>,
    /// None: every bot that listens.
    pub bot: Option<BotId>,
    pub bot_name: Option<String>,
    pub since: Timestamp,
    /// Before this time.
    pub until: Timestamp,
    /// Also what has started a run before.
    pub again: bool,
    pub state: ReplayState,
    /// Number of the last event that is done with.
    pub place: i64,
    /// Number of the last event to bring.
    pub last: i64,
    /// Events, or dead letters, when it began.
    pub total: u32,
    pub counts: Counts,
    /// Why it waits.
    pub note: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A replay to begin.
#[derive(Debug, Clone)]
pub struct NewReplay {
    pub id: ReplayId,
    pub what: What,
    pub name: Option<String>,
    pub bot: Option<BotId>,
    pub since: Timestamp,
    pub until: Timestamp,
    pub again: bool,
    pub at: Timestamp,
}

/// How far a page brought a replay.
#[derive(Debug, Clone)]
pub struct Progress {
    pub place: i64,
    pub counts: Counts,
    pub note: Option<String>,
    /// When nothing is left.
    pub ended_at: Option<Timestamp>,
}

/// Replays of a workspace that go on at once.
pub const MOST: u32 = 8;

const COLUMNS: &str = "r.id, r.workspace, r.what, r.name, r.bot, b.name, r.since, r.until, r.again,
     r.state, r.place, r.last, r.total, r.seen, r.started, r.already, r.declined, r.failed, r.note,
     r.created_at, r.ended_at";
const FROM: &str = "FROM replays r LEFT JOIN bots b ON b.id = r.bot";

fn read(row: &Row<'_>) -> Result<Replay, StoreError> {
    let what = match row.get::<String>(2)?.as_str() {
        "events" => What::Events,
        "dead_letters" => What::DeadLetters,
        other => return Err(StoreError::Damaged(format!("a replay of `{other}`"))),
    };
    let state = match row.get::<String>(9)?.as_str() {
        "running" => ReplayState::Running,
        "done" => ReplayState::Done,
        "cancelled" => ReplayState::Cancelled,
        other => return Err(StoreError::Damaged(format!("the state `{other}` of a replay"))),
    };
    Ok(Replay {
        id: row.get(0)?,
        workspace: row.get(1)?,
        what,
        name: row.get(3)?,
        bot: row.get(4)?,
        bot_name: row.get(5)?,
        since: row.get(6)?,
        until: row.get(7)?,
        again: row.get(8)?,
        state,
        place: row.get(10)?,
        last: row.get(11)?,
        total: row.get(12)?,
        counts: Counts {
            seen: row.get(13)?,
            started: row.get(14)?,
            already: row.get(15)?,
            declined: row.get(16)?,
            failed: row.get(17)?,
        },
        note: row.get(18)?,
        created_at: row.get(19)?,
        ended_at: row.get(20)?,
    })
}

/// How many there are, and the numbers of the first and the last event. Events that were not brought
/// to anybody yet are no part of a replay.
fn extent(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    new: &NewReplay,
) -> Result<(u32, i64, i64), StoreError> {
    let row = |row: &Row<'_>| {
        let (first, last): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        Ok((row.get(0)?, first.unwrap_or(0), last.unwrap_or(0)))
    };
    let found = match new.what {
        What::Events => reader.first(
            "SELECT count(*), min(seq), max(seq) FROM events
             WHERE workspace = ?1 AND type = ?2 AND at >= ?3 AND at < ?4
               AND (tx, seq) <= (SELECT tx, seq FROM cursors WHERE name = 'dispatcher')",
            params![workspace, new.name.as_deref(), new.since, new.until],
            row,
        ),
        What::DeadLetters => {
            let mut sql = "SELECT count(*), min(d.event), max(d.event)
                 FROM dead_letters d JOIN events e ON e.seq = d.event WHERE d.workspace = ?1"
                .to_owned();
            narrowed(&mut sql, &Which { bot: new.bot, name: new.name.clone() });
            sql.push_str(" AND d.at < ?4");
            reader.first(&sql, params![workspace, new.bot, new.name.as_deref(), new.at], row)
        }
    };
    Ok(found?.unwrap_or((0, 0, 0)))
}

impl Store {
    /// Begins a replay of what is there now; none when [`MOST`] of the workspace go on.
    pub async fn begin_replay(
        &self,
        scope: Scope,
        new: NewReplay,
    ) -> Result<Option<Replay>, StoreError> {
        let asked = new.clone();
        let (total, first, last) =
            self.read(move |reader| extent(reader, scope.workspace, &asked)).await?;
        let id = new.id;
        let begun = self
            .write(move |tx| {
                let going: Option<u32> = tx.reader().first(
                    "SELECT count(*) FROM replays WHERE workspace = ?1 AND ended_at IS NULL",
                    params![scope.workspace],
                    |row| row.get(0),
                )?;
                if going.unwrap_or(0) >= MOST {
                    return Ok(false);
                }
                let (state, ended) = match total {
                    0 => (ReplayState::Done, Some(new.at)),
                    _ => (ReplayState::Running, None),
                };
                tx.execute(
                    "INSERT INTO replays (id, workspace, what, name, bot, since, until, again, state,
                       place, last, total, seen, started, already, declined, failed, actor, created_at,
                       ended_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0, 0, 0, 0, ?13, ?14,
                       ?15)",
                    params![
                        new.id,
                        scope.workspace,
                        new.what.as_str(),
                        new.name.as_deref(),
                        new.bot,
                        new.since,
                        new.until,
                        new.again,
                        state.as_str(),
                        first - 1,
                        last,
                        total,
                        scope.actor,
                        new.at,
                        ended
                    ],
                )?;
                tx.notify()?;
                Ok(true)
            })
            .await?;
        if begun { self.replay(scope, id).await } else { Ok(None) }
    }

    pub async fn replay(&self, scope: Scope, id: ReplayId) -> Result<Option<Replay>, StoreError> {
        self.read(move |reader| {
            let sql = format!("SELECT {COLUMNS} {FROM} WHERE r.workspace = ?1 AND r.id = ?2");
            reader.first(&sql, params![scope.workspace, id], read)
        })
        .await
    }

    /// A page, newest first.
    pub async fn replays(
        &self,
        scope: Scope,
        before: Option<ReplayId>,
        limit: u32,
    ) -> Result<Vec<Replay>, StoreError> {
        self.read(move |reader| {
            let before = before.unwrap_or(ReplayId::from_bytes([0xff; 16]));
            let sql = format!(
                "SELECT {COLUMNS} {FROM} WHERE r.workspace = ?1 AND r.id < ?2
                 ORDER BY r.id DESC LIMIT ?3"
            );
            reader.query(&sql, params![scope.workspace, before, limit.clamp(1, 201)], read)
        })
        .await
    }

    /// Those that go on, oldest first.
    pub async fn all_replays_going(&self) -> Result<Vec<Replay>, StoreError> {
        self.read(|reader| {
            let sql = format!("SELECT {COLUMNS} {FROM} WHERE r.ended_at IS NULL ORDER BY r.id");
            reader.query(&sql, &[], read)
        })
        .await
    }

    /// The next events of a replay, in order.
    pub async fn replay_page(&self, replay: Replay, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.read(move |reader| {
            reader.query(
                &format!(
                    "SELECT {} FROM events e
                     WHERE e.workspace = ?1 AND e.type = ?2 AND e.seq > ?3 AND e.seq <= ?4
                       AND e.at >= ?5 AND e.at < ?6
                     ORDER BY e.seq LIMIT ?7",
                    events::COLUMNS
                ),
                params![
                    replay.workspace,
                    replay.name.as_deref(),
                    replay.place,
                    replay.last,
                    replay.since,
                    replay.until,
                    limit
                ],
                events::read,
            )
        })
        .await
    }

    /// Runs that wait in a workspace's queue, counted up to `most`.
    pub async fn queued(&self, workspace: WorkspaceId, most: u32) -> Result<u32, StoreError> {
        let count = self
            .read(move |reader| {
                reader.first(
                    "SELECT count(*) FROM (SELECT 1 FROM queue WHERE workspace = ?1 LIMIT ?2) AS counted",
                    params![workspace, most],
                    |row| row.get(0),
                )
            })
            .await?;
        Ok(count.unwrap_or(0))
    }

    /// Brings a replay on from where it `was`; whether it still was there and goes on.
    pub async fn advance_replay(
        &self,
        was: &Replay,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let (workspace, id, seen) = (was.workspace, was.id, was.counts.seen);
        self.write(move |tx| {
            let Counts { seen: more, started, already, declined, failed } = progress.counts;
            let state = match progress.ended_at {
                Some(_) => ReplayState::Done,
                None => ReplayState::Running,
            };
            let changed = tx.execute(
                "UPDATE replays SET place = ?4, seen = seen + ?5, started = started + ?6,
                   already = already + ?7, declined = declined + ?8, failed = failed + ?9,
                   note = ?10, state = ?11, ended_at = ?12
                 WHERE workspace = ?1 AND id = ?2 AND ended_at IS NULL AND seen = ?3",
                params![
                    workspace,
                    id,
                    seen,
                    progress.place,
                    more,
                    started,
                    already,
                    declined,
                    failed,
                    progress.note.as_deref(),
                    state.as_str(),
                    progress.ended_at
                ],
            )?;
            Ok(changed > 0)
        })
        .await
    }

    /// Stops a replay; whether it went on. What it has started goes on.
    pub async fn cancel_replay(
        &self,
        scope: Scope,
        id: ReplayId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE replays SET state = 'cancelled', ended_at = ?3, note = NULL
                 WHERE workspace = ?1 AND id = ?2 AND ended_at IS NULL",
                params![scope.workspace, id, at],
            )?;
            Ok(changed > 0)
        })
        .await
    }
}
