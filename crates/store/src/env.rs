//! The workspace's variables: `env.NAME` in expressions. No secrets; those live in connections.

use codex32_model::Scope;
use codex32_model::ids::WorkspaceId;
use indexmap::IndexMap;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;

/// Most variables of a workspace: all of them go into the facts of a run that refers to any.
pub const MOST: u32 = 1_000;

impl Store {
    /// All variables of a workspace, by name.
    pub async fn env(
        &self,
        workspace: WorkspaceId,
    ) -> Result<IndexMap<String, String>, StoreError> {
        let rows = self.env_after(workspace, None, MOST).await?;
        Ok(rows.into_iter().collect())
    }

    /// A page of a workspace's variables, by name.
    pub async fn env_after(
        &self,
        workspace: WorkspaceId,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT name, value FROM env WHERE workspace = ?1 AND name > ?2
                 ORDER BY name LIMIT ?3",
                params![workspace, after.clone().unwrap_or_default(), limit.clamp(1, MOST)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    pub async fn env_value(
        &self,
        scope: Scope,
        name: String,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |reader| {
            reader.first(
                "SELECT value FROM env WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name],
                |row| row.get(0),
            )
        })
        .await
    }

    /// Sets a variable; whether it is new.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace has [`MOST`] variables already.
    pub async fn set_env(
        &self,
        scope: Scope,
        name: String,
        value: String,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE env SET value = ?3 WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name, &value],
            )?;
            if changed == 1 {
                return Ok(false);
            }
            let count: Option<u32> = tx.reader().first(
                "SELECT count(*) FROM env WHERE workspace = ?1",
                params![scope.workspace],
                |row| row.get(0),
            )?;
            if count.unwrap_or(0) >= MOST {
                return Err(StoreError::Conflict(format!(
                    "a workspace has at most {MOST} variables; remove one first"
                )));
            }
            tx.execute(
                "INSERT INTO env (workspace, name, value) VALUES (?1, ?2, ?3)",
                params![scope.workspace, &name, &value],
            )?;
            Ok(true)
        })
        .await
    }

    /// Removes a variable; whether there was one.
    pub async fn unset_env(&self, scope: Scope, name: String) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "DELETE FROM env WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name],
            )?;
            Ok(changed == 1)
        })
        .await
    }
}
