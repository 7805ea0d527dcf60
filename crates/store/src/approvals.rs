//! Approvals: what `approve` steps ask people, who is told of it, what they said, and the log of all that.
//!
//! Invariant: a run's journal says what counts. An answer is first written down here, for the run to take;
//! whether it came before the end of its time or of its run is decided by the commit of the run, which
//! changes the state here in the same transaction.

use codex32_model::Scope;
use codex32_model::fact::Address;
use codex32_model::ids::{ApprovalId, BotId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Row, Tx};

mod notices;

pub use notices::{Attempt, Due, Notice, NoticeState};

/// What a commit of a run changes about its approvals.
#[derive(Debug, Clone)]
pub enum ApprovalChange {
    Asked(Box<NewApproval>),
    Over { address: Address, end: ApprovalEnd, at: Timestamp },
}

/// What a step asks.
#[derive(Debug, Clone)]
pub struct NewApproval {
    pub id: ApprovalId,
    pub address: Address,
    pub text: String,
    /// Email addresses, and channels that begin with `#`.
    pub to: Vec<String>,
    /// JSON Schema of what is filled in.
    pub form: String,
    pub at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Whether silence is a yes.
    pub silence: bool,
}

/// How it ended.
#[derive(Debug, Clone)]
pub enum ApprovalEnd {
    /// Somebody said this: `{approved, by, via, at, comment, form}`.
    Decided(Value),
    /// Nobody answered in time.
    Expired,
    /// The run left the step, or ended.
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    Open,
    Approved,
    Rejected,
    Expired,
    Cancelled,
}

impl ApprovalState {
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Approved, Self::Rejected, Self::Expired, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Debug, Clone)]
pub struct Approval {
    pub id: ApprovalId,
    pub workspace: WorkspaceId,
    pub run: RunId,
    pub address: String,
    pub bot: BotId,
    /// The bot's name.
    pub bot_name: String,
    pub text: String,
    /// JSON Schema.
    pub form: String,
    pub state: ApprovalState,
    pub asked_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Whether silence is a yes.
    pub silence: bool,
    /// `{approved, by, via, at, comment, form}`; while it is open: on its way to the run.
    pub decision: Option<Value>,
    pub ended_at: Option<Timestamp>,
}

/// A line of the log.
#[derive(Debug, Clone)]
pub struct LogEntry {
    pub at: Timestamp,
    pub what: String,
    pub who: Option<String>,
    pub note: Option<String>,
}

/// Which approvals to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<ApprovalState>,
    pub run: Option<RunId>,
    pub bot: Option<BotId>,
    /// Only older ones: the cursor.
    pub before: Option<ApprovalId>,
    /// 1 to 201.
    pub limit: u32,
}

const SELECT: &str = "SELECT a.id, a.workspace, a.run, a.address, a.bot, b.name, a.text, a.form, \
     a.state, a.asked_at, a.expires_at, a.silence, a.decision, a.ended_at \
     FROM approvals a JOIN bots b ON b.id = a.bot";

fn read(row: &Row<'_>) -> Result<Approval, StoreError> {
    let state: String = row.get(8)?;
    let decision: Option<String> = row.get(12)?;
    let damaged = |what: &str| StoreError::Damaged(format!("an approval's {what}"));
    Ok(Approval {
        id: row.get(0)?,
        workspace: row.get(1)?,
        run: row.get(2)?,
        address: row.get(3)?,
        bot: row.get(4)?,
        bot_name: row.get(5)?,
        text: row.get(6)?,
        form: row.get(7)?,
        state: ApprovalState::parse(&state).ok_or_else(|| damaged("state"))?,
        asked_at: row.get(9)?,
        expires_at: row.get(10)?,
        silence: row.get::<String>(11)? == "approve",
        decision: decision
            .map(|text| Value::from_json(&text).map_err(|_| damaged("decision")))
            .transpose()?,
        ended_at: row.get(13)?,
    })
}

/// Writes what a commit changes.
pub(crate) fn change(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    bot: BotId,
    run: RunId,
    change: &ApprovalChange,
) -> Result<(), StoreError> {
    match change {
        ApprovalChange::Asked(new) => ask(tx, workspace, bot, run, new),
        ApprovalChange::Over { address, end, at } => {
            let found: Option<(ApprovalId, Option<String>)> = tx.reader().first(
                "SELECT id, decision FROM approvals WHERE run = ?1 AND address = ?2 AND state = 'open'",
                params![run, &**address],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            match found {
                Some((id, waiting)) => over(tx, run, id, waiting, end, *at),
                None => Ok(()),
            }
        }
    }
}

/// Closes what a run that has ended still asked.
pub(crate) fn close(tx: &Tx<'_>, run: RunId, at: Timestamp) -> Result<(), StoreError> {
    let open = tx.reader().query(
        "SELECT id, decision FROM approvals WHERE run = ?1 AND state = 'open'",
        params![run],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (id, waiting) in open {
        over(tx, run, id, waiting, &ApprovalEnd::Cancelled, at)?;
    }
    Ok(())
}

/// Forgets the approvals of a run that is deleted.
pub(crate) fn forget(tx: &Tx<'_>, run: RunId) -> Result<(), StoreError> {
    if tx.execute("DELETE FROM approvals WHERE run = ?1", params![run])? > 0 {
        tx.execute("DELETE FROM approval_notices WHERE run = ?1", params![run])?;
        tx.execute("DELETE FROM approval_log WHERE run = ?1", params![run])?;
    }
    Ok(())
}

/// Forgets the approvals of a bot that is deleted.
pub(crate) fn forget_bot(tx: &Tx<'_>, bot: BotId) -> Result<(), StoreError> {
    for table in ["approval_notices", "approval_log"] {
        let sql =
            format!("DELETE FROM {table} WHERE run IN (SELECT run FROM approvals WHERE bot = ?1)");
        tx.execute(&sql, params![bot])?;
    }
    tx.execute("DELETE FROM approvals WHERE bot = ?1", params![bot]).map(drop)
}

fn ask(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    bot: BotId,
    run: RunId,
    new: &NewApproval,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO approvals (id, workspace, run, address, bot, text, form, state, asked_at,
           expires_at, silence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8, ?9, ?10)",
        params![
            new.id,
            workspace,
            run,
            &*new.address,
            bot,
            &new.text,
            &new.form,
            new.at,
            new.expires_at,
            if new.silence { "approve" } else { "reject" }
        ],
    )?;
    log(tx, new.id, run, new.at, "asked", None, None)?;
    for (number, recipient) in (0..).zip(&new.to) {
        notices::add(tx, workspace, run, (new.id, number), (recipient, None), new.at)?;
    }
    // Another server may be the one that tells people.
    tx.notify()
}

fn over(
    tx: &Tx<'_>,
    run: RunId,
    id: ApprovalId,
    waiting: Option<String>,
    end: &ApprovalEnd,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (state, decision) = match end {
        ApprovalEnd::Decided(said) => {
            let yes = said.get("approved").is_some_and(Value::truthy);
            let state = if yes { ApprovalState::Approved } else { ApprovalState::Rejected };
            (state, Some(said.to_json()))
        }
        ApprovalEnd::Expired => (ApprovalState::Expired, None),
        ApprovalEnd::Cancelled => (ApprovalState::Cancelled, None),
    };
    let text = |said: &Value, name: &str| said.get(name).map(Value::to_text);
    if let (None, Some(late)) = (&decision, waiting.and_then(|said| Value::from_json(&said).ok())) {
        log(tx, id, run, at, "late", text(&late, "by").as_deref(), None)?;
    }
    tx.execute(
        "UPDATE approvals SET state = ?2, decision = ?3, ended_at = ?4 WHERE id = ?1",
        params![id, state.as_str(), decision, at],
    )?;
    tx.execute(
        "UPDATE approval_notices SET state = 'dropped', next_at = NULL, at = ?2
         WHERE approval = ?1 AND state = 'due'",
        params![id, at],
    )?;
    let (who, note) = match end {
        ApprovalEnd::Decided(said) => (text(said, "by"), text(said, "comment")),
        _ => (None, None),
    };
    let note = note.filter(|note| !note.is_empty());
    log(tx, id, run, at, state.as_str(), who.as_deref(), note.as_deref())
}

fn log(
    tx: &Tx<'_>,
    approval: ApprovalId,
    run: RunId,
    at: Timestamp,
    what: &str,
    who: Option<&str>,
    note: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO approval_log (approval, run, at, what, who, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![approval, run, at, what, who, note],
    )
    .map(drop)
}

impl Store {
    pub async fn approval(
        &self,
        scope: Scope,
        id: ApprovalId,
    ) -> Result<Option<Approval>, StoreError> {
        self.read(move |reader| {
            let sql = format!("{SELECT} WHERE a.workspace = ?1 AND a.id = ?2");
            reader.first(&sql, params![scope.workspace, id], read)
        })
        .await
    }

    /// A page, newest first.
    pub async fn approvals(
        &self,
        scope: Scope,
        filter: Filter,
    ) -> Result<Vec<Approval>, StoreError> {
        self.read(move |reader| {
            let mut sql = format!("{SELECT} WHERE a.workspace = ?1");
            match filter.state {
                // As the index of the open ones says it.
                Some(ApprovalState::Open) => sql.push_str(" AND a.state = 'open'"),
                Some(_) => sql.push_str(" AND a.state = ?2"),
                None => {}
            }
            if filter.run.is_some() {
                sql.push_str(" AND a.run = ?3");
            }
            if filter.bot.is_some() {
                sql.push_str(" AND a.bot = ?4");
            }
            if filter.before.is_some() {
                sql.push_str(" AND a.id < ?5");
            }
            sql.push_str(" ORDER BY a.id DESC LIMIT ?6");
            reader.query(
                &sql,
                params![
                    scope.workspace,
                    filter.state.map(ApprovalState::as_str),
                    filter.run,
                    filter.bot,
                    filter.before,
                    filter.limit.clamp(1, 201)
                ],
                read,
            )
        })
        .await
    }

    /// All that happened to an approval, oldest first.
    pub async fn approval_log(
        &self,
        scope: Scope,
        id: ApprovalId,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT l.at, l.what, l.who, l.note FROM approval_log l
                 JOIN approvals a ON a.id = l.approval AND a.workspace = ?1
                 WHERE l.approval = ?2 ORDER BY l.number",
                params![scope.workspace, id],
                |row| {
                    Ok(LogEntry {
                        at: row.get(0)?,
                        what: row.get(1)?,
                        who: row.get(2)?,
                        note: row.get(3)?,
                    })
                },
            )
        })
        .await
    }

    /// Writes an answer down for the run to take; whether it is the first, and in time.
    pub async fn answer_approval(
        &self,
        scope: Scope,
        id: ApprovalId,
        said: Value,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let taken = tx.execute(
                "UPDATE approvals SET decision = ?3
                 WHERE workspace = ?1 AND id = ?2 AND state = 'open' AND decision IS NULL
                   AND (expires_at IS NULL OR expires_at > ?4)",
                params![scope.workspace, id, said.to_json(), at],
            )?;
            Ok(taken == 1)
        })
        .await
    }

    /// Answers that a run has not taken yet, by the step's address.
    pub async fn answers_to(
        &self,
        workspace: WorkspaceId,
        run: RunId,
    ) -> Result<Vec<(String, Value)>, StoreError> {
        let rows: Vec<(String, String)> = self
            .read(move |reader| {
                reader.query(
                    "SELECT address, decision FROM approvals
                     WHERE run = ?1 AND workspace = ?2 AND state = 'open' AND decision IS NOT NULL",
                    params![run, workspace],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
            })
            .await?;
        let read =
            |(address, said): (String, String)| Some((address, Value::from_json(&said).ok()?));
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Runs with answers that they have not taken yet.
    pub async fn all_answered(&self, limit: u32) -> Result<Vec<(WorkspaceId, RunId)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT DISTINCT workspace, run FROM approvals
                 WHERE state = 'open' AND decision IS NOT NULL LIMIT ?1",
                params![limit],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }
}
