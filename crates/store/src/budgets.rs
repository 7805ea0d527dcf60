//! Budgets of language models: what may be spent in a day or a month, and where that stands.

use codex32_model::Scope;
use codex32_model::ids::{ActorId, BotId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Param, Reader};

/// Most budgets of a workspace.
const MOST: usize = 1_000;

/// What may be spent in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// `workspace`, `actor` or `bot`.
    pub scope: String,
    /// Whose; empty for the workspace, `*` for each one that has none of its own.
    pub subject: String,
    /// `day` or `month`.
    pub period: String,
    pub most: i64,
    /// From how many percent on it warns.
    pub warn: u32,
}

/// Where a budget stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub budget: Budget,
    /// Whose, where the budget is for each one.
    pub subject: String,
    pub spent: i64,
    pub reserved: i64,
}

impl Standing {
    pub fn warns(&self) -> bool {
        self.spent.saturating_mul(100)
            >= self.budget.most.saturating_mul(i64::from(self.budget.warn))
    }
}

fn budgets(reader: &Reader<'_>, workspace: WorkspaceId) -> Result<Vec<Budget>, StoreError> {
    reader.query(
        "SELECT scope, subject, period, most, warn FROM budgets WHERE workspace = ?1
         ORDER BY scope, subject, period",
        params![workspace],
        |row| {
            Ok(Budget {
                scope: row.get(0)?,
                subject: row.get(1)?,
                period: row.get(2)?,
                most: row.get(3)?,
                warn: row.get(4)?,
            })
        },
    )
}

/// What was spent in a period, and what open calls have reserved, of the workspace or of whom `column`
/// names. One statement: what is settled at that moment is in one of the two.
fn taken(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    budget: &Budget,
    (subject, whose): (&str, Option<(&str, Param<'_>)>),
    began: Timestamp,
) -> Result<(i64, i64), StoreError> {
    let mut params = params![workspace, &budget.scope, subject, &budget.period, began].to_vec();
    let of = match whose {
        None => String::new(),
        Some((column, id)) => {
            params.push(id);
            format!(" AND {column} = ?6")
        }
    };
    let sql = format!(
        "SELECT CAST(coalesce((SELECT cost FROM spend WHERE workspace = ?1 AND scope = ?2
             AND subject = ?3 AND period = ?4 AND began = ?5), 0) AS bigint),
           CAST(coalesce((SELECT sum(reserved) FROM model_calls
             WHERE workspace = ?1 AND reserved > 0{of}), 0) AS bigint)"
    );
    let found = reader.first(&sql, &params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.unwrap_or_default())
}

/// The budgets that a call counts against, with where they stand.
pub(crate) fn standings(
    reader: &Reader<'_>,
    scope: Scope,
    bot: Option<BotId>,
    (day, month): (Timestamp, Timestamp),
) -> Result<Vec<Standing>, StoreError> {
    let all = budgets(reader, scope.workspace)?;
    let mut out = Vec::new();
    for budget in &all {
        let (subject, whose) = match (budget.scope.as_str(), bot) {
            ("workspace", _) => (String::new(), None),
            ("actor", _) => (scope.actor.to_string(), Some(("actor", Param::from(scope.actor)))),
            ("bot", Some(bot)) => (bot.to_string(), Some(("bot", Param::from(bot)))),
            _ => continue,
        };
        let own = |other: &Budget| {
            other.scope == budget.scope && other.period == budget.period && other.subject == subject
        };
        let each = budget.subject == "*" && !all.iter().any(own);
        if budget.subject != subject && !each {
            continue;
        }
        let began = if budget.period == "day" { day } else { month };
        let (spent, reserved) = taken(reader, scope.workspace, budget, (&subject, whose), began)?;
        out.push(Standing { spent, reserved, budget: budget.clone(), subject });
    }
    Ok(out)
}

impl Store {
    /// All budgets of a workspace.
    pub async fn budgets(&self, scope: Scope) -> Result<Vec<Budget>, StoreError> {
        self.read(move |reader| budgets(reader, scope.workspace)).await
    }

    /// Where the budgets stand; those for each one only as a rule, with nothing spent.
    pub async fn budget_standings(
        &self,
        scope: Scope,
        day: Timestamp,
        month: Timestamp,
    ) -> Result<Vec<Standing>, StoreError> {
        self.read(move |reader| {
            let workspace = scope.workspace;
            let all = budgets(reader, workspace)?;
            all.into_iter()
                .map(|budget| {
                    let began = if budget.period == "day" { day } else { month };
                    let subject = budget.subject.clone();
                    let whose = match budget.scope.as_str() {
                        "actor" => {
                            subject.parse::<ActorId>().ok().map(|id| ("actor", Param::from(id)))
                        }
                        "bot" => subject.parse::<BotId>().ok().map(|id| ("bot", Param::from(id))),
                        _ => None,
                    };
                    // A rule for each one is nobody's.
                    let counts = subject.is_empty() || whose.is_some();
                    let (spent, reserved) =
                        taken(reader, workspace, &budget, (&subject, whose), began)?;
                    let reserved = if counts { reserved } else { 0 };
                    Ok(Standing { spent, reserved, subject, budget })
                })
                .collect()
        })
        .await
    }

    /// Sets a budget.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace has too many already.
    pub async fn set_budget(&self, scope: Scope, budget: Budget) -> Result<(), StoreError> {
        self.write(move |tx| {
            let others = budgets(&tx.reader(), scope.workspace)?;
            let same = |other: &Budget| {
                (&other.scope, &other.subject, &other.period)
                    == (&budget.scope, &budget.subject, &budget.period)
            };
            if others.len() >= MOST && !others.iter().any(same) {
                let text = format!("a workspace has at most {MOST} budgets; remove one first");
                return Err(StoreError::Conflict(text));
            }
            tx.execute(
                "INSERT INTO budgets (workspace, scope, subject, period, most, warn)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (workspace, scope, subject, period)
                 DO UPDATE SET most = excluded.most, warn = excluded.warn",
                params![
                    scope.workspace,
                    &budget.scope,
                    &budget.subject,
                    &budget.period,
                    budget.most,
                    budget.warn
                ],
            )
            .map(drop)
        })
        .await
    }

    /// Removes a budget; whether there was one.
    pub async fn remove_budget(
        &self,
        scope: Scope,
        (of, subject, period): (String, String, String),
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "DELETE FROM budgets
                 WHERE workspace = ?1 AND scope = ?2 AND subject = ?3 AND period = ?4",
                params![scope.workspace, &of, &subject, &period],
            )?;
            Ok(changed == 1)
        })
        .await
    }
}
