//! Money of language models: budgets, reservations, and what calls came to.
//!
//! A call is a row from before its first byte leaves: its reservation counts against every budget until
//! it is settled. Both happen under one lock for each workspace, so that many servers together never
//! grant more than a budget has. All money is in micro-dollars.

use std::time::Duration;

use codex32_model::Scope;
use codex32_model::ids::{BotId, CallId, EvaluationId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::budgets::{Standing, standings};
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Param, Reader, Tx};

/// Who asks, and when its day and month began.
#[derive(Debug, Clone)]
pub struct NewCall {
    pub id: CallId,
    pub scope: Scope,
    pub bot: Option<BotId>,
    pub run: Option<RunId>,
    pub step: Option<String>,
    /// The evaluation that asks.
    pub evaluation: Option<EvaluationId>,
    pub key: Option<String>,
    pub kind: &'static str,
    /// The name asked for.
    pub asked: String,
    pub reserve: i64,
    /// Most that the run may cost.
    pub run_limit: Option<i64>,
    pub at: Timestamp,
    pub day: Timestamp,
    pub month: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    Granted,
    /// Nothing was reserved: this budget has not enough left.
    Over(Standing),
    /// The run's own limit.
    OverRun {
        spent: i64,
    },
}

/// What one provider was asked, and what it counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub connection: String,
    pub provider: String,
    pub model: String,
    /// `done`, or why not.
    pub outcome: &'static str,
    pub message: Option<String>,
    pub status: Option<u16>,
    pub input: u64,
    pub output: u64,
    pub cached: u64,
    pub cache_write: u64,
    /// `provider`, `estimate` or `nobody`.
    pub counted: &'static str,
    pub cost: i64,
    pub priced: bool,
    pub started_at: Timestamp,
    pub duration_ms: i64,
}

/// How a call ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    /// `done` or `failed`.
    pub state: &'static str,
    pub connection: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub code: Option<&'static str>,
    pub message: Option<String>,
    pub first_token_ms: Option<i64>,
    pub duration_ms: i64,
    /// Prompt and answer, sealed.
    pub log: Option<Vec<u8>>,
}

/// An answer to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    pub hash: String,
    pub request: String,
    pub sealed: Vec<u8>,
    /// Where it may also answer what means the same: what has to be equal in that, and what was asked,
    /// sealed.
    pub alike: Option<(String, Vec<u8>)>,
    pub expires_at: Timestamp,
}

/// What becomes of a reservation. A call may be settled in parts: attempts that it did not wait for
/// come later, with what was reserved for them.
#[derive(Debug, Clone)]
pub struct Settlement {
    pub call: CallId,
    pub scope: Scope,
    pub bot: Option<BotId>,
    pub day: Timestamp,
    pub month: Timestamp,
    pub release: i64,
    pub attempts: Vec<Attempt>,
    pub ending: Option<Ending>,
    pub keep: Vec<Keep>,
    pub at: Timestamp,
}

/// A call that was answered without a provider.
#[derive(Debug, Clone)]
pub struct Hit {
    pub call: NewCall,
    /// `cache`, `semantic` or `key`.
    pub by: &'static str,
    /// Since the answer was made.
    pub age: Duration,
    pub hash: String,
    pub connection: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// What it would have cost.
    pub saved: i64,
}

fn lock(tx: &Tx<'_>, workspace: WorkspaceId) -> Result<(), StoreError> {
    tx.lock(&format!("spend {workspace}"))
}

/// Adds a cost to what the workspace, the actor and the bot have spent.
fn charge(
    tx: &Tx<'_>,
    scope: Scope,
    bot: Option<BotId>,
    (day, month): (Timestamp, Timestamp),
    cost: i64,
) -> Result<(), StoreError> {
    let mut whose = vec![("workspace", String::new()), ("actor", scope.actor.to_string())];
    whose.extend(bot.map(|bot| ("bot", bot.to_string())));
    for (of, subject) in &whose {
        for (period, began) in [("day", day), ("month", month)] {
            tx.execute(
                "INSERT INTO spend (workspace, scope, subject, period, began, cost)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (workspace, scope, subject, period, began)
                 DO UPDATE SET cost = spend.cost + excluded.cost",
                params![scope.workspace, *of, subject, period, began, cost],
            )?;
        }
    }
    Ok(())
}

/// Calls that began and were never settled: their server died. What was reserved may have been spent,
/// so it counts.
fn lose(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    condition: &str,
    value: Param<'_>,
) -> Result<usize, StoreError> {
    let sql = format!(
        "SELECT id, actor, bot, day, month, reserved, asked, started_at FROM model_calls
         WHERE workspace = ?1 AND (reserved > 0 OR state = 'open') AND {condition}"
    );
    let lost = tx.reader().query(&sql, &[Param::from(workspace), value], |row| {
        let scope = Scope::new(workspace, row.get(1)?);
        let times: (Timestamp, Timestamp) = (row.get(3)?, row.get(4)?);
        let call: (CallId, Option<BotId>, i64) = (row.get(0)?, row.get(2)?, row.get(5)?);
        let rest: (String, Timestamp) = (row.get(6)?, row.get(7)?);
        Ok((scope, times, call, rest))
    })?;
    for (scope, times, (id, bot, cost), (asked, started_at)) in &lost {
        charge(tx, *scope, *bot, *times, *cost)?;
        let number = next_number(&tx.reader(), *id)?;
        tx.execute(
            "INSERT INTO model_attempts (call, number, connection, provider, model, outcome, input,
               output, cached, cache_write, counted, cost, priced, started_at, duration_ms)
             VALUES (?1, ?2, '', '', ?3, 'lost', 0, 0, 0, 0, 'estimate', ?4, ?5, ?6, 0)",
            params![*id, number, asked, *cost, *cost > 0, *started_at],
        )?;
        tx.execute(
            "UPDATE model_calls SET reserved = 0, cost = cost + ?2,
               state = CASE WHEN state = 'open' THEN 'lost' ELSE state END WHERE id = ?1",
            params![*id, *cost],
        )?;
    }
    Ok(lost.len())
}

/// Takes back what [`lose`] counted for a call that ends after all; how much it was.
fn find_again(tx: &Tx<'_>, call: CallId) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(coalesce(sum(cost), 0) AS bigint) FROM model_attempts
               WHERE call = ?1 AND outcome = 'lost'";
    let lost: i64 = tx.reader().first(sql, params![call], |row| row.get(0))?.unwrap_or(0);
    tx.execute("DELETE FROM model_attempts WHERE call = ?1 AND outcome = 'lost'", params![call])?;
    Ok(lost)
}

/// What the calls of a run cost, and have reserved.
pub(crate) fn spent_by(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    run: RunId,
) -> Result<i64, StoreError> {
    let spent: Option<i64> = reader.first(
        "SELECT CAST(coalesce(sum(cost + reserved), 0) AS bigint) FROM model_calls
         WHERE workspace = ?1 AND run = ?2",
        params![workspace, run],
        |row| row.get(0),
    )?;
    Ok(spent.unwrap_or(0))
}

/// Why a call cannot have what it would reserve; none when it can.
fn lacking(reader: &Reader<'_>, call: &NewCall) -> Result<Option<Reserved>, StoreError> {
    for standing in standings(reader, call.scope, call.bot, (call.day, call.month))? {
        let taken = standing.spent.saturating_add(standing.reserved);
        if taken.saturating_add(call.reserve) > standing.budget.most {
            return Ok(Some(Reserved::Over(standing)));
        }
    }
    if let (Some(limit), Some(run)) = (call.run_limit, call.run) {
        let spent = spent_by(reader, call.scope.workspace, run)?;
        if spent.saturating_add(call.reserve) > limit {
            return Ok(Some(Reserved::OverRun { spent }));
        }
    }
    Ok(None)
}

fn next_number(reader: &Reader<'_>, call: CallId) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(number), 0) + 1 FROM model_attempts WHERE call = ?1";
    Ok(reader.first(sql, params![call], |row| row.get(0))?.unwrap_or(1))
}

fn insert(tx: &Tx<'_>, call: &NewCall, state: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO model_calls (id, workspace, actor, bot, run, step, key, kind, asked, state,
           reserved, started_at, day, month, evaluation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            call.id,
            call.scope.workspace,
            call.scope.actor,
            call.bot,
            call.run,
            call.step.as_deref(),
            call.key.as_deref(),
            call.kind,
            &call.asked,
            state,
            call.reserve,
            call.at,
            call.day,
            call.month,
            call.evaluation
        ],
    )
    .map(drop)
}

fn insert_attempt(
    tx: &Tx<'_>,
    call: CallId,
    number: i64,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO model_attempts (call, number, connection, provider, model, outcome, message,
           status, input, output, cached, cache_write, counted, cost, priced, started_at,
           duration_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            call,
            number,
            &attempt.connection,
            &attempt.provider,
            &attempt.model,
            attempt.outcome,
            attempt.message.as_deref(),
            attempt.status.map(i64::from),
            count(attempt.input),
            count(attempt.output),
            count(attempt.cached),
            count(attempt.cache_write),
            attempt.counted,
            attempt.cost,
            attempt.priced,
            attempt.started_at,
            attempt.duration_ms
        ],
    )
    .map(drop)
}

impl Store {
    /// Reserves for a call, or says which budget has not enough left. An earlier call under the same
    /// key that never ended is lost by this.
    pub async fn reserve_call(&self, call: NewCall) -> Result<Reserved, StoreError> {
        self.write(move |tx| {
            let workspace = call.scope.workspace;
            lock(tx, workspace)?;
            if let Some(key) = &call.key {
                lose(tx, workspace, "state = 'open' AND key = ?2", Param::from(key))?;
            }
            if let Some(lacking) = lacking(&tx.reader(), &call)? {
                return Ok(lacking);
            }
            insert(tx, &call, "open")?;
            Ok(Reserved::Granted)
        })
        .await
    }

    /// Reserves `reserve` more for an open call, or says what has not enough left.
    pub async fn extend_call(&self, call: NewCall) -> Result<Reserved, StoreError> {
        self.write(move |tx| {
            let workspace = call.scope.workspace;
            lock(tx, workspace)?;
            if let Some(lacking) = lacking(&tx.reader(), &call)? {
                return Ok(lacking);
            }
            tx.execute(
                "UPDATE model_calls SET reserved = reserved + ?3 WHERE id = ?1 AND workspace = ?2",
                params![call.id, workspace, call.reserve],
            )?;
            Ok(Reserved::Granted)
        })
        .await
    }

    /// Writes down what a call came to, all or a part of it; the budgets that warn by now.
    pub async fn settle_call(&self, settlement: Settlement) -> Result<Vec<Standing>, StoreError> {
        self.write(move |tx| {
            let Settlement { call, scope, bot, day, month, .. } = settlement;
            let times = (day, month);
            lock(tx, scope.workspace)?;
            let (mut cost, mut input, mut output) = (0_i64, 0_u64, 0_u64);
            let lost = find_again(tx, call)?;
            let first = next_number(&tx.reader(), call)?;
            for (number, attempt) in (first..).zip(&settlement.attempts) {
                insert_attempt(tx, call, number, attempt)?;
                cost = cost.saturating_add(attempt.cost);
                input = input.saturating_add(attempt.input);
                output = output.saturating_add(attempt.output);
            }
            // What comes to be known of a call that was held lost stands in the place of the estimate.
            let cost = cost.saturating_sub(lost);
            let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
            tx.execute(
                "UPDATE model_calls SET cost = cost + ?2, input = input + ?3, output = output + ?4,
                   reserved = CASE WHEN reserved > ?5 THEN reserved - ?5 ELSE 0 END
                 WHERE id = ?1 AND workspace = ?6",
                params![
                    call,
                    cost,
                    count(input),
                    count(output),
                    settlement.release,
                    scope.workspace
                ],
            )?;
            if let Some(ending) = &settlement.ending {
                tx.execute(
                    "UPDATE model_calls SET state = ?2, connection = ?3, provider = ?4, model = ?5,
                       code = ?6, message = ?7, first_token_ms = ?8, duration_ms = ?9, log = ?10,
                       answered_by = CASE WHEN ?2 = 'done' THEN 'provider' ELSE NULL END
                     WHERE id = ?1 AND workspace = ?11",
                    params![
                        call,
                        ending.state,
                        ending.connection.as_deref(),
                        ending.provider.as_deref(),
                        ending.model.as_deref(),
                        ending.code,
                        ending.message.as_deref(),
                        ending.first_token_ms,
                        ending.duration_ms,
                        ending.log.clone(),
                        scope.workspace
                    ],
                )?;
            }
            for keep in &settlement.keep {
                let (alike, meaning) = keep.alike.clone().unzip();
                tx.execute(
                    "INSERT INTO model_answers (workspace, hash, request, sealed, made_at, expires_at,
                       alike, meaning)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (workspace, hash) DO UPDATE SET request = excluded.request,
                       sealed = excluded.sealed, made_at = excluded.made_at,
                       expires_at = excluded.expires_at, alike = excluded.alike,
                       meaning = excluded.meaning",
                    params![
                        scope.workspace,
                        &keep.hash,
                        &keep.request,
                        keep.sealed.clone(),
                        settlement.at,
                        keep.expires_at,
                        alike.as_deref(),
                        meaning
                    ],
                )?;
            }
            if cost == 0 {
                return Ok(Vec::new());
            }
            charge(tx, scope, bot, times, cost)?;
            let before = |standing: &Standing| Standing {
                spent: standing.spent - cost,
                ..standing.clone()
            };
            let mut warned = standings(&tx.reader(), scope, bot, times)?;
            warned.retain(|standing| standing.warns() && !before(standing).warns());
            Ok(warned)
        })
        .await
    }

    /// Writes down a call that was answered from what is kept.
    pub async fn record_hit(&self, hit: Hit) -> Result<(), StoreError> {
        self.write(move |tx| {
            insert(tx, &NewCall { reserve: 0, ..hit.call.clone() }, "done")?;
            tx.execute(
                "UPDATE model_calls SET answered_by = ?2, saved = ?3, connection = ?4, provider = ?5,
                   model = ?6, duration_ms = 0, age = ?7 WHERE id = ?1",
                params![
                    hit.call.id,
                    hit.by,
                    hit.saved,
                    hit.connection.as_deref(),
                    hit.provider.as_deref(),
                    hit.model.as_deref(),
                    i64::try_from(hit.age.as_micros()).unwrap_or(i64::MAX)
                ],
            )?;
            tx.execute(
                "UPDATE model_answers SET hits = hits + 1 WHERE workspace = ?1 AND hash = ?2",
                params![hit.call.scope.workspace, &hit.hash],
            )
            .map(drop)
        })
        .await
    }

    /// Counts what calls had reserved that began before `before` and were never settled; how many.
    pub async fn lose_calls(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
    ) -> Result<usize, StoreError> {
        self.write(move |tx| {
            lock(tx, workspace)?;
            lose(tx, workspace, "started_at < ?2", Param::from(before))
        })
        .await
    }
}
