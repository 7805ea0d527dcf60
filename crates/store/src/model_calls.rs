//! What calls of language models came to: lists of them, and sums by whatever is asked for.

use codex32_model::Scope;
use codex32_model::ids::{ActorId, BotId, CallId, EvaluationId, RunId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Cell, Param, Row};

/// A call as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub id: CallId,
    pub actor: ActorId,
    pub bot: Option<BotId>,
    pub run: Option<RunId>,
    pub step: Option<String>,
    pub kind: String,
    pub asked: String,
    pub state: String,
    pub connection: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub input: i64,
    pub output: i64,
    pub cost: i64,
    pub saved: i64,
    pub answered_by: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub started_at: Timestamp,
}

/// Which calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Which {
    pub bot: Option<BotId>,
    pub run: Option<RunId>,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
}

/// By what costs are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Day,
    Bot,
    Run,
    Step,
    Actor,
    Evaluation,
    /// The name asked for.
    Name,
    Provider,
    Model,
    Connection,
}

impl By {
    const fn column(self) -> &'static str {
        match self {
            Self::Day => "c.day",
            Self::Bot => "c.bot",
            Self::Run => "c.run",
            Self::Step => "c.step",
            Self::Actor => "c.actor",
            Self::Evaluation => "c.evaluation",
            Self::Name => "c.asked",
            Self::Provider => "coalesce(a.provider, c.provider)",
            Self::Model => "coalesce(a.model, c.model)",
            Self::Connection => "coalesce(a.connection, c.connection)",
        }
    }

    fn read(self, row: &Row<'_>) -> Result<Option<String>, StoreError> {
        if row.cell(0)? == Cell::Null {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Day => row.get::<Timestamp>(0)?.to_string().chars().take(10).collect(),
            Self::Bot => row.get::<BotId>(0)?.to_string(),
            Self::Run => row.get::<RunId>(0)?.to_string(),
            Self::Actor => row.get::<ActorId>(0)?.to_string(),
            Self::Evaluation => row.get::<EvaluationId>(0)?.to_string(),
            _ => row.get(0)?,
        }))
    }
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// None for calls that have none of it, such as calls outside of bots.
    pub of: Option<String>,
    pub calls: i64,
    pub attempts: i64,
    /// Answered from the cache, by what means the same, or under a key.
    pub hits: i64,
    pub failed: i64,
    pub input: i64,
    pub output: i64,
    pub cached: i64,
    pub cost: i64,
    pub saved: i64,
    /// Of `cost`: what no provider counted.
    pub estimated: i64,
    /// Attempts whose model has no price here.
    pub unpriced: i64,
}

/// How the cache does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheFigures {
    pub answers: i64,
    pub bytes: i64,
    /// When the oldest answer was made.
    pub oldest: Option<Timestamp>,
    /// The same request was asked again.
    pub exact: Again,
    /// What was asked meant the same.
    pub semantic: Again,
    /// What was paid under an idempotency key.
    pub key: Again,
}

/// Answers that were given again, of the calls that are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Again {
    pub hits: i64,
    /// What they would have cost.
    pub saved: i64,
    /// How old they were on average, and the oldest of them, in microseconds.
    pub age: i64,
    pub oldest: i64,
}

/// Most lines of a report; those that cost most.
const LINES: usize = 10_000;

const COLUMNS: &str = "c.id, c.actor, c.bot, c.run, c.step, c.kind, c.asked, c.state, c.connection,
    c.provider, c.model, c.input, c.output, c.cost, c.saved, c.answered_by, c.code, c.message,
    c.first_token_ms, c.duration_ms, c.started_at";

fn read(row: &Row<'_>) -> Result<Call, StoreError> {
    Ok(Call {
        id: row.get(0)?,
        actor: row.get(1)?,
        bot: row.get(2)?,
        run: row.get(3)?,
        step: row.get(4)?,
        kind: row.get(5)?,
        asked: row.get(6)?,
        state: row.get(7)?,
        connection: row.get(8)?,
        provider: row.get(9)?,
        model: row.get(10)?,
        input: row.get(11)?,
        output: row.get(12)?,
        cost: row.get(13)?,
        saved: row.get(14)?,
        answered_by: row.get(15)?,
        code: row.get(16)?,
        message: row.get(17)?,
        first_token_ms: row.get(18)?,
        duration_ms: row.get(19)?,
        started_at: row.get(20)?,
    })
}

/// The conditions of `which`, whose parameters follow the first one.
fn conditions(scope: Scope, which: Which) -> (String, Vec<Param<'static>>) {
    let mut text = String::from("c.workspace = ?1");
    let mut params = vec![Param::from(scope.workspace)];
    let mut add = |condition: &str, param: Option<Param<'static>>| {
        if let Some(param) = param {
            params.push(param);
            text.push_str(&format!(" AND {condition} ?{}", params.len()));
        }
    };
    add("c.bot =", which.bot.map(Param::from));
    add("c.run =", which.run.map(Param::from));
    add("c.started_at >=", which.from.map(Param::from));
    add("c.started_at <", which.to.map(Param::from));
    (text, params)
}

impl Store {
    /// A page of calls, the newest first.
    pub async fn model_calls(
        &self,
        scope: Scope,
        which: Which,
        before: Option<CallId>,
        limit: u32,
    ) -> Result<Vec<Call>, StoreError> {
        self.read(move |reader| {
            let (conditions, mut params) = conditions(scope, which);
            let after = before.map_or(String::new(), |before| {
                params.push(Param::from(before));
                format!(" AND c.id < ?{}", params.len())
            });
            params.push(Param::from(limit.clamp(1, 1_000)));
            let sql = format!(
                "SELECT {COLUMNS} FROM model_calls c WHERE {conditions}{after}
                 ORDER BY c.id DESC LIMIT ?{}",
                params.len()
            );
            reader.query(&sql, &params, read)
        })
        .await
    }

    /// What calls cost, summed.
    pub async fn model_costs(
        &self,
        scope: Scope,
        which: Which,
        by: By,
    ) -> Result<Vec<Sum>, StoreError> {
        self.read(move |reader| {
            let (conditions, params) = conditions(scope, which);
            let column = by.column();
            // A call that several providers were asked in stands with each; what belongs to the call
            // alone counts at its first attempt.
            let sum = |what: &str| format!("CAST(coalesce(sum({what}), 0) AS bigint)");
            let first = |what: &str| {
                sum(&format!("CASE WHEN a.number IS NULL OR a.number = 1 THEN {what} ELSE 0 END"))
            };
            let sql = format!(
                "SELECT {column}, count(DISTINCT c.id), count(a.number), {}, {}, {}, {}, {}, {}, {},
                   {}, {}
                 FROM model_calls c LEFT JOIN model_attempts a ON a.call = c.id
                 WHERE {conditions} GROUP BY {column}
                 ORDER BY {} DESC, {column} LIMIT {LINES}",
                first("CASE WHEN c.answered_by IN ('cache', 'semantic', 'key') THEN 1 ELSE 0 END"),
                first("CASE WHEN c.state = 'failed' THEN 1 ELSE 0 END"),
                sum("a.input"),
                sum("a.output"),
                sum("a.cached"),
                sum("a.cost"),
                first("c.saved"),
                sum("CASE WHEN a.counted = 'estimate' THEN a.cost ELSE 0 END"),
                sum("CASE WHEN a.priced = 0 THEN 1 ELSE 0 END"),
                sum("a.cost"),
            );
            let mut sums = reader.query(&sql, &params, |row| {
                Ok(Sum {
                    of: by.read(row)?,
                    calls: row.get(1)?,
                    attempts: row.get(2)?,
                    hits: row.get(3)?,
                    failed: row.get(4)?,
                    input: row.get(5)?,
                    output: row.get(6)?,
                    cached: row.get(7)?,
                    cost: row.get(8)?,
                    saved: row.get(9)?,
                    estimated: row.get(10)?,
                    unpriced: row.get(11)?,
                })
            })?;
            sums.sort_by(|one, other| one.of.cmp(&other.of));
            Ok(sums)
        })
        .await
    }

    /// Prompt and answer of a call, sealed, where they were kept.
    pub async fn model_call_log(
        &self,
        scope: Scope,
        call: CallId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |reader| {
            let sql = "SELECT log FROM model_calls WHERE workspace = ?1 AND id = ?2";
            let log: Option<Option<Vec<u8>>> =
                reader.first(sql, params![scope.workspace, call], |row| row.get(0))?;
            Ok(log.flatten())
        })
        .await
    }

    pub async fn model_cache(&self, scope: Scope) -> Result<CacheFigures, StoreError> {
        self.read(move |reader| {
            let mut figures = reader.first(
                "SELECT count(*), CAST(coalesce(sum(length(sealed)), 0) AS bigint), min(made_at)
                 FROM model_answers WHERE workspace = ?1 AND hash LIKE 'cache:%'",
                params![scope.workspace],
                |row| {
                    Ok(CacheFigures {
                        answers: row.get(0)?,
                        bytes: row.get(1)?,
                        oldest: row.get(2)?,
                        ..CacheFigures::default()
                    })
                },
            )?;
            let given: Vec<(String, Again)> = reader.query(
                "SELECT answered_by, count(*), CAST(coalesce(sum(saved), 0) AS bigint),
                   CAST(coalesce(avg(age), 0) AS bigint), CAST(coalesce(max(age), 0) AS bigint)
                 FROM model_calls
                 WHERE workspace = ?1 AND answered_by IN ('cache', 'semantic', 'key')
                 GROUP BY answered_by",
                params![scope.workspace],
                |row| {
                    let again = Again {
                        hits: row.get(1)?,
                        saved: row.get(2)?,
                        age: row.get(3)?,
                        oldest: row.get(4)?,
                    };
                    Ok((row.get(0)?, again))
                },
            )?;
            let figures = figures.get_or_insert_default();
            for (by, again) in given {
                match by.as_str() {
                    "cache" => figures.exact = again,
                    "semantic" => figures.semantic = again,
                    _ => figures.key = again,
                }
            }
            Ok(*figures)
        })
        .await
    }
}
