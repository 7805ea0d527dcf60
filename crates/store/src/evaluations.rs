//! Suites of cases, and evaluations: a suite carried out, claimed by one server at a time, a row for each
//! question. Definitions and plans are JSON that this module does not read.
//!
//! Invariant: a result counts only under the claim's epoch, and once; what is there is not asked again.

use std::time::Duration;

use codex32_model::Scope;
use codex32_model::ids::{ActorId, EvaluationId, NodeId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Row, Tx};

/// Most suites of a workspace.
pub const MOST_SUITES: u32 = 1_000;
/// Versions of a suite that are kept; the oldest go.
pub const MOST_VERSIONS: u32 = 100;
/// Evaluations of a workspace that are kept; the oldest that are over go when another begins.
pub const MOST: u32 = 500;

/// A version of a suite.
#[derive(Debug, Clone)]
pub struct Suite {
    pub name: String,
    pub version: u32,
    /// JSON.
    pub definition: String,
    pub actor: ActorId,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub workspace: WorkspaceId,
    pub actor: ActorId,
    /// The suite's name, and its version where it was stored.
    pub suite: String,
    pub version: Option<u32>,
    /// JSON.
    pub plan: String,
    /// `running`, `done`, `cancelled` or `failed`.
    pub state: String,
    pub message: Option<String>,
    /// Questions.
    pub total: u32,
    pub epoch: i64,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Questions that have their answer, and how many of those are right.
    pub answered: u32,
    pub passed: u32,
}

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub variant: u32,
    /// Of the case, from 0.
    pub number: u32,
    pub repeat: u32,
    /// `passed`, `failed` or `error`.
    pub verdict: String,
    /// In micro-dollars.
    pub cost: i64,
    pub judging: i64,
    /// In tokens.
    pub input: i64,
    pub output: i64,
    pub duration_ms: i64,
    pub sealed: Vec<u8>,
}

/// What calls of an evaluation came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    pub cost: i64,
    pub input: i64,
    pub output: i64,
}

const SUITE: &str =
    "SELECT s.name, s.version, s.definition, s.actor, s.created_at FROM evaluation_suites s";

fn read_suite(row: &Row<'_>) -> Result<Suite, StoreError> {
    Ok(Suite {
        name: row.get(0)?,
        version: row.get(1)?,
        definition: row.get(2)?,
        actor: row.get(3)?,
        created_at: row.get(4)?,
    })
}

const SELECT: &str =
    "SELECT id, workspace, actor, suite, version, plan, state, message, total, epoch,
     created_at, ended_at,
     (SELECT count(*) FROM evaluation_results r WHERE r.evaluation = evaluations.id),
     (SELECT count(*) FROM evaluation_results r WHERE r.evaluation = evaluations.id
        AND r.verdict = 'passed')
     FROM evaluations";

fn read(row: &Row<'_>) -> Result<Evaluation, StoreError> {
    Ok(Evaluation {
        id: row.get(0)?,
        workspace: row.get(1)?,
        actor: row.get(2)?,
        suite: row.get(3)?,
        version: row.get(4)?,
        plan: row.get(5)?,
        state: row.get(6)?,
        message: row.get(7)?,
        total: row.get(8)?,
        epoch: row.get(9)?,
        created_at: row.get(10)?,
        ended_at: row.get(11)?,
        answered: row.get(12)?,
        passed: row.get(13)?,
    })
}

/// Removes evaluations with what came of them.
fn forget(tx: &Tx<'_>, which: &str, params: &[crate::sql::Param<'_>]) -> Result<usize, StoreError> {
    tx.execute(&format!("DELETE FROM evaluation_results WHERE evaluation IN ({which})"), params)?;
    tx.execute(&format!("DELETE FROM evaluations WHERE id IN ({which})"), params)
}

impl Store {
    /// The newest versions of the suites, by name.
    pub async fn evaluation_suites(
        &self,
        scope: Scope,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<Suite>, StoreError> {
        self.read(move |reader| {
            reader.query(
                &format!(
                    "{SUITE} WHERE s.workspace = ?1 AND s.name > ?2 AND s.version = (
                       SELECT max(n.version) FROM evaluation_suites n
                       WHERE n.workspace = s.workspace AND n.name = s.name)
                     ORDER BY s.name LIMIT ?3"
                ),
                params![scope.workspace, after.clone().unwrap_or_default(), limit.clamp(1, 201)],
                read_suite,
            )
        })
        .await
    }

    /// A suite: the version named, else the newest.
    pub async fn evaluation_suite(
        &self,
        scope: Scope,
        name: String,
        version: Option<u32>,
    ) -> Result<Option<Suite>, StoreError> {
        self.read(move |reader| {
            reader.first(
                &format!(
                    "{SUITE} WHERE s.workspace = ?1 AND s.name = ?2 AND (s.version = ?3 OR ?3 = 0)
                     ORDER BY s.version DESC LIMIT 1"
                ),
                params![scope.workspace, &name, version.unwrap_or(0)],
                read_suite,
            )
        })
        .await
    }

    /// Stores a version of a suite: its number. `after` is the version that it was made of; none: whichever
    /// is there. What is the same as the newest is no version of its own. None: it was changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace has too many already.
    pub async fn set_evaluation_suite(
        &self,
        scope: Scope,
        (name, definition): (String, String),
        after: Option<u32>,
        at: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        self.write(move |tx| {
            let newest: Option<(u32, String)> = tx.reader().first(
                "SELECT version, definition FROM evaluation_suites WHERE workspace = ?1 AND name = ?2
                 ORDER BY version DESC LIMIT 1",
                params![scope.workspace, &name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let (last, text) = newest.unwrap_or_default();
            if after.is_some_and(|after| after != last) {
                return Ok(None);
            }
            if last > 0 && text == definition {
                return Ok(Some(last));
            }
            if last == 0 {
                let count: Option<u32> = tx.reader().first(
                    "SELECT count(DISTINCT name) FROM evaluation_suites WHERE workspace = ?1",
                    params![scope.workspace],
                    |row| row.get(0),
                )?;
                if count.unwrap_or(0) >= MOST_SUITES {
                    let text = format!("a workspace has at most {MOST_SUITES} suites; remove one first");
                    return Err(StoreError::Conflict(text));
                }
            }
            tx.execute(
                "INSERT INTO evaluation_suites (workspace, name, version, definition, actor, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![scope.workspace, &name, last + 1, &definition, scope.actor, at],
            )?;
            tx.execute(
                "DELETE FROM evaluation_suites WHERE workspace = ?1 AND name = ?2 AND version <= ?3",
                params![scope.workspace, &name, (last + 1).saturating_sub(MOST_VERSIONS)],
            )?;
            Ok(Some(last + 1))
        })
        .await
    }

    /// Removes a suite with all its versions; whether there was one. Evaluations stay.
    pub async fn remove_evaluation_suite(
        &self,
        scope: Scope,
        name: String,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let rows = tx.execute(
                "DELETE FROM evaluation_suites WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name],
            )?;
            Ok(rows > 0)
        })
        .await
    }

    /// Begins one; it is due at once.
    pub async fn begin_evaluation(&self, scope: Scope, new: Evaluation) -> Result<(), StoreError> {
        self.write(move |tx| {
            forget(
                tx,
                "SELECT id FROM (SELECT id, state FROM evaluations WHERE workspace = ?1
                   ORDER BY id DESC LIMIT 1000 OFFSET ?2) AS old WHERE old.state <> 'running'",
                params![scope.workspace, i64::from(MOST - 1)],
            )?;
            tx.execute(
                "INSERT INTO evaluations (id, workspace, actor, suite, version, plan, state, total,
                   epoch, due_at, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'running', ?7, 0, 0, ?8)",
                params![
                    new.id,
                    scope.workspace,
                    scope.actor,
                    &new.suite,
                    new.version,
                    &new.plan,
                    new.total,
                    new.created_at
                ],
            )
            .map(drop)
        })
        .await
    }

    pub async fn evaluation(
        &self,
        scope: Scope,
        id: EvaluationId,
    ) -> Result<Option<Evaluation>, StoreError> {
        self.read(move |reader| {
            let sql = format!("{SELECT} WHERE id = ?1 AND workspace = ?2");
            reader.first(&sql, params![id, scope.workspace], read)
        })
        .await
    }

    /// A page of them, the newest first; of one suite where it is named.
    pub async fn evaluations(
        &self,
        scope: Scope,
        suite: Option<String>,
        before: Option<EvaluationId>,
        limit: u32,
    ) -> Result<Vec<Evaluation>, StoreError> {
        let last = EvaluationId::from_bytes([0xff; 16]);
        self.read(move |reader| {
            let name = suite.as_deref().unwrap_or_default();
            reader.query(
                &format!(
                    "{SELECT} WHERE workspace = ?1 AND id < ?2 AND (suite = ?3 OR ?3 = '')
                     ORDER BY id DESC LIMIT ?4"
                ),
                params![scope.workspace, before.unwrap_or(last), name, limit.clamp(1, 201)],
                read,
            )
        })
        .await
    }

    /// What came of its questions so far, in their order.
    pub async fn evaluation_results(
        &self,
        scope: Scope,
        id: EvaluationId,
    ) -> Result<Vec<Outcome>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT r.variant, r.number, r.repeat, r.verdict, r.cost, r.judging, r.input, r.output,
                   r.duration_ms, r.sealed
                 FROM evaluation_results r JOIN evaluations e ON e.id = r.evaluation
                 WHERE r.evaluation = ?1 AND e.workspace = ?2 ORDER BY r.variant, r.number, r.repeat",
                params![id, scope.workspace],
                |row| {
                    Ok(Outcome {
                        variant: row.get(0)?,
                        number: row.get(1)?,
                        repeat: row.get(2)?,
                        verdict: row.get(3)?,
                        cost: row.get(4)?,
                        judging: row.get(5)?,
                        input: row.get(6)?,
                        output: row.get(7)?,
                        duration_ms: row.get(8)?,
                        sealed: row.get(9)?,
                    })
                },
            )
        })
        .await
    }

    /// What the calls of one question came to, every attempt of every provider included.
    pub async fn evaluation_spent(
        &self,
        scope: Scope,
        id: EvaluationId,
        step: String,
    ) -> Result<Spent, StoreError> {
        let found = self.read(move |reader| {
            reader.first(
                "SELECT CAST(coalesce(sum(a.cost), 0) AS bigint), CAST(coalesce(sum(a.input), 0) AS bigint),
                   CAST(coalesce(sum(a.output), 0) AS bigint)
                 FROM model_calls c JOIN model_attempts a ON a.call = c.id
                 WHERE c.workspace = ?1 AND c.evaluation = ?2 AND c.step = ?3",
                params![scope.workspace, id, &step],
                |row| Ok(Spent { cost: row.get(0)?, input: row.get(1)?, output: row.get(2)? }),
            )
        });
        Ok(found.await?.unwrap_or_default())
    }

    /// Keeps what came of a question, and extends the claim; whether it still holds.
    pub async fn keep_evaluation_result(
        &self,
        of: &Evaluation,
        result: Outcome,
        lease: Duration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, epoch, clock) = (of.id, of.epoch, self.lease_clock(now));
        self.write(move |tx| {
            let until = clock.now(&tx.reader())?.plus(lease);
            if !hold(tx, id, epoch, until)? {
                return Ok(false);
            }
            tx.execute(
                "INSERT INTO evaluation_results (evaluation, variant, number, repeat, verdict, cost,
                   judging, input, output, duration_ms, sealed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (evaluation, variant, number, repeat) DO NOTHING",
                params![
                    id,
                    result.variant,
                    result.number,
                    result.repeat,
                    &result.verdict,
                    result.cost,
                    result.judging,
                    result.input,
                    result.output,
                    result.duration_ms,
                    &result.sealed
                ],
            )?;
            Ok(true)
        })
        .await
    }

    /// Extends the claim; whether it still holds.
    pub async fn hold_evaluation(
        &self,
        of: &Evaluation,
        lease: Duration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, epoch, clock) = (of.id, of.epoch, self.lease_clock(now));
        self.write(move |tx| {
            let until = clock.now(&tx.reader())?.plus(lease);
            hold(tx, id, epoch, until)
        })
        .await
    }

    /// Lets go of one: whoever comes next goes on with it.
    pub async fn release_evaluation(&self, of: &Evaluation) -> Result<(), StoreError> {
        let (id, epoch) = (of.id, of.epoch);
        self.write(move |tx| hold(tx, id, epoch, Timestamp::from_micros(0)).map(drop)).await
    }

    /// What a server of this folder left in the middle is free. Others' claims on PostgreSQL end by
    /// themselves.
    pub async fn all_release_evaluations(&self) -> Result<(), StoreError> {
        if self.is_shared() {
            return Ok(());
        }
        let sql = "UPDATE evaluations SET due_at = 0, epoch = epoch + 1 WHERE state = 'running'";
        self.write(|tx| tx.execute(sql, &[]).map(drop)).await
    }

    /// Claims the next that is due, for `lease`.
    pub async fn all_claim_evaluation(
        &self,
        node: NodeId,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Evaluation>, StoreError> {
        let clock = self.lease_clock(now);
        self.write(move |tx| {
            let now = clock.now(&tx.reader())?;
            let skip = tx.dialect().choose("", " FOR UPDATE SKIP LOCKED");
            let due: Option<EvaluationId> = tx.reader().first(
                &format!(
                    "SELECT id FROM evaluations WHERE state = 'running' AND due_at <= ?1
                     ORDER BY due_at, id LIMIT 1{skip}"
                ),
                params![now],
                |row| row.get(0),
            )?;
            let Some(id) = due else { return Ok(None) };
            tx.execute(
                "UPDATE evaluations SET epoch = epoch + 1, owner = ?2, due_at = ?3 WHERE id = ?1",
                params![id, node, now.plus(lease)],
            )?;
            tx.reader().first(&format!("{SELECT} WHERE id = ?1"), params![id], read)
        })
        .await
    }

    /// Ends one under its claim; whether that still held.
    pub async fn end_evaluation(
        &self,
        of: &Evaluation,
        (state, message): (&'static str, Option<String>),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, epoch) = (of.id, of.epoch);
        self.write(move |tx| {
            let rows = tx.execute(
                "UPDATE evaluations SET state = ?3, message = ?4, ended_at = ?5
                 WHERE id = ?1 AND epoch = ?2 AND state = 'running'",
                params![id, epoch, state, message.as_deref(), at],
            )?;
            Ok(rows == 1)
        })
        .await
    }

    /// Cancels one that is running; whether it was.
    pub async fn cancel_evaluation(
        &self,
        scope: Scope,
        id: EvaluationId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let rows = tx.execute(
                "UPDATE evaluations SET state = 'cancelled', ended_at = ?3
                 WHERE id = ?1 AND workspace = ?2 AND state = 'running'",
                params![id, scope.workspace, at],
            )?;
            Ok(rows == 1)
        })
        .await
    }

    /// Forgets one that is over; whether it was there.
    pub async fn remove_evaluation(
        &self,
        scope: Scope,
        id: EvaluationId,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let which = "SELECT id FROM evaluations WHERE id = ?1 AND workspace = ?2
                 AND state <> 'running'";
            Ok(forget(tx, which, params![id, scope.workspace])? > 0)
        })
        .await
    }
}

fn hold(tx: &Tx<'_>, id: EvaluationId, epoch: i64, until: Timestamp) -> Result<bool, StoreError> {
    let rows = tx.execute(
        "UPDATE evaluations SET due_at = ?3 WHERE id = ?1 AND epoch = ?2 AND state = 'running'",
        params![id, epoch, until],
    )?;
    Ok(rows == 1)
}
