//! Who is told of an approval: each person or channel once, by a row that is due until it is sent.

use codex32_model::Scope;
use codex32_model::ids::{ApprovalId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;

use super::log;
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Row, Tx};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    Due,
    Sent,
    Failed,
    /// The approval was over before it was sent.
    Dropped,
}

impl NoticeState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Due, Self::Sent, Self::Failed, Self::Dropped]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// One person or channel.
#[derive(Debug, Clone)]
pub struct Notice {
    pub number: u32,
    pub recipient: String,
    /// Who handed it on; none: the step names them.
    pub named_by: Option<String>,
    pub state: NoticeState,
    pub attempts: u32,
    pub at: Timestamp,
    /// How it went, for people.
    pub note: Option<String>,
}

/// A notice that is to be sent now.
#[derive(Debug, Clone)]
pub struct Due {
    pub workspace: WorkspaceId,
    pub approval: ApprovalId,
    pub run: RunId,
    pub notice: Notice,
}

/// What came of an attempt to send one.
#[derive(Debug, Clone)]
pub enum Attempt {
    /// How it was sent.
    Sent(String),
    /// It is tried again.
    Later(Timestamp, String),
    Failed(String),
}

const COLUMNS: &str = "n.number, n.recipient, n.named_by, n.state, n.attempts, n.at, n.note";

fn read(row: &Row<'_>, from: usize) -> Result<Notice, StoreError> {
    let state: String = row.get(from + 3)?;
    Ok(Notice {
        number: row.get(from)?,
        recipient: row.get(from + 1)?,
        named_by: row.get(from + 2)?,
        state: NoticeState::parse(&state)
            .ok_or_else(|| StoreError::Damaged(format!("notice state {state}")))?,
        attempts: row.get(from + 4)?,
        at: row.get(from + 5)?,
        note: row.get(from + 6)?,
    })
}

pub(super) fn add(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    run: RunId,
    (approval, number): (ApprovalId, u32),
    (recipient, named_by): (&str, Option<&str>),
    at: Timestamp,
) -> Result<usize, StoreError> {
    tx.execute(
        "INSERT INTO approval_notices (approval, number, workspace, run, recipient, named_by, state,
           attempts, next_at, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'due', 0, ?7, ?7)
         ON CONFLICT DO NOTHING",
        params![approval, number, workspace, run, recipient, named_by, at],
    )
}

impl Store {
    /// Whom an approval was brought to, in order.
    pub async fn notices(&self, scope: Scope, of: ApprovalId) -> Result<Vec<Notice>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT {COLUMNS} FROM approval_notices n
                 WHERE n.workspace = ?1 AND n.approval = ?2 ORDER BY n.number"
            );
            reader.query(&sql, params![scope.workspace, of], |row| read(row, 0))
        })
        .await
    }

    /// Hands an open approval on to one more recipient; whether it could be: not when it is over, they
    /// were asked already, or `most` were.
    pub async fn hand_on(
        &self,
        scope: Scope,
        id: ApprovalId,
        (recipient, by): (String, String),
        most: u32,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            tx.lock(&format!("approval:{id}"))?;
            let reader = tx.reader();
            let run: Option<RunId> = reader.first(
                "SELECT run FROM approvals WHERE workspace = ?1 AND id = ?2 AND state = 'open'
                   AND decision IS NULL AND (expires_at IS NULL OR expires_at > ?3)",
                params![scope.workspace, id, at],
                |row| row.get(0),
            )?;
            let Some(run) = run else { return Ok(false) };
            let number: Option<Option<u32>> = reader.first(
                "SELECT max(number) FROM approval_notices WHERE approval = ?1",
                params![id],
                |row| row.get(0),
            )?;
            let number = number.flatten().map_or(0, |last| last + 1);
            let to = (&*recipient, Some(&*by));
            if number >= most || add(tx, scope.workspace, run, (id, number), to, at)? == 0 {
                return Ok(false);
            }
            log(tx, id, run, at, "handed_on", Some(&by), Some(&recipient))?;
            tx.notify()?;
            Ok(true)
        })
        .await
    }

    /// Notices that are due.
    pub async fn all_due_notices(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT n.workspace, n.approval, n.run, {COLUMNS} FROM approval_notices n
                 WHERE n.state = 'due' AND n.next_at <= ?1 ORDER BY n.next_at LIMIT ?2"
            );
            reader.query(&sql, params![now, limit], |row| {
                Ok(Due {
                    workspace: row.get(0)?,
                    approval: row.get(1)?,
                    run: row.get(2)?,
                    notice: read(row, 3)?,
                })
            })
        })
        .await
    }

    /// When the next notice is due.
    pub async fn all_next_notice(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|reader| {
            reader.first(
                "SELECT min(next_at) FROM approval_notices WHERE state = 'due'",
                &[],
                |row| row.get(0),
            )
        })
        .await
        .map(Option::flatten)
    }

    /// Takes a notice to send it, until `again`, when somebody else may; not if somebody was faster.
    pub async fn take_notice(&self, due: Due, again: Timestamp) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let taken = tx.execute(
                "UPDATE approval_notices SET attempts = attempts + 1, next_at = ?4
                 WHERE approval = ?1 AND number = ?2 AND state = 'due' AND attempts = ?3",
                params![due.approval, due.notice.number, due.notice.attempts, again],
            )?;
            Ok(taken == 1)
        })
        .await
    }

    /// Writes down what came of sending a notice.
    pub async fn end_notice(
        &self,
        due: Due,
        attempt: Attempt,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let (state, what, next, note) = match &attempt {
                Attempt::Sent(how) => (NoticeState::Sent, "sent", None, how),
                Attempt::Later(next, why) => (NoticeState::Due, "", Some(*next), why),
                Attempt::Failed(why) => (NoticeState::Failed, "failed", None, why),
            };
            // One whose approval ended meanwhile was dropped; that it went out all the same is told.
            let only = if what == "sent" { "" } else { " AND state = 'due'" };
            let changed = tx.execute(
                &format!(
                    "UPDATE approval_notices SET state = ?3, next_at = ?4, at = ?5, note = ?6
                     WHERE approval = ?1 AND number = ?2{only}"
                ),
                params![due.approval, due.notice.number, state.as_str(), next, at, note],
            )?;
            if changed == 1 && !what.is_empty() {
                let who = Some(&*due.notice.recipient);
                log(tx, due.approval, due.run, at, what, who, Some(note))?;
            }
            Ok(())
        })
        .await
    }
}
