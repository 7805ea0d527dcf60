//! Dead letters: events that could not start a bot, with why, until somebody replays or discards them.

use codex32_model::Scope;
use codex32_model::ids::{BotId, DeadLetterId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::events::{self, Event};
use crate::open::Store;
use crate::params;
use crate::sql::Row;

/// An event that could not start a bot.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub id: DeadLetterId,
    pub event: Event,
    pub bot: BotId,
    pub bot_name: String,
    pub trigger: String,
    /// Of the last attempt.
    pub code: String,
    pub error: String,
    pub attempts: u32,
    pub first_at: Timestamp,
    /// Of the last attempt.
    pub at: Timestamp,
}

/// An attempt that failed.
#[derive(Debug, Clone)]
pub struct FailedStart {
    /// Of the letter, unless there is one of this event, bot and trigger.
    pub id: DeadLetterId,
    /// The event's number.
    pub event: i64,
    pub bot: BotId,
    pub trigger: String,
    pub code: String,
    pub error: String,
    pub at: Timestamp,
}

/// Which letters; empty: all.
#[derive(Debug, Clone, Default)]
pub struct Which {
    pub bot: Option<BotId>,
    /// Name of the event.
    pub name: Option<String>,
}

/// What a page begins after, newest event first.
pub type After = (i64, BotId, String);

/// Letters that one transaction discards.
const PIECE: u32 = 1_000;

fn columns() -> String {
    format!(
        "{}, d.id, d.bot, b.name, d.trigger, d.code, d.error, d.attempts, d.first_at, d.at",
        events::COLUMNS
    )
}

const FROM: &str =
    "FROM dead_letters d JOIN events e ON e.seq = d.event JOIN bots b ON b.id = d.bot
     WHERE d.workspace = ?1";

fn read(row: &Row<'_>) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter {
        event: events::read(row)?,
        id: row.get(10)?,
        bot: row.get(11)?,
        bot_name: row.get(12)?,
        trigger: row.get(13)?,
        code: row.get(14)?,
        error: row.get(15)?,
        attempts: row.get(16)?,
        first_at: row.get(17)?,
        at: row.get(18)?,
    })
}

/// Narrows by `?2`, the bot, and `?3`, the event's name.
pub(crate) fn narrowed(sql: &mut String, which: &Which) {
    if which.bot.is_some() {
        sql.push_str(" AND d.bot = ?2");
    }
    if which.name.is_some() {
        sql.push_str(" AND e.type = ?3");
    }
}

impl Store {
    /// Keeps what could not start; once for an event, bot and trigger.
    pub async fn keep_dead_letter(
        &self,
        workspace: WorkspaceId,
        failed: FailedStart,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO dead_letters
                   (id, workspace, event, bot, trigger, code, error, attempts, first_at, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8)
                 ON CONFLICT (event, bot, trigger) DO UPDATE
                   SET code = excluded.code, error = excluded.error, at = excluded.at,
                       attempts = dead_letters.attempts + 1",
                params![
                    failed.id,
                    workspace,
                    failed.event,
                    failed.bot,
                    &failed.trigger,
                    &failed.code,
                    &failed.error,
                    failed.at
                ],
            )
            .map(drop)
        })
        .await
    }

    /// A page, newest event first.
    pub async fn dead_letters(
        &self,
        scope: Scope,
        which: Which,
        after: Option<After>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |reader| {
            let (event, bot, trigger) =
                after.unwrap_or((i64::MAX, BotId::from_bytes([0xff; 16]), String::new()));
            let mut sql = format!("SELECT {} {FROM}", columns());
            narrowed(&mut sql, &which);
            sql.push_str(
                " AND (d.event, d.bot, d.trigger) < (?4, ?5, ?6)
                 ORDER BY d.event DESC, d.bot DESC, d.trigger DESC LIMIT ?7",
            );
            reader.query(
                &sql,
                params![
                    scope.workspace,
                    which.bot,
                    which.name.as_deref(),
                    event,
                    bot,
                    &trigger,
                    limit.clamp(1, 201)
                ],
                read,
            )
        })
        .await
    }

    pub async fn dead_letter(
        &self,
        scope: Scope,
        id: DeadLetterId,
    ) -> Result<Option<DeadLetter>, StoreError> {
        self.read(move |reader| {
            let sql = format!("SELECT {} {FROM} AND d.id = ?2", columns());
            reader.first(&sql, params![scope.workspace, id], read)
        })
        .await
    }

    /// The oldest letters whose last attempt was before `before`.
    pub async fn dead_letters_before(
        &self,
        workspace: WorkspaceId,
        which: Which,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |reader| {
            let mut sql = format!("SELECT {} {FROM}", columns());
            narrowed(&mut sql, &which);
            sql.push_str(" AND d.at < ?4 ORDER BY d.event, d.bot, d.trigger LIMIT ?5");
            reader.query(
                &sql,
                params![workspace, which.bot, which.name.as_deref(), before, limit],
                read,
            )
        })
        .await
    }

    /// Whether it was there.
    pub async fn drop_dead_letter(
        &self,
        workspace: WorkspaceId,
        id: DeadLetterId,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let gone = tx.execute(
                "DELETE FROM dead_letters WHERE workspace = ?1 AND id = ?2",
                params![workspace, id],
            )?;
            Ok(gone > 0)
        })
        .await
    }

    /// Discards letters whose last attempt was not after `until`; how many. Those that come meanwhile
    /// stay.
    pub async fn discard_dead_letters(
        &self,
        scope: Scope,
        which: Which,
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            let which = which.clone();
            let piece = self
                .write(move |tx| {
                    let mut sql =
                        format!("DELETE FROM dead_letters WHERE id IN (SELECT d.id {FROM}");
                    narrowed(&mut sql, &which);
                    sql.push_str(" AND d.at <= ?4 LIMIT ?5)");
                    tx.execute(
                        &sql,
                        params![scope.workspace, which.bot, which.name.as_deref(), until, PIECE],
                    )
                })
                .await?;
            gone += piece as u64;
            if piece < PIECE as usize {
                return Ok(gone);
            }
        }
    }
}
