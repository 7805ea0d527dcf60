//! `state.*`: the bot's memory, changed inside the transaction of the run's journal.

use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::{BotId, RunId};
use codex32_model::run::StepError;
use codex32_model::value::Value;
use codex32_model::{Scope, codes};
use rusqlite::{Connection, OptionalExtension, params};

use crate::entry::{StateOp, StateOpKind};
use crate::error::StoreError;
use crate::open::Store;

/// Executes one operation; its result, or its refusal, as the fact to journal.
pub(crate) fn apply(
    connection: &Connection,
    bot: BotId,
    run: RunId,
    op: &StateOp,
) -> Result<Fact, StoreError> {
    let refused = |message: String| FactKind::AttemptFailed {
        a: op.address.clone(),
        n: op.attempt,
        error: StepError::new(codes::run::LIMIT, message),
        retry_at: None,
        unknown: false,
        logs: Vec::new(),
    };
    let kind = if let Some(message) = op.kind.refusal() {
        refused(message)
    } else {
        let o = execute(connection, bot, run, op)?;
        FactKind::StepDone { a: op.address.clone(), o, i: Value::Null, s: None, logs: Vec::new() }
    };
    Ok(Fact { at: op.at, kind })
}

fn execute(
    connection: &Connection,
    bot: BotId,
    run: RunId,
    op: &StateOp,
) -> Result<Value, StoreError> {
    let bot = bot.as_bytes();
    match &op.kind {
        StateOpKind::Get { key } => {
            let text: Option<String> = connection
                .prepare_cached("SELECT value FROM state_values WHERE bot = ?1 AND key = ?2")?
                .query_row(params![bot, key], |row| row.get(0))
                .optional()?;
            Ok(text.map(|text| Value::from_json(&text)).transpose()?.unwrap_or(Value::Null))
        }
        StateOpKind::Set { key, value } => {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO state_values (bot, key, value, at)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![bot, key, value.to_json(), op.at.micros()])?;
            Ok(value.clone())
        }
        StateOpKind::Add { key, by, within: None } => {
            let sum: f64 = connection
                .prepare_cached("SELECT value FROM state_values WHERE bot = ?1 AND key = ?2")?
                .query_row(params![bot, key], |row| row.get::<_, String>(0))
                .optional()?
                .and_then(|text| Value::from_json(&text).ok()?.as_f64())
                .unwrap_or(0.0)
                + by;
            let sum = Value::number(sum);
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO state_values (bot, key, value, at)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![bot, key, sum.to_json(), op.at.micros()])?;
            Ok(sum)
        }
        StateOpKind::Add { key, by, within: Some(within) } => {
            connection
                .prepare_cached(
                    "DELETE FROM state_counts WHERE bot = ?1 AND key = ?2 AND at <= ?3",
                )?
                .execute(params![bot, key, op.at.minus(*within).micros()])?;
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO state_counts (bot, key, at, run, address, by)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![bot, key, op.at.micros(), run.as_bytes(), &*op.address, by])?;
            let sum: f64 = connection
                .prepare_cached("SELECT total(by) FROM state_counts WHERE bot = ?1 AND key = ?2")?
                .query_row(params![bot, key], |row| row.get(0))?;
            Ok(Value::number(sum))
        }
        StateOpKind::NewItems { key, items, id } => {
            let mut fresh = Vec::new();
            let mut insert = connection.prepare_cached(
                "INSERT OR IGNORE INTO state_items (bot, key, item, run, at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for item in items {
                let name = id.as_ref().map_or(item, |id| item.get(id).unwrap_or(item)).to_text();
                let new =
                    insert.execute(params![bot, key, name, run.as_bytes(), op.at.micros()])?;
                if new == 1 {
                    fresh.push(item.clone());
                }
            }
            Ok(Value::from(fresh))
        }
    }
}

/// The end of a run confirms the items that it reserved, or releases them.
pub(crate) fn settle_items(
    connection: &Connection,
    run: RunId,
    succeeded: bool,
) -> Result<(), StoreError> {
    let sql = if succeeded {
        "UPDATE state_items SET run = NULL WHERE run = ?1"
    } else {
        "DELETE FROM state_items WHERE run = ?1"
    };
    connection.prepare_cached(sql)?.execute(params![run.as_bytes()])?;
    Ok(())
}

impl Store {
    /// A bot's stored values, for people: key and value, in order of key; at most `limit`.
    pub async fn state_values(
        &self,
        scope: Scope,
        bot: BotId,
        limit: u32,
    ) -> Result<Vec<(String, Value)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT s.key, s.value FROM state_values s JOIN bots b ON b.id = s.bot
                 WHERE b.workspace = ?1 AND s.bot = ?2 ORDER BY s.key LIMIT ?3",
                crate::params![scope.workspace, bot, limit],
                |row| Ok((row.get(0)?, row.json(1)?)),
            )
        })
        .await
    }
}
