//! Conversations that build bots, as they are stored: their state is the builder's own JSON.
//!
//! Invariant: a change counts only from the revision that it was made of, so that two windows never
//! overwrite each other.

use codex32_model::Scope;
use codex32_model::ids::{BuilderSessionId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::Row;

/// Most conversations of a workspace; the oldest goes when another begins.
pub const MOST: u32 = 500;

#[derive(Debug, Clone)]
pub struct BuilderSession {
    pub id: BuilderSessionId,
    pub workspace: WorkspaceId,
    pub title: String,
    pub bot: Option<String>,
    pub state: String,
    pub revision: i64,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

const SELECT: &str = "SELECT id, workspace, title, bot, state, revision, created_at, changed_at \
     FROM builder_sessions";

fn read(row: &Row<'_>) -> Result<BuilderSession, StoreError> {
    Ok(BuilderSession {
        id: row.get(0)?,
        workspace: row.get(1)?,
        title: row.get(2)?,
        bot: row.get(3)?,
        state: row.get(4)?,
        revision: row.get(5)?,
        created_at: row.get(6)?,
        changed_at: row.get(7)?,
    })
}

impl Store {
    /// Begins one.
    pub async fn begin_builder_session(
        &self,
        scope: Scope,
        new: BuilderSession,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "DELETE FROM builder_sessions WHERE id IN (SELECT id FROM builder_sessions
                 WHERE workspace = ?1 ORDER BY id DESC LIMIT 1000 OFFSET ?2)",
                params![scope.workspace, i64::from(MOST - 1)],
            )?;
            tx.execute(
                "INSERT INTO builder_sessions (id, workspace, actor, title, bot, state, revision, created_at, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    new.id,
                    scope.workspace,
                    scope.actor,
                    &new.title,
                    new.bot.clone(),
                    &new.state,
                    new.revision,
                    new.created_at,
                    new.changed_at
                ],
            )
            .map(drop)
        })
        .await
    }

    pub async fn builder_session(
        &self,
        scope: Scope,
        id: BuilderSessionId,
    ) -> Result<Option<BuilderSession>, StoreError> {
        self.read(move |reader| {
            reader.first(
                &format!("{SELECT} WHERE id = ?1 AND workspace = ?2"),
                params![id, scope.workspace],
                read,
            )
        })
        .await
    }

    /// A page of them, the newest first; `before` is the last id of the page before.
    pub async fn builder_sessions(
        &self,
        scope: Scope,
        before: Option<BuilderSessionId>,
        limit: u32,
    ) -> Result<Vec<BuilderSession>, StoreError> {
        let last = BuilderSessionId::from_bytes([0xff; 16]);
        self.read(move |reader| {
            reader.query(
                &format!("{SELECT} WHERE workspace = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"),
                params![scope.workspace, before.unwrap_or(last), limit.clamp(1, 201)],
                read,
            )
        })
        .await
    }

    /// Writes what came of a conversation that was read at `changed.revision`; false when it has moved on.
    pub async fn change_builder_session(
        &self,
        scope: Scope,
        changed: BuilderSession,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let rows = tx.execute(
                "UPDATE builder_sessions SET title = ?4, state = ?5, revision = revision + 1, changed_at = ?6
                 WHERE id = ?1 AND workspace = ?2 AND revision = ?3",
                params![
                    changed.id,
                    scope.workspace,
                    changed.revision,
                    &changed.title,
                    &changed.state,
                    changed.changed_at
                ],
            )?;
            Ok(rows == 1)
        })
        .await
    }

    /// Forgets one; whether it was there.
    pub async fn delete_builder_session(
        &self,
        scope: Scope,
        id: BuilderSessionId,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let rows = tx.execute(
                "DELETE FROM builder_sessions WHERE id = ?1 AND workspace = ?2",
                params![id, scope.workspace],
            )?;
            Ok(rows == 1)
        })
        .await
    }
}
