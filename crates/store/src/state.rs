//! `state.*`: the bot's memory, changed inside the transaction of the run's journal.

use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::{BotId, RunId};
use codex32_model::run::StepError;
use codex32_model::value::Value;
use codex32_model::{Scope, codes};

use crate::entry::{StateOp, StateOpKind};
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::Tx;

/// Executes one operation; its result, or its refusal, as the fact to journal.
pub(crate) fn apply(tx: &Tx<'_>, bot: BotId, run: RunId, op: &StateOp) -> Result<Fact, StoreError> {
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
        let o = execute(tx, bot, run, op)?;
        FactKind::StepDone { a: op.address.clone(), o, i: Value::Null, s: None, logs: Vec::new() }
    };
    Ok(Fact { at: op.at, kind })
}

fn value(tx: &Tx<'_>, bot: BotId, key: &str, sql: &str) -> Result<Option<Value>, StoreError> {
    let text: Option<String> = tx.reader().first(sql, params![bot, key], |row| row.get(0))?;
    Ok(text.map(|text| Value::from_json(&text)).transpose()?)
}

const VALUE: &str = "SELECT value FROM state_values WHERE bot = ?1 AND key = ?2";
/// For who reads to write: another node that does the same waits until this one has committed.
const VALUE_FOR_UPDATE: &str =
    "SELECT value FROM state_values WHERE bot = ?1 AND key = ?2 FOR UPDATE";

fn set(tx: &Tx<'_>, bot: BotId, key: &str, value: &Value, op: &StateOp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO state_values (bot, key, value, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (bot, key) DO UPDATE SET value = excluded.value, at = excluded.at",
        params![bot, key, value.to_json(), op.at],
    )
    .map(drop)
}

fn execute(tx: &Tx<'_>, bot: BotId, run: RunId, op: &StateOp) -> Result<Value, StoreError> {
    match &op.kind {
        StateOpKind::Get { key } => Ok(value(tx, bot, key, VALUE)?.unwrap_or(Value::Null)),
        StateOpKind::Set { key, value } => {
            set(tx, bot, key, value, op)?;
            Ok(value.clone())
        }
        StateOpKind::Add { key, by, within: None } => {
            // The row is there before it is read, so that two nodes cannot both begin from nothing.
            tx.execute(
                "INSERT INTO state_values (bot, key, value, at) VALUES (?1, ?2, '0', ?3)
                 ON CONFLICT (bot, key) DO NOTHING",
                params![bot, key, op.at],
            )?;
            let sql = tx.dialect().choose(VALUE, VALUE_FOR_UPDATE);
            let old = value(tx, bot, key, sql)?.and_then(|value| value.as_f64()).unwrap_or(0.0);
            let sum = Value::number(old + by);
            set(tx, bot, key, &sum, op)?;
            Ok(sum)
        }
        StateOpKind::Add { key, by, within: Some(within) } => {
            tx.lock(&format!("count {bot} {key}"))?;
            tx.execute(
                "DELETE FROM state_counts WHERE bot = ?1 AND key = ?2 AND at <= ?3",
                params![bot, key, op.at.minus(*within)],
            )?;
            tx.execute(
                "INSERT INTO state_counts (bot, key, at, run, address, by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (bot, key, at, run, address) DO UPDATE SET by = excluded.by",
                params![bot, key, op.at, run, &*op.address, *by],
            )?;
            let sum: Option<f64> = tx.reader().first(
                "SELECT coalesce(sum(by), 0.0) FROM state_counts WHERE bot = ?1 AND key = ?2",
                params![bot, key],
                |row| row.get(0),
            )?;
            Ok(Value::number(sum.unwrap_or(0.0)))
        }
        StateOpKind::NewItems { key, items, id } => {
            let mut fresh = Vec::new();
            for item in items {
                let name = id.as_ref().map_or(item, |id| item.get(id).unwrap_or(item)).to_text();
                let new = tx.execute(
                    "INSERT INTO state_items (bot, key, item, run, at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (bot, key, item) DO NOTHING",
                    params![bot, key, &*name, run, op.at],
                )?;
                if new == 1 {
                    fresh.push(item.clone());
                }
            }
            Ok(Value::from(fresh))
        }
    }
}

/// The end of a run confirms the items that it reserved, or releases them.
pub(crate) fn settle_items(tx: &Tx<'_>, run: RunId, succeeded: bool) -> Result<(), StoreError> {
    let sql = if succeeded {
        "UPDATE state_items SET run = NULL WHERE run = ?1"
    } else {
        "DELETE FROM state_items WHERE run = ?1"
    };
    tx.execute(sql, params![run]).map(drop)
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
                params![scope.workspace, bot, limit],
                |row| Ok((row.get(0)?, row.json(1)?)),
            )
        })
        .await
    }
}
